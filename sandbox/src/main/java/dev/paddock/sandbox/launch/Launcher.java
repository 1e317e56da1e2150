package dev.paddock.sandbox.launch;

import dev.paddock.linux.Fd;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.RunningSandbox;
import dev.paddock.sandbox.SandboxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Turns what is to be run into an order for init, and starts it. */
public final class Launcher {
  private static final int RLIMIT_DATA = 2;
  private static final int RLIMIT_CORE = 4;
  private static final int RLIMIT_NOFILE = 7;

  private Launcher() {}

  /**
   * A descriptor of the target.
   *
   * @param number its number in the target
   * @param source ours
   */
  public record Descriptor(int number, Fd source) {}

  /**
   * Everything about one run.
   *
   * @param path the executable
   * @param argv the arguments
   * @param environment the environment
   * @param directory the working directory
   * @param umask 0 to 0777
   * @param ignoredSignals bit n-1 for signal n, which the target begins with ignoring
   * @param ruleset the Landlock ruleset
   * @param filter BPF instructions
   * @param openFiles RLIMIT_NOFILE
   * @param coreBytes RLIMIT_CORE
   * @param dataBytes RLIMIT_DATA
   * @param descriptors what the target gets
   * @param terminal our controlling terminal, for an interactive run
   * @param inGroup whether the target stays in our process group, where scopes allow it
   * @param timeout zero for none
   * @param grace between TERM and KILL after the timeout
   * @param requireScopes whether the outer domains must hold
   * @param view what the target has instead of the host's own
   * @param cores the processors that it may run on; null for those of this process
   * @param monitors look after the tree
   * @param supervision judges what the filter notifies; null for a filter that notifies nothing
   * @param streams our ends; taken over
   * @param temporaries descriptors that are not needed any more once the order is out
   * @param afterwards run once when nothing of the tree is left, or if the run did not come about
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Spec(
      byte[] path,
      List<byte[]> argv,
      List<byte[]> environment,
      Fd directory,
      int umask,
      long ignoredSignals,
      Fd ruleset,
      byte[] filter,
      OptionalInt openFiles,
      OptionalLong coreBytes,
      OptionalLong dataBytes,
      List<Descriptor> descriptors,
      @Nullable Fd terminal,
      boolean inGroup,
      Duration timeout,
      Duration grace,
      boolean requireScopes,
      View view,
      @Nullable BitSet cores,
      List<RunMonitor> monitors,
      @Nullable Supervision supervision,
      Streams streams,
      List<Fd> temporaries,
      Runnable afterwards) {}

  /** Runs to the end on the calling thread. */
  public static Result run(Spec spec) throws SandboxException, InterruptedException {
    return started(spec).finish();
  }

  private static Run started(Spec spec) throws SandboxException {
    return Run.start(
        order(spec), spec.streams(), spec.supervision(), spec.monitors(), spec.afterwards());
  }

  /** Starts, and goes on in the background. */
  public static RunningSandbox start(Spec spec) throws SandboxException {
    Run run = started(spec);
    run.driveInBackground();
    return run;
  }

  /** Ten years, the most that init takes; PK_MAX_MS of {@code native/protocol.h}. */
  private static final long MOST_SECONDS = 10L * 365 * 24 * 3600;

  private static Order order(Spec spec) {
    List<Order.Rlimit> rlimits = new ArrayList<>();
    spec.openFiles().ifPresent(n -> rlimits.add(new Order.Rlimit(RLIMIT_NOFILE, n, n)));
    spec.coreBytes().ifPresent(n -> rlimits.add(new Order.Rlimit(RLIMIT_CORE, n, n)));
    spec.dataBytes().ifPresent(n -> rlimits.add(new Order.Rlimit(RLIMIT_DATA, n, n)));
    List<Order.Mapped> mapped = new ArrayList<>();
    for (Descriptor descriptor : spec.descriptors()) {
      mapped.add(new Order.Mapped(descriptor.number(), descriptor.source()));
    }
    return new Order(
        spec.path(),
        spec.argv(),
        spec.environment(),
        spec.directory(),
        spec.umask(),
        spec.ignoredSignals(),
        spec.ruleset(),
        spec.filter(),
        rlimits,
        mapped,
        place(spec),
        spec.terminal(),
        millis(spec.timeout()),
        millis(spec.grace()),
        spec.requireScopes(),
        spec.view(),
        spec.supervision() != null,
        spec.supervision() != null || isAwaited(spec.monitors()),
        PlainScript.is(spec.path()),
        spec.cores());
  }

  private static Order.Place place(Spec spec) {
    if (spec.terminal() != null) {
      return Order.Place.OWN_JOB;
    }
    return spec.inGroup() && spec.requireScopes()
        ? Order.Place.CALLERS_JOB
        : Order.Place.OWN_SESSION;
  }

  private static boolean isAwaited(List<RunMonitor> monitors) {
    for (RunMonitor monitor : monitors) {
      if (monitor.isAwaited()) {
        return true;
      }
    }
    return false;
  }

  /** Rounded up: 0 means that there is no limit, and no limit may come to that. */
  private static long millis(Duration time) {
    if (time.toSeconds() >= MOST_SECONDS) {
      return 1000 * MOST_SECONDS;
    }
    return time.plusNanos(999_999).toMillis();
  }
}
