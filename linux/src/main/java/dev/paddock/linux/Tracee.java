package dev.paddock.linux;

import java.util.Optional;

/**
 * A thread that the calling thread traces; see ptrace(2). What can be done to it depends on its
 * state, and each state has just those operations: {@link Running} can be interrupted and waited
 * for, {@link Stop} can be looked at and let go on, {@link Gone} can do nothing any more.
 *
 * <p>A tracee belongs to the <em>thread</em> that seized it: no other one may use it, and when that
 * thread ends the kernel lets the tracee go, or kills it with {@link Ptrace#KILL_AT_EXIT}. Every
 * wait here sees the tracees (and children) of the calling thread only.
 *
 * <p>{@code ESRCH} from an operation means that the tracee is being killed: a wait then says how it
 * ended. {@code ECHILD} from a wait means that there is no tracee any more. Neither ever means that
 * something was allowed.
 */
public sealed interface Tracee {
  /** The thread's id, as of this state: an exec can change it. */
  int thread();

  /** It runs, or waits in a system call. */
  record Running(int thread) implements Tracee {
    /**
     * Makes it stop before its next instruction: it then shows {@link Interrupted}, unless it shows
     * something else first. PTRACE_INTERRUPT.
     */
    public void interrupt() throws KernelException {
      Ptrace.request(Constants.PTRACE_INTERRUPT, thread, 0, 0, "ptrace(INTERRUPT)");
    }

    /** Waits until it stops or ends. */
    public Change await() throws KernelException {
      return Ptrace.await(thread);
    }

    /** Whether it has stopped or ended. */
    public Optional<Change> poll() throws KernelException {
      return Ptrace.poll(thread);
    }
  }

  /** What a wait sees: a thread has stopped or ended. */
  sealed interface Change extends Tracee {}

  /** It stands still until its tracer lets it go on. */
  sealed interface Stop extends Change {
    /** Lets it go on; PTRACE_CONT. */
    default Running proceed() throws KernelException {
      return proceed(0);
    }

    /**
     * Lets it go on with a signal; PTRACE_CONT.
     *
     * @param signal what it gets, 0 for nothing; counts at a {@link SignalStop} only
     */
    default Running proceed(int signal) throws KernelException {
      Ptrace.request(Constants.PTRACE_CONT, thread(), 0, signal, "ptrace(CONT)");
      return new Running(thread());
    }

    /** Lets it go on until the next system call or the end of this one; PTRACE_SYSCALL. */
    default Running proceedToSystemCall() throws KernelException {
      Ptrace.request(Constants.PTRACE_SYSCALL, thread(), 0, 0, "ptrace(SYSCALL)");
      return new Running(thread());
    }

    /** Lets it go for good; PTRACE_DETACH. A thread whose process is stopped stays stopped. */
    default void detach() throws KernelException {
      detach(0);
    }

    /** The same, with a signal as in {@link #proceed(int)}. */
    default void detach(int signal) throws KernelException {
      Ptrace.request(Constants.PTRACE_DETACH, thread(), 0, signal, "ptrace(DETACH)");
    }

    /** Why it has stopped, as siginfo has it: the code of PTRACE_GETSIGINFO, {@code si_code}. */
    default int code() throws KernelException {
      return Ptrace.signalCode(thread());
    }
  }

  /**
   * It has just become another program, of which no instruction has run; PTRACE_EVENT_EXEC.
   *
   * @param thread its id now, which is the process's
   * @param former the id that it had before: another one if it was not the leader
   */
  record Executed(int thread, int former) implements Stop {
    /**
     * What the kernel has given the new program.
     *
     * @throws KernelException with EPROTO if it is a 32-bit program, whose stack is another one
     */
    public InitialStack stack() throws KernelException {
      return InitialStack.read(thread, Ptrace.stackPointer(thread));
    }
  }

  /**
   * It has just made a child, which is traced as well and will stop before its first instruction;
   * PTRACE_EVENT_FORK, VFORK and CLONE.
   *
   * @param kind how
   * @param child the new thread's or process's id
   */
  record Born(int thread, Kind kind, int child) implements Stop {
    /** By which call, as the kernel classes it. */
    public enum Kind {
      /** A child that sends SIGCHLD at its end. */
      FORK,
      /** A child that its parent waits for until it has exec'ed or ended. */
      VFORK,
      /** A thread, or a child that sends another signal or none. */
      CLONE
    }
  }

  /** The child of a vfork has let its parent go on; PTRACE_EVENT_VFORK_DONE. */
  record VforkDone(int thread) implements Stop {}

  /** It is about to end; PTRACE_EVENT_EXIT. */
  record Exiting(int thread) implements Stop {}

  /** A seccomp filter has asked for this; PTRACE_EVENT_SECCOMP. */
  record Trapped(int thread) implements Stop {}

  /** It was interrupted, or is a child before its first instruction; PTRACE_EVENT_STOP. */
  record Interrupted(int thread) implements Stop {}

  /**
   * Its whole process was stopped, by SIGSTOP or its like; PTRACE_EVENT_STOP.
   *
   * @param signal which one
   */
  record GroupStop(int thread, int signal) implements Stop {
    /** Leaves it stopped and waits for the SIGCONT of others; PTRACE_LISTEN. */
    public Running listen() throws KernelException {
      Ptrace.request(Constants.PTRACE_LISTEN, thread, 0, 0, "ptrace(LISTEN)");
      return new Running(thread);
    }
  }

  /**
   * It is about to get a signal, which is lost unless it is passed on.
   *
   * @param signal which one
   */
  record SignalStop(int thread, int signal) implements Stop {}

  /** It stands before or behind a system call; needs {@link Ptrace#MARK_SYSTEM_CALLS}. */
  record SystemCallStop(int thread) implements Stop {}

  /** It has ended; nothing of it is left for its tracer. */
  sealed interface Gone extends Change {}

  /**
   * It has ended by itself.
   *
   * @param status 0 to 255
   */
  record Exited(int thread, int status) implements Gone {}

  /**
   * A signal has ended it.
   *
   * @param signal which one
   * @param coreDumped whether a core file was written
   */
  record Killed(int thread, int signal, boolean coreDumped) implements Gone {}
}
