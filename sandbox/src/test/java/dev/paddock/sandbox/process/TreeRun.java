package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Landlock;
import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.LandlockScope;
import dev.paddock.linux.Listener;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Pipe;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.event.SinkReport;
import dev.paddock.sandbox.launch.Launcher;
import dev.paddock.sandbox.launch.Streams;
import dev.paddock.sandbox.launch.Supervision;
import dev.paddock.sandbox.plan.FilterOptions;
import dev.paddock.sandbox.plan.SystemCallFilter;
import dev.paddock.sandbox.supervise.FailureListener;
import dev.paddock.sandbox.supervise.HeldCall;
import dev.paddock.sandbox.supervise.Routes;
import dev.paddock.sandbox.supervise.Supervisor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs real programs under a tree and whatever a test wires to it, and under nothing else. */
final class TreeRun implements Supervision, FailureListener, TreeReports {

  /** What a test wants to have judged. */
  @FunctionalInterface
  interface Wiring {
    /** Adds handlers; what it returns is run at the end. */
    Runnable wire(Routes.Builder routes, TreeRun run) throws KernelException;
  }

  /** What happened to one process. */
  record Ended(Member member, Optional<Processes.Exit> exit) {}

  private final Wiring wiring;
  private final List<Member> joined = new ArrayList<>();
  private final List<Ended> ended = new ArrayList<>();
  private final List<Integer> strangers = new ArrayList<>();
  private final List<String> troubles = new ArrayList<>();
  private final Tracers tracers = new Tracers(this);
  private @Nullable ProcessTree tree;
  private @Nullable Supervisor supervisor;
  private Runnable afterwards = () -> {};
  private Runnable killer = () -> {};
  private int leftover = -1;

  private TreeRun(Wiring wiring) {
    this.wiring = wiring;
  }

  ProcessTree tree() {
    return Objects.requireNonNull(tree);
  }

  Tracers tracers() {
    return tracers;
  }

  synchronized List<Member> joined() {
    return List.copyOf(joined);
  }

  synchronized List<Ended> ended() {
    return List.copyOf(ended);
  }

  synchronized List<Integer> strangers() {
    return List.copyOf(strangers);
  }

