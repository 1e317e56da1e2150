package dev.paddock.sandbox.limits;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.TreeUsage;
import dev.paddock.sandbox.launch.RunMonitor;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks every now and then at what a tree has, remembers the most, and ends the run whose tree has
 * more memory than it may.
 *
 * <p>With a limit it looks a hundred times a second, else ten times, and sooner if the tree would
 * reach the limit before at the rate it grew; less often if looking takes long: it takes less than
 * a hundredth of a processor, and a tenth where the limit is near. What comes and goes between two
 * looks is not seen. RLIMIT_DATA, which the kernel holds, bounds what each process can take of its
 * own.
 */
public final class MemoryWatch implements RunMonitor {
  private static final long IDLE = 100_000_000;
  private static final long LIMITED = 10_000_000;
  private static final long SELDOM = 5_000_000_000L;
  private static final long OFTEN = 1_000_000;

  /** How often the quick count is believed in a row, as long as it does not grow. */
  private static final int BELIEVED = 10;

  /** The first looks take long, as everything does at first. */
  private static final int COLD = 10;

  private final long limit;
  private final Consumer<Outcome> report;
  private final boolean sampling;
  private @Nullable Thread thread;
  private volatile int root;
  private boolean over;

  /** The quick count of the last look, and of the last one that counted slowly. */
  private long quick;

  private long doubted;
  private int believed;
  private long most;
  private int mostProcesses;

  /**
   * A watch.
   *
   * @param limit in bytes; 0 for none
   * @param sampling whether the most is to be known although there is no limit
   * @param report told why the run is ended, before it is
   */
  public MemoryWatch(long limit, boolean sampling, Consumer<Outcome> report) {
    this.limit = limit;
    this.sampling = sampling;
    this.report = report;
  }

  @Override
  public void begin(int init, int target, Consumer<Outcome> end) {
    root = init;
    if (limit == 0 && !sampling) {
      return;
    }
    thread =
        Thread.ofPlatform().daemon().name("paddock-memory-" + target).start(() -> watch(init, end));
  }

  private void watch(int init, Consumer<Outcome> end) {
    long before = 0;
    long cost = 0;
    long period = limit > 0 ? LIMITED : IDLE;
    try {
      for (int looks = 0; ; looks++) {
        long began = System.nanoTime();
        UsageSample sample = look(init);
        long took = System.nanoTime() - began;
        if (limit > 0 && sample.shared() && sample.bytes() > limit) {
          Outcome why = excess(sample);
          report.accept(why);
          end.accept(why);
          return;
        }
        cost = looks < COLD ? 0 : (3 * cost + took) / 4;
        long usual = Math.clamp(cost * 120, limit > 0 ? LIMITED : IDLE, SELDOM);
        long soon = untilLimit(sample.bytes(), quick - before, period) / 2;
        period = Math.min(usual, Math.max(soon, Math.max(OFTEN, cost * 10)));
        before = quick;
        if (sleep(period)) {
          return;
        }
      }
    } catch (KernelException e) {
      if (RunProcesses.isGone(init)) {
        return; // The run has ended by itself, as will be told.
      }
      end.accept(
          new Outcome.Stopped(
              limit > 0 ? "limits.memory" : "usage",
              "what the tree uses cannot be seen any more: " + e.getMessage()));
    }
  }

  /** How long it takes to the limit at this rate, in nanoseconds. */
  private long untilLimit(long bytes, long grown, long nanos) {
    return limit == 0 || grown <= 0
        ? SELDOM * 2
        : (long) Math.min((double) (limit - bytes) / grown * nanos, SELDOM * 2.0);
  }

  private Outcome excess(UsageSample sample) {
    return new Outcome.Stopped(
        "limits.memory",
        mebibytes(sample.bytes())
            + " in "
            + sample.processes()
            + (sample.processes() == 1 ? " process" : " processes")
            + ", more than "
            + mebibytes(limit));
  }

  static String mebibytes(long bytes) {
    return ((bytes + (1 << 19)) >> 20) + " MiB";
  }

  /**
   * The quick count is never less than the slow one, and grows with it. So the slow one is made
   * where the limit may be near, where the quick one has grown, and every now and then.
   */
  private UsageSample look(int init) throws KernelException {
    List<Integer> runProcesses = RunProcesses.below(init);
    UsageSample sample = UsageSample.resident(runProcesses);
    quick = sample.bytes();
    boolean near = limit > 0 && quick > limit / 2;
    boolean grown = quick > doubted + doubted / 16;
    if (near || grown || ++believed > BELIEVED) {
      doubted = quick;
      believed = 0;
      sample = UsageSample.proportional(runProcesses);
    }
    keep(sample);
    return sample;
  }

  /**
   * What the tree has now, and the most that was seen.
   *
   * @throws KernelException if it cannot be seen; ESRCH or ENOENT once it is gone
   */
  public TreeUsage now() throws KernelException {
    List<Integer> runProcesses = RunProcesses.below(root);
    UsageSample sample = UsageSample.proportional(runProcesses);
    keep(sample);
    Duration processor = Duration.ofNanos(ProcessorTime.below(root));
    synchronized (this) {
      return new TreeUsage(sample.bytes(), most, sample.processes(), mostProcesses, processor);
    }
  }

  private synchronized void keep(UsageSample sample) {
    most = sample.shared() ? Math.max(most, sample.bytes()) : most;
    mostProcesses = Math.max(mostProcesses, sample.processes());
  }

  /** Whether the run is over. */
  private synchronized boolean sleep(long nanos) {
    long until = System.nanoTime() + nanos;
    while (!over) {
      long left = until - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      try {
        wait(left / 1_000_000, (int) (left % 1_000_000));
      } catch (InterruptedException e) {
        return true; // Nobody interrupts it but an end of the host program.
      }
    }
    return true;
  }

  @Override
  public synchronized Result ended(Result measured) {
    return measured.withUsage(measured.usage().withPeaks(most, mostProcesses));
  }

  @Override
  public void end() {
    Thread observation;
    synchronized (this) {
      over = true;
      notifyAll();
      observation = thread;
    }
    if (observation != null) {
      Uninterrupted.join(observation);
    }
  }
}
