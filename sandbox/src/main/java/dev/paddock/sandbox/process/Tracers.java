package dev.paddock.sandbox.process;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Uname;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.FailureListener;
import dev.paddock.sandbox.supervise.HeldCall;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Who traces in one run. Most often that is the thread that has received the call, since waking
 * another takes longer than the work; else one of the threads here: as many as there are callers to
 * trace, up to a bound; what comes on top waits for one. A thread is kept for some seconds, since
 * those who execute once do so again.
 *
 * <p>A caller that a tracer holds makes its next call only in the moment between its stop and that
 * tracer's noticing, or where the tracer's own call had gone; such a call goes to the tracer that
 * holds it and is never refused for that.
 */
public final class Tracers {
  private static final int MOST = 64;
  private static final long KEPT_MILLIS = 5_000;
  private static final long ENDING_MILLIS = 2_000;

  /** A call and what is to be done with it. */
  record Job(HeldCall call, Trace task) {}

  private final FailureListener failures;
  private final boolean answersHold;

  /** Held by each tracer while it holds somebody. */
  private final Lock gate;

  // All of these under the lock, as are the members of Tracer that say so.
  private final Object lock = new Object();
  private final ArrayDeque<Job> waiting = new ArrayDeque<>();
  private final List<TracerThread> all = new ArrayList<>();
  private final Map<Integer, Tracer> holders = new HashMap<>();
  private int idle;
  private boolean over;

  /**
   * No thread yet.
   *
   * @param failures told what a task throws
   */
  public Tracers(FailureListener failures) {
    this(failures, new ReentrantReadWriteLock());
  }

  /**
   * The same.
   *
   * @param gate whoever holds its write lock, has the tree to himself: nobody is traced meanwhile,
   *     and whoever is to be waits
   */
  public Tracers(FailureListener failures, ReadWriteLock gate) {
    this.failures = failures;
    this.gate = gate.readLock();
    boolean holds;
    try {
      holds = Uname.read().isAtLeast(6, 17);
    } catch (KernelException e) {
      holds = false; // Then we wait before each answer, which is always right.
    }
    this.answersHold = holds;
  }

  /** Whether an answer reaches a caller that a signal has just woken; since Linux 6.17. */
  boolean answersHold() {
    return answersHold;
  }

  /**
   * Has a task done that takes a moment, by the thread that has received the call if another one
   * receives meanwhile. The verdict is then {@code HOLD}.
   *
   * @param call its caller is to be traced
   */
  public void take(Call call, Trace task) {
    Job job = new Job(call.hold(), task);
    if (goesElsewhere(job)) {
      return;
    }
    if (!call.stay(() -> new Tracer(this).work(job))) {
      hand(job.call(), task);
    }
  }

  /** Whether somebody holds the caller, who has to know of its call, or nobody has to any more. */
  private boolean goesElsewhere(Job job) {
    synchronized (lock) {
      if (over) {
        // Nobody of the tree is left, so nobody waits for this.
        boolean _ = job.call().answer(Verdict.NOT_PERMITTED);
        return true;
      }
      Tracer holder = holders.get(job.call().thread());
      if (holder != null) {
        holder.mail.add(job);
      }
      return holder != null;
    }
  }

  /**
   * Has one of these threads do a task, which may last. Returns at once; the verdict is then {@code
   * HOLD}.
   *
   * @param call its caller is to be traced
   */
  public void hand(HeldCall call, Trace task) {
    TracerThread fresh = null;
    Job job = new Job(call, task);
    synchronized (lock) {
      if (!goesElsewhere(job)) {
        fresh = enqueue(job);
      }
    }
    if (fresh != null) {
      fresh.start();
    }
  }

  /** Wakes a thread for a job, or makes one, which is then to be started. */
  private @Nullable TracerThread enqueue(Job job) {
    waiting.add(job);
    if (idle >= waiting.size()) {
      lock.notify();
      return null;
    }
    if (all.size() >= MOST) {
      return null;
    }
    TracerThread fresh = new TracerThread(this);
    all.add(fresh);
    return fresh;
  }

