package dev.paddock.sandbox.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Looks at what is sent to the kernel by netlink(7). This process may be allowed to change a
 * network that its target only may look at, so on its behalf nothing is sent but questions;
 * rtnetlink(7).
 */
final class NetlinkQuestions {
  private static final int HEADER = 16; // struct nlmsghdr: length, type, flags, sequence, port
  private static final int FIRST_REQUEST = 16; // RTM_BASE of linux/rtnetlink.h
  private static final int KIND = 3;
  private static final int GET = 2; // of each four types: new, delete, get, set

  private NetlinkQuestions() {}

  /** Whether all messages ask for something, and nothing is behind them. */
  static boolean isOnly(byte[] bytes) {
    ByteBuffer messages = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    int at = 0;
    while (at < bytes.length) {
      if (bytes.length - at < HEADER) {
        return false;
      }
      int length = messages.getInt(at);
      int type = messages.getShort(at + 4) & 0xffff;
      if (length < HEADER || length > bytes.length - at) {
        return false;
      }
      if (type < FIRST_REQUEST || (type & KIND) != GET) {
        return false;
      }
      at += (length + 3) & -4;
    }
    return true;
  }
}
