package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

final class SocketOptionsTest {
  private static int get(Socket socket, int level, int name) throws KernelException {
    MemorySegment scratch = Kernel.scratch();
    scratch.set(ValueLayout.JAVA_INT, 16, 4);
    Kernel.check(
        Kernel.call(
            Nr.GETSOCKOPT,
            socket.fd().number(),
            level,
            name,
            scratch.address(),
            scratch.address() + 16),
        "getsockopt",
        "");
    return scratch.get(ValueLayout.JAVA_INT, 0);
  }

  private static void set(Socket socket, int level, int name, int value) throws KernelException {
    MemorySegment scratch = Kernel.scratch();
    scratch.set(ValueLayout.JAVA_INT, 0, value);
    Kernel.check(
        Kernel.call(Nr.SETSOCKOPT, socket.fd().number(), level, name, scratch.address(), 4),
        "setsockopt",
        "");
  }

  @Test
  void whatWasSetIsSetAndNothingElseIs() throws Exception {
    try (Socket stream = Socket.onLoopback(true);
        Socket datagram = Socket.onLoopback(false);
        Socket touched = Socket.open(Constants.AF_INET, Constants.SOCK_STREAM, 0);
        Socket untouched = Socket.open(Constants.AF_INET, Constants.SOCK_STREAM, 0)) {
      SocketOptions options = new SocketOptions(stream, datagram);
      set(touched, Constants.IPPROTO_TCP, Constants.TCP_NODELAY, 1);
      set(touched, Constants.IPPROTO_TCP, Constants.TCP_KEEPIDLE, 77);
      set(touched, Constants.SOL_SOCKET, Constants.SO_RCVBUF, 50_000);
      set(touched, Constants.IPPROTO_IP, Constants.IP_TOS, 8);
      try (Socket made = options.likewise(touched, false);
          Socket six = options.likewise(touched, true);
          Socket plain = options.likewise(untouched, false)) {
        for (Socket one : new Socket[] {made, six}) {
          assertThat(get(one, Constants.IPPROTO_TCP, Constants.TCP_NODELAY)).isEqualTo(1);
          assertThat(get(one, Constants.IPPROTO_TCP, Constants.TCP_KEEPIDLE)).isEqualTo(77);
          assertThat(get(one, Constants.SOL_SOCKET, Constants.SO_RCVBUF)).isEqualTo(100_000);
          assertThat(get(one, Constants.IPPROTO_IP, Constants.IP_TOS)).isEqualTo(8);
          assertThat(get(one, Constants.SOL_SOCKET, Constants.SO_BUF_LOCK))
              .isEqualTo(Constants.SOCK_RCVBUF_LOCK);
          assertThat(one.isClosed()).isTrue();
          assertThat(one.isBlocking()).isTrue();
        }
        assertThat(six.isIpv6()).isTrue();
        assertThat(made.isIpv6()).isFalse();
        // The kernel goes on choosing the sizes of these.
        assertThat(get(plain, Constants.SOL_SOCKET, Constants.SO_BUF_LOCK)).isZero();
        assertThat(get(plain, Constants.IPPROTO_TCP, Constants.TCP_NODELAY)).isZero();
      }
    }
  }

  @Test
  void aSocketThatDoesNotWaitHasOneInItsPlaceThatDoesNotEither() throws Exception {
    try (Socket stream = Socket.onLoopback(true);
        Socket datagram = Socket.onLoopback(false)) {
      SocketOptions options = new SocketOptions(stream, datagram);
      try (Socket made = options.likewise(datagram, false)) {
        assertThat(made.isBlocking()).isFalse();
        assertThat(made.isStream()).isFalse();
        assertThat(made.network()).isEqualTo(datagram.network());
      }
    }
  }
}
