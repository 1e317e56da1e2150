package dev.paddock.sandbox.supervise;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for what can take long. There are as many as are needed, up to a bound of one run's own:
 * a tree that keeps them all busy waits for itself. What waits for one is bounded by the tree's
 * threads, since each has at most one call.
 */
public final class Workers {
  private static final int MOST = 16;
  private static final int KEPT_SECONDS = 5;

  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          MOST,
          MOST,
          KEPT_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          Thread.ofPlatform().daemon().name("paddock-worker").factory());

  /** No thread yet. */
  public Workers() {
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * Has a worker do something; whatever it throws is its own to catch.
   *
   * @return what stops it: interrupts the worker if it has begun, else it never begins. Empty of
   *     effect once it is done
   */
  public Runnable submit(Runnable task) {
    try {
      java.util.concurrent.Future<?> future = pool.submit(task);
      return () -> {
        boolean _ = future.cancel(true);
      };
    } catch (RejectedExecutionException e) {
      return () -> {}; // The run has ended: its caller is gone.
    }
  }

  /** Interrupts what still runs; the tree is gone, so nobody waits for it. */
  public void end() {
    var _ = pool.shutdownNow();
  }
}
