package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessMemory;
import dev.paddock.linux.SocketAddress;
import dev.paddock.sandbox.supervise.HeldCall;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The messages that a call is to send, read from its caller's memory one after the other, each of
 * them once.
 *
 * @param thread the caller
 * @param flags {@code MSG_*}
 * @param count how many there are
 * @param array where the {@code struct mmsghdr} are; 0 if there is but one message
 * @param single where the one {@code struct msghdr} is; 0 if it is none
 * @param plain what sendto(2) was called with; null for the others
 */
record CallerMessages(
    int thread, int flags, int count, long array, long single, @Nullable Plain plain) {
  /**
   * struct user_msghdr of linux/socket.h: name, namelen, iov, iovlen, control, controllen, flags.
   */
  private static final int MSGHDR = 56;

  /** struct mmsghdr: a header, and how much of it was sent. */
  private static final int MMSGHDR = 64;

  private static final int MMSGHDR_LEN = 56;
  private static final int IOVEC = 16;
  private static final int MOST_PARTS = 1024; // UIO_MAXIOV of linux/uio.h
  private static final int MOST_CONTROL = 128 << 10; // net.core.optmem_max

  /** The longest datagram that is copied, more than any socket's buffer takes. */
  private static final int MOST_DATAGRAM = 8 << 20;

  /** How much of a stream is copied at a time. */
  private static final int PIECE = 1 << 20;

  /** The arguments of sendto(2). */
  record Plain(long buffer, long length, long address, long addressLength) {}

  /**
   * One message.
   *
   * @param address a copy of the {@code struct sockaddr}; null if it names none
   * @param parts where its bytes are: an address and a length in turn
   * @param control a copy of the control messages
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Message(byte @Nullable [] address, long[] parts, byte[] control) {
    long length() {
      long sum = 0;
      for (int i = 1; i < parts.length; i += 2) {
        sum += parts[i];
      }
      return sum;
    }
  }

  static CallerMessages ofSendto(HeldCall call) {
    Plain plain = new Plain(call.argument(1), call.argument(2), call.argument(4), call.argument(5));
    return new CallerMessages(call.thread(), (int) call.argument(3), 1, 0, 0, plain);
  }

  static CallerMessages ofSendmsg(HeldCall call) {
    return new CallerMessages(call.thread(), (int) call.argument(2), 1, 0, call.argument(1), null);
  }

  static CallerMessages ofSendmmsg(HeldCall call) {
    int count = (int) Math.min(call.argument(2) & 0xffffffffL, MOST_PARTS);
    return new CallerMessages(
        call.thread(), (int) call.argument(3), count, call.argument(1), 0, null);
  }

  /** Whether how much was sent of each is written beside it. */
  boolean isArray() {
    return array != 0;
  }

  /**
   * Reads one.
   *
   * @throws KernelException as the kernel has it: EFAULT, EINVAL, EMSGSIZE
   */
  Message read(int index) throws KernelException {
    Plain simple = plain;
    if (simple != null) {
      long length = Math.min(simple.length(), Integer.MAX_VALUE - 4095L); // MAX_RW_COUNT
      if (length < 0) {
        throw failed(Errno.EINVAL);
      }
      byte[] address =
          simple.address() == 0 ? null : address(simple.address(), (int) simple.addressLength());
      return new Message(address, new long[] {simple.buffer(), length}, new byte[0]);
    }
    ByteBuffer header = bytes(isArray() ? array + (long) index * MMSGHDR : single, MSGHDR);
    long name = header.getLong(0);
    int nameLength = header.getInt(8);
    long vector = header.getLong(16);
    long count = header.getLong(24);
    long control = header.getLong(32);
    long controlLength = header.getLong(40);
    if (count < 0 || count > MOST_PARTS) {
      throw failed(Errno.EMSGSIZE);
    }
    if (nameLength < 0 && name != 0) {
      throw failed(Errno.EINVAL);
    }
    byte[] address =
        name == 0 || nameLength == 0
            ? null
            : address(name, Math.min(nameLength, SocketAddress.MAXIMUM));
    long[] parts = new long[2 * (int) count];
    ByteBuffer found = bytes(vector, IOVEC * (int) count);
    long left = Integer.MAX_VALUE - 4095L;
    for (int i = 0; i < parts.length; i += 2) {
      long length = found.getLong(8 * i + 8);
      if (length < 0) {
        throw failed(Errno.EINVAL);
      }
      parts[i] = found.getLong(8 * i);
      parts[i + 1] = Math.min(length, left);
      left -= parts[i + 1];
    }
    if (controlLength < 0 || controlLength > MOST_CONTROL) {
      throw failed(Errno.ENOBUFS);
    }
    byte[] ancillary = control == 0 ? new byte[0] : bytes(control, (int) controlLength).array();
    return new Message(address, parts, ancillary);
  }

  /**
   * A message's bytes.
   *
   * @param skipped how many of them are left out at the beginning
   * @param whole whether all the others are wanted, or a piece will do
   * @throws KernelException with EFAULT, or EMSGSIZE if they are too many to be wanted whole
   */
  byte[] content(Message message, long skipped, boolean whole) throws KernelException {
    long left = message.length() - skipped;
    if (whole && left > MOST_DATAGRAM) {
      throw failed(Errno.EMSGSIZE);
    }
    byte[] content = new byte[(int) (whole ? left : Math.min(left, PIECE))];
    int filled = 0;
    long skip = skipped;
    for (int i = 0; i < message.parts().length && filled < content.length; i += 2) {
      long length = message.parts()[i + 1];
      if (skip >= length) {
        skip -= length;
        continue;
      }
      int wanted = (int) Math.min(length - skip, content.length - filled);
      ProcessMemory.ofThread().read(thread, message.parts()[i] + skip, content, filled, wanted);
      filled += wanted;
      skip = 0;
    }
    return content;
  }

  /** Writes beside a message of an array how much of it was sent. */
  void sent(int index, int length) throws KernelException {
    byte[] bytes = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(length).array();
    ProcessMemory.ofThread().write(thread, array + (long) index * MMSGHDR + MMSGHDR_LEN, bytes);
  }

  private byte[] address(long at, int length) throws KernelException {
    if (length < 0 || length > SocketAddress.MAXIMUM) {
      throw failed(Errno.EINVAL);
    }
    return bytes(at, length).array();
  }

  private ByteBuffer bytes(long at, int length) throws KernelException {
    byte[] bytes = new byte[length];
    ProcessMemory.ofThread().read(thread, at, bytes, 0, length);
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  private static KernelException failed(int errno) {
    return new KernelException(Errno.of(errno), "sendmsg", "");
  }
}
