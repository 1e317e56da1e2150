package dev.paddock.linux;

import dev.paddock.linux.Layouts.Iovec;
import dev.paddock.linux.Layouts.Msghdr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A message for {@link Socket#send}: a {@code struct msghdr} and what it points to, in one piece of
 * our memory, which goes with this object.
 */
public final class OutgoingMessage {
  private static final int IOVEC_AT = (Msghdr.SIZE + 7) & -8;
  private static final int REST_AT = IOVEC_AT + Iovec.SIZE;

  private final MemorySegment memory;

  /**
   * A message.
   *
   * @param address whom it is for; null for whom the socket is connected to
   * @param content its bytes
   * @param control control messages as cmsg(3) lays them out; empty for none. Descriptors in it are
   *     numbers of this process
   */
  public OutgoingMessage(byte @Nullable [] address, byte[] content, byte[] control) {
    int controlAt = REST_AT + (address == null ? 0 : (address.length + 7) & -8);
    int contentAt = controlAt + ((control.length + 7) & -8);
    memory = Arena.ofAuto().allocate(contentAt + (long) content.length, 8);
    long start = memory.address();
    if (address != null) {
      copy(address, REST_AT);
      memory.set(ValueLayout.JAVA_LONG, Msghdr.MSG_NAME, start + REST_AT);
      memory.set(ValueLayout.JAVA_INT, Msghdr.MSG_NAMELEN, address.length);
    }
    if (control.length > 0) {
      copy(control, controlAt);
      memory.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROL, start + controlAt);
      memory.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROLLEN, control.length);
    }
    copy(content, contentAt);
    memory.set(ValueLayout.JAVA_LONG, Msghdr.MSG_IOV, start + IOVEC_AT);
    memory.set(ValueLayout.JAVA_LONG, Msghdr.MSG_IOVLEN, 1);
    memory.set(ValueLayout.JAVA_LONG, IOVEC_AT + Iovec.IOV_BASE, start + contentAt);
    memory.set(ValueLayout.JAVA_LONG, IOVEC_AT + Iovec.IOV_LEN, content.length);
  }

  private void copy(byte[] bytes, int to) {
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, to, bytes.length);
  }

  MemorySegment header() {
    return memory;
  }

  /** How many bytes are left to be sent. */
  public int remaining() {
    return (int) memory.get(ValueLayout.JAVA_LONG, IOVEC_AT + Iovec.IOV_LEN);
  }

  /**
   * Leaves out what was sent: the first bytes, and the control messages, which went with them.
   *
   * @param sent at most {@link #remaining}
   */
  public void skip(int sent) {
    long left = (long) remaining() - sent;
    long start = memory.get(ValueLayout.JAVA_LONG, IOVEC_AT + Iovec.IOV_BASE);
    memory.set(ValueLayout.JAVA_LONG, IOVEC_AT + Iovec.IOV_BASE, start + sent);
    memory.set(ValueLayout.JAVA_LONG, IOVEC_AT + Iovec.IOV_LEN, left);
    memory.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROL, 0);
    memory.set(ValueLayout.JAVA_LONG, Msghdr.MSG_CONTROLLEN, 0);
  }
}
