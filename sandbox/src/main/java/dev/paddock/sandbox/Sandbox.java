package dev.paddock.sandbox;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Pipe;
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
import dev.paddock.sandbox.launch.HandedFiles;
import dev.paddock.sandbox.launch.Launcher;
import dev.paddock.sandbox.launch.Streams;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
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
  private static final AtomicInteger RUNS = new AtomicInteger();
  private static final byte[] STATUS = "/proc/self/status".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] UMASK = "\nUmask:\t".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NULL_DEVICE = "/dev/null".getBytes(StandardCharsets.US_ASCII);

  private final Plan plan;
  private final byte[] filter;
  private @Nullable LandlockRuleset shared;
  private boolean ranBefore;

  /** The environment for commands that name none; it never changes, so it is chosen once. */
  private volatile @Nullable List<byte[]> ownEnvironment;

  private Sandbox(Plan plan) {
    this.plan = plan;
    this.filter = plan.filterBytes();
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
    Launcher.Spec spec = prepare(command);
    return Launcher.run(spec);
  }

  /**
   * Starts a command, and returns when its program runs.
   *
   * @throws SandboxException if the run did not come about; nothing of it is left
   */
  public RunningSandbox start(Command command) throws SandboxException {
    return Launcher.start(prepare(command));
  }

  private Launcher.Spec prepare(Command command) throws SandboxException {
    Streams streams = new Streams();
    List<Fd> ours = new ArrayList<>();
    Cleanup cleanup = new Cleanup(ours);
    try {
      byte[] directory = directory(command);
      List<byte[]> environment = command.environment().orElseGet(this::ownEnvironment);
      ByteString temporary = null;
      if (plan.usesTemporary()) {
        temporary = makeTemporary(ours);
        cleanup.temporary = temporary;
        environment = replace(environment, plan.temporary(), temporary);
      }
      byte[] path = ExecutableSearch.find(plan, command.argv().getFirst(), environment, directory);
      Fd cwd = open(directory, Paths.O_PATH | Paths.O_DIRECTORY, "change to the directory");
      ours.add(cwd);
      List<Launcher.Descriptor> descriptors = new ArrayList<>();
      descriptors.add(new Launcher.Descriptor(0, input(command.stdin(), streams, ours)));
      descriptors.add(new Launcher.Descriptor(1, output(command.stdout(), 1, streams, ours)));
      descriptors.add(new Launcher.Descriptor(2, output(command.stderr(), 2, streams, ours)));
      for (Command.Extra extra : command.extras()) {
        descriptors.add(new Launcher.Descriptor(extra.number(), extra.source()));
      }
      HandedFiles handed = handed(command, descriptors);
      LandlockRuleset ruleset = ruleset(temporary, handed, cleanup);
      ReadWriteLock gate = new ReentrantReadWriteLock();
      RunSupervision.Subject subject =
          new RunSupervision.Subject(
              path,
              command.argv(),
              directory,
              temporary == null ? ByteString.of("") : temporary,
              handed);
      RunSupervision judging = plan.isSupervised() ? new RunSupervision(plan, subject, gate) : null;
      Duration limit = command.timeout().or(plan::timeLimit).orElse(Duration.ZERO);
      return new Launcher.Spec(
          path,
          command.argv(),
          environment,
          cwd,
          command.umask() >= 0 ? command.umask() : ownUmask(),
          command.ignoredSignals(),
          ruleset.fd(),
          filter,
          plan.openFiles(),
          plan.coreBytes(),
          plan.groupsMemory() ? OptionalLong.empty() : plan.memoryBytes(),
          descriptors,
          command.terminal(),
          command.isInGroup(),
          limit,
          command.grace(),
          plan.host().has(Host.SCOPES),
          plan.cores(),
          RunMonitors.of(plan, subject, judging, gate),
          judging,
          streams,
          ours,
          cleanup);
    } catch (KernelException e) {
      streams.close();
      cleanup.run();
      throw new SandboxException(
          SandboxException.FAILED, "cannot prepare the run: " + e.getMessage(), e);
    } catch (SandboxException | RuntimeException e) {
      streams.close();
      cleanup.run();
      throw e;
    }
  }

  /** What is undone when a run is over, or did not come about. */
  private static final class Cleanup implements Runnable {
    private final List<Fd> descriptors;
    private @Nullable ByteString temporary;
    private @Nullable LandlockRuleset ruleset;

    Cleanup(List<Fd> descriptors) {
      this.descriptors = descriptors;
    }

    @Override
    public void run() {
      if (ruleset != null) {
        ruleset.close();
      }
      try {
        removeTemporary();
      } finally {
        for (Fd fd : descriptors) {
          fd.close();
        }
      }
    }

    private void removeTemporary() {
      if (temporary != null) {
        try {
          Paths.removeTree(temporary.toBytes());
        } catch (KernelException e) {
          // What the target made unremovable (mode 000 directories) stays in a 0700 directory of
          // ours.
          if (!e.is(Errno.EACCES) && !e.is(Errno.ENOENT)) {
            throw new IllegalStateException("cannot remove " + temporary, e);
          }
        }
      }
    }
  }

  private byte[] directory(Command command) throws SandboxException, KernelException {
    byte[] own = null;
    byte @Nullable [] asked = command.directory().orElse(null);
    if (asked == null || asked.length == 0 || asked[0] != '/') {
      try {
        own = Paths.currentDirectory();
      } catch (KernelException e) {
        if (!e.is(Errno.ENOENT)) {
          throw e;
        }
        throw new SandboxException(
            SandboxException.FAILED,
            "the current directory no longer exists; change to another one, or use --cwd",
            e);
      }
    }
    if (asked == null) {
      return java.util.Objects.requireNonNull(own);
    }
    if (own == null) {
      return asked;
    }
    return ByteString.of(own).plus(ByteString.of("/")).plus(ByteString.of(asked)).toBytes();
  }

  private List<byte[]> ownEnvironment() {
    List<byte[]> known = ownEnvironment;
    if (known == null) {
      known = readEnvironment();
      ownEnvironment = known;
    }
    return known;
  }

  private List<byte[]> readEnvironment() {
    try {
      byte[] block = Paths.readAll("/proc/self/environ".getBytes(StandardCharsets.US_ASCII));
      List<byte[]> assignments = new ArrayList<>();
      int start = 0;
      for (int i = 0; i < block.length; i++) {
        if (block[i] == 0) {
          assignments.add(Arrays.copyOfRange(block, start, i));
          start = i + 1;
        }
      }
      return plan.environment(assignments);
    } catch (KernelException e) {
      throw new IllegalStateException("cannot read our own environment", e);
    }
  }

  private static int ownUmask() throws KernelException, SandboxException {
    byte[] status = new byte[512]; // The umask is in the second line.
    int length;
    try (Fd file = Paths.open(STATUS, Paths.O_RDONLY, 0)) {
      length = file.read(status, 0, status.length);
    }
    for (int at = 0; at + UMASK.length < length; at++) {
      if (Arrays.equals(status, at, at + UMASK.length, UMASK, 0, UMASK.length)) {
        int umask = 0;
        for (int i = at + UMASK.length; i < length && status[i] >= '0' && status[i] <= '7'; i++) {
          umask = (umask << 3) | (status[i] - '0');
        }
        return umask & 0777;
      }
    }
    throw new SandboxException(
        SandboxException.FAILED, "/proc/self/status names no umask; give one with umask(…)");
  }

  /**
   * Makes the run's private directory.
   *
   * @param ours gets what keeps it from being taken for one that a killed process has left
   */
  private ByteString makeTemporary(List<Fd> ours) throws KernelException {
    Optional<ByteString> folder = UserFolder.of(plan.temporary());
    if (folder.isPresent()) {
      UserFolder.make(folder.get());
      UserFolder.sweep(folder.get());
    }
    while (true) {
      ByteString path = plan.temporary().plus(ByteString.of("-" + RUNS.incrementAndGet()));
      Optional<Fd> made = UserFolder.makeDirectory(path);
      if (made.isPresent()) {
        ours.add(made.get());
        return path;
      }
    }
  }

  private static List<byte[]> replace(List<byte[]> strings, ByteString from, ByteString to) {
    List<byte[]> replaced = new ArrayList<>(strings.size());
    for (byte[] string : strings) {
      ByteString text = ByteString.of(string);
      for (int at = text.indexOf(from, 0); at >= 0; at = text.indexOf(from, at + to.length())) {
        text = text.slice(0, at).plus(to).plus(text.slice(at + from.length(), text.length()));
      }
      replaced.add(text.toBytes());
    }
    return replaced;
  }

  /** What leads out of this library's own hands, which hold pipes and /dev/null. */
  private static HandedFiles handed(Command command, List<Launcher.Descriptor> descriptors)
      throws KernelException {
    HandedFiles handed = new HandedFiles();
    for (Launcher.Descriptor descriptor : descriptors) {
      Stdio stdio =
          switch (descriptor.number()) {
            case 0 -> command.stdin();
            case 1 -> command.stdout();
            case 2 -> command.stderr();
            default -> Stdio.descriptor(descriptor.source());
          };
      if (stdio instanceof Stdio.Inherit || stdio instanceof Stdio.Descriptor) {
        handed.add(descriptor.source());
      }
    }
    return handed;
  }

  /**
   * One ruleset serves every run, unless a run has a directory or given files of its own. It is
   * kept from the second run on and goes with this object; the first run's, which is mostly the
   * only one, ends with the run.
   */
  private LandlockRuleset ruleset(
      @Nullable ByteString temporary, HandedFiles handed, Cleanup cleanup)
      throws KernelException, SandboxException {
    synchronized (this) {
      LandlockRuleset kept = shared;
      boolean ownRules = temporary != null || !handed.isEmpty();
      if (!ownRules && kept != null) {
        return kept;
      }
      LandlockRuleset made = Rulesets.make(plan, temporary, handed);
      if (ownRules || !ranBefore) {
        ranBefore = true;
        cleanup.ruleset = made;
      } else {
        shared = made;
        Kept.CLEANER.register(this, made::close);
      }
      return made;
    }
  }

  /** Apart, so that a single run starts no cleaner. */
  private static final class Kept {
    private static final java.lang.ref.Cleaner CLEANER = java.lang.ref.Cleaner.create();
  }

  private static Fd input(Stdio stdio, Streams streams, List<Fd> ours)
      throws KernelException, SandboxException {
    return switch (stdio) {
      case Stdio.Inherit _ -> inherited(0);
      case Stdio.Descriptor descriptor -> descriptor.fd();
      case Stdio.Null _ -> nothing(ours);
      case Stdio.Bytes bytes -> {
        Pipe pipe = Pipe.open();
        streams.feed(pipe.writeEnd(), bytes.content());
        yield streams.handOver(pipe.readEnd());
      }
      case Stdio.Pipe _ -> {
        Pipe pipe = Pipe.open();
        streams.pipeInput(pipe.writeEnd());
        yield streams.handOver(pipe.readEnd());
      }
      case Stdio.Capture _ -> throw new IllegalArgumentException("input cannot be captured");
    };
  }

  private static Fd output(Stdio stdio, int number, Streams streams, List<Fd> ours)
      throws KernelException, SandboxException {
    return switch (stdio) {
      case Stdio.Inherit _ -> inherited(number);
      case Stdio.Descriptor descriptor -> descriptor.fd();
      case Stdio.Null _ -> nothing(ours);
      case Stdio.Capture _ -> {
        Pipe pipe = Pipe.open();
        streams.collect(number == 2, pipe.readEnd());
        yield streams.handOver(pipe.writeEnd());
      }
      case Stdio.Pipe _ -> {
        Pipe pipe = Pipe.open();
        streams.pipeOutput(number == 2, pipe.readEnd());
        yield streams.handOver(pipe.writeEnd());
      }
      case Stdio.Bytes _ -> throw new IllegalArgumentException("output takes no bytes");
    };
  }

  private static Fd inherited(int number) throws SandboxException {
    if (!Fd.borrowed(number).isOpen()) {
      throw new SandboxException(
          SandboxException.FAILED,
          "descriptor " + number + " is closed, so it cannot be inherited");
    }
    return Fd.borrowed(number);
  }

  private static Fd nothing(List<Fd> ours) throws KernelException {
    Fd fd = Paths.open(NULL_DEVICE, Paths.O_RDWR, 0);
    ours.add(fd);
    return fd;
  }

  private static Fd open(byte[] path, int flags, String what) throws SandboxException {
    try {
      return Paths.open(path, flags, 0);
    } catch (KernelException e) {
      throw new SandboxException(
          SandboxException.FAILED,
          "cannot " + what + " " + ByteString.of(path) + ": " + e.errno(),
          e);
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

    /** Keeps the target out of these paths; inside a grant that is refused until it can be held. */
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
