package dev.paddock.sandbox;

import dev.paddock.policy.BuiltIns;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Endpoint;
import dev.paddock.policy.Key;
import dev.paddock.policy.Origin;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyBuilder;
import dev.paddock.policy.ValueException;
import dev.paddock.sandbox.event.Event;
import dev.paddock.sandbox.event.EventSink;
import dev.paddock.sandbox.launch.Launcher;
import dev.paddock.sandbox.plan.PathBytes;
import dev.paddock.sandbox.run.RunPreparation;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One policy, planned against this host, that confines the commands that it runs. Immutable; may
 * run many commands, also at the same time.
 *
 * <pre>{@code
 * Sandbox sandbox = Sandbox.builder().write(workspace).build();
 * Result result = sandbox.run(Command.of("make", "-j2").directory(workspace.toString()));
 * }</pre>
 *
 * <p>Nothing process-wide happens in the calling JVM: no signal handler, no wait for any child.
 */
public final class Sandbox {
  private final Plan plan;
  private final RunPreparation preparation;

  private Sandbox(Plan plan) {
    this.plan = plan;
    this.preparation = new RunPreparation(plan.compiled());
  }

  /** A builder that starts from the built-in policy {@code base}. */
  public static Builder builder() {
    return new Builder();
  }

  /** A sandbox for a plan. */
  public static Sandbox of(Plan plan) {
    return new Sandbox(plan);
  }

  /** The plan that confines every command. */
  public Plan plan() {
    return plan;
  }

  /**
   * Runs a command to its end. The calling thread waits; nothing of the tree is left when this
   * returns or throws.
   *
   * @throws SandboxException if the run did not come about, or was lost
   * @throws InterruptedException if the thread was interrupted: the tree was killed
   */
  public Result run(Command command) throws SandboxException, InterruptedException {
    if (command.stdin() instanceof Stdio.Pipe
        || command.stdout() instanceof Stdio.Pipe
        || command.stderr() instanceof Stdio.Pipe) {
      throw new IllegalArgumentException("a pipe needs somebody at its other end: use start");
    }
    try {
      return Launcher.run(preparation.prepare(command));
    } finally {
      Reference.reachabilityFence(preparation); // Its ruleset goes with it.
    }
  }

  /**
   * Starts a command, and returns when its program runs.
   *
   * @throws SandboxException if the run did not come about; nothing of it is left
   */
  public RunningSandbox start(Command command) throws SandboxException {
    try {
      return Launcher.start(preparation.prepare(command));
    } finally {
      Reference.reachabilityFence(preparation);
    }
  }

  /**
   * Collects what a sandbox may do. Entries add up; {@link #build} checks them against this host.
   */
  public static final class Builder {
    private static final Origin API = Origin.flag("API");

    private Policy base = BuiltIns.get("base");
    private final PolicyBuilder entries = new PolicyBuilder();
    private final List<String> problems = new ArrayList<>();
    private final SupervisionOptions.Builder supervisionOptions = SupervisionOptions.builder();
    private @Nullable Path workspace;

    private Builder() {}

    /** Starts from this policy instead of the built-in {@code base}. */
    public Builder policy(Policy policy) {
      this.base = policy;
      return this;
    }

    /** Starts from nothing: not even system libraries are granted. */
    public Builder empty() {
      this.base = Policy.EMPTY;
      return this;
    }

    /** Lets the target read, list and execute these paths and all below them. */
    public Builder read(Path... paths) {
      return paths(Key.FILES_READ, paths);
    }

    /** Lets the target also change these paths and all below them. */
    public Builder write(Path... paths) {
      return paths(Key.FILES_WRITE, paths);
    }

    /**
     * What happens where the host does not give what the policy wants as the target's own: auto
     * does without, require refuses by name; off takes nothing even where the host gives it.
     */
    public Builder view(Policy.ViewMode mode) {
      return put(Key.VIEW_MODE, mode.label());
    }

    /** Keeps the target out of these paths; inside a write grant only a view can hold that. */
    public Builder deny(Path... paths) {
      return paths(Key.FILES_DENY, paths);
    }

    /**
     * Lets the target connect to these endpoints, such as {@code tcp://*:443}; {@link Endpoint}.
     */
    public Builder network(String... endpoints) {
      return put(Key.NETWORK_ALLOW, endpoints);
    }

    /** Lets the target bind these ports, such as {@code 8080} or {@code 9000-9005}. */
    public Builder bind(String... ports) {
      return put(Key.NETWORK_BIND, ports);
    }

    /** Limits the resources of the tree. */
    public Builder limits(Limits limits) {
      limits.openFiles().ifPresent(value -> put(Key.LIMITS_OPEN_FILES, "" + value));
      limits
          .time()
          .ifPresent(value -> put(Key.LIMITS_TIME, dev.paddock.policy.Durations.format(value)));
      limits.memory().ifPresent(value -> put(Key.LIMITS_MEMORY, "" + value));
      limits.cpuPercent().ifPresent(value -> put(Key.LIMITS_CPU, value + "%"));
      limits.cpuCores().ifPresent(value -> put(Key.LIMITS_CPU_CORES, value));
      limits.processes().ifPresent(value -> put(Key.LIMITS_PROCESSES, "" + value));
      limits.coreDumps().ifPresent(value -> put(Key.LIMITS_CORE_DUMPS, "" + value));
      return this;
    }

