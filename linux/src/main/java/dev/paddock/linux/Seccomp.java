package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the kernel can do of seccomp(2). */
public final class Seccomp {
  /** {@code SECCOMP_RET_USER_NOTIF}. */
  public static final int USER_NOTIF = 0x7fc00000;

  /** {@code SECCOMP_RET_KILL_PROCESS}. */
  public static final int KILL_PROCESS = 0x80000000;

  /** {@code SECCOMP_RET_ALLOW}. */
  public static final int ALLOW = 0x7fff0000;

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

  /** Whether a task can have a listener. */
  public enum Availability {
    /** It can. */
    FREE,
    /** There is one already, of a sandbox or a container that this process runs in. */
    TAKEN,
    /** Such a one forbids it. */
    FORBIDDEN
  }

  /**
   * Whether a listener can be made: a task has at most one, and a sandbox or a container that this
   * process runs in may have it, or forbid it. Where there is any filter already, that is tried, on
   * a thread that ends with it.
   */
  public static Availability listener() {
    long refused =
        Kernel.call(
            Nr.SECCOMP,
            Constants.SECCOMP_SET_MODE_FILTER,
            Constants.SECCOMP_FILTER_FLAG_NEW_LISTENER,
            0);
    if (refused != -Errno.EFAULT) { // The kernel itself would miss the program.
      return Availability.FORBIDDEN;
    }
    if (!isFiltered()) {
      return Availability.FREE;
    }
    AtomicBoolean free = new AtomicBoolean();
    Uninterrupted.join(
        Thread.ofPlatform().name("paddock-probe").start(() -> free.set(makesListener())));
    return free.get() ? Availability.FREE : Availability.TAKEN;
  }

  private static boolean isFiltered() {
    try {
      byte[] status = Paths.readAll("/proc/self/status".getBytes(StandardCharsets.US_ASCII));
      return !Procfs.statusField(status, "Seccomp").orElse("0").equals("0");
    } catch (KernelException e) {
      return true; // So it is tried.
    }
  }

  /** Restricts the calling thread by a filter that allows everything, for its rest. */
  private static boolean makesListener() {
    long none = Kernel.call(Nr.PRCTL, Constants.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    MemorySegment memory = Kernel.scratch();
    memory.set(ValueLayout.JAVA_SHORT, 0, (short) 6); // BPF_RET | BPF_K
    memory.set(ValueLayout.JAVA_SHORT, 2, (short) 0);
    memory.set(ValueLayout.JAVA_INT, 4, ALLOW);
    memory.set(ValueLayout.JAVA_LONG, 8, 1); // struct sock_fprog: how many, and where
    memory.set(ValueLayout.JAVA_LONG, 16, memory.address());
    long listener =
        Kernel.call(
            Nr.SECCOMP,
            Constants.SECCOMP_SET_MODE_FILTER,
            Constants.SECCOMP_FILTER_FLAG_NEW_LISTENER,
            memory.address() + 8);
    if (none < 0 || listener < 0) {
      return false;
    }
    Fd.owned((int) listener).close();
    return true;
  }
}
