package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.HeldCall;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many processes a tree has at a time. Threads do not count, zombies do until they are
 * reaped (as for RLIMIT_NPROC, setrlimit(2)), init and its partner do not.
 *
 * <p>Its cost while the limit is far is a number that is counted up: {@code bound}, which is never
 * below the number of processes that there are or can still come of calls that were allowed. Only
 * when it reaches the limit is the true number taken ({@link ProcessCounter}), by a thread of its
 * own, once for all calls that have come by then; meanwhile no call is allowed.
 *
 * <p>A call that was allowed may not have made its child yet, and no census sees that. So each is
 * remembered by its thread until it is certain to be over: the thread calls again, is gone, or is
 * seen elsewhere than in such a call. Then a census that begins <em>later</em> sees the child if
 * there is one. The others are counted as if each were still to come, but for those whose child
 * must be among the processes that are new since the last census: a call makes at most one, so of
 * {@code issued} calls no more than {@code issued - new} can be open. What remains in doubt then is
 * a thread that runs, whose child has ended already or never came; it is stopped for a moment,
 * which it does not notice, and a thread stops only outside the kernel. One that waits for its
 * vfork's child is waited for, for 50 ms. What is still in doubt after that is refused: too few for
 * a moment, never too many.
 *
 * <p>So the limit holds exactly, and no slot is ever lost: {@code bound} is made from what is
 * there, and failed, killed and restarted calls leave nothing in it.
 */
public final class ProcessLimit implements Handler {
  /** Is told that the limit was reached. */
  @FunctionalInterface
  public interface Reports {
    /**
     * A process was refused; said once until no more were refused for a second.
     *
     * @param thread the first that was refused
     * @param limit how many processes there are
     */
    void limitReached(int thread, int limit);
  }

  /** With a thread that waits for its vfork's child, which only that child can end. */
  private static final long PATIENCE = 50_000_000;

  /** With one that runs: it stops as soon as it gets a processor. */
  private static final long PATIENCE_RUNNING = 1_000_000_000;

  private static final long BETWEEN = 200_000;
  private static final long QUIET = 1_000_000_000;
  private static final long KEPT_MILLIS = 2_000;

  private final int most;
  private final int init;
  private final Forks forks;
  private final Tracers tracers;
  private final Reports reports;

  // All of these under the lock.
  private final Object lock = new Object();
  private final Map<Integer, Object> open = new HashMap<>();
  private final ArrayDeque<HeldCall> waiting = new ArrayDeque<>();
  private int bound = 1;
  private int issued;
  private boolean counting;
  private boolean over;
  private @Nullable Thread counter;
  private boolean refusedBefore;
  private long refusedLast;

  /** The counting thread's own. */
  private Set<ProcessId> known;

  /**
   * A limit.
   *
   * @param most at least 1, the target
   * @param tree whose; nobody but the target is in it
   * @param forks lets the processes be made
   * @param tracers those of the run
   */
  public ProcessLimit(int most, ProcessTree tree, Forks forks, Tracers tracers, Reports reports) {
    if (most < 1) {
      throw new IllegalArgumentException("a tree of " + most + " processes has no target");
    }
    this.most = most;
    this.init = tree.init().pid();
    this.forks = forks;
    this.tracers = tracers;
    this.reports = reports;
    Set<ProcessId> first = new java.util.HashSet<>();
    for (Member member : tree.members()) {
      first.add(member.id());
    }
    this.known = first;
  }

  @Override
  public Verdict judge(Call call) throws KernelException {
    synchronized (lock) {
      open.remove(call.thread());
      if (counting || bound >= most) {
        waiting.add(call.hold());
        counting = true;
        wake();
        return Verdict.HOLD;
      }
      allow(call.thread());
    }
    return forks.judge(call);
  }

  /** To be called before the kernel is told: from then on the child can be there. */
  private void allow(int thread) {
    bound++;
    issued++;
    open.put(thread, new Object());
  }

  /**
   * A thread's call is certain to be over, whether or not a child came of it. Not needed for the
   * limit to hold; whoever sees births knows this at once.
   */
  public void settled(int thread) {
    synchronized (lock) {
      open.remove(thread);
    }
  }

  private void wake() {
    if (counter == null && !over) {
      counter = Thread.ofPlatform().daemon().name("paddock-census").unstarted(this::run);
      counter.start();
    } else {
      lock.notifyAll();
    }
  }

  private void run() {
    while (true) {
      List<HeldCall> calls = next();
      if (calls.isEmpty()) {
        return;
      }
      try {
        answer(calls, room(calls.size()));
      } catch (KernelException | RuntimeException | Error e) {
        answer(calls, 0); // Who cannot count refuses.
      }
    }
  }

