package dev.paddock.linux;

import dev.paddock.linux.Layouts.PollFd;
import dev.paddock.linux.Layouts.Timespec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** Waits for descriptors; see ppoll(2). One set belongs to one thread at a time. */
public final class Poll implements AutoCloseable {
  /** There is something to read, or the end of the file. */
  public static final int IN = 1;

  /** Something can be written. */
  public static final int OUT = 4;

  /** An error; always reported. */
  public static final int ERR = 8;

  /** The other side is gone; always reported. */
  public static final int HUP = 16;

  /** The descriptor is not open; always reported. */
  public static final int NVAL = 32;

  /** Wait for ever. */
  public static final long FOREVER = -1;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment entries;
  private final MemorySegment timespec;
  private final int capacity;

  /** A set of so many places, all unused. */
  public Poll(int capacity) {
    this.capacity = capacity;
    this.entries = arena.allocate((long) PollFd.SIZE * capacity, 8);
    this.timespec = arena.allocate(Timespec.SIZE, 8);
    for (int i = 0; i < capacity; i++) {
      clear(i);
    }
  }

  /** Puts a descriptor into a place. */
  public void set(int place, Fd fd, int events) {
    put(place, fd.number(), events);
  }

  /** Makes a place unused. */
  public void clear(int place) {
    put(place, -1, 0);
  }

  private long at(int place) {
    return (long) Objects.checkIndex(place, capacity) * PollFd.SIZE;
  }

  private void put(int place, int number, int events) {
    entries.set(ValueLayout.JAVA_INT, at(place) + PollFd.FD, number);
    entries.set(ValueLayout.JAVA_SHORT, at(place) + PollFd.EVENTS, (short) events);
    entries.set(ValueLayout.JAVA_SHORT, at(place) + PollFd.REVENTS, (short) 0);
  }

  /** What the last {@link #await} found for a place, as a mask of this class's constants. */
  public int ready(int place) {
    return entries.get(ValueLayout.JAVA_SHORT, at(place) + PollFd.REVENTS) & 0xffff;
  }

  /**
   * Waits until a place is ready or the time is over. A signal does not end the wait, and does not
   * make it longer: unlike the C library's, the kernel's own ppoll leaves in the timespec what
   * remains.
   *
   * @param nanos how long to wait, 0 to only look, {@link #FOREVER}
   * @return how many places are ready; 0 when the time is over
   */
  public int await(long nanos) throws KernelException {
    if (nanos >= 0) {
      timespec.set(ValueLayout.JAVA_LONG, Timespec.TV_SEC, nanos / 1_000_000_000L);
      timespec.set(ValueLayout.JAVA_LONG, Timespec.TV_NSEC, nanos % 1_000_000_000L);
    }
    long ready;
    do {
      ready =
          Kernel.call(
              Nr.PPOLL, entries.address(), capacity, nanos < 0 ? 0 : timespec.address(), 0, 8);
    } while (ready == -Errno.EINTR);
    return (int) Kernel.check(ready, "ppoll", "");
  }

  @Override
  public void close() {
    arena.close();
  }
}
