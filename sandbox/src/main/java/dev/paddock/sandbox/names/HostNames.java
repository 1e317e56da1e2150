package dev.paddock.sandbox.names;

import dev.paddock.linux.HostLookup;
import dev.paddock.sandbox.supervise.Workers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Looks names up on the host, on the run's workers. What was found is good for a second: a program
 * asks for a name, and then connects.
 */
public final class HostNames {
  private static final long FRESH_NANOS = 1_000_000_000L;
  private static final int MOST_KEPT = 1024;
  private static final int MOST_ASKED = 1024;

  /** It could not be found out now. */
  private static final HostLookup.Result UNKNOWN = new HostLookup.Result(List.of(), true);

  private final Workers workers;
  private final Function<String, HostLookup.Result> lookup;
  private final Map<String, Found> kept = new HashMap<>();
  private final Map<String, List<Consumer<HostLookup.Result>>> asked = new HashMap<>();

  private record Found(HostLookup.Result result, long at) {}

  /** For one run. */
  public HostNames(Workers workers) {
    this(workers, HostLookup::addresses);
  }

  HostNames(Workers workers, Function<String, HostLookup.Result> lookup) {
    this.workers = workers;
    this.lookup = lookup;
  }

  /** What was found a moment ago; empty if nothing was. */
  public synchronized Optional<HostLookup.Result> fresh(String name) {
    Found found = kept.get(name);
    if (found == null || System.nanoTime() - found.at() > FRESH_NANOS) {
      return Optional.empty();
    }
    return Optional.of(found.result());
  }

  /**
   * Looks a name up, once for all who ask for it meanwhile.
   *
   * @param then told what was found, on a worker; it waits for nothing
   */
  public void find(String name, Consumer<HostLookup.Result> then) {
    Optional<HostLookup.Result> known = fresh(name);
    if (known.isPresent()) {
      then.accept(known.get());
      return;
    }
    synchronized (this) {
      List<Consumer<HostLookup.Result>> waiting = asked.get(name);
      if (waiting != null) {
        waiting.add(then);
        return;
      }
      if (asked.size() < MOST_ASKED) {
        asked.put(name, new ArrayList<>(List.of(then)));
        Runnable _ = workers.submit(() -> look(name));
        return;
      }
      keep(name, UNKNOWN); // Whoever asks for more at once than anybody answers tries again later.
    }
    then.accept(UNKNOWN);
  }

  private void look(String name) {
    HostLookup.Result result = UNKNOWN;
    try {
      result = lookup.apply(name);
    } finally {
      List<Consumer<HostLookup.Result>> waiting;
      synchronized (this) {
        keep(name, result);
        waiting = asked.remove(name);
      }
      if (waiting != null) {
        tell(waiting, result);
      }
    }
  }

  private void keep(String name, HostLookup.Result result) {
    if (kept.size() >= MOST_KEPT) {
      kept.clear();
    }
    kept.put(name, new Found(result, System.nanoTime()));
  }

  /** All of them, also if one throws: behind each a call may be held. */
  private static void tell(List<Consumer<HostLookup.Result>> waiting, HostLookup.Result result) {
    RuntimeException failure = null;
    for (Consumer<HostLookup.Result> one : waiting) {
      try {
        one.accept(result);
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
