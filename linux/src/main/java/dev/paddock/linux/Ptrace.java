package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Tracing of threads; see ptrace(2). Only PTRACE_SEIZE is served, which neither stops the thread
 * nor shows itself to it. {@link Tracee} says what can be done then.
 */
public final class Ptrace {
  /** Stop at an exec; {@link Tracee.Executed}. */
  public static final int EXECS = Constants.PTRACE_O_TRACEEXEC;

  /** Stop at a birth, and trace the child too; {@link Tracee.Born}. */
  public static final int BIRTHS =
      Constants.PTRACE_O_TRACEFORK | Constants.PTRACE_O_TRACEVFORK | Constants.PTRACE_O_TRACECLONE;

  /** Stop when the child of a vfork lets its parent go on; {@link Tracee.VforkDone}. */
  public static final int VFORK_ENDS = Constants.PTRACE_O_TRACEVFORKDONE;

  /** Stop before the end; {@link Tracee.Exiting}. */
  public static final int EXITS = Constants.PTRACE_O_TRACEEXIT;

  /** Stop where a filter says SECCOMP_RET_TRACE; {@link Tracee.Trapped}. */
  public static final int TRAPS = Constants.PTRACE_O_TRACESECCOMP;

  /** Tell stops at system calls from a SIGTRAP; {@link Tracee.SystemCallStop}. */
  public static final int MARK_SYSTEM_CALLS = Constants.PTRACE_O_TRACESYSGOOD;

  /** Kill the tracee if the thread that traces it ends. */
  public static final int KILL_AT_EXIT = Constants.PTRACE_O_EXITKILL;

  /** For {@link #await} and {@link #poll}: any tracee of the calling thread. */
  public static final int ANY = -1;

  private static final int MARKED = 0x80;
  private static final int STOPPED = 0x7f;

  private Ptrace() {}

  /** Whether this process may trace at all: a filter of system calls may refuse it. */
  public static boolean isAllowed() {
    return Kernel.call(Nr.PTRACE, Constants.PTRACE_SEIZE, 0, 0, 0) == -Errno.ESRCH;
  }

  /**
   * Begins to trace a thread, which notices nothing.
   *
   * @param thread its id
   * @param options of the constants above
   * @throws KernelException with ESRCH if it is gone, EPERM if it may not be traced or is already
   */
  public static Tracee.Running seize(int thread, int options) throws KernelException {
    request(Constants.PTRACE_SEIZE, thread, 0, options, "ptrace(SEIZE)");
    return new Tracee.Running(thread);
  }

  /**
   * Waits until a tracee of the calling thread stops or ends.
   *
   * @param thread its id, or {@link #ANY}
   * @throws KernelException with ECHILD if there is no such tracee
   */
  public static Tracee.Change await(int thread) throws KernelException {
    while (true) {
      Optional<Tracee.Change> change = change(thread, 0);
      if (change.isPresent()) {
        return change.get();
      }
    }
  }

  /**
   * Whether a tracee of the calling thread has stopped or ended.
   *
   * @param thread its id, or {@link #ANY}
   * @return empty if none has
   * @throws KernelException with ECHILD if there is no such tracee
   */
  public static Optional<Tracee.Change> poll(int thread) throws KernelException {
    return change(thread, Constants.WNOHANG);
  }

  private static Optional<Tracee.Change> change(int thread, int flags) throws KernelException {
    MemorySegment status = Kernel.scratch();
    long found;
    do {
      // Without __WNOTHREAD a wait takes the stops of other threads' tracees.
      found =
          Kernel.call(
              Nr.WAIT4,
              thread,
              status.address(),
              Constants.__WALL | Constants.__WNOTHREAD | flags,
              0);
    } while (found == -Errno.EINTR);
    Kernel.check(found, "wait4", "");
    if (found == 0) {
      return Optional.empty();
    }
    return decode((int) found, status.get(ValueLayout.JAVA_INT, 0));
  }