    /** What {@code ${workspace}} stands for in the policy; without it, the current directory. */
    public Builder workspace(Path directory) {
      this.workspace = directory;
      return this;
    }

    /** Passes variables of the caller's environment, by name or glob. */
    public Builder passEnvironment(String... names) {
      return put(Key.ENVIRONMENT_PASS, names);
    }

    /** Sets a variable of the target's environment. */
    public Builder setEnvironment(String name, String value) {
      try {
        entries.setVariable(name, ByteString.of(value), API);
      } catch (ValueException e) {
        problems.add(e.problem());
      }
      return this;
    }

    /** What events call this sandbox. */
    public Builder name(String name) {
      supervisionOptions.name(name);
      return this;
    }

    /**
     * Has a callback told of every event of every run, in order, on a thread of the run's own. It
     * may be slow: what it does not take in time is dropped, and counted.
     */
    public Builder onEvent(Consumer<? super Event> callback) {
      supervisionOptions.sink(() -> EventSink.callback(callback));
      return this;
    }

    /** Writes the events of every run to the end of a file, as JSON Lines; docs/events.md. */
    public Builder events(Path file) {
      byte[] path = PathBytes.of(file.toAbsolutePath());
      supervisionOptions.sink(() -> EventSink.file(path));
      return this;
    }

    /** Asks about every program that the policy lets run; {@link ExecDecider}. */
    public Builder onExec(ExecDecider decider) {
      if (supervisionOptions.hasDecider()) {
        problems.add("onExec: there can be one who decides");
      }
      supervisionOptions.decider(decider);
      return this;
    }

    /** Refuses programs: a name, a glob over paths, or the beginning of a command line. */
    public Builder denyExec(String... patterns) {
      return put(Key.EXEC_DENY, patterns);
    }

    /**
     * Has every refusal told as an event, also those of Landlock and the filter, which then cost
     * each call that names a path some microseconds.
     */
    public Builder denials() {
      supervisionOptions.want(SupervisionOptions.Wish.DENIALS);
      return this;
    }

    /**
     * Judges programs by tracing, for a host where no listener can be had: a denied one is killed
     * before its first instruction instead of refused. Nothing else can be judged so.
     */
    public Builder traced() {
      supervisionOptions.want(SupervisionOptions.Wish.TRACED);
      return this;
    }

    /** Lets the forks of each run be held; {@link RunningSandbox#holdForks}. */
    public Builder holdableForks() {
      supervisionOptions.want(SupervisionOptions.Wish.FORK_HOLD);
      return this;
    }

    /**
     * Has the most that each run has looked at ten times a second, for {@link Usage#peakBytes} and
     * {@link Usage#peakProcesses}.
     */
    public Builder usage() {
      supervisionOptions.want(SupervisionOptions.Wish.USAGE);
      return this;
    }

    /**
     * Has a handler judge a system call, after everything that the policy says. It costs each such
     * call some tens of microseconds.
     *
     * @param call the kernel's name, such as {@code openat}
     */
    public Builder handler(String call, SystemCallHandler handler) {
      if (!supervisionOptions.handler(call, handler)) {
        problems.add("system call \"" + call + "\" has two handlers");
      }
      return this;
    }

    private Builder paths(Key key, Path... paths) {
      for (Path path : paths) {
        try {
          // The JDK's own form of a path that is not text: what it would hand to the kernel.
          entries.putPath(key, ByteString.of(PathBytes.of(path.toAbsolutePath().normalize())), API);
        } catch (ValueException e) {
          problems.add(e.problem());
        }
      }
      return this;
    }

    private Builder put(Key key, String... values) {
      for (String value : values) {
        try {
          entries.put(key, value, API);
        } catch (ValueException e) {
          problems.add(key.path() + ": " + e.problem());
        }
      }
      return this;
    }

    /**
     * Plans the sandbox.
     *
     * @throws PlanException with everything that is wrong or cannot be held on this host
     */
    public Sandbox build() throws PlanException {
      if (!problems.isEmpty()) {
        throw new PlanException(problems);
      }
      Path directory = workspace == null ? Path.of("") : workspace;
      List<byte[]> environment = new ArrayList<>();
      for (java.util.Map.Entry<String, String> variable : System.getenv().entrySet()) {
        environment.add(
            (variable.getKey() + "=" + variable.getValue()).getBytes(StandardCharsets.UTF_8));
      }
      return of(
          Planner.plan(
              entries.build().over(base),
              Planner.variables(PathBytes.of(directory.toAbsolutePath().normalize()), environment),
              Host.probe(),
              supervisionOptions.build()));
    }
  }
}
