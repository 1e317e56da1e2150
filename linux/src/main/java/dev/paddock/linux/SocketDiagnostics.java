package dev.paddock.linux;

import dev.paddock.linux.Layouts.InetDiagMsg;
import dev.paddock.linux.Layouts.InetDiagReq;
import dev.paddock.linux.Layouts.Nlattr;
import dev.paddock.linux.Layouts.Nlmsghdr;
import dev.paddock.linux.Layouts.UnixDiagMsg;
import dev.paddock.linux.Layouts.UnixDiagReq;
import dev.paddock.linux.Layouts.UnixDiagVfs;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Asks the kernel which sockets there are in one network name space; see sock_diag(7). One thread
 * at a time.
 */
public final class SocketDiagnostics implements AutoCloseable {
  /** At least what the kernel puts into one answer: {@code NLMSG_GOODSIZE}, 8 KiB at most. */
  private static final int BUFFER = 32768;

  // linux/tcp_states.h
  private static final int STATE_ESTABLISHED = 1;
  private static final int ESTABLISHED = 1 << STATE_ESTABLISHED; // datagram sockets, too
  private static final int UNCONNECTED = 1 << 7;
  private static final int LISTENING = 1 << 10;

  private final Fd fd;
  private final MemorySegment buffer;
  private int sequence;

  private SocketDiagnostics(Fd fd) {
    this.fd = fd;
    this.buffer = java.lang.foreign.Arena.ofAuto().allocate(BUFFER, 8);
  }

  /**
   * A unix socket that has a name.
   *
   * @param inode the socket's own number, as in {@code /proc/PID/fd}: {@code socket:[inode]}
   * @param name the name that it was bound to, as it was given; an abstract one begins with a NUL
   * @param fileInode the lower 32 bits of the number of the file that it was bound to; 0 if none
   * @param fileDevice that of the file system, as {@code major << 32 | minor}
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record UnixEntry(int inode, byte[] name, int fileInode, long fileDevice) {}

  /** For this process's own network name space. */
  public static SocketDiagnostics open() throws KernelException {
    return adopt(
        Fd.owned(
            (int)
                Kernel.check(
                    Kernel.call(
                        Nr.SOCKET,
                        Constants.AF_NETLINK,
                        Constants.SOCK_RAW | Constants.SOCK_CLOEXEC,
                        Constants.NETLINK_SOCK_DIAG),
                    "socket",
                    "")));
  }

  /** Takes over a socket of {@code NETLINK_SOCK_DIAG}, for the name space that it was made in. */
  public static SocketDiagnostics adopt(Fd fd) {
    return new SocketDiagnostics(fd);
  }

  /**
   * All that may be connected or sent to: they listen, or are datagram sockets.
   *
   * @throws KernelException with EAGAIN if they changed too much meanwhile
   */
  public List<UnixEntry> unixSockets() throws KernelException {
    for (int i = 0; i < 16; i++) {
      List<UnixEntry> found = new ArrayList<>();
      if (dump(found)) {
        return found;
      }
    }
    throw new KernelException(Errno.of(Errno.EAGAIN), "sock_diag", "");
  }

  /**
   * The TCP sockets that listen on a port, by the numbers that {@code /proc/PID/fd} shows; only the
   * lower 32 bits.
   */
  public Set<Long> tcpListeners(int port) throws KernelException {
    Set<Long> found = new HashSet<>();
    for (int family : new int[] {Constants.AF_INET, Constants.AF_INET6}) {
      int wanted = ++sequence;
      MemorySegment request = request(wanted, InetDiagReq.SIZE);
      request.set(ValueLayout.JAVA_BYTE, Nlmsghdr.SIZE + InetDiagReq.SDIAG_FAMILY, (byte) family);
      request.set(
          ValueLayout.JAVA_BYTE,
          Nlmsghdr.SIZE + InetDiagReq.SDIAG_PROTOCOL,
          (byte) Constants.IPPROTO_TCP);
      request.set(ValueLayout.JAVA_INT, Nlmsghdr.SIZE + InetDiagReq.IDIAG_STATES, LISTENING);
      boolean _ = ask(request, answer -> listeners(answer, wanted, port, found));
    }
    return found;
  }

