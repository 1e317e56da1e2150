package dev.paddock.linux;

import dev.paddock.linux.Layouts.SeccompData;
import dev.paddock.linux.Layouts.SeccompNotif;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The place that a {@link Listener} receives into: one system call that the kernel holds until it
 * is answered; {@code struct seccomp_notif} of seccomp_unotify(2). Made once for a thread and used
 * again for each call, so that receiving allocates nothing.
 */
public final class Notification {
  private final MemorySegment memory = Arena.ofAuto().allocate(SeccompNotif.SIZE, 8);

  /** An empty place. */
  public Notification() {}

  /** The kernel takes nothing but zeros here. */
  MemorySegment cleared() {
    return memory.fill((byte) 0);
  }

  /** What the answer must name; unique for the listener's life. */
  public long id() {
    return memory.get(ValueLayout.JAVA_LONG, SeccompNotif.ID);
  }

  /**
   * The calling thread, as this process's pid namespace numbers it; 0 if it has no number there. It
   * may be gone and its number another's: only {@link Listener#isAlive} after looking says.
   */
  public int thread() {
    return memory.get(ValueLayout.JAVA_INT, SeccompNotif.PID);
  }

  /** The system call's number. */
  public int number() {
    return memory.get(ValueLayout.JAVA_INT, SeccompNotif.DATA + SeccompData.NR);
  }

  /** An argument as it is in the register, all 64 bits; 0 to 5. */
  public long argument(int index) {
    if (index < 0 || index > 5) {
      throw new IndexOutOfBoundsException(index);
    }
    return memory.get(ValueLayout.JAVA_LONG, SeccompNotif.DATA + SeccompData.ARGS + 8L * index);
  }

  /** Where in its code the thread makes the call. */
  public long instructionPointer() {
    return memory.get(ValueLayout.JAVA_LONG, SeccompNotif.DATA + SeccompData.INSTRUCTION_POINTER);
  }
}
