package dev.paddock.sandbox.process;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.SystemCalls;
import dev.paddock.policy.SignalRule.Target;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.HeldCall;
import dev.paddock.sandbox.supervise.Workers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges the calls that send signals: {@link #calls}.
 *
 * <p>To let such a call go on is right only if every receiver that it could have would be right:
 * the id in its register can be another process's by then. So it goes on in two cases. Where no
 * rule speaks against the signal anywhere in the tree and Landlock has a scope for signals, it can
 * reach nothing but the tree. And what a process sends to itself by its own id reaches nobody else
 * while it waits for its answer. Every other signal is sent in the caller's place through a pidfd
 * of the very process that was judged ({@code emulated}). The receiver sees the same signal, but
 * {@code si_pid} is this process's: the kernel lets nobody claim another's. The caller's own user
 * ids and capabilities must allow it; a Landlock domain that it has made for itself inside is not
 * asked, and neither is Yama.
 *
 * <p>A signal to a group or to all ({@code kill(0)}, {@code kill(-1)}) is sent to each member that
 * may get it, again and again until a look finds no new one; unlike the kernel's own it is not one
 * step. It fails with EPERM if there were receivers but none that may get it, as kill(2) has it.
 *
 * <p>Where a descent cannot be told any more (the parents have ended, or nobody registers births),
 * a rule about children and one about others both count.
 *
 * <p>What else sends signals is refused by the filter or stays with the caller: F_SETOWN,
 * F_SETOWN_EX, FIOSETOWN and SIOCSPGRP would have the kernel send SIGIO to any process (the
 * Landlock scope covers it where there is one, and no program of a build needs it); {@code
 * timer_create} with SIGEV_THREAD_ID takes threads of the caller's own process only, timers and
 * alarms signal their own process, {@code prctl(PR_SET_PDEATHSIG)} the caller itself; mq_notify
 * does not exist inside. A terminal's signals are the terminal's.
 */
public final class SignalGuard implements Handler {
  /** The calls that it judges. */
  private static final String[] NAMES = {
    "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"
  };

  private static final int KILL = 0;
  private static final int TKILL = 1;
  private static final int TGKILL = 2;
  private static final int QUEUE = 3;
  private static final int QUEUE_THREAD = 4;
  private static final int PIDFD = 5;

  private static final int[] NUMBERS = numbers();

  private static final int LAST_SIGNAL = 64;
  private static final int INFO_SIZE = 128;
  private static final int SI_CODE = 8;
  private static final int SI_TKILL = -6;
  private static final int MOST_LOOKS = 16;

  // linux/pidfd.h
  private static final int PIDFD_SIGNAL_PROCESS_GROUP = 4;
  private static final int PIDFD_SELF_THREAD = -10000;
  private static final int PIDFD_SELF_THREAD_GROUP = -10001;

  /** The rules about signals. */
  @FunctionalInterface
  public interface Rules {
    /**
     * The rule that forbids a signal.
     *
     * @param receiver what the receiver is to the sender: anything but TREE
     * @param signal its number, 0 for the question whether the receiver exists
     * @return for people; null if it may be sent
     */
    @Nullable String denial(Target receiver, int signal);
  }

  /** Is told what was refused. */
  @FunctionalInterface
  public interface Reports {
    /**
     * A signal was not sent.
     *
     * @param thread the sender
     * @param receiver a process
     * @param signal its number
     * @param rule why
     */
    void signalDenied(int thread, int receiver, int signal, String rule);
  }

  private final ProcessTree tree;
  private final boolean scoped;
  private final Rules rules;
  private final Reports reports;
  private final Workers workers;

  /**
   * A guard.
   *
   * @param scoped whether Landlock keeps signals inside the tree
   * @param workers send to groups
   */
  public SignalGuard(
      ProcessTree tree, boolean scoped, Rules rules, Reports reports, Workers workers) {
    this.tree = tree;
    this.scoped = scoped;
    this.rules = rules;
    this.reports = reports;
    this.workers = workers;
  }

  /** The names of the calls that it judges. */
  public static String[] calls() {
    return NAMES.clone();
  }

  private static int[] numbers() {
    int[] numbers = new int[NAMES.length];
    for (int i = 0; i < NAMES.length; i++) {
      numbers[i] = SystemCalls.byName(NAMES[i]).orElseThrow().number(Arch.current());
    }
    return numbers;
  }

  /** A signal, and how it was asked for. */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  private record Request(int kind, int thread, Member sender, int signal, byte @Nullable [] info) {}

  @Override
  public Verdict judge(Call call) throws KernelException {
    int kind = 0;
    while (kind < NUMBERS.length && NUMBERS[kind] != call.number()) {
      kind++;
    }
    if (kind == NUMBERS.length) {
      return Verdict.NOT_PERMITTED;
    }
    boolean third = kind == TGKILL || kind == QUEUE_THREAD;
    int signal = (int) call.argument(third ? 2 : 1);
    if (signal < 0 || signal > LAST_SIGNAL) {
      return Verdict.CONTINUE; // EINVAL, whoever it was meant for.
    }
    if (scoped && isFree(signal)) {
      return Verdict.CONTINUE;
    }
    Optional<Member> sender = tree.find(call.thread());
    if (sender.isEmpty()) {
      return Verdict.NOT_PERMITTED;
    }
    byte[] info = null;
    long address =
        switch (kind) {
          case QUEUE, PIDFD -> call.argument(2);
          case QUEUE_THREAD -> call.argument(3);
          default -> 0;
        };
    if (address != 0 || kind == QUEUE || kind == QUEUE_THREAD) {
      info = new byte[INFO_SIZE];
      try {
        call.read(address, info);
      } catch (KernelException e) {
        return new Verdict.Fail(Errno.EFAULT);
      }
    }
    if (!call.isAlive()) { // What was found out may be about a later thread.
      return Verdict.NOT_PERMITTED;
    }
    Request request = new Request(kind, call.thread(), sender.get(), signal, info);
    try {
      return switch (kind) {
        case KILL, QUEUE -> byId(request, (int) call.argument(0), call);
        case TKILL -> toThread(request, 0, (int) call.argument(0));
        case TGKILL, QUEUE_THREAD ->
            toThread(request, (int) call.argument(0), (int) call.argument(1));
        default -> byDescriptor(request, (int) call.argument(0), (int) call.argument(3), call);
      };
    } catch (KernelException e) {
      if (e.is(Errno.ESRCH) || e.is(Errno.ENOENT)) {
        return new Verdict.Fail(Errno.ESRCH);
      }
      if (e.is(Errno.EINVAL) || e.is(Errno.EAGAIN) || e.is(Errno.EBADF)) {
        return new Verdict.Fail(e.errno().number());
      }
      throw e;
    }
  }

  /** Whether no rule within the tree is against a signal. */
  private boolean isFree(int signal) {
    return rules.denial(Target.SELF, signal) == null
        && rules.denial(Target.CHILDREN, signal) == null
        && rules.denial(Target.OTHERS, signal) == null;
  }

  private Verdict byId(Request request, int id, Call call) throws KernelException {
    if (request.kind() == QUEUE && id <= 0) {
      return new Verdict.Fail(id == 0 ? Errno.ESRCH : Errno.EINVAL);
    }
    if (id > 0) {
      return toProcess(request, id);
    }
    if (id == Integer.MIN_VALUE) {
      return new Verdict.Fail(Errno.ESRCH);
    }
    int group = id == 0 ? Procfs.stat(request.thread()).group() : -id;
    return toMany(request, id == -1 ? 0 : group, call);
  }

  private Verdict toProcess(Request request, int id) throws KernelException {
    int process = ProcessTree.process(id);
    Member sender = request.sender();
    if (id == sender.pid()) {
      String denial = rules.denial(Target.SELF, request.signal());
      return denial == null ? Verdict.CONTINUE : denied(request, id, denial);
    }
    if (process == 0) {
      return new Verdict.Fail(Errno.ESRCH);
    }
    Optional<Member> found = tree.find(process);
    if (found.isEmpty()) {
      return absent(request, process);
    }
    Member receiver = found.get();
    String denial = denial(request, receiver);
    if (denial != null) {
      return denied(request, process, denial);
    }
    if (!mayReach(request, receiver.pid())) {
      return Verdict.NOT_PERMITTED;
    }
    return receiver.signal(request.signal(), request.info())
        ? new Verdict.Return(0)
        : new Verdict.Fail(Errno.ESRCH);
  }

  /** Whether the kernel would let the caller do what is then done in its place. */
  private static boolean mayReach(Request request, int process) throws KernelException {
    byte[] info = request.info();
    boolean self = process == request.sender().pid();
    if (info != null && !self) {
      int code = ByteBuffer.wrap(info).order(ByteOrder.nativeOrder()).getInt(SI_CODE);
      if (code >= 0 || code == SI_TKILL) { // Only the kernel says so.
        return false;
      }
    }
    return self
        || Credentials.of(request.thread()).maySignal(Credentials.of(process), request.signal());
  }

  /** One that is no member: a zombie of the tree takes every signal, anybody else gets none. */
  private Verdict absent(Request request, int process) throws KernelException {
    ProcessStat stat = Procfs.stat(process);
    boolean ours =
        stat.hasEnded()
            && (stat.parent() == tree.init().pid() || tree.find(stat.parent()).isPresent());
    if (ours) {
      return new Verdict.Return(0);
    }
    String denial = rules.denial(Target.OUTSIDE, request.signal());
    return denied(request, process, denial == null ? ProcessTree.UNKNOWN_SESSION : denial);
  }

  private @Nullable String denial(Request request, Member receiver) {
    int signal = request.signal();
    if (receiver.id().equals(request.sender().id())) {
      return rules.denial(Target.SELF, signal);
    }
    Optional<Boolean> descends = tree.descends(receiver, request.sender());
    if (descends.isPresent()) {
      return rules.denial(descends.get() ? Target.CHILDREN : Target.OTHERS, signal);
    }
    String denial = rules.denial(Target.CHILDREN, signal);
    return denial != null ? denial : rules.denial(Target.OTHERS, signal);
  }

  private Verdict denied(Request request, int receiver, String rule) {
    reports.signalDenied(request.thread(), receiver, request.signal(), rule);
    return Verdict.NOT_PERMITTED;
  }

  private Verdict toThread(Request request, int group, int thread) throws KernelException {
    if (thread <= 0 || (group <= 0 && request.kind() != TKILL)) {
      return new Verdict.Fail(Errno.EINVAL);
    }
    int process = ProcessTree.process(thread);
    if (process == 0 || (group != 0 && process != group)) {
      return new Verdict.Fail(Errno.ESRCH);
    }
    if (process == request.sender().pid()) {
      String denial = rules.denial(Target.SELF, request.signal());
      if (denial != null) {
        return denied(request, process, denial);
      }
      if (group != 0) { // The kernel itself sees to it that the thread is of this process.
        return Verdict.CONTINUE;
      }
      Processes.signalThread(process, thread, request.signal());
      return new Verdict.Return(0);
    }
    Optional<Member> found = tree.find(process);
    if (found.isEmpty()) {
      return absent(request, process);
    }
    String denial = denial(request, found.get());
    if (denial != null) {
      return denied(request, process, denial);
    }
    if (!mayReach(request, process)) {
      return Verdict.NOT_PERMITTED;
    }
    try (Fd handle = Processes.threadFd(thread)) {
      // Asked after it was opened: it stands for a thread of the process that was judged.
      if (ProcessTree.process(thread) != process
          || !found.get().isPresent()
          || !Processes.isPresent(handle)) {
        return new Verdict.Fail(Errno.ESRCH);
      }
      Processes.signal(handle, request.signal(), request.info(), 0);
      return new Verdict.Return(0);
    } catch (KernelException e) {
      if (e.is(Errno.EINVAL)) { // Before Linux 6.9 no thread can be held so.
        return Verdict.NOT_PERMITTED;
      }
      throw e;
    }
  }

  private Verdict byDescriptor(Request request, int number, int flags, Call call)
      throws KernelException {
    if (number == PIDFD_SELF_THREAD || number == PIDFD_SELF_THREAD_GROUP) {
      String denial = rules.denial(Target.SELF, request.signal());
      boolean group = (flags & PIDFD_SIGNAL_PROCESS_GROUP) != 0;
      if (group) {
        return Verdict.NOT_PERMITTED; // A group by a number that stands for no group.
      }
      return denial == null ? Verdict.CONTINUE : denied(request, request.sender().pid(), denial);
    }
    if (number < 0) {
      return new Verdict.Fail(Errno.EBADF);
    }
    // A copy is acted on: the caller's number can be another descriptor in a moment.
    try (Fd copy = request.sender().descriptor(number)) {
      int id = Procfs.ofPidFd(copy);
      if (id <= 0) {
        return new Verdict.Fail(id == 0 ? Errno.EBADF : Errno.ESRCH);
      }
      if ((flags & PIDFD_SIGNAL_PROCESS_GROUP) != 0) {
        return toMany(request, id, call);
      }
      int process = ProcessTree.process(id);
      Optional<Member> found = process == 0 ? Optional.empty() : tree.find(process);
      if (!Processes.isPresent(copy)) {
        return new Verdict.Fail(Errno.ESRCH);
      }
      if (found.isEmpty()) {
        return absent(request, process == 0 ? id : process);
      }
      String denial = denial(request, found.get());
      if (denial != null) {
        return denied(request, process, denial);
      }
      if (!mayReach(request, process)) {
        return Verdict.NOT_PERMITTED;
      }
      Processes.signal(copy, request.signal(), request.info(), flags);
      return new Verdict.Return(0);
    }
  }

  /** To a group, or to all but the sender (0). */
  private Verdict toMany(Request request, int group, Call call) {
    HeldCall held = call.hold();
    Runnable _ =
        workers.submit(
            () -> {
              Verdict verdict;
              try {
                verdict = sendToMany(request, group);
              } catch (KernelException | RuntimeException | Error e) {
                verdict = Verdict.NOT_PERMITTED; // Whoever cannot be found gets nothing.
              }
              boolean _ = held.answer(verdict);
            });
    return Verdict.HOLD;
  }

  private Verdict sendToMany(Request request, int group) throws KernelException {
    Set<ProcessId> seen = new HashSet<>();
    boolean sent = false;
    boolean refused = false;
    boolean self = false;
    for (int look = 0; look < MOST_LOOKS; look++) {
      List<ProcessId> fresh = new ArrayList<>();
      for (ProcessId id : ProcessCounter.take(tree.init().pid())) {
        if (seen.add(id)) {
          fresh.add(id);
        }
      }
      boolean any = false;
      for (ProcessId id : fresh) {
        if (group != 0 && group != groupOf(id.pid())) {
          continue;
        }
        if (id.equals(request.sender().id())) {
          self = group != 0;
          continue;
        }
        any = true;
        Optional<Member> member = tree.find(id.pid());
        if (member.isEmpty()) {
          sent = true; // A zombie takes every signal.
          continue;
        }
        String denial = denial(request, member.get());
        if (denial != null) {
          reports.signalDenied(request.thread(), id.pid(), request.signal(), denial);
          refused = true;
        } else if (mayReach(request, id.pid())) {
          sent |= member.get().signal(request.signal(), request.info());
        } else {
          refused = true;
        }
      }
      if (!any) {
        break;
      }
    }
    if (self) { // Last, so that it lives to see the others get theirs.
      String denial = rules.denial(Target.SELF, request.signal());
      if (denial == null) {
        sent |= request.sender().signal(request.signal(), request.info());
      } else {
        reports.signalDenied(request.thread(), request.sender().pid(), request.signal(), denial);
        refused = true;
      }
    }
    if (sent) {
      return new Verdict.Return(0);
    }
    return new Verdict.Fail(refused ? Errno.EPERM : Errno.ESRCH);
  }

  /** The group of a process, -1 if it is gone. */
  private static int groupOf(int pid) throws KernelException {
    try {
      return Procfs.stat(pid).group();
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
        return -1;
      }
      throw e;
    }
  }
}
