package dev.paddock.sandbox.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What confined programs hand over to be sent for them. */
final class NetworkFuzzTest {
  /** As netlink_rcv_skb of the kernel walks through messages, so that nothing else is in them. */
  @FuzzTest
  void netlinkQuestions(byte[] content) {
    if (!NetlinkQuestions.isOnly(content)) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.nativeOrder());
    int at = 0;
    while (content.length - at >= 16) {
      int length = bytes.getInt(at);
      assertThat(length).isBetween(16, content.length - at);
      assertThat(bytes.getShort(at + 4) & 3).isEqualTo(2);
      assertThat(bytes.getShort(at + 4) & 0xffff).isGreaterThanOrEqualTo(16);
      at = Math.min(at + ((length + 3) & -4), content.length);
    }
  }

  /** What is passed on has no descriptors and none but the levels that are known. */
  @FuzzTest
  void controlMessages(byte[] content) {
    try (ControlMessages messages = ControlMessages.of(1, content, Socket.Family.INTERNET)) {
      assertThat(messages.held()).isEmpty();
      byte[] out = messages.bytes();
      ByteBuffer bytes = ByteBuffer.wrap(out).order(ByteOrder.nativeOrder());
      int at = 0;
      while (at < out.length) {
        long length = bytes.getLong(at);
        assertThat(length).isBetween(16L, (long) out.length - at);
        assertThat(bytes.getInt(at + 8)).isIn(0, 1, 17, 41);
        if (bytes.getInt(at + 8) == 1) {
          assertThat(bytes.getInt(at + 12)).isIn(37, 61);
        }
        at += ((int) length + 7) & -8;
      }
      assertThat(at).isEqualTo(out.length);
    } catch (KernelException e) {
      assertThat(e.errno().number()).isIn(Errno.EINVAL, Errno.EPERM);
    }
  }

  /** What a process's epoll sets say of themselves; a name in it may be anything. */
  @FuzzTest
  void epollSets(byte[] content) {
    EpollSets.line(content, 7, "1f")
        .ifPresent(
            words -> {
              assertThat(words.length).isGreaterThanOrEqualTo(8);
              assertThat(words[1]).isEqualTo("7");
            });
  }
}
