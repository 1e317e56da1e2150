package dev.paddock.sandbox.freeze;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.launch.RunMonitor;
import dev.paddock.sandbox.limits.ProcessorTime;
import dev.paddock.sandbox.limits.RunProcesses;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds a tree to a share of processor time: looks a hundred times a second at what it has used,
 * and freezes it while that is more than its share of the time that has passed.
 *
 * <p>The kernel's account of processes that end is in steps of 10 ms, so the share is kept over a
 * second, not over each moment. What a tree has not used it may use later, up to a tenth of a
 * second's worth.
 */
public final class CpuShare implements RunMonitor {
  private static final long LOOK = 10_000_000;
  private static final long BURST = 100_000_000;

  private final int percent;
  private final Freezer freezer;
  private @Nullable Thread thread;
  private boolean over;

  /**
   * A share.
   *
   * @param percent of one processor
   * @param freezer the tree's
   */
  public CpuShare(int percent, Freezer freezer) {
    this.percent = percent;
    this.freezer = freezer;
  }

  @Override
  public void begin(int init, int target, Consumer<Outcome> end) {
    thread =
        Thread.ofPlatform().daemon().name("paddock-share-" + target).start(() -> hold(init, end));
  }

  private void hold(int init, Consumer<Outcome> end) {
    try {
      long before = System.nanoTime();
      long usedBefore = ProcessorTime.below(init);
      long credit = share(BURST);
      while (!sleep(LOOK)) {
        long now = System.nanoTime();
        long used = ProcessorTime.below(init);
        credit = Math.min(credit + share(now - before), share(BURST));
        credit -= Math.max(0, used - usedBefore);
        before = now;
        usedBefore = Math.max(used, usedBefore);
        if (credit < 0) {
          freezer.freeze(this);
          boolean ended = sleep(-credit * 100 / percent);
          freezer.thaw(this);
          if (ended) {
            return;
          }
        }
      }
    } catch (KernelException | SandboxException e) {
      if (RunProcesses.isGone(init)) {
        return; // Nobody is left to be held.
      }
      end.accept(
          new Outcome.Stopped("limits.cpu", "it cannot be held any more: " + e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Only the end of the host program does this.
    }
  }

  private long share(long nanos) {
    return nanos / 100 * percent;
  }

  /** Whether the run is over. */
  private synchronized boolean sleep(long nanos) throws InterruptedException {
    long until = System.nanoTime() + nanos;
    while (!over) {
      long left = until - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
    return true;
  }

  @Override
  public void end() {
    Thread holding;
    synchronized (this) {
      over = true;
      notifyAll();
      holding = thread;
    }
    if (holding != null) {
      Uninterrupted.join(holding);
    }
  }
}