  long born() {
    return joined().stream().filter(m -> m.origin() == Member.Origin.BORN).count();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Compiles one of the programs beside this class. */
  static Path compile(Path folder, String name) throws IOException, InterruptedException {
    Path source = folder.resolve(name + ".c");
    try (InputStream in = TreeRun.class.getResourceAsStream(name + ".c")) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    Path program = folder.resolve(name);
    Process compiler =
        new ProcessBuilder(
                "cc", "-O1", "-Wall", "-Werror", "-pthread", "-o", "" + program, "" + source)
            .redirectErrorStream(true)
            .start();
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(compiler.waitFor()).as(output).isZero();
    return program;
  }

  /** What a run has said and left. */
  record Done(TreeRun run, int status, String output) {
    /** The output, of a program that ended well. */
    String good() {
      assertThat(status).as(output).isZero();
      return output;
    }
  }

  static Done run(FilterOptions options, boolean scopes, Wiring wiring, List<String> command)
      throws Exception {
    Set<String> threads = threads();
    int descriptors = descriptors();
    TreeRun run = new TreeRun(wiring);
    Set<LandlockScope> scope = scopes ? Landlock.probe().scopes() : Set.of();
    Streams streams = new Streams();
    List<byte[]> argv = new ArrayList<>();
    command.forEach(word -> argv.add(bytes(word)));
    Result result;
    try (Fd directory = Paths.open(bytes("/"), Paths.O_PATH | Paths.O_DIRECTORY, 0);
        Fd nothing = Paths.open(bytes("/dev/null"), Paths.O_RDWR, 0);
        LandlockRuleset rules =
            LandlockRuleset.create(
                Landlock.probe(),
                Set.of(dev.paddock.linux.LandlockFileRight.MAKE_BLOCK),
                Set.of(),
                scope)) {
      Pipe pipe = Pipe.open();
      streams.collect(false, pipe.readEnd());
      Fd out = streams.handOver(pipe.writeEnd());
      result =
          Launcher.run(
              new Launcher.Spec(
                  bytes(command.getFirst()),
                  argv,
                  List.of(bytes("PATH=/usr/bin:/bin")),
                  directory,
                  022,
                  0,
                  rules.fd(),
                  SystemCallFilter.of(options, Arch.current()).program().toBytes(),
                  OptionalInt.empty(),
                  OptionalLong.empty(),
                  OptionalLong.empty(),
                  List.of(
                      new Launcher.Descriptor(0, nothing),
                      new Launcher.Descriptor(1, out),
                      new Launcher.Descriptor(2, out)),
                  null,
                  false,
                  Duration.ofMinutes(2),
                  Duration.ZERO,
                  false,
                  dev.paddock.sandbox.launch.View.HOST,
                  null,
                  List.of(),
                  run,
                  streams,
                  List.of(),
                  () -> {}));
    }
    assertThat(run.leftover).as("members left").isZero();
    assertThat(run.troubles).isEmpty();
    assertThat(threads()).isEqualTo(threads);
    assertThat(descriptors()).isLessThanOrEqualTo(descriptors);
    assertThat(run.ended()).hasSameSizeAs(run.joined());
    return new Done(run, result.status(), new String(result.stdout(), StandardCharsets.UTF_8));
  }

  private static Set<String> threads() {
    Set<String> names = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("paddock-") && !thread.getName().equals("paddock-worker")) {
        names.add(thread.getName() + thread.threadId());
      }
    }
    return names;
  }

  private static int descriptors() throws IOException {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return (int)
          files
              .filter(
                  fd -> {
                    try {
                      String target = "" + Files.readSymbolicLink(fd);
                      // The one of init, kept for the life of the JVM, and the loader's jars.
                      return target.contains("pidfd")
                          || target.contains("anon_inode")
                          || target.startsWith("pipe:");
                    } catch (IOException e) {
                      return false;
                    }
                  })
              .count();
    }
  }

  @Override
  public void begin(Fd listener, Beginning beginning, Consumer<Outcome> stop)
      throws KernelException {
    killer = () -> stop.accept(new Outcome.Stopped("test", "the test says so"));
    ProcessTree started =
        ProcessTree.start(beginning.init(), beginning.target(), "box", "night", this);
    tree = started;
    Routes.Builder routes = Routes.builder();
    afterwards = wiring.wire(routes, this);
    supervisor = Supervisor.start(Listener.adopt(listener), routes.build(), this);
  }

  @Override
  public boolean holdForks() {
    return false;
  }

  @Override
  public void releaseForks() {}

  @Override
  public Optional<String> refusal() {
    return Optional.empty();
  }

  @Override
  public Map<Integer, Integer> ports() {
    return Map.of();
  }

  @Override
  public List<String> notices() {
    return List.of();
  }

  @Override
  public List<SinkReport> end(@Nullable Result result) {
    tracers.end();
    Supervisor running = supervisor;
    if (running != null) {
      running.end();
      running.close();
    }
    afterwards.run();
    ProcessTree last = tree;
    if (last != null) {
      last.end();
      leftover = last.size();
    }
    return List.of();
  }

  @Override
  public synchronized void joined(Member member, int above) {
    joined.add(member);
    if (member.origin() == Member.Origin.BORN) {
      try {
        char state = Procfs.state(member.pid());
        if (state != 't' && state != 'X' && state != 'Z' && !isDying(member.pid())) {
          troubles.add(member + " runs already: " + state);
        }
      } catch (KernelException e) {
        // Killed before it began.
      }
    }
  }

  /** Whether a process was killed, and is on its way out of its stop. */
  private static boolean isDying(int pid) throws KernelException {
    // The order is that of dying: SIGKILL waits, is taken, and the process is marked as exiting.
    byte[] status = Procfs.read(pid, "status");
    if ((Procfs.signalMask(status, "SigPnd") & (1L << 8)) != 0) {
      return true;
    }
    String stat = new String(Procfs.read(pid, "stat"), StandardCharsets.ISO_8859_1);
    int exiting = 4; // PF_EXITING of linux/sched.h; proc_pid_stat(5), field 9
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Integer.parseInt(fields[6]) & exiting) != 0;
  }

  @Override
  public synchronized void ended(Member member, Optional<Processes.Exit> exit) {
    ended.add(new Ended(member, exit));
  }

  @Override
  public synchronized void birthUnseen(Member parent, int thread, String why) {
    troubles.add("birth unseen: " + why);
  }

  @Override
  public synchronized void stranger(int thread) {
    strangers.add(thread);
  }

  @Override
  public synchronized void handlerFailed(int thread, int number, Throwable cause) {
    troubles.add("failed: " + number + " " + cause);
  }

  @Override
  public synchronized void expired(HeldCall call) {
    troubles.add("expired");
  }

  @Override
  public void kill(String reason) {
    synchronized (this) {
      troubles.add("kill: " + reason);
    }
    killer.run();
  }
}
