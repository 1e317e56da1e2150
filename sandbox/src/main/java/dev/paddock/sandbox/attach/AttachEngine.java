package dev.paddock.sandbox.attach;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Signals;
import dev.paddock.linux.Tracee;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.process.ExecReports;
import dev.paddock.sandbox.process.Judgement;
import dev.paddock.sandbox.process.StartedJudge;
import dev.paddock.sandbox.process.ThreadEnd;
import dev.paddock.sandbox.process.WaitWakeup;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Judges what running processes, and all that descends from them, execute: one thread that traces
 * them and waits for whatever they do next.
 *
 * <p>They are seized and never interrupted, as an interrupt would show in calls such as
 * epoll_wait(2). For the same reason they are let go by the end of the thread, which makes the
 * kernel do so without a stop. A new program is judged where it stands before its first
 * instruction, and killed there if it is denied.
 */
public final class AttachEngine {
  /**
   * What an attach is about.
   *
   * @param process the process to begin with
   * @param scope what it and its descendants belong to
   * @param lenient whether all are only watched: descendants that may not be traced are left out
   *     then, and nobody is killed if watching fails
   * @param killing whether everything is killed when a stop was bypassed
   */
  public record Order(int process, Scope scope, boolean lenient, boolean killing) {}

  private final Order order;
  private final StartedJudge judge;
  private final AttachReports reports;
  private final TraceTable table;
  private final WaitWakeup wakeup = new WaitWakeup();
  private final CompletableFuture<Integer> beginning = new CompletableFuture<>();
  private final CompletableFuture<Boolean> end = new CompletableFuture<>();
  private final Thread thread;
  private volatile boolean leaving;
  private volatile int left;
  private volatile @Nullable ThreadEnd last;

  /** Who has not taken what it was told, and so is being killed by somebody, and what it was. */
  private final Map<Integer, String> dying = new HashMap<>();

  /** What was waited for and comes after what was waited for later. */
  private Tracee.@Nullable Change waiting;

  /** An engine that has not begun. */
  public AttachEngine(Order order, StartedJudge judge, AttachReports reports) {
    this.order = order;
    this.judge = judge;
    this.reports = reports;
    this.table = new TraceTable(ThreadOwnership.KERNEL, order.scope());
    this.thread = Thread.ofPlatform().daemon().name("paddock-attach").unstarted(this::run);
  }

  /**
   * Takes the process over.
   *
   * @return how many processes are traced now
   * @throws KernelException ESRCH if there is no such process, EPERM if it may not be traced
   * @throws InterruptedException if the caller was interrupted; everything is let go
   */
  public int begin() throws KernelException, SandboxException, InterruptedException {
    thread.start();
    try {
      return beginning.get();
    } catch (ExecutionException e) {
      thread.join();
      Throwable cause = e.getCause();
      if (cause instanceof KernelException kernel) {
        throw kernel;
      }
      if (cause instanceof SandboxException sandbox) {
        throw sandbox;
      }
      throw new IllegalStateException(cause);
    } catch (InterruptedException e) {
      leave();
      throw e;
    }
  }

  /** Begins to let everybody go; from any thread. */
  public void leave() {
    leaving = true;
    wakeup.wake();
  }

  /** What becomes true when all have ended, and false when those who are left were let go. */
  public CompletableFuture<Boolean> end() {
    return end;
  }

  /**
   * Waits until the kernel has let everybody go.
   *
   * @return how many processes were left
   * @throws InterruptedException if the caller was interrupted
   */
  public synchronized int join() throws InterruptedException {
    thread.join();
    ThreadEnd kernels = last;
    if (kernels != null) {
      last = null;
      kernels.await();
    }
    return left;
  }

  private void run() {
    try {
      try {
        wakeup.start();
        last = new ThreadEnd();
        new TreeAttacher(table, ThreadOwnership.KERNEL, reports, order.lenient())
            .take(order.process());
      } catch (KernelException | SandboxException | RuntimeException | Error e) {
        wakeup.stop();
        beginning.completeExceptionally(e);
        return;
      }
      beginning.complete(table.processes());
      boolean ended = serve();
      left = table.processes();
      wakeup.stop();
      end.complete(ended);
    } catch (Throwable e) {
      // Whoever is still traced is let go by the kernel, unjudged from now on. So nobody is left
      // who was to be judged; where all were only watched they go on.
      if (!order.lenient()) {
        killAll();
      }
      beginning.completeExceptionally(e);
      end.completeExceptionally(e);
    }
  }

