package dev.paddock.sandbox.supervise;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Notification;
import dev.paddock.linux.Procfs;
import java.util.HashMap;
import java.util.Map;

/**
 * Answers that the kernel did not take. Before Linux 6.17 a signal between receiving and answering
 * can have a call made again whose effect is there already: then it gets the answer that it missed,
 * and nothing is done twice.
 */
final class Replay {
  private final Map<Integer, Missed> missed = new HashMap<>();

  /**
   * Read without the lock on the way of every call; only ever grows from false to true under it.
   */
  private volatile boolean any;

  private record Missed(HeldCall call, long startTime, long value) {
    boolean fits(Notification again) {
      for (int i = 0; i < 6; i++) {
        if (call.argument(i) != again.argument(i)) {
          return false;
        }
      }
      return call.number() == again.number();
    }
  }

  /** Remembers what a call would have returned. */
  void remember(HeldCall call, long value) {
    long startTime = startTime(call.thread());
    if (startTime >= 0) {
      synchronized (missed) {
        missed.put(call.thread(), new Missed(call, startTime, value));
        any = true;
      }
    }
  }

  /** Whether nothing is remembered: the usual case. */
  boolean isEmpty() {
    return !any;
  }

  /**
   * The value that a call has missed.
   *
   * @return whether there is one; then it is in {@code value[0]}, and forgotten
   */
  boolean take(Notification again, long[] value) {
    synchronized (missed) {
      Missed found = missed.remove(again.thread());
      any = !missed.isEmpty();
      if (found == null
          || !found.fits(again)
          || found.startTime() != startTime(again.thread())) { // another thread of that number
        return false;
      }
      value[0] = found.value();
      return true;
    }
  }

  /** When a thread started, or -1 if it is gone: there is nobody left to make the call again. */
  private static long startTime(int thread) {
    try {
      return Procfs.stat(thread).startTime();
    } catch (KernelException gone) {
      return -1;
    }
  }
}
