package dev.paddock.linux;

import dev.paddock.linux.Layouts.Rusage;
import dev.paddock.linux.Layouts.Siginfo;
import dev.paddock.linux.Layouts.Timeval;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Processes: ourselves, and others by pid or pidfd. Nothing here ever waits for just any child. */
public final class Processes {
  // linux/pidfd.h, 6.13: struct pidfd_info as it was first; the command's number holds its size.
  private static final int PIDFD_INFO_SIZE = 64;
  private static final int PIDFD_INFO_MASK = 0; // u64
  private static final int PIDFD_INFO_EXIT_CODE = 60; // s32
  private static final long PIDFD_GET_INFO = 0xc040ff0bL;
  private static final long PIDFD_INFO_EXIT = 8; // 6.15

  private Processes() {}

  /**
   * How a child ended; see waitid(2).
   *
   * @param signalled whether a signal ended it
   * @param value its exit status, or the signal
   * @param coreDumped whether a core file was written
   */
  public record Exit(boolean signalled, int value, boolean coreDumped) {}

  /**
   * How a child ended and what it and the children it has reaped used; see getrusage(2).
   *
   * @param exit how it ended
   * @param user processor time in its own code
   * @param system processor time in the kernel
   * @param peakMemory resident memory of the largest of them at its peak, in bytes
   * @param voluntarySwitches how often one waited for something
   * @param forcedSwitches how often one had used up its time
   */
  public record Ended(
      Exit exit,
      Duration user,
      Duration system,
      long peakMemory,
      long voluntarySwitches,
      long forcedSwitches) {}

  /** The process id of this process. */
  public static int pid() {
    return (int) Kernel.call(Nr.GETPID);
  }

  /** The process id of the parent, 0 if it is outside our pid namespace. */
  public static int parent() {
    return (int) Kernel.call(Nr.GETPPID);
  }

  /** The kernel's id of the calling thread. */
  public static int thread() {
    return (int) Kernel.call(Nr.GETTID);
  }

  /** The real user id, 0 to 2^32-2. */
  public static long uid() {
    return Kernel.call(Nr.GETUID) & 0xffffffffL;
  }

  /** The effective user id, 0 to 2^32-2. */
  public static long effectiveUid() {
    return Kernel.call(Nr.GETEUID) & 0xffffffffL;
  }

  /** The real group id, 0 to 2^32-2. */
  public static long gid() {
    return Kernel.call(Nr.GETGID) & 0xffffffffL;
  }

  /** The process group of a process, 0 for this one; see getpgid(2). */
  public static int group(int pid) throws KernelException {
    return (int) Kernel.check(Kernel.call(Nr.GETPGID, pid), "getpgid", "" + pid);
  }

  /** The session of a process, 0 for this one; see getsid(2). */
  public static int session(int pid) throws KernelException {
    return (int) Kernel.check(Kernel.call(Nr.GETSID, pid), "getsid", "" + pid);
  }

  /**
   * Sends a signal to a process, to its own group (0) or another one (below -1); see kill(2).
   *
   * @throws IllegalArgumentException for -1, which is everybody
   */
  public static void kill(int pid, int signal) throws KernelException {
    if (pid == -1) {
      throw new IllegalArgumentException("kill(-1) would reach every process of this user");
    }
    Kernel.check(Kernel.call(Nr.KILL, pid, signal), "kill", "" + pid);
  }

  /** A descriptor that stands for a process and for no later one of the same id; pidfd_open(2). */
  public static Fd pidFd(int pid) throws KernelException {
    return Fd.owned((int) Kernel.check(Kernel.call(Nr.PIDFD_OPEN, pid, 0), "pidfd_open", "" + pid));
  }

  /** Sends a signal to the process that a descriptor stands for; see pidfd_send_signal(2). */
  public static void signal(Fd pidFd, int signal) throws KernelException {
    Kernel.check(
        Kernel.call(Nr.PIDFD_SEND_SIGNAL, pidFd.number(), signal, 0, 0), "pidfd_send_signal", "");
  }

  /**
   * Sends a signal with what goes with it; see pidfd_send_signal(2).
   *
   * @param info a whole {@code siginfo_t}, 128 bytes; null for what kill(2) would send
   * @param flags {@code PIDFD_SIGNAL_*}, from Linux 6.9 on
   * @throws KernelException with EPERM for one that only the kernel sends, EINVAL if it is about
   *     another signal
   */
  public static void signal(Fd pidFd, int signal, byte @Nullable [] info, int flags)
      throws KernelException {
    long address = 0;
    if (info != null) {
      MemorySegment memory = Kernel.scratch();
      MemorySegment.copy(MemorySegment.ofArray(info), 0, memory, 0, info.length);
      address = memory.address();
    }
    Kernel.check(
        Kernel.call(Nr.PIDFD_SEND_SIGNAL, pidFd.number(), signal, address, flags),
        "pidfd_send_signal",
        "");
  }

  /**
   * A descriptor that stands for one thread; Linux 6.9.
   *
   * @throws KernelException with EINVAL if the kernel knows only processes
   */
  public static Fd threadFd(int thread) throws KernelException {
    return Fd.owned(
        (int)
            Kernel.check(
                Kernel.call(Nr.PIDFD_OPEN, thread, Constants.O_EXCL), "pidfd_open", "" + thread));
  }