  /** Those that wait; none if this thread is to end. */
  private List<HeldCall> next() {
    synchronized (lock) {
      long until = System.nanoTime() + KEPT_MILLIS * 1_000_000;
      while (waiting.isEmpty()) {
        counting = false;
        long left = (until - System.nanoTime()) / 1_000_000;
        if (over || left <= 0) {
          counter = null;
          return List.of();
        }
        try {
          lock.wait(left);
        } catch (InterruptedException e) {
          // Nobody interrupts this thread; it ends with the run.
        }
      }
      counting = true;
      List<HeldCall> calls = new ArrayList<>(waiting);
      waiting.clear();
      return calls;
    }
  }

  private void answer(List<HeldCall> calls, int room) {
    int left = room;
    for (HeldCall call : calls) {
      if (left > 0) {
        synchronized (lock) {
          allow(call.thread());
        }
        if (forks.take(call)) {
          left--;
        } else { // Its caller was killed before it could.
          synchronized (lock) {
            bound--;
            issued--;
            open.remove(call.thread());
          }
        }
      } else if (call.answer(new Verdict.Fail(Errno.EAGAIN))) {
        refused(call.thread());
      }
    }
  }

  private void refused(int thread) {
    long now = System.nanoTime();
    boolean first = !refusedBefore || now - refusedLast > QUIET;
    refusedBefore = true;
    refusedLast = now;
    if (first) {
      reports.limitReached(thread, most);
    }
  }

  /** How many more processes there may be; sets the bound. */
  private int room(int wanted) throws KernelException {
    long began = System.nanoTime();
    boolean running = settle(false);
    while (true) {
      int unsettled;
      int made;
      synchronized (lock) { // Before the census: what is settled from now on, it may have missed.
        unsettled = open.size();
        made = issued;
      }
      // Without a call that could still make one, nobody is there who was not there before.
      Set<ProcessId> found =
          made == 0 ? ProcessCounter.remaining(known) : ProcessCounter.take(init);
      int fresh = 0;
      for (ProcessId id : found) {
        if (!known.contains(id)) {
          fresh++;
        }
      }
      int coming = Math.min(unsettled, Math.max(0, made - fresh));
      known = found;
      int there = found.size();
      synchronized (lock) {
        // Each new process is one call's, so only these can still make one that is not known.
        issued = coming;
        bound = there + coming;
      }
      int room = Math.max(most - there - coming, 0);
      if (room >= wanted || coming == 0 || there >= most) {
        return room;
      }
      do {
        long patience = running ? PATIENCE_RUNNING : PATIENCE;
        if (System.nanoTime() - began > patience || over()) {
          return room;
        }
        LockSupport.parkNanos(BETWEEN);
        running = settle(true);
      } while (stillOpen() >= unsettled);
    }
  }

  private int stillOpen() {
    synchronized (lock) {
      return open.size();
    }
  }

  private boolean over() {
    synchronized (lock) {
      return over;
    }
  }

  /**
   * Finds out which calls are over.
   *
   * @param hard whether threads that run are stopped for it
   * @return whether one of the others runs
   */
  private boolean settle(boolean hard) throws KernelException {
    Map<Integer, Object> doubtful;
    synchronized (lock) {
      doubtful = new HashMap<>(open);
    }
    boolean running = false;
    for (Map.Entry<Integer, Object> one : doubtful.entrySet()) {
      int thread = one.getKey();
      ForkState place = ForkState.of(thread);
      if (place == ForkState.ELSEWHERE) {
        settled(thread, one.getValue());
      } else if (place == ForkState.RUNNING) {
        running = true;
        if (hard) {
          probe(thread, one.getValue());
        }
      }
    }
    return running;
  }

  private void settled(int thread, Object call) {
    synchronized (lock) {
      boolean _ = open.remove(thread, call);
    }
  }

  /** Stops a thread for a moment, and knows by that where it is. */
  private void probe(int thread, Object call) {
    Thread prober =
        Thread.ofPlatform()
            .daemon()
            .name("paddock-prober")
            .unstarted(
                () -> {
                  Tracer tracer = new Tracer(tracers);
                  if (!tracers.hold(tracer, thread)) {
                    return; // Somebody traces it, and lets it go soon.
                  }
                  try {
                    tracer.letGo(Ptrace.seize(thread, 0));
                    settled(thread, call);
                  } catch (KernelException e) {
                    // Gone, which is seen next, or not to be traced: it stays in doubt.
                    return;
                  } finally {
                    tracers.released(tracer);
                  }
                });
    prober.start();
    try {
      // A stop takes microseconds; one that has to wait for something is not waited for.
      prober.join(2);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many processes there are at most. */
  int bound() {
    synchronized (lock) {
      return bound;
    }
  }

  /** Ends its thread; nothing of the tree is left. */
  public void end() {
    Thread running;
    synchronized (lock) {
      over = true;
      running = counter;
      lock.notifyAll();
    }
    if (running != null) {
      Uninterrupted.join(running);
    }
  }
}
