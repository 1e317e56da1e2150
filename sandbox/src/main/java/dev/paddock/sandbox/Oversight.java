package dev.paddock.sandbox;

import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.event.EventSink;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the caller of a sandbox wants to see or to decide itself, beyond the policy.
 *
 * @param name what the events of its runs call it; may be empty
 * @param session the session that its runs belong to; empty for none
 * @param sinks who gets the events of a run; opened for each run
 * @param denials whether refusals are to be seen, which costs each open some microseconds
 * @param usage whether the most that a run has is to be known: it is looked at ten times a second
 * @param forkHold whether forks can be made to wait
 * @param supervised whether there may be a supervisor; if not, what needs one is refused
 * @param decider asked about every program that the policy lets run; null if nobody is
 * @param handlers who judges further system calls, by the kernel's name of the call
 */
public record Oversight(
    String name,
    String session,
    List<Sink> sinks,
    boolean denials,
    boolean usage,
    boolean forkHold,
    boolean supervised,
    @Nullable ExecDecider decider,
    Map<String, SystemCallHandler> handlers) {
  /** Nothing: the policy decides alone, and nobody watches. */
  public static final Oversight NONE =
      new Oversight("", "", List.of(), false, false, false, true, null, Map.of());

  /** The same without a supervisor: what would need one is then refused by the planner. */
  public Oversight kernelOnly() {
    return new Oversight(name, session, sinks, denials, usage, forkHold, false, decider, handlers);
  }

  /** Opens a sink for one run. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Opens it; the run closes it.
     *
     * @throws KernelException if it cannot be opened: the run does not come about
     */
    EventSink open() throws KernelException;
  }

  /** Copies. */
  public Oversight {
    sinks = List.copyOf(sinks);
    handlers = Collections.unmodifiableMap(new TreeMap<>(handlers));
  }
}