  /**
   * Sends a signal to one thread of a process, and to none of another's; see tgkill(2).
   *
   * @throws KernelException with ESRCH if that process has no such thread
   */
  public static void signalThread(int process, int thread, int signal) throws KernelException {
    Kernel.check(Kernel.call(Nr.TGKILL, process, thread, signal), "tgkill", "" + thread);
  }

  /**
   * Whether the process that a descriptor stands for still has its id: it runs, or has ended and
   * was not reaped. While this says yes, its id is nobody else's.
   */
  public static boolean isPresent(Fd pidFd) {
    return Kernel.call(Nr.PIDFD_SEND_SIGNAL, pidFd.number(), 0, 0, 0) != -Errno.ESRCH;
  }

  /**
   * A copy of a descriptor of another process; see pidfd_getfd(2).
   *
   * @param number the descriptor's, in that process
   * @throws KernelException with EBADF if it has no such descriptor, EPERM if it may not be traced
   */
  public static Fd descriptor(Fd pidFd, int number) throws KernelException {
    return Fd.owned(
        (int)
            Kernel.check(
                Kernel.call(Nr.PIDFD_GETFD, pidFd.number(), number, 0), "pidfd_getfd", ""));
  }

  /**
   * How the process ended that a descriptor stands for, once somebody has reaped it: {@code
   * PIDFD_GET_INFO} of linux/pidfd.h, Linux 6.15.
   *
   * @return empty if it was not reaped, or the kernel cannot tell
   */
  public static Optional<Exit> exit(Fd pidFd) {
    MemorySegment info = Kernel.scratch().asSlice(0, PIDFD_INFO_SIZE).fill((byte) 0);
    info.set(ValueLayout.JAVA_LONG, PIDFD_INFO_MASK, PIDFD_INFO_EXIT);
    long asked = Kernel.call(Nr.IOCTL, pidFd.number(), PIDFD_GET_INFO, info.address());
    if (asked < 0 || (info.get(ValueLayout.JAVA_LONG, PIDFD_INFO_MASK) & PIDFD_INFO_EXIT) == 0) {
      return Optional.empty();
    }
    return Optional.of(exit(info.get(ValueLayout.JAVA_INT, PIDFD_INFO_EXIT_CODE)));
  }

  /**
   * Takes a status of wait4(2) apart.
   *
   * @param status of a process that has ended
   */
  static Exit exit(int status) {
    int signal = status & 0x7f;
    return signal == 0
        ? new Exit(false, status >> 8 & 0xff, false)
        : new Exit(true, signal, (status & 0x80) != 0);
  }

  /** Waits until a child has ended, and reaps it. */
  public static Exit await(int child) throws KernelException {
    return ended(Constants.P_PID, child, 0).orElseThrow().exit();
  }

  /** Waits until the child that a descriptor stands for has ended, and reaps it; Linux 5.4. */
  public static Ended await(Fd pidFd) throws KernelException {
    return ended(Constants.P_PIDFD, pidFd.number(), 0).orElseThrow();
  }

  /** Reaps a child if it has ended. */
  public static Optional<Exit> reap(int child) throws KernelException {
    Optional<Ended> ended = ended(Constants.P_PID, child, Constants.WNOHANG);
    return ended.isPresent() ? Optional.of(ended.get().exit()) : Optional.empty();
  }

  /** Reaps the child that a descriptor stands for if it has ended; Linux 5.4. */
  public static Optional<Ended> reap(Fd pidFd) throws KernelException {
    return ended(Constants.P_PIDFD, pidFd.number(), Constants.WNOHANG);
  }

  private static Optional<Ended> ended(int kind, int id, int options) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(Siginfo.SIZE, 8);
      MemorySegment usage = arena.allocate(Rusage.SIZE, 8);
      long result;
      do {
        // The system call's fifth argument, which waitid(3) does not have.
        result =
            Kernel.call(
                Nr.WAITID, kind, id, info.address(), Constants.WEXITED | options, usage.address());
      } while (result == -Errno.EINTR);
      Kernel.check(result, "waitid", kind == Constants.P_PID ? "" + id : "pidfd");
      if (info.get(ValueLayout.JAVA_INT, Siginfo.SI_PID) == 0) { // WNOHANG, and it runs.
        return Optional.empty();
      }
      int code = info.get(ValueLayout.JAVA_INT, Siginfo.SI_CODE);
      Exit exit =
          new Exit(
              code != Constants.CLD_EXITED,
              info.get(ValueLayout.JAVA_INT, Siginfo.SI_STATUS),
              code == Constants.CLD_DUMPED);
      return Optional.of(
          new Ended(
              exit,
              time(usage, Rusage.RU_UTIME),
              time(usage, Rusage.RU_STIME),
              usage.get(ValueLayout.JAVA_LONG, Rusage.RU_MAXRSS) * 1024,
              usage.get(ValueLayout.JAVA_LONG, Rusage.RU_NVCSW),
              usage.get(ValueLayout.JAVA_LONG, Rusage.RU_NIVCSW)));
    }
  }

  private static Duration time(MemorySegment usage, int at) {
    return Duration.ofSeconds(
        usage.get(ValueLayout.JAVA_LONG, at + Timeval.TV_SEC),
        usage.get(ValueLayout.JAVA_LONG, at + Timeval.TV_USEC) * 1000);
  }
}
