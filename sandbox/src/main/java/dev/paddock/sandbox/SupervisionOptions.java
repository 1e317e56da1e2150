package dev.paddock.sandbox;

import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.event.EventSink;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the caller of a sandbox wants to see or to decide itself, beyond the policy.
 *
 * @param name what the events of its runs call it; may be empty
 * @param session the session that its runs belong to; empty for none
 * @param sinks who gets the events of a run; opened for each run
 * @param seesTree whether one of them wants to know what is executed and which processes there are
 * @param wishes what else is wanted
 * @param decider asked about every program that the policy lets run; null if nobody is
 * @param handlers who judges further system calls, by the kernel's name of the call
 */
public record SupervisionOptions(
    String name,
    String session,
    List<Sink> sinks,
    boolean seesTree,
    Set<Wish> wishes,
    @Nullable ExecDecider decider,
    Map<String, SystemCallHandler> handlers) {

  /** What is not done unless it is wanted. */
  public enum Wish {
    /** Refusals are to be seen, which costs each open some microseconds. */
    DENIALS,
    /** The most that a run has is to be known: it is looked at ten times a second. */
    USAGE,
    /** Forks can be made to wait. */
    FORK_HOLD,
    /** There is to be no supervisor: what would need one is refused by the planner. */
    KERNEL_ONLY,
    /**
     * Programs are judged by tracing, where no listener can be had: a denied one is killed. What
     * else needs a supervisor is refused by the planner.
     */
    TRACED
  }

  /** Nothing: the policy decides alone, and nobody watches. */
  public static final SupervisionOptions NONE = builder().build();

  /** Copies. */
  public SupervisionOptions {
    sinks = List.copyOf(sinks);
    wishes = Collections.unmodifiableSet(wishes.isEmpty() ? Set.of() : EnumSet.copyOf(wishes));
    handlers = Collections.unmodifiableMap(new TreeMap<>(handlers));
  }

  /** Whether something is wanted. */
  public boolean wants(Wish wish) {
    return wishes.contains(wish);
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

  /** Collects what is wanted, nothing at first. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects what is wanted. */
  public static final class Builder {
    private String name = "";
    private String session = "";
    private final List<Sink> sinks = new ArrayList<>();
    private final Set<Wish> wishes = EnumSet.noneOf(Wish.class);
    private final Map<String, SystemCallHandler> handlers = new TreeMap<>();
    private @Nullable ExecDecider decider;
    private boolean tree;

    private Builder() {}

    /** What events call the sandbox. */
    public Builder name(String name) {
      this.name = name;
      return this;
    }

    /** The session that its runs belong to. */
    public Builder session(String session) {
      this.session = session;
      return this;
    }

    /** One more who gets the events: what is executed and which processes there are, too. */
    public Builder sink(Sink sink) {
      sinks.add(sink);
      tree = true;
      return this;
    }

    /**
     * One more who gets the events, but whom only refusals concern: for that alone no exec and no
     * birth is held.
     */
    public Builder refusals(Sink sink) {
      sinks.add(sink);
      return this;
    }

    /** Something that is wanted. */
    public Builder want(Wish wish) {
      wishes.add(wish);
      return this;
    }

    /** Something that is wanted, if it is. */
    public Builder want(Wish wish, boolean wanted) {
      return wanted ? want(wish) : this;
    }

    /** Who is asked about every program; the last one counts. */
    public Builder decider(ExecDecider decider) {
      this.decider = decider;
      return this;
    }

    /**
     * Who judges a system call, after everything that the policy says.
     *
     * @return whether it is the first for this call
     */
    boolean handler(String call, SystemCallHandler handler) {
      return handlers.put(call, handler) == null;
    }

    boolean hasDecider() {
      return decider != null;
    }

    /** What was collected. */
    public SupervisionOptions build() {
      return new SupervisionOptions(name, session, sinks, tree, wishes, decider, handlers);
    }
  }
}
