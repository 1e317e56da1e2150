package dev.paddock.sandbox.process;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Kernel;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.SystemCalls;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Judges the calls that act on another process by its id, past Landlock: {@link #calls}. The filter
 * alone refuses them all but for the caller itself ({@code 0}); this lets them through within the
 * tree, which closes the gap that a program could not even set the affinity of its own threads.
 *
 * <p>By its own id and by its process's the caller may go on: neither can become another's while it
 * waits. Any other id could, so the call is made in its place after the id was found in the tree.
 * Between that and the call lie microseconds of this process's, in which the number would have to
 * be given out again, that is, as many processes be born as there are numbers; the caller cannot
 * make that time longer, as it could if it went on itself. A question (prlimit64 without new
 * limits) goes on: the worst that it can do is what getpriority, which is allowed, does as well.
 *
 * <p>This process may be allowed more than the caller is, so it does only what needs no privilege:
 * for the same user, a lower limit, a higher nice value, a time-sharing policy, an i/o priority
 * that is not real-time. All else is EPERM: groups, users, sched_setattr, migrate_pages and
 * move_pages on others.
 */
public final class OtherProcesses implements Handler {
  private static final String[] NAMES = {
    "prlimit64",
    "sched_setaffinity",
    "sched_setscheduler",
    "sched_setparam",
    "sched_setattr",
    "migrate_pages",
    "move_pages",
    "setpriority",
    "ioprio_set"
  };

  private static final int PRLIMIT = number("prlimit64");
  private static final int SET_AFFINITY = number("sched_setaffinity");
  private static final int SET_SCHEDULER = number("sched_setscheduler");
  private static final int SET_PARAM = number("sched_setparam");
  private static final int SET_PRIORITY = number("setpriority");
  private static final int SET_IO_PRIORITY = number("ioprio_set");
  private static final int WRITE_MEMORY = number("process_vm_writev");
  private static final int GET_SCHEDULER = number("sched_getscheduler");
  private static final int GET_PRIORITY = number("getpriority");

  private static final int MOST_MASK = 8192;
  private static final int PRIO_PROCESS = 0;
  private static final int IOPRIO_WHO_PROCESS = 1;
  private static final int IOPRIO_CLASS_SHIFT = 13;
  private static final int IOPRIO_CLASS_RT = 1;
  private static final int IOPRIO_CLASS_IDLE = 3;
  private static final int RLIM_NLIMITS = 16;

  // linux/sched.h
  private static final int SCHED_RESET_ON_FORK = 0x40000000;
  private static final int SCHED_OTHER = 0;
  private static final int SCHED_BATCH = 3;
  private static final int SCHED_IDLE = 5;

  /** Is told what was refused. */
  @FunctionalInterface
  public interface Reports {
    /**
     * A call was refused with EPERM.
     *
     * @param thread the caller
     * @param number the system call
     * @param other whom it was about
     */
    void otherProcessRefused(int thread, int number, int other);
  }

  private final ProcessTree tree;
  private final Reports reports;

  /** A guard. */
  public OtherProcesses(ProcessTree tree, Reports reports) {
    this.tree = tree;
    this.reports = reports;
  }

  /** The names of the calls that it judges. */
  public static String[] calls() {
    return NAMES.clone();
  }

  private static int number(String name) {
    return SystemCalls.byName(name).orElseThrow().number(Arch.current());
  }

  @Override
  public Verdict judge(Call call) throws KernelException {
    boolean ranked = call.number() == SET_PRIORITY || call.number() == SET_IO_PRIORITY;
    int other = (int) call.argument(ranked ? 1 : 0);
    if (ranked) {
      int kind = call.number() == SET_PRIORITY ? PRIO_PROCESS : IOPRIO_WHO_PROCESS;
      if ((int) call.argument(0) != kind) {
        return refused(call, other);
      }
    }
    int thread = call.thread();
    if (other == 0 || other == thread) {
      return Verdict.CONTINUE;
    }
    if (other < 0) {
      return new Verdict.Fail(Errno.ESRCH);
    }
    int own = ProcessTree.process(thread);
    if (other == own && call.isAlive()) { // So the process was the caller's.
      return Verdict.CONTINUE;
    }
    int process = ProcessTree.process(other);
    if (process == 0) {
      return new Verdict.Fail(Errno.ESRCH);
    }
    Optional<Member> member = tree.find(process);
    if (member.isEmpty() || tree.find(thread).isEmpty() || !isSameUser(thread, other)) {
      return refused(call, other);
    }
    return act(call, other, process, member.get());
  }

  private static boolean isSameUser(int thread, int other) throws KernelException {
    try {
      return Credentials.of(thread).isSameUser(Credentials.of(other));
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
        return false;
      }
      throw e;
    }
  }

  private Verdict refused(Call call, int other) {
    reports.otherProcessRefused(call.thread(), call.number(), other);
    return Verdict.NOT_PERMITTED;
  }

  private Verdict act(Call call, int other, int process, Member member) throws KernelException {
    int number = call.number();
    long[] arguments = new long[4];
    try (Arena arena = Arena.ofConfined()) {
      boolean allowed;
      try {
        if (number == PRLIMIT) {
          if (call.argument(2) == 0) {
            return Verdict.CONTINUE;
          }
          allowed = limits(call, other, arguments, arena);
        } else if (number == SET_AFFINITY) {
          int length = (int) Math.min(call.argument(1) & 0xffffffffL, MOST_MASK);
          arguments[0] = other;
          arguments[1] = length;
          arguments[2] = copy(call, call.argument(2), length, arena).address();
          allowed = true;
        } else if (number == SET_SCHEDULER || number == SET_PARAM) {
          allowed = policy(call, other, arguments, arena);
        } else if (number == SET_PRIORITY) {
          allowed = nice(call, other, arguments);
        } else if (number == SET_IO_PRIORITY) {
          int rank = (int) call.argument(2) >> IOPRIO_CLASS_SHIFT;
          arguments[0] = IOPRIO_WHO_PROCESS;
          arguments[1] = other;
          arguments[2] = (int) call.argument(2);
          allowed = rank >= 0 && rank <= IOPRIO_CLASS_IDLE && rank != IOPRIO_CLASS_RT;
        } else {
          allowed = false;
        }
      } catch (KernelException e) {
        return new Verdict.Fail(e.errno().number());
      }
      if (!allowed) {
        return refused(call, other);
      }
      // Asked last: the id was the member's, and the arguments the caller's.
      if (ProcessTree.process(other) != process || !member.isPresent()) {
        return new Verdict.Fail(Errno.ESRCH);
      }
      if (!call.isAlive()) {
        return Verdict.NOT_PERMITTED;
      }
      long result =
          Kernel.call(number, arguments[0], arguments[1], arguments[2], arguments[3], 0, 0);
      return result < 0 ? new Verdict.Fail((int) -result) : new Verdict.Return(result);
    }
  }

  private static MemorySegment copy(Call call, long address, int length, Arena arena)
      throws KernelException {
    byte[] bytes = new byte[length];
    call.read(address, bytes);
    MemorySegment memory = arena.allocate(Math.max(length, 8), 8);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, length);
    return memory;
  }

  private static boolean limits(Call call, int other, long[] arguments, Arena arena)
      throws KernelException {
    int resource = (int) call.argument(1);
    if (resource < 0 || resource >= RLIM_NLIMITS) {
      return false;
    }
    MemorySegment wanted = copy(call, call.argument(2), 16, arena);
    MemorySegment now = arena.allocate(16, 8);
    long asked = Kernel.call(PRLIMIT, other, resource, 0, now.address());
    long hard = wanted.get(ValueLayout.JAVA_LONG, 8);
    arguments[0] = other;
    arguments[1] = resource;
    arguments[2] = wanted.address();
    boolean lower =
        asked >= 0 && Long.compareUnsigned(hard, now.get(ValueLayout.JAVA_LONG, 8)) <= 0;
    if (lower && call.argument(3) != 0) {
      answer(call, call.argument(3), now, arena);
    }
    return lower;
  }

  /** Writes what a call asked for into its caller's memory; process_vm_writev(2). */
  private static void answer(Call call, long address, MemorySegment bytes, Arena arena)
      throws KernelException {
    MemorySegment local = arena.allocate(16, 8); // struct iovec: address, length
    MemorySegment remote = arena.allocate(16, 8);
    local.set(ValueLayout.JAVA_LONG, 0, bytes.address());
    local.set(ValueLayout.JAVA_LONG, 8, bytes.byteSize());
    remote.set(ValueLayout.JAVA_LONG, 0, address);
    remote.set(ValueLayout.JAVA_LONG, 8, bytes.byteSize());
    if (!call.isAlive()) {
      throw new KernelException(Errno.of(Errno.ESRCH), "process_vm_writev", "");
    }
    long written =
        Kernel.call(WRITE_MEMORY, call.thread(), local.address(), 1, remote.address(), 1, 0);
    if (written != bytes.byteSize()) {
      throw new KernelException(Errno.of(Errno.EFAULT), "process_vm_writev", "");
    }
  }

  private static boolean policy(Call call, int other, long[] arguments, Arena arena)
      throws KernelException {
    boolean scheduler = call.number() == SET_SCHEDULER;
    long current = Kernel.call(GET_SCHEDULER, other);
    int wanted = scheduler ? (int) call.argument(1) : (int) current;
    MemorySegment parameter = copy(call, call.argument(scheduler ? 2 : 1), 4, arena);
    byte[] priority = parameter.asSlice(0, 4).toArray(ValueLayout.JAVA_BYTE);
    arguments[0] = other;
    arguments[1] = scheduler ? wanted : parameter.address();
    arguments[2] = scheduler ? parameter.address() : 0;
    boolean shared =
        isTimeSharing((int) current & ~SCHED_RESET_ON_FORK)
            && isTimeSharing(wanted & ~SCHED_RESET_ON_FORK);
    // Out of the idle policy and out of the reset at fork leads a privilege only.
    boolean less =
        ((int) current & ~SCHED_RESET_ON_FORK) != SCHED_IDLE
            || (wanted & ~SCHED_RESET_ON_FORK) == SCHED_IDLE;
    boolean kept =
        ((int) current & SCHED_RESET_ON_FORK) == 0 || (wanted & SCHED_RESET_ON_FORK) != 0;
    return current >= 0
        && shared
        && less
        && kept
        && ByteBuffer.wrap(priority).order(ByteOrder.nativeOrder()).getInt() == 0;
  }

  private static boolean isTimeSharing(int policy) {
    return policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE;
  }

  private static boolean nice(Call call, int other, long[] arguments) {
    long current = 20 - Kernel.call(GET_PRIORITY, PRIO_PROCESS, other);
    int asked = (int) call.argument(2); // The kernel looks at the lower half.
    int wanted = Math.clamp(asked, -20, 19);
    arguments[0] = PRIO_PROCESS;
    arguments[1] = other;
    arguments[2] = wanted;
    return wanted >= current;
  }
}
