package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Waits for any of very many descriptors; see epoll(7). What waiting costs depends on how many are
 * ready, not on how many there are. Every thread may add and remove; one at a time may wait.
 */
public final class Epoll implements AutoCloseable {
  /** How many a single wait reports. */
  private static final int BATCH = 64;

  // linux/eventpoll.h: struct epoll_event is packed on x86-64 only.
  private static final boolean PACKED = Arch.current() == Arch.X86_64;
  private static final int EVENT_SIZE = PACKED ? 12 : 16;
  private static final int EVENT_EVENTS = 0;
  private static final int EVENT_DATA = PACKED ? 4 : 8;

  private final Fd fd;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment events = arena.allocate((long) EVENT_SIZE * BATCH, 8);

  private Epoll(Fd fd) {
    this.fd = fd;
  }

  /** An empty set. */
  public static Epoll open() throws KernelException {
    return new Epoll(
        Fd.owned(
            (int)
                Kernel.check(
                    Kernel.call(Nr.EPOLL_CREATE1, Constants.EPOLL_CLOEXEC), "epoll_create1", "")));
  }

  /**
   * Adds a descriptor, to be reported for as long as it is readable.
   *
   * @param key what {@link #ready} reports it by
   */
  public void add(Fd watched, long key) throws KernelException {
    add(watched, key, Constants.EPOLLIN);
  }

  /**
   * Adds a descriptor, to be reported for as long as it is writable, has an error or no other side.
   *
   * @param key what {@link #ready} reports it by
   */
  public void addWritable(Fd watched, long key) throws KernelException {
    add(watched, key, Constants.EPOLLOUT);
  }

  /**
   * Adds a descriptor to a set that is another process's.
   *
   * @param set a descriptor of it
   * @param watched the number under which it is added, which must be this thread's of it
   * @param events {@code EPOLL*}
   * @param data what the owner knows it by
   */
  public static void add(Fd set, int watched, int events, long data) throws KernelException {
    MemorySegment event = Kernel.scratch();
    event.set(ValueLayout.JAVA_INT, EVENT_EVENTS, events);
    event.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, data);
    Kernel.check(
        Kernel.call(Nr.EPOLL_CTL, set.number(), Constants.EPOLL_CTL_ADD, watched, event.address()),
        "epoll_ctl",
        "");
  }

  /**
   * Whether one of a thread's descriptors is in one of its sets; kcmp(2), {@code KCMP_EPOLL_TFD}.
   *
   * @return true also where the kernel cannot tell
   */
  public static boolean mayContain(int thread, int set, int watched) {
    MemorySegment slot = Kernel.scratch();
    slot.set(ValueLayout.JAVA_INT, 0, set);
    slot.set(ValueLayout.JAVA_INT, 4, watched);
    slot.set(ValueLayout.JAVA_INT, 8, 0);
    long result =
        Kernel.call(Nr.KCMP, thread, thread, Constants.KCMP_EPOLL_TFD, watched, slot.address());
    return result != -Errno.ENOENT && result <= 0;
  }

  private void add(Fd watched, long key, int events) throws KernelException {
    MemorySegment event = Kernel.scratch();
    event.set(ValueLayout.JAVA_INT, EVENT_EVENTS, events);
    event.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, key);
    Kernel.check(
        Kernel.call(
            Nr.EPOLL_CTL, fd.number(), Constants.EPOLL_CTL_ADD, watched.number(), event.address()),
        "epoll_ctl",
        "");
  }

  /** Removes a descriptor. To be done before it is closed. */
  public void remove(Fd watched) throws KernelException {
    Kernel.check(
        Kernel.call(
            Nr.EPOLL_CTL,
            fd.number(),
            Constants.EPOLL_CTL_DEL,
            watched.number(),
            Kernel.scratch().address()),
        "epoll_ctl",
        "");
  }

  /**
   * Waits until a descriptor is ready; a signal does not end the wait.
   *
   * @return how many are ready, at least 1 and at most 64
   */
  public int await() throws KernelException {
    return await(-1);
  }

  /**
   * The same for a limited time.
   *
   * @param millis how long to wait; -1 for ever
   * @return how many are ready; 0 when the time is over
   */
  public int await(int millis) throws KernelException {
    long count;
    do {
      count = Kernel.call(Nr.EPOLL_PWAIT, fd.number(), events.address(), BATCH, millis, 0);
    } while (count == -Errno.EINTR);
    return (int) Kernel.check(count, "epoll_pwait", "");
  }

  /** The key of one that the last {@link #await} found ready; 0 to its result minus 1. */
  public long ready(int index) {
    return events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) EVENT_SIZE * index + EVENT_DATA);
  }

  /** Whether the same one has something to read, and not only an error or no other side. */
  public boolean isReadable(int index) {
    return (events.get(ValueLayout.JAVA_INT, (long) EVENT_SIZE * index + EVENT_EVENTS)
            & Constants.EPOLLIN)
        != 0;
  }

  @Override
  public void close() {
    fd.close();
    arena.close();
  }
}
