package dev.paddock.linux;

import dev.paddock.linux.Layouts.Iovec;
import dev.paddock.linux.Layouts.Msghdr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A message for {@link Socket#send}: a {@code struct msghdr} and what it points to, in our memory.
 */
public final class OutgoingMessage implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment header = arena.allocate(Msghdr.SIZE, 8);
  private final MemorySegment iovec = arena.allocate(Iovec.SIZE, 8);
  private final int length;

  /**
   * A message.
   *
   * @param address whom it is for; null for whom the socket is connected to
   * @param content its bytes
   * @param control control messages as cmsg(3) lays them out; empty for none. Descriptors in it are
   *     numbers of this process
   */
  public OutgoingMessage(
      byte @org.jspecify.annotations.Nullable [] address, byte[] content, byte[] control) {
    this.length = content.length;
    if (address != null) {
      header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_NAME, copy(address).address());
      header.set(ValueLayout.JAVA_INT, Msghdr.MSG_NAMELEN, address.length);
    }
    iovec.set(ValueLayout.JAVA_LONG, Iovec.IOV_BASE, copy(content).address());
    iovec.set(ValueLayout.JAVA_LONG, Iovec.IOV_LEN, content.length);
    header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_IOV, iovec.address());
    header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_IOVLEN, 1);
    if (control.length > 0) {
      header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROL, copy(control).address());
      header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROLLEN, control.length);
    }
  }

  private MemorySegment copy(byte[] bytes) {
    MemorySegment memory = arena.allocate(Math.max(bytes.length, 8), 8);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, bytes.length);
    return memory;
  }

  MemorySegment header() {
    return header;
  }

  /** How many bytes are left to be sent. */
  public int remaining() {
    return (int) iovec.get(ValueLayout.JAVA_LONG, Iovec.IOV_LEN);
  }

  /**
   * Leaves out what was sent: the first bytes, and the control messages, which went with them.
   *
   * @param sent at most {@link #remaining}
   */
  public void skip(int sent) {
    int left = remaining() - sent;
    long start = iovec.get(ValueLayout.JAVA_LONG, Iovec.IOV_BASE);
    iovec.set(ValueLayout.JAVA_LONG, Iovec.IOV_BASE, start + sent);
    iovec.set(ValueLayout.JAVA_LONG, Iovec.IOV_LEN, left);
    header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROL, 0);
    header.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROLLEN, 0);
  }

  /** How many bytes it had at first. */
  public int length() {
    return length;
  }

  @Override
  public void close() {
    arena.close();
  }
}
