package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pair of connected message sockets that carry descriptors; see unix(7), {@code
 * SOCK_SEQPACKET} and {@code SCM_RIGHTS}.
 *
 * <pre>
 * struct msghdr  { void *name; u32 namelen; pad; iovec *iov; u64 iovlen; void *control; u64 controllen; int flags; }  // 56
 * struct cmsghdr { u64 len; int level; int type; }                                                                    // 16
 * </pre>
 */
public final class UnixSocket implements AutoCloseable {
  /** The most descriptors that one message can carry; {@code SCM_MAX_FD}. */
  public static final int MAX_DESCRIPTORS = 253;

  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_CLOEXEC = 02000000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CTRUNC = 0x08;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int MSGHDR = 56;
  private static final int IOVEC = 16;
  private static final int CMSGHDR = 16;

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
        Kernel.call(Nr.SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.address()),
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
   * Sends one message, whole or not at all.
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
        control.set(ValueLayout.JAVA_LONG, 0, CMSGHDR + 4L * descriptors.size());
        control.set(ValueLayout.JAVA_INT, 8, SOL_SOCKET);
        control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
        for (int i = 0; i < descriptors.size(); i++) {
          control.set(ValueLayout.JAVA_INT, CMSGHDR + 4L * i, descriptors.get(i).number());
        }
      }
      long sent;
      do {
        sent = Kernel.call(Nr.SENDMSG, fd.number(), header.address(), MSG_NOSIGNAL);
      } while (sent == -Errno.EINTR);
      Kernel.check(sent, "sendmsg", "");
    }
  }

  /**
   * Receives one message without waiting for it; wait with {@link Poll} first.
   *
   * @param limit the longest content that is accepted, in bytes
   * @throws KernelException with EAGAIN if there is none, or EMSGSIZE if it is longer than the
   *     limit or carries more descriptors than could be taken; none of them stays open
   */
  public Message receive(int limit) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment content = arena.allocate(limit);
      MemorySegment control = arena.allocate(space(4 * MAX_DESCRIPTORS), 8);
      MemorySegment header = header(arena, content, control);
      long received;
      do {
        received =
            Kernel.call(Nr.RECVMSG, fd.number(), header.address(), MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
      } while (received == -Errno.EINTR);
      if (received == -Errno.ECONNRESET) { // The peer died with our message unread.
        return new Message(new byte[0], List.of());
      }
      Kernel.check(received, "recvmsg", "");
      List<Fd> descriptors = descriptors(control, header.get(ValueLayout.JAVA_LONG, 40));
      if ((header.get(ValueLayout.JAVA_INT, 48) & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
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

  private static List<Fd> descriptors(MemorySegment control, long length) {
    List<Fd> found = new ArrayList<>();
    long at = 0;
    while (at + CMSGHDR <= length) {
      long size = control.get(ValueLayout.JAVA_LONG, at);
      if (size < CMSGHDR || size > length - at) {
        break;
      }
      if (control.get(ValueLayout.JAVA_INT, at + 8) == SOL_SOCKET
          && control.get(ValueLayout.JAVA_INT, at + 12) == SCM_RIGHTS) {
        for (long i = at + CMSGHDR; i + 4 <= at + size; i += 4) {
          found.add(Fd.owned(control.get(ValueLayout.JAVA_INT, i)));
        }
      }
      at += (size + 7) & -8L;
    }
    return found;
  }

  private static MemorySegment header(
      Arena arena, MemorySegment content, @Nullable MemorySegment control) {
    MemorySegment iovec = arena.allocate(IOVEC, 8);
    iovec.set(ValueLayout.JAVA_LONG, 0, content.address());
    iovec.set(ValueLayout.JAVA_LONG, 8, content.byteSize());
    MemorySegment header = arena.allocate(MSGHDR, 8);
    header.set(ValueLayout.JAVA_LONG, 16, iovec.address());
    header.set(ValueLayout.JAVA_LONG, 24, 1);
    if (control != null) {
      header.set(ValueLayout.JAVA_LONG, 32, control.address());
      header.set(ValueLayout.JAVA_LONG, 40, control.byteSize());
    }
    return header;
  }

  /** {@code CMSG_SPACE} of cmsg(3). */
  private static long space(int bytes) {
    return CMSGHDR + ((bytes + 7L) & -8L);
  }

  @Override
  public void close() {
    fd.close();
  }
}
