package dev.paddock.linux;

/** What the kernel keeps about the calling thread and this process; see prctl(2). */
public final class Prctl {
  private Prctl() {}

  /** Whether an execve(2) by the calling thread can no longer gain privileges. */
  public static boolean noNewPrivileges() {
    return Kernel.call(Nr.PRCTL, Constants.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  }

  /**
   * Whether other processes of the same user may look into this one, as a supervisor that is not
   * root must be able to.
   */
  public static boolean isDumpable() {
    return Kernel.call(Nr.PRCTL, Constants.PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
  }
}
