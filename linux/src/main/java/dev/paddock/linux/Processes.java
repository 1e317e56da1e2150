package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Processes: ourselves, and others by pid or pidfd. Nothing here ever waits for just any child. */
public final class Processes {
  private static final int P_PID = 1;
  private static final int WEXITED = 4;
  private static final int WNOHANG = 1;
  private static final int CLD_EXITED = 1;
  private static final int CLD_DUMPED = 3;

  private Processes() {}

  /**
   * How a child ended; see waitid(2).
   *
   * @param signalled whether a signal ended it
   * @param value its exit status, or the signal
   * @param coreDumped whether a core file was written
   */
  public record Exit(boolean signalled, int value, boolean coreDumped) {}

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

  /** Sends a signal to a process or group; see kill(2). */
  public static void kill(int pid, int signal) throws KernelException {
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

  /** Waits until a child has ended, and reaps it. */
  public static Exit await(int child) throws KernelException {
    while (true) {
      Optional<Exit> exit = waitid(child, WEXITED);
      if (exit.isPresent()) {
        return exit.get();
      }
    }
  }

  /** Reaps a child if it has ended. */
  public static Optional<Exit> reap(int child) throws KernelException {
    return waitid(child, WEXITED | WNOHANG);
  }

  /** siginfo_t: int signo @0, errno @4, code @8; pid @16, uid @20, status @24; 128 bytes. */
  private static Optional<Exit> waitid(int child, int options) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(128, 8);
      long result;
      do {
        result = Kernel.call(Nr.WAITID, P_PID, child, info.address(), options, 0);
      } while (result == -Errno.EINTR);
      Kernel.check(result, "waitid", "" + child);
      if (info.get(ValueLayout.JAVA_INT, 16) == 0) {
        return Optional.empty();
      }
      int code = info.get(ValueLayout.JAVA_INT, 8);
      return Optional.of(
          new Exit(code != CLD_EXITED, info.get(ValueLayout.JAVA_INT, 24), code == CLD_DUMPED));
    }
  }
}
