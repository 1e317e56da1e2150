package dev.paddock.sandbox.supervise;

import dev.paddock.linux.Errno;
import dev.paddock.linux.EventFd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Listener;
import dev.paddock.linux.Poll;
import dev.paddock.sandbox.Verdict;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that receive calls. To receive is a role; when who has it is kept by one call for too
 * long, the watch gives the role to another, and the first becomes a spare once it is done. So a
 * caller whose memory is slow to read delays nobody but itself.
 *
 * <p>One thread has the role, until a handler wants to go on with a call on the receiver's own
 * thread ({@link Call#stay}); from then on two have it, and one may stay with a call while the
 * other waits for the next.
 */
final class Receivers {
  /**
   * More than can be stuck at a time without somebody meaning it; then the tree waits for itself.
   */
  private static final int MOST = 32;

  private final Listener listener;
  private final Routes routes;
  private final boolean wakesAtEnd;
  private final List<Receiver> all = new CopyOnWriteArrayList<>();

  /** Held by whoever gives the role to somebody. */
  private final Object giving = new Object();

  private @Nullable EventFd ended;
  private @Nullable Answers answers;
  private @Nullable HeldCallTimer watch;
  private volatile boolean over;
  private long seen;

  /**
   * Receivers that do not run yet.
   *
   * @param wakesAtEnd whether the kernel ends a waiting receive when the last task is gone; Linux
   *     6.11
   */
  Receivers(Listener listener, Routes routes, boolean wakesAtEnd) {
    this.listener = listener;
    this.routes = routes;
    this.wakesAtEnd = wakesAtEnd;
  }

  void start(Answers answers, HeldCallTimer watch) throws KernelException {
    this.answers = answers;
    this.watch = watch;
    this.ended = wakesAtEnd ? null : EventFd.open();
    boolean _ = appoint();
  }

  /** Makes one more thread that receives, if that is not one too many; whether it is. */
  private boolean appoint() {
    Answers ours = answers;
    HeldCallTimer observation = watch;
    if (all.size() >= MOST || ours == null || observation == null) {
      return false;
    }
    Receiver fresh = new Receiver(ours, observation);
    fresh.serving = true;
    all.add(fresh);
    fresh.thread.start();
    return true;
  }

  /**
   * Gives the role on if who has it is kept by one call.
   *
   * @return whether there was a call since the last look
   */
  boolean look(long now, long patience) {
    if (over) {
      return false;
    }
    boolean busy = false;
    long count = 0;
    for (Receiver one : all) {
      count += one.count;
      long since = one.busySince;
      if (one.serving && since != 0) {
        busy = true;
        if (now - since >= patience) {
          handOver(one);
        }
      }
    }
    boolean active = busy || count != seen;
    seen = count;
    return active;
  }

  private void handOver(Receiver kept) {
    synchronized (giving) {
      if (!over && kept.serving && give()) {
        kept.serving = false;
      }
    }
  }

  /** Gives the role to one more: a spare one if there is, else a new one; whether it has it. */
  private boolean give() {
    for (Receiver other : all) {
      if (other.spare && !other.serving) {
        other.serving = true;
        LockSupport.unpark(other.thread);
        return true;
      }
    }
    return appoint();
  }

  /**
   * Whether one can do without receiving for a while. Never two at a time think so of each other:
   * each has ceased to wait before it asks whether the other does.
   */
  private boolean canDoWithout(Receiver one) {
    if (isSomebodyWaiting(one)) {
      return true;
    }
    if (!wakesAtEnd || serving() > 1) {
      return false; // Where receivers poll, a second one would be woken for the first one's call.
    }
    synchronized (giving) {
      return !over && serving() == 1 && one.serving && give();
    }
  }

  private boolean isSomebodyWaiting(Receiver except) {
    for (Receiver other : all) {
      if (other != except && other.serving && other.waiting) {
        return true;
      }
    }
    return false;
  }

  private int serving() {
    int count = 0;
    for (Receiver one : all) {
      count += one.serving ? 1 : 0;
    }
    return count;
  }

  /** Ends all receivers; the tree is gone, or the listener is about to be. */
  void end() {
    over = true;
    EventFd event = ended;
    if (event != null) {
      try {
        event.signal();
      } catch (KernelException impossible) {
        throw new AssertionError("an eventfd takes a one", impossible);
      }
    }
    synchronized (giving) { // Whoever is appointed later sees that it is over.
      for (Receiver receiver : all) {
        LockSupport.unpark(receiver.thread);
      }
    }
  }

  /**
   * Waits for all receivers.
   *
   * @return whether all have ended; one can be kept by a reading that the kernel does not give up
   */
  boolean join(long nanos) throws InterruptedException {
    long until = System.nanoTime() + nanos;
    boolean done = true;
    for (Receiver receiver : all) {
      long left = Math.max(1, (until - System.nanoTime()) / 1_000_000);
      done &= receiver.thread.join(java.time.Duration.ofMillis(left));
    }
    EventFd event = ended;
    if (done && event != null) {
      event.close();
    }
    return done;
  }

  /** One thread with all that it needs for a call. */
  private final class Receiver {
    private final Thread thread =
        Thread.ofPlatform().daemon().name("paddock-receiver").unstarted(this::run);
    private final Answers answers;
    private final HeldCallTimer watch;
    private final Call call;
    private final long[] missed = new long[1];
    private volatile long busySince;
    private long calls;
    private volatile long count;
    private volatile boolean spare;

    /** Whether it has the role; changed by who holds the lock. */
    private volatile boolean serving;

    private volatile boolean waiting;

    Receiver(Answers answers, HeldCallTimer watch) {
      this.answers = answers;
      this.watch = watch;
      this.call = new Call(answers, () -> canDoWithout(this));
    }

    private void run() {
      try (Poll poll = new Poll(2)) {
        while (!over) {
          if (serving) {
            if (!next(poll)) {
              return;
            }
          } else {
            waitForTheRole();
          }
        }
      } catch (KernelException e) {
        // Nobody receives any more: everything that would be judged hangs until the tree is dead.
        answers.lost(e);
      }
    }

    private void waitForTheRole() {
      spare = true;
      while (!serving && !over) {
        LockSupport.park(Receivers.this);
      }
      spare = false;
    }

    /** Deals with one call; whether this thread can deal with another. */
    private boolean next(Poll poll) throws KernelException {
      if (!wakesAtEnd && !await(poll)) {
        return false;
      }
      waiting = true;
      int received;
      try {
        received = listener.receive(call.notification());
      } finally {
        waiting = false;
      }
      if (received < 0) {
        return received == -Errno.EINTR || !isHungUp(poll);
      }
      long now = System.nanoTime();
      busySince = now == 0 ? 1 : now;
      watch.wake();
      boolean usable;
      try {
        if (!answers.replayed(call.notification(), missed)) {
          answers.now(call, judge());
        }
        usable = call.goOn();
      } finally {
        count = ++calls;
        busySince = 0;
      }
      if (!usable) {
        all.remove(this);
        handOver(this);
      }
      return usable;
    }

    private Verdict judge() {
      Handler handler = routes.of(call.number());
      if (handler == null) {
        return Verdict.NOT_PERMITTED; // The filter notifies nothing that has no route.
      }
      try {
        return handler.judge(call);
      } catch (KernelException | RuntimeException | Error e) {
        answers.failed(call.thread(), call.number(), e);
        return Verdict.NOT_PERMITTED;
      }
    }

    /** Waits for a call or the end; false at the end. */
    private boolean await(Poll poll) throws KernelException {
      EventFd event = java.util.Objects.requireNonNull(ended);
      poll.set(0, listener.fd(), Poll.IN);
      poll.set(1, event.fd(), Poll.IN);
      poll.await(Poll.FOREVER);
      return poll.ready(1) == 0 && (poll.ready(0) & Poll.HUP) == 0;
    }

    /** Whether nobody is left; else the call was gone before it was received, and others wait. */
    private boolean isHungUp(Poll poll) throws KernelException {
      poll.set(0, listener.fd(), Poll.IN);
      poll.clear(1);
      poll.await(0);
      return (poll.ready(0) & (Poll.HUP | Poll.NVAL | Poll.ERR)) != 0;
    }
  }
}
