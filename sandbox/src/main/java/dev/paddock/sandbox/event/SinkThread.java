package dev.paddock.sandbox.event;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Gives the events of a bus to one sink, in order. */
final class SinkThread implements Runnable {
  /** After so many events what a sink holds back is handed on, even if there are more. */
  private static final int BATCH = 1024;

  /**
   * How long to sleep after a batch before asking to be woken: who posts in bursts pays for one
   * wake-up, and a file gets one write for many lines. Twice as long, up to a bound, each time that
   * several have come meanwhile: then nobody waits for the delivery of one to post the next.
   */
  private static final long LINGER = 1_000_000;

  private static final long LINGER_LONGEST = 8_000_000;

  /** How long to wait for a thread that has taken a number and not yet put its event down. */
  private static final long SHORTLY = 50_000;

  /** How long a sink that was given up may take to notice. */
  private static final long NOTICE = 100_000_000;

  private final EventBus bus;
  private final EventSink sink;
  private final Thread thread;
  private final AtomicBoolean asleep = new AtomicBoolean();

  /** The first number that is not to be delivered any more. */
  private volatile long end = Long.MAX_VALUE;

  private volatile boolean abandoned;

  // Written by the thread alone, read by reports.
  private volatile long next = Event.Head.UNNUMBERED + 1;
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private volatile String problem = "";

  /** The number of the first event that the sink was not told about, and how many there are. */
  private long gapStart;

  private long gap;

  SinkThread(EventBus bus, EventSink sink) {
    this.bus = bus;
    this.sink = sink;
    this.thread = new Thread(this, "paddock-events-".concat(sink.name()));
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** There is an event. */
  void wake() {
    if (asleep.get() && asleep.compareAndSet(true, false)) {
      LockSupport.unpark(thread);
    }
  }

  /** There will be no more events. */
  void finish() {
    if (end == Long.MAX_VALUE) {
      end = bus.nextNumber();
    }
    asleep.set(false);
    LockSupport.unpark(thread);
  }

  /**
   * Waits for the end of the thread, and gives up when the time is over.
   *
   * @return whether the calling thread was interrupted
   */
  boolean await(long deadline) {
    boolean interrupted = join(deadline - System.nanoTime());
    if (thread.isAlive()) {
      abandoned = true;
      sink.abandon();
      thread.interrupt();
      interrupted |= join(NOTICE);
    }
    return interrupted;
  }

  private boolean join(long nanos) {
    try {
      if (nanos > 0) {
        thread.join(nanos / 1_000_000, (int) (nanos % 1_000_000));
      }
      return false;
    } catch (InterruptedException e) {
      return true; // The caller gives up, and sets the flag again.
    }
  }

  SinkReport report() {
    long taken = delivered.get() - sink.pending();
    return new SinkReport(sink.name(), taken, bus.posted() - taken, failed.get(), problem);
  }

  @Override
  public void run() {
    long linger = LINGER;
    try {
      while (!abandoned) {
        boolean several = isTaken(next + 1);
        int taken = take();
        if (taken > 0) {
          flush();
        }
        if (next >= end) {
          break;
        }
        if (taken > 0) {
          linger = several ? Math.min(2 * linger, LINGER_LONGEST) : LINGER;
          LockSupport.parkNanos(linger);
        } else if (isTaken(next)) {
          LockSupport.parkNanos(SHORTLY);
        } else {
          sleep();
        }
      }
      tellGap();
      flush();
    } finally {
      sink.close();
    }
  }

  private boolean isTaken(long number) {
    return bus.nextNumber() > number;
  }

  private void sleep() {
    asleep.set(true);
    // Who posts puts the event down first and looks for sleepers then, so one of us sees the other.
    if (!isTaken(next) && end == Long.MAX_VALUE) {
      LockSupport.park(this);
    }
    asleep.set(false);
  }

  /** Takes what is there, up to a batch. */
  private int take() {
    int taken = 0;
    while (taken < BATCH && next < end && !abandoned) {
      long number = next;
      QueuedEvent posted = bus.at(number);
      if (posted == null || posted.number < number) {
        break;
      }
      if (posted.number == number) {
        deliver(posted);
        bus.done(posted);
        next = number + 1;
      } else {
        skip();
      }
      taken++;
    }
    return taken;
  }

  /** The event was overwritten. A whole stretch is left away, so that the sink catches up. */
  private void skip() {
    long number = next;
    long to = bus.nextNumber() - bus.capacity() + bus.capacity() / 8;
    to = Math.min(Math.max(to, number + 1), end);
    for (long left = number; left < to; left++) {
      QueuedEvent posted = bus.at(left);
      if (posted != null && posted.number == left) {
        bus.done(posted);
      }
    }
    lose(number, to - number);
    next = to;
  }

  private void lose(long number, long count) {
    if (gap == 0) {
      gapStart = number;
    }
    gap += count;
  }

  private void deliver(QueuedEvent posted) {
    long number = posted.number;
    if (!tellGap()) {
      lose(number, 1);
      return;
    }
    if (offer(Numbering.number(posted.event, number))) {
      delivered.incrementAndGet();
    } else {
      lose(number, 1);
    }
  }

  /** Tells the sink about the events that it did not get. Whether it knows now. */
  private boolean tellGap() {
    if (gap == 0) {
      return true;
    }
    if (!offer(Numbering.number(new Event.Dropped(bus.head("", 0, 0), gap), gapStart))) {
      return false;
    }
    gap = 0;
    return true;
  }

  @SuppressWarnings("CatchingUnchecked") // Whatever a sink throws, the events must go on.
  private boolean offer(Event event) {
    try {
      sink.accept(event);
      return true;
    } catch (IOException e) {
      note(e);
      return false; // Lost for this sink; the next Dropped says so.
    } catch (Throwable e) {
      // The sink had the event, and its own code failed: the target gets nothing of this.
      note(e);
      failed.incrementAndGet();
      return true;
    }
  }

  private void flush() {
    try {
      sink.flush();
    } catch (Throwable e) {
      note(e); // What it holds back is counted by the sink, and tried again.
    }
  }

  private void note(Throwable e) {
    if (problem.isEmpty()) {
      String message = e.getMessage();
      problem = EventLimits.cut(message == null ? e.getClass().getName() : message);
    }
  }
}
