package dev.paddock.linux;

import dev.paddock.linux.Layouts.Cmsghdr;
import dev.paddock.linux.Layouts.Iovec;
import dev.paddock.linux.Layouts.Msghdr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pair of connected message sockets that carry descriptors; see unix(7), {@code
 * SOCK_SEQPACKET} and {@code SCM_RIGHTS}.
 */
public final class UnixSocket implements AutoCloseable {
  /** The most descriptors that one message can carry; {@code SCM_MAX_FD}. */
  public static final int MAX_DESCRIPTORS = 253;

  private final Fd fd;

  private UnixSocket(Fd fd) {
    this.fd = fd;
  }

  /**
   * A connected pair.
   *
   * @param near the caller's end
   * @param far the end for the other process
   */
  public record Pair(UnixSocket near, UnixSocket far) implements AutoCloseable {
    @Override
    public void close() {
      near.close();
      far.close();
    }
  }

  /**
   * A message as it was received.
   *
   * @param bytes its content; empty at the end of the stream
   * @param descriptors what came with it, close-on-exec; the receiver owns them
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Message(byte[] bytes, List<Fd> descriptors) {
    /** Whether the other side is gone. */
    public boolean isEnd() {
      return bytes.length == 0;
    }
  }

  /** Makes a connected pair of message sockets, both close-on-exec. */
  public static Pair pair() throws KernelException {
    MemorySegment ends = Kernel.scratch();
    Kernel.check(
        Kernel.call(
            Nr.SOCKETPAIR,
            Constants.AF_UNIX,
            Constants.SOCK_SEQPACKET | Constants.SOCK_CLOEXEC,
            0,
            ends.address()),
        "socketpair",
        "");
    return new Pair(
        new UnixSocket(Fd.owned(ends.get(ValueLayout.JAVA_INT, 0))),
        new UnixSocket(Fd.owned(ends.get(ValueLayout.JAVA_INT, 4))));
  }

  /** Takes over a descriptor that is one end of such a pair. */
  public static UnixSocket adopt(Fd fd) {
    return new UnixSocket(fd);
  }

  /** The descriptor, for {@link Poll} and for handing to a child. */
  public Fd fd() {
    return fd;
  }

  /**
   * Sends one message, whole or not at all; waits while the other side has too many unread.
   *
   * @param bytes at least one
   * @param descriptors at most {@link #MAX_DESCRIPTORS}; they stay the caller's
   */
  public void send(byte[] bytes, List<Fd> descriptors) throws KernelException {
    if (bytes.length == 0 || descriptors.size() > MAX_DESCRIPTORS) {
      throw new IllegalArgumentException(
          bytes.length + " bytes and " + descriptors.size() + " descriptors make no message");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment content = arena.allocate(bytes.length);
      MemorySegment.copy(MemorySegment.ofArray(bytes), 0, content, 0, bytes.length);
      MemorySegment control = arena.allocate(space(4 * descriptors.size()), 8);
      MemorySegment header = header(arena, content, descriptors.isEmpty() ? null : control);
      if (!descriptors.isEmpty()) {
        control.set(
            ValueLayout.JAVA_LONG, Cmsghdr.CMSG_LEN, Cmsghdr.SIZE + 4L * descriptors.size());
        control.set(ValueLayout.JAVA_INT, Cmsghdr.CMSG_LEVEL, Constants.SOL_SOCKET);
        control.set(ValueLayout.JAVA_INT, Cmsghdr.CMSG_TYPE, Constants.SCM_RIGHTS);
        for (int i = 0; i < descriptors.size(); i++) {
          control.set(ValueLayout.JAVA_INT, Cmsghdr.SIZE + 4L * i, descriptors.get(i).number());
        }
      }
      long sent;
      do {
        sent = Kernel.call(Nr.SENDMSG, fd.number(), header.address(), Constants.MSG_NOSIGNAL);
      } while (sent == -Errno.EINTR);
      Kernel.check(sent, "sendmsg", "");
    }
  }

  /**
   * Receives one message without waiting for it; wait with {@link Poll} first.
   *
   * @param limit the longest content that is accepted, in bytes
   * @throws KernelException with EAGAIN if there is none, or EMSGSIZE if it is longer than the
   *     limit, carries more descriptors than could be taken, or carries some without content; none
   *     of them stays open
   */
  public Message receive(int limit) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment content = arena.allocate(limit);
      MemorySegment control = arena.allocate(space(4 * MAX_DESCRIPTORS), 8);
      MemorySegment header = header(arena, content, control);
      long received;
      do {
        received =
            Kernel.call(
                Nr.RECVMSG,
                fd.number(),
                header.address(),
                Constants.MSG_CMSG_CLOEXEC | Constants.MSG_DONTWAIT);
      } while (received == -Errno.EINTR);
      if (received == -Errno.ECONNRESET) { // The peer died with our message unread.
        return new Message(new byte[0], List.of());
      }
      Kernel.check(received, "recvmsg", "");
      List<Fd> descriptors =
          descriptors(control, header.get(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROLLEN));
      boolean cut =
          (header.get(ValueLayout.JAVA_INT, Msghdr.MSG_FLAGS)
                  & (Constants.MSG_TRUNC | Constants.MSG_CTRUNC))
              != 0;
      // Nobody would take descriptors from what reads as the end of the stream.
      if (cut || (received == 0 && !descriptors.isEmpty())) {
        for (Fd descriptor : descriptors) {
          descriptor.close();
        }
        throw new KernelException(Errno.of(Errno.EMSGSIZE), "recvmsg", "");
      }
      byte[] bytes = new byte[(int) received];
      MemorySegment.copy(content, 0, MemorySegment.ofArray(bytes), 0, bytes.length);
      return new Message(bytes, descriptors);
    }
  }

  /**
   * Receives one message, waiting for it.
   *
   * @param limit the longest content that is accepted, in bytes
   * @param nanos how long to wait, {@link Poll#FOREVER} for ever
   * @throws KernelException with ETIMEDOUT when the time is over, and as the other one
   */
  public Message receive(int limit, long nanos) throws KernelException {
    try (Poll poll = new Poll(1)) {
      poll.set(0, fd, Poll.IN);
      if (poll.await(nanos) == 0) {
        throw new KernelException(Errno.of(Errno.ETIMEDOUT), "recvmsg", "");
      }
      return receive(limit);
    }
  }

  private static List<Fd> descriptors(MemorySegment control, long length) {
    List<Fd> found = new ArrayList<>();
    for (int number : numbers(control, length)) {
      found.add(Fd.owned(number));
    }
    return found;
  }

  /**
   * The descriptors that control messages carry; see cmsg(3).
   *
   * @param length how much of it the kernel filled, in bytes
   */
  static List<Integer> numbers(MemorySegment control, long length) {
    List<Integer> found = new ArrayList<>();
    long at = 0;
    while (at + Cmsghdr.SIZE <= length) {
      long size = control.get(ValueLayout.JAVA_LONG, at + Cmsghdr.CMSG_LEN);
      if (size < Cmsghdr.SIZE || size > length - at) {
        break;
      }
      if (control.get(ValueLayout.JAVA_INT, at + Cmsghdr.CMSG_LEVEL) == Constants.SOL_SOCKET
          && control.get(ValueLayout.JAVA_INT, at + Cmsghdr.CMSG_TYPE) == Constants.SCM_RIGHTS) {
        for (long i = at + Cmsghdr.SIZE; i + 4 <= at + size; i += 4) {
          found.add(control.get(ValueLayout.JAVA_INT, i));
        }
      }
      at += (size + 7) & -8L;
    }
    return found;
  }

  private static MemorySegment header(
      Arena arena, MemorySegment content, @Nullable MemorySegment control) {
    MemorySegment iovec = arena.allocate(Iovec.SIZE, 8);
    iovec.set(ValueLayout.JAVA_LONG, Iovec.IOV_BASE, content.address());
    iovec.set(ValueLayout.JAVA_LONG, Iovec.IOV_LEN, content.byteSize());
    MemorySegment header = arena.allocate(Msghdr.SIZE, 8);
    header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_IOV, iovec.address());
    header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_IOVLEN, 1);
    if (control != null) {
      header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROL, control.address());
      header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROLLEN, control.byteSize());
    }
    return header;
  }

  /** {@code CMSG_SPACE} of cmsg(3). */
  private static long space(int bytes) {
    return Cmsghdr.SIZE + ((bytes + 7L) & -8L);
  }

  @Override
  public void close() {
    fd.close();
  }
}
