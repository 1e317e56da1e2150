package dev.paddock.linux;

import dev.paddock.linux.Layouts.PollFd;
import dev.paddock.linux.Layouts.Timespec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

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

  private final int[] numbers;
  private final short[] wanted;
  private final short[] found;
  private boolean closed;

  /** A set of so many places, all unused. */
  public Poll(int capacity) {
    this.numbers = new int[capacity];
    this.wanted = new short[capacity];
    this.found = new short[capacity];
    Arrays.fill(numbers, -1);
  }

  /** Puts a descriptor into a place. */
  public void set(int place, Fd fd, int events) {
    put(place, fd.number(), events);
  }

  /** Makes a place unused. */
  public void clear(int place) {
    put(place, -1, 0);
  }

  private void put(int place, int number, int events) {
    numbers[place] = number;
    wanted[place] = (short) events;
    found[place] = 0;
  }

  /** What the last {@link #await} found for a place, as a mask of this class's constants. */
  public int ready(int place) {
    return found[place] & 0xffff;
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
    if (closed) {
      throw new IllegalStateException("this set is closed");
    }
    long size = Timespec.SIZE + (long) PollFd.SIZE * numbers.length;
    MemorySegment scratch = Kernel.scratch();
    if (size <= scratch.byteSize()) {
      return await(scratch, nanos);
    }
    try (Arena arena = Arena.ofConfined()) {
      return await(arena.allocate(size, 8), nanos);
    }
  }

  /** The kernel's form of the set lives for one wait only, in memory of the waiting thread. */
  private int await(MemorySegment memory, long nanos) throws KernelException {
    if (nanos >= 0) {
      memory.set(ValueLayout.JAVA_LONG, Timespec.TV_SEC, nanos / 1_000_000_000L);
      memory.set(ValueLayout.JAVA_LONG, Timespec.TV_NSEC, nanos % 1_000_000_000L);
    }
    for (int i = 0; i < numbers.length; i++) {
      long at = Timespec.SIZE + (long) PollFd.SIZE * i;
      memory.set(ValueLayout.JAVA_INT, at + PollFd.FD, numbers[i]);
      memory.set(ValueLayout.JAVA_SHORT, at + PollFd.EVENTS, wanted[i]);
      memory.set(ValueLayout.JAVA_SHORT, at + PollFd.REVENTS, (short) 0);
    }
    long address = memory.address();
    long ready;
    do {
      ready =
          Kernel.call(
              Nr.PPOLL, address + Timespec.SIZE, numbers.length, nanos < 0 ? 0 : address, 0, 8);
    } while (ready == -Errno.EINTR);
    Kernel.check(ready, "ppoll", "");
    for (int i = 0; i < numbers.length; i++) {
      found[i] =
          memory.get(
              ValueLayout.JAVA_SHORT, Timespec.SIZE + (long) PollFd.SIZE * i + PollFd.REVENTS);
    }
    return (int) ready;
  }

  /** Ends the use of the set; there is nothing to give back. */
  @Override
  public void close() {
    closed = true;
  }
}
