package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Listener;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Tracee;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.HeldCall;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that traces: one caller at a time, with the child that this may have just made. So a
 * wait for any tracee can mean nobody else, and sees an exec by a thread that is not its process's
 * leader, which changes its id.
 *
 * <p>To be used on that thread only.
 */
public final class Tracer {
  /** Between two looks at a thread that will soon be where it has to be, in nanoseconds. */
  private static final long SHORTLY = 20_000;

  /** How often the processor is offered to it before we sleep, which takes far longer. */
  private static final int YIELDS = 16;

  private final Tracers pool;
  private final Thread thread;

  /** Calls by the seized thread that came while it was held; under the pool's lock. */
  final ArrayDeque<Tracers.Job> mail = new ArrayDeque<>();

  /** Whether this has entered the gate of the pool; of its own thread. */
  boolean entered;

  /** The seized thread, 0 if none is; under the pool's lock. */
  int held;

  /** What this thread works on. */
  private Tracers.@Nullable Job current;

  private boolean claimed;
  private boolean passedOn;

  /** For the calling thread. */
  Tracer(Tracers pool) {
    this.pool = pool;
    this.thread = Thread.currentThread();
  }

  /**
   * Does a task.
   *
   * @return whether this thread holds nothing afterwards. If not it must end: that is what makes
   *     the kernel kill or let go of whatever is still held
   */
  boolean work(Tracers.Job job) {
    HeldCall call = job.call();
    begin(job);
    try {
      job.task().run(call, this);
      if (!passedOn) {
        // Only for a task that forgot to: it does nothing to a call that was answered.
        boolean _ = call.answer(Verdict.NOT_PERMITTED);
      }
    } catch (Throwable e) {
      if (claimed) { // If it was answered already, the kernel takes no second answer.
        boolean _ = call.fail(Errno.EPERM);
      } else if (!passedOn) {
        boolean _ = call.answer(Verdict.NOT_PERMITTED);
      }
      pool.failed(call, e);
    } finally {
      end();
    }
    boolean usable = holdsNothing();
    pool.released(this);
    return usable;
  }

  private synchronized void begin(Tracers.Job job) {
    current = job;
    claimed = false;
    passedOn = false;
  }

  private synchronized void end() {
    current = null;
    boolean _ = Thread.interrupted(); // What was meant for the task that is over.
  }

  private static boolean holdsNothing() {
    try {
      while (true) {
        Optional<Tracee.Change> change = Ptrace.poll(Ptrace.ANY);
        if (change.isEmpty() || !(change.get() instanceof Tracee.Gone)) {
          return false;
        }
      }
    } catch (KernelException e) {
      return e.is(Errno.ECHILD);
    }
  }

  /**
   * What interrupts this thread while it works on a call, and does nothing once it is done with it:
   * for {@link HeldCall#giveWay}.
   */
  public Runnable stopper(HeldCall call) {
    return () -> {
      synchronized (Tracer.this) {
        if (current != null && current.call() == call) {
          thread.interrupt();
        }
      }
    };
  }

  /**
   * Takes the right to answer a call, and seizes its caller. If another tracer still holds the
   * caller, the call is passed on to that one, which has it made again.
   *
   * @param options of {@link Ptrace}
   * @return empty if the call is somebody else's by now: then nothing is left to do
   * @throws KernelException if the caller cannot be traced, ESRCH if it is gone; the call is
   *     claimed and has to be refused with {@link HeldCall#fail}
   */
  public Optional<Tracee.Running> seize(HeldCall call, int options) throws KernelException {
    Tracers.Job job = Objects.requireNonNull(current);
    if (job.call() != call) {
      throw new IllegalArgumentException("a tracer works on one call");
    }
    if (!pool.hold(this, job)) {
      passedOn = true;
      return Optional.empty();
    }
    claimed = call.claim();
    if (!claimed) {
      pool.released(this);
      return Optional.empty();
    }
    return Optional.of(Ptrace.seize(call.thread(), options));
  }

  /**
   * A further call that the seized thread has made since, which must be answered before that can
   * stop. {@link #letGo} has it made again.
   */
  public Optional<HeldCall> furtherCall() {
    return pool.mail(this);
  }

  /**
   * Waits until a caller that is interrupted gets its answer for certain: before Linux 6.17 it has
   * to be so deep in its wait that no signal takes it out of it.
   *
   * @return whether it still waits; if not, the call is gone
   */
  public boolean awaitSettled(HeldCall call) {
    if (pool.answersHold()) {
      return call.isAlive();
    }
    for (int looks = 0; ; looks++) {
      char state;
      try {
        state = Procfs.state(call.thread());
      } catch (KernelException e) {
        return false; // Gone: an answer could only fail.
      }
      // Asked last: what was seen before was the caller's, not a later thread's.
      if (!call.isAlive()) {
        return false;
      }
      if (state == 'D') {
        return true;
      }
      if (looks < YIELDS) {
        offerProcessor();
      } else {
        LockSupport.parkNanos(SHORTLY);
      }
    }
  }

  /** The seized thread was let go, although this tracer is not done: others may seize it again. */
  void leave() {
    pool.released(this);
  }

  @SuppressWarnings("ThreadPriorityCheck") // No hint: with few processors it needs just ours.
  static void offerProcessor() {
    Thread.yield();
  }

  /**
   * Interrupts a seized thread, waits until it stops, and lets it go. A call that it makes before
   * is made again afterwards.
   */
  public void letGo(Tracee.Running tracee) throws KernelException {
    try {
      tracee.interrupt();
    } catch (KernelException e) {
      if (!e.is(Errno.ESRCH)) {
        throw e;
      }
    }
    Optional<Tracee.Gone> _ = letGoAtStop();
  }

  /**
   * The same for one that has been interrupted already.
   *
   * @return its end, if that came first
   */
  public Optional<Tracee.Gone> letGoAtStop() throws KernelException {
    @Nullable HeldCall further = null;
    Tracee.@Nullable Gone end = null;
    try {
      while (true) {
        if (further == null) {
          further = furtherCall().orElse(null);
        }
        if (further != null) {
          // It has a stop pending, so this makes it stop and then call again.
          if (further.claim()) {
            boolean _ = further.fail(Listener.ERESTARTNOINTR);
          }
          further = null;
        }
        Optional<Tracee.Change> change = Ptrace.poll(Ptrace.ANY);
        if (change.isEmpty()) {
          LockSupport.parkNanos(SHORTLY);
        } else if (change.get() instanceof Tracee.Gone gone) {
          end = gone;
        } else if (change.get() instanceof Tracee.Stop stop && passOrLetGo(stop)) {
          return Optional.empty();
        }
      }
    } catch (KernelException e) {
      if (!e.is(Errno.ECHILD)) {
        throw e;
      }
      return Optional.ofNullable(end);
    }
  }

  /** Passes a signal on, or lets go; whether that is done. */
  static boolean passOrLetGo(Tracee.Stop stop) throws KernelException {
    try {
      if (stop instanceof Tracee.SignalStop signal) {
        Tracee.Running _ = stop.proceed(signal.signal());
        return false;
      }
      stop.detach();
      return true;
    } catch (KernelException e) {
      if (e.is(Errno.ESRCH)) {
        return false; // Killed: the next wait reaps it.
      }
      throw e;
    }
  }
}
