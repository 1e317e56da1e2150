package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What the kernel can do of seccomp(2). */
public final class Seccomp {
  /** {@code SECCOMP_RET_USER_NOTIF}. */
  public static final int USER_NOTIF = 0x7fc00000;

  /** {@code SECCOMP_RET_KILL_PROCESS}. */
  public static final int KILL_PROCESS = 0x80000000;

  private Seccomp() {}

  /** Whether a filter may return this action. */
  public static boolean hasAction(int action) {
    MemorySegment value = Kernel.scratch();
    value.set(ValueLayout.JAVA_INT, 0, action);
    return Kernel.call(Nr.SECCOMP, Constants.SECCOMP_GET_ACTION_AVAIL, 0, value.address()) == 0;
  }

  /** Whether the kernel hands notifications to a supervisor. */
  public static boolean hasNotifications() {
    return Kernel.call(Nr.SECCOMP, Constants.SECCOMP_GET_NOTIF_SIZES, 0, Kernel.scratch().address())
            == 0
        && hasAction(USER_NOTIF);
  }
}
