package dev.paddock.sandbox.supervise;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * The one thread of a run that looks at the clock: it hands the receiving on when one call lasts
 * too long, and ends held calls whose caller has a signal waiting or whose time is over. It sleeps
 * while there is nothing to look at.
 */
final class HeldCallTimer {
  /** How long a receiver may take over one call before another takes its place; kernel.md §4. */
  private static final long PATIENCE = 2_000_000;

  /** How long a signal waits at most for a held call to give way. */
  private static final long BETWEEN_LOOKS = 10_000_000;

  /** How long it goes on looking after the last call. */
  private static final long LINGER = 50_000_000;

  private final Receivers receivers;
  private final Thread thread;

  /** Each of them once, however often its owner has given it back. */
  private final Set<HeldCall> held = new LinkedHashSet<>();

  private volatile boolean asleep;
  private volatile boolean over;
  private final WaitingSignals signals = new WaitingSignals();
  private long looked;

  HeldCallTimer(Receivers receivers) {
    this.receivers = receivers;
    this.thread = Thread.ofPlatform().daemon().name("paddock-watch").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  void add(HeldCall call) {
    synchronized (held) {
      held.add(call);
    }
    wake();
  }

  /** There is something to look at again. Costs one volatile read while it is awake. */
  void wake() {
    if (asleep) {
      asleep = false;
      LockSupport.unpark(thread);
    }
  }

  void end() {
    over = true;
    LockSupport.unpark(thread);
  }

  void join() throws InterruptedException {
    thread.join();
  }

  private void run() {
    long quietSince = System.nanoTime();
    while (!over) {
      long now = System.nanoTime();
      boolean receiving = receivers.look(now, PATIENCE);
      boolean holding = lookAtHeld(now);
      if (receiving || holding) {
        quietSince = now;
      }
      if (now - quietSince < LINGER) {
        LockSupport.parkNanos(receiving || !holding ? PATIENCE / 2 : BETWEEN_LOOKS);
        continue;
      }
      asleep = true;
      // Whoever began before seeing us asleep is seen now: both sides write first, then read.
      if (!receivers.look(now, PATIENCE) && isIdle() && !over) {
        LockSupport.park();
      }
      asleep = false;
      quietSince = System.nanoTime();
    }
  }

  private boolean isIdle() {
    synchronized (held) {
      return held.isEmpty();
    }
  }

  private boolean lookAtHeld(long now) {
    List<HeldCall> calls;
    synchronized (held) {
      if (held.isEmpty()) {
        return false;
      }
      if (now - looked < BETWEEN_LOOKS) {
        return true;
      }
      held.removeIf(HeldCall::isAnswered);
      calls = List.copyOf(held);
    }
    looked = now;
    signals.look(calls);
    for (HeldCall call : calls) {
      if (call.isOver(now)) {
        call.expire();
      } else if (!call.isAlive()) {
        call.retreat(true);
      } else if (signals.isFor(call.thread())) {
        call.retreat(false);
      }
    }
    return true;
  }
}
