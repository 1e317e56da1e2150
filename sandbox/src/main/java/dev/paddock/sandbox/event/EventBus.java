package dev.paddock.sandbox.event;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Takes events from many threads and gives them to sinks, each by a thread of its own, in the order
 * of their numbers. Posting never waits and never throws. A sink that is too slow loses the oldest
 * of the events that it has not taken; {@link Event.Dropped} tells it how many. Without sinks there
 * is no thread, and nothing is kept.
 */
public final class EventBus implements AutoCloseable {
  /** How many events wait at most for the slowest sink. */
  public static final int CAPACITY = 8192;

  /**
   * How many bytes the waiting events hold, about, before those that follow are kept without their
   * arguments.
   */
  static final long MOST_HELD = 16L << 20;

  private static final Duration DEADLINE = Duration.ofSeconds(2);

  private final String sandbox;
  private final SinkThread[] threads;
  private final AtomicReferenceArray<QueuedEvent> ring;
  private final int capacity;

  /** The number that the next event gets. */
  private final AtomicLong next = new AtomicLong(Event.Head.UNNUMBERED + 1);

  /** How many events came when the bus was closed. */
  private final AtomicLong late = new AtomicLong();

  private final AtomicLong held = new AtomicLong();
  private volatile boolean closed;

  /** A bus for the events of one sandbox; the sinks are closed with it. */
  public EventBus(String sandbox, List<EventSink> sinks) {
    this(sandbox, sinks, CAPACITY);
  }

  /**
   * A bus of another size.
   *
   * @param capacity a power of two
   */
  EventBus(String sandbox, List<EventSink> sinks, int capacity) {
    if (Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("capacity " + capacity);
    }
    this.sandbox = sandbox;
    this.capacity = capacity;
    this.ring = new AtomicReferenceArray<>(sinks.isEmpty() ? 0 : capacity);
    this.threads = new SinkThread[sinks.size()];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = new SinkThread(this, sinks.get(i));
    }
    for (SinkThread thread : threads) {
      thread.start();
    }
  }

  /** Whether anybody listens; if not, no event need be made. */
  public boolean isActive() {
    return threads.length > 0 && !closed;
  }

  /**
   * The head of an event that happens now.
   *
   * @param session the session's name; may be empty
   * @param pid the process; 0 if the event is about none
   * @param parent its parent; 0 if not known
   */
  public Event.Head head(String session, int pid, int parent) {
    return new Event.Head(Instant.now(), Event.Head.UNNUMBERED, sandbox, session, pid, parent);
  }

  /**
   * Gives an event its number and puts it before the sinks. Never waits, from any thread. After
   * {@link #close} the event is only counted as lost.
   */
  public void post(Event event) {
    if (threads.length == 0) {
      return;
    }
    if (closed) {
      late.incrementAndGet(); // It gets no number: nobody may wait for it.
      return;
    }
    Event kept = event;
    int weight = EventSizes.of(kept);
    if (held.get() + weight > MOST_HELD) {
      kept = EventSizes.withoutArguments(kept);
      weight = EventSizes.of(kept);
    }
    // Made before a number is taken: who runs out of memory here leaves no hole behind.
    QueuedEvent posted = new QueuedEvent(kept, weight, threads.length);
    long number = next.getAndIncrement();
    posted.number = number;
    put(posted);
    for (SinkThread thread : threads) {
      thread.wake();
    }
  }

  private void put(QueuedEvent posted) {
    int place = place(posted.number);
    held.addAndGet(posted.weight);
    while (true) {
      QueuedEvent old = ring.get(place);
      if (old != null && old.number > posted.number) {
        held.addAndGet(-posted.weight); // The others went once around while this thread slept.
        return;
      }
      if (ring.compareAndSet(place, old, posted)) {
        if (old != null) {
          held.addAndGet(-old.weight);
        }
        return;
      }
    }
  }

  /** What stands at a number's place: the event itself, an older or newer one, or nothing. */
  @Nullable QueuedEvent at(long number) {
    return ring.get(place(number));
  }

  /** One sink needs it no more. */
  void done(QueuedEvent posted) {
    if (posted.waiting.decrementAndGet() == 0
        && ring.compareAndSet(place(posted.number), posted, null)) {
      held.addAndGet(-posted.weight);
    }
  }

  private int place(long number) {
    return (int) number & (capacity - 1);
  }

  /** The number that the next event will get. */
  long nextNumber() {
    return next.get();
  }

  /** How many events were posted, also those that came too late. */
  long posted() {
    return next.get() - Event.Head.UNNUMBERED - 1 + late.get();
  }

  int capacity() {
    return capacity;
  }

  /** About how many bytes the waiting events hold. */
  long heldBytes() {
    return held.get();
  }

  /** Closes the bus, and gives the sinks two seconds. */
  @Override
  public void close() {
    List<SinkReport> _ = close(DEADLINE);
  }

  /**
   * Takes no more events and waits until the sinks have those that came. A sink that has not taken
   * them in time is given up: what it did not get is lost. The calls after the first only report.
   *
   * @param deadline how long all sinks together have; an interrupt of the calling thread ends it
   * @return what became of the events, a report for each sink
   */
  public List<SinkReport> close(Duration deadline) {
    closed = true;
    long end = System.nanoTime() + deadline.toNanos();
    for (SinkThread thread : threads) {
      thread.finish();
    }
    boolean interrupted = false;
    for (SinkThread thread : threads) {
      interrupted |= thread.await(interrupted ? System.nanoTime() : end);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return reports();
  }

  /** What became of the events so far, a report for each sink. */
  public List<SinkReport> reports() {
    List<SinkReport> reports = new ArrayList<>(threads.length);
    for (SinkThread thread : threads) {
      reports.add(thread.report());
    }
    return reports;
  }
}
