package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.linux.Layouts.Cmsghdr;
import dev.paddock.linux.Layouts.Iovec;
import dev.paddock.linux.Layouts.Msghdr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class UnixSocketTest {
  private Map<Integer, String> before = Map.of();

  @BeforeEach
  void look() {
    before = Descriptors.open();
  }

  @AfterEach
  void nothingLeaks() {
    assertThat(Descriptors.open()).isEqualTo(before);
  }

  @Test
  void messagesKeepTheirBoundsBothWays() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair()) {
      pair.near().send(new byte[] {1, 2}, List.of());
      pair.near().send(new byte[] {3}, List.of());
      pair.far().send(new byte[] {4}, List.of());
      assertThat(pair.far().receive(10).bytes()).containsExactly(1, 2);
      assertThat(pair.far().receive(10).bytes()).containsExactly(3);
      assertThat(pair.near().receive(1).bytes()).containsExactly(4);
      assertThat(Descriptors.isCloseOnExec(pair.near().fd())).isTrue();
      assertThat(Descriptors.isCloseOnExec(pair.far().fd())).isTrue();
    }
  }

  @Test
  void descriptorsComeInOrderAndCloseOnExec() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Pipe pipe = Pipe.open()) {
      pair.near().send(new byte[] {1}, List.of(pipe.writeEnd(), pipe.readEnd()));
      pipe.readEnd().close();
      pipe.writeEnd().close();
      List<Fd> received = pair.far().receive(10).descriptors();
      assertThat(received).hasSize(2).allMatch(Descriptors::isCloseOnExec);
      try (Fd out = received.get(0);
          Fd in = received.get(1)) {
        out.writeFully(new byte[] {42});
        byte[] one = new byte[1];
        assertThat(in.read(one, 0, 1)).isEqualTo(1);
        assertThat(one).containsExactly(42);
      }
    }
  }

  @Test
  void carriesAsManyDescriptorsAsTheKernelAllows() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Pipe pipe = Pipe.open()) {
      List<Fd> most = Collections.nCopies(UnixSocket.MAX_DESCRIPTORS, pipe.readEnd());
      pair.near().send(new byte[] {1}, most);
      List<Fd> received = pair.far().receive(1).descriptors();
      assertThat(received).hasSize(UnixSocket.MAX_DESCRIPTORS);
      received.forEach(Fd::close);
      List<Fd> tooMany = Collections.nCopies(UnixSocket.MAX_DESCRIPTORS + 1, pipe.readEnd());
      assertThatThrownBy(() -> pair.near().send(new byte[] {1}, tooMany))
          .isInstanceOf(IllegalArgumentException.class);
      // The kernel's own limit is the same.
      assertThat(sendRaw(pair.near(), 1, UnixSocket.MAX_DESCRIPTORS + 1, pipe.readEnd()))
          .isEqualTo(-Errno.EINVAL);
    }
  }

  @Test
  void cutMessagesAreErrorsAndLeakNothing() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Pipe pipe = Pipe.open()) {
      Map<Integer, String> open = Descriptors.open();
      pair.near().send(new byte[11], Collections.nCopies(20, pipe.readEnd()));
      assertThatThrownBy(() -> pair.far().receive(10))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.is(Errno.EMSGSIZE)).isTrue());
      assertThat(Descriptors.open()).isEqualTo(open);
    }
  }

  /** What cannot be taken for want of numbers: the kernel drops it and says MSG_CTRUNC. */
  @Test
  void descriptorsThatDoNotFitAreErrorsAndLeakNothing() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Pipe pipe = Pipe.open()) {
      pair.near().send(new byte[] {1}, Collections.nCopies(100, pipe.readEnd()));
      ResourceLimit.Values usual = ResourceLimit.NOFILE.get();
      Map<Integer, String> open = Descriptors.open();
      int highest = Collections.max(open.keySet());
      ResourceLimit.NOFILE.set(new ResourceLimit.Values(highest + 11L, usual.hard()));
      try {
        assertThatThrownBy(() -> pair.far().receive(10))
            .isInstanceOfSatisfying(
                KernelException.class, e -> assertThat(e.is(Errno.EMSGSIZE)).isTrue());
      } finally {
        ResourceLimit.NOFILE.set(usual);
      }
      assertThat(Descriptors.open()).isEqualTo(open);
    }
  }

  /** To its reader an empty message is the end; nobody would close what came with it. */
  @Test
  void descriptorsWithoutContentAreErrorsAndLeakNothing() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Pipe pipe = Pipe.open()) {
      Map<Integer, String> open = Descriptors.open();
      assertThat(sendRaw(pair.near(), 0, 3, pipe.readEnd())).isZero();
      assertThatThrownBy(() -> pair.far().receive(10)).isInstanceOf(KernelException.class);
      assertThat(Descriptors.open()).isEqualTo(open);
    }
  }

  @Test
  void endsWhenThePeerIsGone() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair()) {
      pair.far().close();
      assertThat(pair.near().receive(10).isEnd()).isTrue();
      assertThatThrownBy(() -> pair.near().send(new byte[1], List.of()))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.is(Errno.EPIPE)).isTrue());
    }
  }

  @Test
  void endsWhenThePeerIsGoneWithoutHavingRead() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair()) {
      pair.near().send(new byte[1], List.of());
      pair.far().close();
      assertThat(pair.near().receive(10).isEnd()).isTrue();
    }
  }

  @Test
  void receivingHasADeadline() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair()) {
      assertThatThrownBy(() -> pair.near().receive(10))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.is(Errno.EAGAIN)).isTrue());
      assertThatThrownBy(() -> pair.near().receive(10, 5_000_000))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.is(Errno.ETIMEDOUT)).isTrue());
      pair.far().send(new byte[] {8}, List.of());
      assertThat(pair.near().receive(10, Poll.FOREVER).bytes()).containsExactly(8);
    }
  }

  @Test
  void emptyMessagesAreNotSent() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair()) {
      assertThatThrownBy(() -> pair.near().send(new byte[0], List.of()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Sends what {@link UnixSocket#send} would not. */
  private static long sendRaw(UnixSocket socket, int length, int descriptors, Fd descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment control = arena.allocate(Cmsghdr.SIZE + 4L * descriptors + 4, 8);
      control.set(ValueLayout.JAVA_LONG, Cmsghdr.CMSG_LEN, Cmsghdr.SIZE + 4L * descriptors);
      control.set(ValueLayout.JAVA_INT, Cmsghdr.CMSG_LEVEL, Constants.SOL_SOCKET);
      control.set(ValueLayout.JAVA_INT, Cmsghdr.CMSG_TYPE, Constants.SCM_RIGHTS);
      for (int i = 0; i < descriptors; i++) {
        control.set(ValueLayout.JAVA_INT, Cmsghdr.SIZE + 4L * i, descriptor.number());
      }
      MemorySegment iovec = arena.allocate(Iovec.SIZE, 8);
      iovec.set(ValueLayout.JAVA_LONG, Iovec.IOV_BASE, arena.allocate(8).address());
      iovec.set(ValueLayout.JAVA_LONG, Iovec.IOV_LEN, length);
      MemorySegment header = arena.allocate(Msghdr.SIZE, 8);
      header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_IOV, iovec.address());
      header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_IOVLEN, 1);
      header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROL, control.address());
      header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROLLEN, Cmsghdr.SIZE + 4L * descriptors);
      return Kernel.call(
          Nr.SENDMSG, socket.fd().number(), header.address(), Constants.MSG_NOSIGNAL);
    }
  }
}
