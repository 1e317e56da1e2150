package dev.paddock.sandbox.supervise;

import dev.paddock.linux.Epoll;
import dev.paddock.linux.EventFd;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the first held call of runs that may never make one: one thread of this process for all
 * of them, so that a run which makes none costs no thread of its own. The caller waits meanwhile,
 * as for any answer.
 */
public final class ListenerWatch {
  /** What the descriptor is known by that sends the thread to rest; runs begin at 1. */
  private static final long WAKEUP = 0;

  private static final ListenerWatch SHARED = new ListenerWatch();

  private final Map<Long, Watched> all = new HashMap<>();
  private @Nullable Epoll listeners;
  private @Nullable EventFd wakeup;

  /** How many of them may still have a call held. */
  private int open;

  private long last;

  /**
   * What is watched.
   *
   * @param listener null once its last task has ended
   * @param first what a held call begins
   */
  private record Watched(@Nullable Fd listener, Runnable first) {}

  private ListenerWatch() {}

  /** The one of this process. */
  public static ListenerWatch shared() {
    return SHARED;
  }

  /**
   * Watches a listener.
   *
   * @param listener stays the caller's, open until {@link #leave}
   * @param first done once, on a thread of its own, when a call is held
   * @return what {@link #leave} takes
   * @throws KernelException if it cannot be watched
   */
  public synchronized long watch(Fd listener, Runnable first) throws KernelException {
    Epoll waiting = listeners;
    if (waiting == null) {
      EventFd made = EventFd.open();
      waiting = Epoll.open();
      waiting.add(made.fd(), WAKEUP);
      wakeup = made;
      listeners = waiting;
      Epoll begun = waiting;
      Thread _ = Thread.ofPlatform().daemon().name("paddock-listeners").start(() -> waitFor(begun));
    }
    long key = ++last;
    waiting.add(listener, key);
    all.put(key, new Watched(listener, first));
    if (open++ == 0) {
      notifyAll();
    }
    return key;
  }

  /**
   * Watches it no longer.
   *
   * @return whether nothing was held so far; if not, the first call has been or is being told
   */
  public synchronized boolean leave(long key) {
    Watched watched = all.remove(key);
    Epoll waiting = listeners;
    if (watched == null || waiting == null) {
      return false;
    }
    Fd listener = watched.listener();
    if (listener != null) {
      try {
        waiting.remove(listener);
        if (--open == 0 && wakeup != null) {
          wakeup.signal();
        }
      } catch (KernelException e) {
        throw new IllegalStateException(e); // It was added, and is open.
      }
    }
    return true;
  }

  private void waitFor(Epoll waiting) {
    while (true) {
      rest();
      int count;
      try {
        count = waiting.await();
      } catch (KernelException e) {
        throw new IllegalStateException(e); // Only its arguments can be wrong.
      }
      for (int i = 0; i < count; i++) {
        wake(waiting, waiting.ready(i), waiting.isReadable(i));
      }
    }
  }

  /** A thread that is in the kernel when the JVM ends holds that up for 0.3 s. */
  private synchronized void rest() {
    while (open == 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        // Nobody interrupts this thread for a reason.
      }
    }
  }

  private void wake(Epoll waiting, long key, boolean held) {
    Watched watched;
    synchronized (this) {
      if (key == WAKEUP) {
        try {
          if (wakeup != null) {
            wakeup.reset();
          }
        } catch (KernelException e) {
          throw new IllegalStateException(e); // It is open.
        }
        return;
      }
      watched = all.get(key);
      Fd listener = watched == null ? null : watched.listener();
      if (watched == null || listener == null) {
        return;
      }
      try {
        waiting.remove(listener);
        open--;
      } catch (KernelException e) {
        throw new IllegalStateException(e); // It was added, and is open.
      }
      if (!held) { // The last task has ended.
        all.put(key, new Watched(null, watched.first()));
        return;
      }
      all.remove(key);
    }
    try {
      Thread _ = Thread.ofPlatform().daemon().name("paddock-first-call").start(watched.first());
    } catch (OutOfMemoryError e) { // No thread is to be had: the others wait for this one then.
      watched.first().run();
    }
  }
}
