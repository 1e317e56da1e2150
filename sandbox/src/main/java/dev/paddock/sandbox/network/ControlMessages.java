package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Control messages as they are sent in their caller's place; see cmsg(3). Descriptors become
 * duplicates of this process's. What could use a privilege of this process's is refused.
 *
 * @param bytes laid out for the kernel
 * @param held the duplicates, open until they were sent
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
record ControlMessages(byte[] bytes, List<Fd> held) implements AutoCloseable {
  private static final int HEADER = 16; // struct cmsghdr: length, level, type
  private static final int MOST_DESCRIPTORS = 253; // SCM_MAX_FD

  private static final int SOL_IP = 0;
  private static final int SOL_SOCKET = 1;
  private static final int SOL_UDP = 17;
  private static final int SOL_IPV6 = 41;
  private static final int SCM_RIGHTS = 1;
  private static final int SCM_CREDENTIALS = 2;
  private static final int SO_TIMESTAMPING = 37;
  private static final int SCM_TXTIME = 61;
  private static final int IP_TOS = 1;
  private static final int IP_TTL = 2;
  private static final int IP_PKTINFO = 8;
  private static final int IPV6_PKTINFO = 50;
  private static final int IPV6_HOPLIMIT = 52;
  private static final int IPV6_DONTFRAG = 62;
  private static final int IPV6_TCLASS = 67;
  private static final int UDP_SEGMENT = 103;

  /**
   * Reads and translates them.
   *
   * @param thread whose descriptors they mean
   * @param bytes a copy of the caller's
   * @throws KernelException with EINVAL for what is no control message, EBADF for a descriptor that
   *     is none, EPERM for what is not passed on
   */
  static ControlMessages of(int thread, byte[] bytes, Socket.Family family) throws KernelException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
    List<Fd> held = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    try {
      int at = 0;
      while (bytes.length - at >= HEADER) {
        long length = in.getLong(at);
        if (length < HEADER || length > bytes.length - at) {
          throw failed(Errno.EINVAL);
        }
        int end = at + (int) length;
        int level = in.getInt(at + 8);
        int type = in.getInt(at + 12);
        if (level == SOL_SOCKET && type == SCM_RIGHTS && family == Socket.Family.UNIX) {
          append(out, level, type, duplicates(thread, in, at + HEADER, end, held));
        } else if (level == SOL_SOCKET && type == SCM_CREDENTIALS) {
          // The kernel tells the receiver who sends, if it asked for that.
        } else if (isPassed(level, type)) {
          byte[] value = new byte[end - at - HEADER];
          in.get(at + HEADER, value);
          append(out, level, type, value);
        } else {
          throw failed(Errno.EPERM);
        }
        at += ((int) length + 7) & -8;
      }
      return new ControlMessages(out.toByteArray(), held);
    } catch (KernelException e) {
      held.forEach(Fd::close);
      throw e;
    }
  }

  private static boolean isPassed(int level, int type) {
    return switch (level) {
      case SOL_SOCKET -> type == SO_TIMESTAMPING || type == SCM_TXTIME;
      case SOL_IP -> type == IP_TOS || type == IP_TTL || type == IP_PKTINFO;
      case SOL_IPV6 ->
          type == IPV6_PKTINFO
              || type == IPV6_HOPLIMIT
              || type == IPV6_DONTFRAG
              || type == IPV6_TCLASS;
      case SOL_UDP -> type == UDP_SEGMENT;
      default -> false;
    };
  }

  private static byte[] duplicates(int thread, ByteBuffer in, int start, int end, List<Fd> held)
      throws KernelException {
    int count = (end - start) / 4;
    if (held.size() + count > MOST_DESCRIPTORS) {
      throw failed(Errno.EINVAL);
    }
    ByteBuffer numbers = ByteBuffer.allocate(4 * count).order(ByteOrder.nativeOrder());
    for (int i = 0; i < count; i++) {
      Fd duplicate = CallerSockets.fetch(thread, in.getInt(start + 4 * i));
      held.add(duplicate);
      numbers.putInt(duplicate.number());
    }
    return numbers.array();
  }

  private static void append(ByteArrayOutputStream out, int level, int type, byte[] value) {
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.nativeOrder());
    header.putLong(HEADER + (long) value.length).putInt(level).putInt(type);
    out.writeBytes(header.array());
    out.writeBytes(value);
    out.writeBytes(new byte[-value.length & 7]);
  }

  private static KernelException failed(int errno) {
    return new KernelException(Errno.of(errno), "sendmsg", "");
  }

  @Override
  public void close() {
    held.forEach(Fd::close);
  }
}