  /** What a status of wait4 says; empty if what it says is already over. */
  private static Optional<Tracee.Change> decode(int thread, int status) throws KernelException {
    if ((status & 0xff) != STOPPED) {
      int signal = status & 0x7f;
      return Optional.of(
          signal == 0
              ? new Tracee.Exited(thread, status >> 8 & 0xff)
              : new Tracee.Killed(thread, signal, (status & 0x80) != 0));
    }
    int signal = status >> 8 & 0xff;
    int event = status >> 16;
    try {
      return Optional.of(
          switch (event) {
            case 0 ->
                signal == (Signals.SIGTRAP | MARKED)
                    ? new Tracee.SystemCallStop(thread)
                    : new Tracee.SignalStop(thread, signal);
            case Constants.PTRACE_EVENT_FORK ->
                new Tracee.Born(thread, Tracee.Born.Kind.FORK, message(thread));
            case Constants.PTRACE_EVENT_VFORK ->
                new Tracee.Born(thread, Tracee.Born.Kind.VFORK, message(thread));
            case Constants.PTRACE_EVENT_CLONE ->
                new Tracee.Born(thread, Tracee.Born.Kind.CLONE, message(thread));
            case Constants.PTRACE_EVENT_EXEC -> new Tracee.Executed(thread, message(thread));
            case Constants.PTRACE_EVENT_VFORK_DONE -> new Tracee.VforkDone(thread);
            case Constants.PTRACE_EVENT_EXIT -> new Tracee.Exiting(thread);
            case Constants.PTRACE_EVENT_SECCOMP -> new Tracee.Trapped(thread);
            case Constants.PTRACE_EVENT_STOP ->
                signal == Signals.SIGTRAP
                    ? new Tracee.Interrupted(thread)
                    : new Tracee.GroupStop(thread, signal);
            default ->
                throw new KernelException(
                    Errno.of(Errno.EPROTO), "wait4", thread + ": unknown event " + event);
          });
    } catch (KernelException e) {
      if (e.is(Errno.ESRCH)) {
        return Optional.empty(); // Killed since: the next wait says so.
      }
      throw e;
    }
  }

  private static int message(int thread) throws KernelException {
    MemorySegment message = Kernel.scratch();
    request(Constants.PTRACE_GETEVENTMSG, thread, 0, message.address(), "ptrace(GETEVENTMSG)");
    return (int) message.get(ValueLayout.JAVA_LONG, 0);
  }

  /**
   * The stack pointer of a stopped tracee: {@code rsp} of {@code struct user_regs_struct} in
   * asm/user_64.h, {@code sp} of {@code struct user_pt_regs} in asm/ptrace.h of arm64.
   *
   * @throws KernelException with EPROTO if it runs 32-bit code
   */
  static long stackPointer(int thread) throws KernelException {
    int size = Arch.current() == Arch.X86_64 ? 27 * Long.BYTES : 34 * Long.BYTES;
    int at = Arch.current() == Arch.X86_64 ? 19 * Long.BYTES : 31 * Long.BYTES;
    MemorySegment place = Kernel.scratch();
    long registers = place.address() + Layouts.Iovec.SIZE;
    place.set(ValueLayout.JAVA_LONG, Layouts.Iovec.IOV_BASE, registers);
    place.set(ValueLayout.JAVA_LONG, Layouts.Iovec.IOV_LEN, size);
    request(
        Constants.PTRACE_GETREGSET,
        thread,
        Constants.NT_PRSTATUS,
        place.address(),
        "ptrace(GETREGSET)");
    if (place.get(ValueLayout.JAVA_LONG, Layouts.Iovec.IOV_LEN) != size) {
      throw new KernelException(Errno.of(Errno.EPROTO), "ptrace(GETREGSET)", "" + thread);
    }
    return place.get(ValueLayout.JAVA_LONG, Layouts.Iovec.SIZE + at);
  }

  static int signalCode(int thread) throws KernelException {
    MemorySegment info = Kernel.scratch();
    request(Constants.PTRACE_GETSIGINFO, thread, 0, info.address(), "ptrace(GETSIGINFO)");
    return info.get(ValueLayout.JAVA_INT, Layouts.Siginfo.SI_CODE);
  }

  static void request(int request, int thread, long address, long data, String name)
      throws KernelException {
    long result = Kernel.call(Nr.PTRACE, request, thread, address, data);
    if (result < 0) { // The text is made only for the exception.
      Kernel.check(result, name, "" + thread);
    }
  }
}