  /** The next job for a thread; null if it is to end. */
  @Nullable Job next(TracerThread thread) {
    synchronized (lock) {
      long until = System.nanoTime() + KEPT_MILLIS * 1_000_000;
      while (waiting.isEmpty()) {
        long left = (until - System.nanoTime()) / 1_000_000;
        if (over || left <= 0) {
          all.remove(thread);
          return null;
        }
        idle++;
        try {
          lock.wait(left);
        } catch (InterruptedException e) {
          // Meant for a task that is over.
        } finally {
          idle--;
        }
      }
      return waiting.remove();
    }
  }

  /**
   * Enters a tracer as the one that holds the caller of its call.
   *
   * @return false if there is another: then the call was passed on to it
   */
  boolean hold(Tracer tracer, Job job) {
    enter(tracer);
    synchronized (lock) {
      Tracer holder = holders.putIfAbsent(job.call().thread(), tracer);
      if (holder == null) {
        tracer.held = job.call().thread();
        return true;
      }
      holder.mail.add(job);
    }
    leave(tracer);
    return false;
  }

  /**
   * Enters a tracer as the one that holds a thread, without a call of that thread's.
   *
   * @return false if there is another
   */
  boolean hold(Tracer tracer, int thread) {
    enter(tracer);
    synchronized (lock) {
      if (holders.putIfAbsent(thread, tracer) == null) {
        tracer.held = thread;
        return true;
      }
    }
    leave(tracer);
    return false;
  }

  /** On the tracer's own thread, like {@link #leave}. */
  private void enter(Tracer tracer) {
    if (!tracer.entered) {
      gate.lock();
      tracer.entered = true;
    }
  }

  private void leave(Tracer tracer) {
    if (tracer.entered) {
      tracer.entered = false;
      gate.unlock();
    }
  }

  /** The next call by the thread that a tracer holds. */
  Optional<HeldCall> mail(Tracer tracer) {
    synchronized (lock) {
      Job job = tracer.mail.poll();
      return job == null ? Optional.empty() : Optional.of(job.call());
    }
  }

  /** A tracer holds nobody any more: what has come for it meanwhile is for anybody. */
  void released(Tracer tracer) {
    leave(tracer);
    List<TracerThread> fresh = List.of();
    synchronized (lock) {
      if (tracer.held != 0) {
        holders.remove(tracer.held);
        tracer.held = 0;
      }
      while (!tracer.mail.isEmpty()) {
        TracerThread made = enqueue(tracer.mail.remove());
        if (made != null) {
          fresh = fresh.isEmpty() ? new ArrayList<>() : fresh;
          fresh.add(made);
        }
      }
    }
    for (TracerThread made : fresh) {
      made.start();
    }
  }

  void failed(HeldCall call, Throwable cause) {
    failures.handlerFailed(call.thread(), call.number(), cause);
  }

  /** A thread ends although it was not told to; another one takes its place if there is need. */
  void ended(TracerThread thread) {
    TracerThread fresh = null;
    synchronized (lock) {
      all.remove(thread);
      if (!over && !waiting.isEmpty() && idle == 0) {
        fresh = new TracerThread(this);
        all.add(fresh);
      }
    }
    if (fresh != null) {
      fresh.start();
    }
  }

  /** How many threads there are. */
  int size() {
    synchronized (lock) {
      return all.size();
    }
  }

  /** Ends all threads; nobody of the tree is left, so there is nobody to trace. */
  public void end() {
    List<TracerThread> ending;
    synchronized (lock) {
      over = true;
      waiting.clear();
      ending = List.copyOf(all);
      lock.notifyAll();
    }
    for (TracerThread thread : ending) {
      thread.interrupt();
    }
    long until = System.nanoTime() + ENDING_MILLIS * 1_000_000;
    for (TracerThread thread : ending) {
      // One that the kernel keeps longer is a daemon, and holds nobody who is alive.
      Uninterrupted.run(() -> thread.join(Math.max(1, (until - System.nanoTime()) / 1_000_000)));
    }
  }
}
