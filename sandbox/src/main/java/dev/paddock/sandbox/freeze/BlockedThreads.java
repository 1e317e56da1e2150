package dev.paddock.sandbox.freeze;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The threads that wait in the kernel where no stop is heard. They stop before their next
 * instruction; but one that only waits for a lock goes on in the kernel until then, and may make a
 * child or end. So they count as standing once none of them has run for a while.
 */
final class BlockedThreads {
  private static final long A_WHILE = 2_000_000;

  private Map<Integer, String> before = Map.of();
  private Map<Integer, String> now = new HashMap<>();
  private long since;

  /** Begins a look at all of them. */
  void look() {
    now = new HashMap<>();
  }

  /**
   * One of them.
   *
   * @throws KernelException if it has ended
   */
  void add(int thread) throws KernelException {
    byte[] run = Procfs.read(thread, "schedstat"); // how long it has run, and how often
    now.put(thread, new String(run, StandardCharsets.US_ASCII));
  }

  /** Whether those of this look have stood as they do for a while. */
  boolean rest() {
    if (now.isEmpty()) {
      return true;
    }
    if (!now.equals(before)) {
      before = now;
      since = System.nanoTime();
      return false;
    }
    return System.nanoTime() - since >= A_WHILE;
  }
}