  /** Whether all have ended. */
  private boolean serve() throws KernelException, SandboxException {
    while (true) {
      Tracee.Change change;
      try {
        change = next();
      } catch (KernelException e) {
        if (e.is(Errno.ECHILD)) {
          return true; // Neither tracee nor the child that wakes us.
        }
        throw e;
      }
      if (wakeup.isHeard(change)) {
        if (leaving) {
          return false;
        }
        if (table.processes() > 0) { // Whoever ended it, it must be heard again.
          wakeup.start();
        }
        continue;
      }
      handle(change);
      if (table.processes() == 0) {
        wakeup.wake(); // Then a wait tells whether there is anybody whom we do not know yet.
      }
    }
  }

  /**
   * What has happened next. The kernel tells of the youngest first, so mostly of a child's first
   * stop before its maker's, which stands there as well: that is taken first then, as from it the
   * child is known without asking who it is.
   */
  private Tracee.Change next() throws KernelException {
    Tracee.Change first = waiting;
    if (first != null) {
      waiting = null;
      return first;
    }
    first = Ptrace.await(Ptrace.ANY);
    if (first instanceof Tracee.Interrupted child && table.get(child.thread()).isEmpty()) {
      Tracee.Change second = Ptrace.poll(Ptrace.ANY).orElse(null);
      if (second instanceof Tracee.Born born && born.child() == child.thread()) {
        waiting = first;
        return born;
      }
      waiting = second;
    }
    return first;
  }

  private void handle(Tracee.Change change) throws KernelException {
    int who = change.thread();
    String before = dying.remove(who);
    if (change instanceof Tracee.Gone gone) {
      if (before != null && before.equals(JUDGED)) {
        reports.killedMeanwhile(who);
      }
      table.gone(who).ifPresent(process -> reports.ended(who, process.parent(), gone));
      return;
    }
    if (before != null) {
      // It had stopped, could not be told anything, and was not being killed.
      reports.bypassed(who, before, change.getClass().getSimpleName(), order.killing());
      if (order.killing()) {
        killAll();
      }
    }
    try {
      stopped((Tracee.Stop) change);
    } catch (KernelException e) {
      if (!e.is(Errno.ESRCH)) {
        throw e;
      }
      dying.put(who, change instanceof Tracee.Executed ? JUDGED : "stand still");
    }
  }

  private static final String JUDGED = "stand at its exec until it is judged";

  /** Whoever stopped goes on first, and is reported while it does. */
  private void stopped(Tracee.Stop stop) throws KernelException {
    if (stop instanceof Tracee.Executed executed) {
      executed(executed, table.executed(executed.thread(), executed.former()));
      return;
    }
    Optional<TracedThread> known =
        stop instanceof Tracee.Born born
            ? table.born(born.thread(), born.child())
            : table.stopped(stop.thread());
    try {
      Tracee.Running _ =
          switch (stop) {
            case Tracee.SignalStop signal -> signal.proceed(signal.signal());
            case Tracee.GroupStop group -> group.listen();
            default -> stop.proceed();
          };
    } finally {
      tell(known);
    }
  }

  private void tell(Optional<TracedThread> known) {
    if (known.isPresent() && known.get().isLeader()) {
      reports.forked(known.get().parent(), known.get().thread());
    }
  }

  private void executed(Tracee.Executed executed, TracedThread process) throws KernelException {
    long began = System.nanoTime();
    Judgement judged;
    try {
      judged = judge.judge(executed);
    } catch (KernelException e) {
      if (!isStopped(executed)) {
        throw new KernelException(Errno.of(Errno.ESRCH), "judge", "" + process.process());
      }
      failed(executed, process, e);
      return;
    } catch (Exception | Error e) { // Nobody has allowed it.
      failed(executed, process, e);
      return;
    }
    long nanos = System.nanoTime() - began;
    boolean denied = judged.decision().denies();
    try {
      if (denied) {
        Processes.kill(process.process(), Signals.SIGKILL);
      } else {
        Tracee.Running _ = executed.proceed();
      }
    } finally {
      reports.over(
          process.process(),
          process.parent(),
          judged,
          denied
              ? ExecReports.Outcome.KILLED
              : judged.about().file() == null
                  ? ExecReports.Outcome.UNSEEN
                  : ExecReports.Outcome.VERIFIED,
          0,
          nanos);
    }
  }

  /** What is only watched goes on, seen or not. */
  private void failed(Tracee.Executed executed, TracedThread process, Throwable cause)
      throws KernelException {
    reports.judgeFailed(process.process(), cause);
    if (order.lenient()) {
      Tracee.Running _ = executed.proceed();
    } else {
      Processes.kill(process.process(), Signals.SIGKILL);
    }
  }

  private static boolean isStopped(Tracee.Executed executed) {
    try {
      int _ = executed.code();
      return true;
    } catch (KernelException e) {
      return false;
    }
  }

  private void killAll() {
    for (TracedThread each : table.all()) {
      if (each.isLeader()) {
        try {
          Processes.kill(each.process(), Signals.SIGKILL);
        } catch (KernelException e) {
          // It has ended: its number is its own as long as we have not waited for it.
        }
      }
    }
  }
}