  private static Part listeners(byte[] bytes, int sequence, int port, Set<Long> found) {
    MemorySegment memory = MemorySegment.ofArray(bytes);
    return decode(
        bytes,
        sequence,
        (start, end) -> {
          if (end - start >= InetDiagMsg.SIZE) {
            int at = start + InetDiagMsg.ID__IDIAG_SPORT;
            if (((bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff)) == port) {
              int inode =
                  memory.get(ValueLayout.JAVA_INT_UNALIGNED, start + InetDiagMsg.IDIAG_INODE);
              found.add(Integer.toUnsignedLong(inode));
            }
          }
        });
  }

  private MemorySegment request(int wanted, int size) {
    MemorySegment request = buffer.asSlice(0, Nlmsghdr.SIZE + size).fill((byte) 0);
    request.set(ValueLayout.JAVA_INT, Nlmsghdr.NLMSG_LEN, (int) request.byteSize());
    request.set(ValueLayout.JAVA_SHORT, Nlmsghdr.NLMSG_TYPE, (short) Constants.SOCK_DIAG_BY_FAMILY);
    request.set(
        ValueLayout.JAVA_SHORT,
        Nlmsghdr.NLMSG_FLAGS,
        (short) (Constants.NLM_F_REQUEST | Constants.NLM_F_DUMP));
    request.set(ValueLayout.JAVA_INT, Nlmsghdr.NLMSG_SEQ, wanted);
    return request;
  }

  private boolean dump(List<UnixEntry> into) throws KernelException {
    int wanted = ++sequence;
    MemorySegment request = request(wanted, UnixDiagReq.SIZE);
    request.set(
        ValueLayout.JAVA_BYTE, Nlmsghdr.SIZE + UnixDiagReq.SDIAG_FAMILY, (byte) Constants.AF_UNIX);
    request.set(
        ValueLayout.JAVA_INT,
        Nlmsghdr.SIZE + UnixDiagReq.UDIAG_STATES,
        LISTENING | UNCONNECTED | ESTABLISHED);
    request.set(
        ValueLayout.JAVA_INT,
        Nlmsghdr.SIZE + UnixDiagReq.UDIAG_SHOW,
        Constants.UDIAG_SHOW_NAME | Constants.UDIAG_SHOW_VFS);
    return ask(
        request,
        bytes -> {
          Answer answer = decode(bytes, wanted);
          into.addAll(answer.sockets());
          return new Part(answer.error(), answer.interrupted(), answer.isLast());
        });
  }

  /** Asks, and hands on each part of the answer; whether nothing changed meanwhile. */
  private boolean ask(MemorySegment request, Function<byte[], Part> reader) throws KernelException {
    Kernel.check(
        Kernel.call(Nr.SENDTO, fd.number(), request.address(), request.byteSize(), 0, 0, 0),
        "sendto",
        "sock_diag");
    boolean whole = true;
    while (true) {
      int length =
          (int)
              Kernel.check(
                  Kernel.call(Nr.RECVFROM, fd.number(), buffer.address(), BUFFER, 0, 0, 0),
                  "recvfrom",
                  "sock_diag");
      byte[] answer = new byte[length];
      MemorySegment.copy(buffer, 0, MemorySegment.ofArray(answer), 0, length);
      Part part = reader.apply(answer);
      if (part.error() != 0) {
        throw new KernelException(Errno.of(part.error()), "sock_diag", "");
      }
      whole &= !part.interrupted();
      if (part.isLast()) {
        return whole;
      }
    }
  }

  /**
   * One part of what the kernel answers.
   *
   * @param error an errno; 0 for none
   * @param interrupted what it tells of changed meanwhile
   * @param isLast nothing follows
   */
  record Answer(List<UnixEntry> sockets, int error, boolean interrupted, boolean isLast) {}

  private record Part(int error, boolean interrupted, boolean isLast) {}

  @FunctionalInterface
  private interface Sockets {
    void found(int start, int end);
  }

  /** Reads netlink messages; what is not of this question, or too short to be, is passed over. */
  static Answer decode(byte[] bytes, int sequence) {
    MemorySegment memory = MemorySegment.ofArray(bytes);
    List<UnixEntry> sockets = new ArrayList<>();
    Part part =
        decode(
            bytes,
            sequence,
            (start, end) -> {
              if (end - start >= UnixDiagMsg.SIZE && isReachable(memory, start)) {
                sockets.add(entry(bytes, memory, start, end));
              }
            });
    return new Answer(sockets, part.error(), part.interrupted(), part.isLast());
  }

  private static Part decode(byte[] bytes, int sequence, Sockets sockets) {
    MemorySegment memory = MemorySegment.ofArray(bytes);
    boolean interrupted = false;
    for (int at = 0; at <= bytes.length - Nlmsghdr.SIZE; ) {
      int length = memory.get(ValueLayout.JAVA_INT_UNALIGNED, at + Nlmsghdr.NLMSG_LEN);
      if (length < Nlmsghdr.SIZE || length > bytes.length - at) {
        break;
      }
      int type = memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + Nlmsghdr.NLMSG_TYPE) & 0xffff;
      int flags = memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + Nlmsghdr.NLMSG_FLAGS);
      int of = memory.get(ValueLayout.JAVA_INT_UNALIGNED, at + Nlmsghdr.NLMSG_SEQ);
      int start = at + Nlmsghdr.SIZE;
      int end = at + length;
      if (of == sequence) {
        interrupted |= (flags & Constants.NLM_F_DUMP_INTR) != 0;
        if (type == Constants.NLMSG_DONE || type == Constants.NLMSG_ERROR) {
          int result = end - start < 4 ? 0 : memory.get(ValueLayout.JAVA_INT_UNALIGNED, start);
          return new Part(Math.max(-result, 0), interrupted, true);
        }
        if (type == Constants.SOCK_DIAG_BY_FAMILY) {
          sockets.found(start, end);
        }
      }
      at += (length + 3) & -4;
    }
    return new Part(0, interrupted, false);
  }

  /** What accept(2) returned has the name of what it was accepted from, and cannot be reached. */
  private static boolean isReachable(MemorySegment memory, int start) {
    return memory.get(ValueLayout.JAVA_BYTE, start + UnixDiagMsg.UDIAG_TYPE) == Constants.SOCK_DGRAM
        || memory.get(ValueLayout.JAVA_BYTE, start + UnixDiagMsg.UDIAG_STATE) != STATE_ESTABLISHED;
  }

  private static UnixEntry entry(byte[] bytes, MemorySegment memory, int start, int end) {
    int inode = memory.get(ValueLayout.JAVA_INT_UNALIGNED, start + UnixDiagMsg.UDIAG_INO);
    byte[] name = new byte[0];
    int fileInode = 0;
    long device = 0;
    for (int at = start + UnixDiagMsg.SIZE; at <= end - Nlattr.SIZE; ) {
      int length = memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + Nlattr.NLA_LEN) & 0xffff;
      if (length < Nlattr.SIZE || length > end - at) {
        break;
      }
      int type = memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + Nlattr.NLA_TYPE);
      int value = at + Nlattr.SIZE;
      if (type == Constants.UNIX_DIAG_NAME) {
        name = Arrays.copyOfRange(bytes, value, at + length);
      } else if (type == Constants.UNIX_DIAG_VFS && length >= Nlattr.SIZE + UnixDiagVfs.SIZE) {
        fileInode = memory.get(ValueLayout.JAVA_INT_UNALIGNED, value + UnixDiagVfs.UDIAG_VFS_INO);
        int packed = memory.get(ValueLayout.JAVA_INT_UNALIGNED, value + UnixDiagVfs.UDIAG_VFS_DEV);
        device = (long) (packed >>> 20) << 32 | (packed & 0xfffff);
      }
      at += (length + 3) & -4;
    }
    return new UnixEntry(inode, name, fileInode, device);
  }

  @Override
  public void close() {
    fd.close();
  }
}
