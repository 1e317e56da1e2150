package dev.paddock.bench;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Fd;
import dev.paddock.linux.Kernel;
import dev.paddock.linux.Listener;
import dev.paddock.linux.Pipe;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Spawn;
import dev.paddock.linux.SystemCalls;
import dev.paddock.linux.bpf.Action;
import dev.paddock.linux.bpf.FilterBuilder;
import dev.paddock.policy.BuiltIns;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.RunningSandbox;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.Stdio;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.FailureListener;
import dev.paddock.sandbox.supervise.HeldCall;
import dev.paddock.sandbox.supervise.Routes;
import dev.paddock.sandbox.supervise.Supervisor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.SynchronousQueue;

/**
 * Measures what the supervisor costs: a round trip against one in C, execs that are verified,
 * children that are registered at birth, a build of which every program is judged and written down.
 * Arguments: the calls program, the stand-in in C, the C project, the folder for the results; then
 * which parts are wanted, of calls, execs, forks, make, memory and sampling. The table is kept if
 * all are.
 *
 * <p>The virtual machine compiles what it has run some thousand times. What it costs before that is
 * seen where a build is measured, which begins anew each time; the rest is measured warm.
 */
final class SupervisorBench {
  private static final int ROUNDS = 9;
  private static final int WARM_ROUNDS = 20;
  private static final int MAKE_ROUNDS = 5;
  private static final List<byte[]> ENVIRONMENT =
      List.of("PATH=/usr/local/bin:/usr/bin:/bin".getBytes(StandardCharsets.UTF_8));

  private final StringBuilder table = new StringBuilder();
  private final String calls;

  private SupervisorBench(String calls) {
    this.calls = calls;
  }

  /** Runs everything. */
  public static void main(String[] arguments) throws Exception {
    SupervisorBench bench = new SupervisorBench(arguments[0]);
    bench.table.append(
        "| what | bare | measured | ratio or difference | to hold |\n|---|---|---|---|---|\n");
    List<String> parts = List.of(arguments).subList(4, arguments.length);
    if (parts.isEmpty() || parts.contains("calls")) {
      bench.roundTrip(arguments[1]);
    }
    if (parts.isEmpty() || parts.contains("execs")) {
      bench.execs();
    }
    if (parts.isEmpty() || parts.contains("forks")) {
      bench.forks(arguments[1]);
    }
    if (parts.isEmpty() || parts.contains("make")) {
      bench.make(Path.of(arguments[2]));
    }
    if (parts.isEmpty() || parts.contains("memory")) {
      bench.memory();
    }
    if (parts.isEmpty() || parts.contains("sampling")) {
      bench.sampling();
    }
    if (parts.isEmpty()) {
      Files.writeString(Path.of(arguments[3]).resolve("supervisor.md"), bench.table);
    }
    System.exit(0); // The thread that was filtered stays.
  }

  // ------------------------------------------------------------------ round trip

  private void roundTrip(String standin) throws Exception {
    String[] loop = {calls, "loop", "100000"};
    String[] threads = {calls, "latency", "100", "200"};
    double[] c = new double[ROUNDS];
    double[] java = new double[ROUNDS];
    double[][] cThreads = new double[2][ROUNDS];
    double[][] javaThreads = new double[2][ROUNDS];
    try (Filtered filtered = new Filtered()) {
      filtered.output(loop); // warm
      for (int i = 0; i < ROUNDS; i++) {
        c[i] = first(inC(standin, "calls", loop));
        java[i] = first(filtered.output(loop));
        String[] one = inC(standin, "calls", threads).split(" ", -1);
        String[] two = filtered.output(threads).split(" ", -1);
        for (int j = 0; j < 2; j++) {
          cThreads[j][i] = Double.parseDouble(one[j]) / 1000;
          javaThreads[j][i] = Double.parseDouble(two[j]) / 1000;
        }
      }
    }
    ratio("a notified call, let go on; bare is a supervisor in C", "ns", c, java, "≤ 1.3 ×");
    ratio("the same from 100 busy threads, median", "µs", cThreads[0], javaThreads[0], "");
    ratio("the same, 99th of 100", "µs", cThreads[1], javaThreads[1], "");
  }

  /** A thread of ours under a filter, whose children's getppid comes to a supervisor of ours. */
  private static final class Filtered implements AutoCloseable {
    private final SynchronousQueue<String[]> orders = new SynchronousQueue<>();
    private final SynchronousQueue<Object> answers = new SynchronousQueue<>();
    private final Thread thread = Thread.ofPlatform().daemon().start(this::serve);

    Filtered() throws Exception {
      int number = (int) answers.take();
      Routes routes = Routes.builder().route(_ -> Verdict.CONTINUE, "getppid").build();
      Supervisor _ = Supervisor.start(Listener.adopt(Fd.owned(number)), routes, new Silence());
    }

    private void serve() {
      try (Arena arena = Arena.ofConfined()) {
        Arch arch = Arch.current();
        byte[] code =
            new FilterBuilder(arch, Action.ALLOW)
                .rule(SystemCalls.byName("getppid").orElseThrow().number(arch), Action.NOTIFY)
                .build()
                .toBytes();
        MemorySegment program = arena.allocate(code.length, 8);
        MemorySegment.copy(MemorySegment.ofArray(code), 0, program, 0, code.length);
        MemorySegment header = arena.allocate(16, 8);
        header.set(ValueLayout.JAVA_SHORT, 0, (short) (code.length / 8));
        header.set(ValueLayout.JAVA_LONG, 8, program.address());
        Kernel.call(SystemCalls.byName("prctl").orElseThrow().number(arch), 38, 1, 0, 0, 0);
        int seccomp = SystemCalls.byName("seccomp").orElseThrow().number(arch);
        answers.put((int) Kernel.call(seccomp, 1, 8 | 32, header.address()));
        while (true) {
          answers.put(bare(orders.take()));
        }
      } catch (Exception e) {
        throw new IllegalStateException("the filtered thread", e);
      }
    }

    String output(String... command) throws InterruptedException {
      orders.put(command);
      return (String) answers.take();
    }

    @Override
    public void close() {
      thread.interrupt();
    }
  }

  private static final class Silence implements FailureListener {
    @Override
    public void handlerFailed(int thread, int number, Throwable cause) {
      throw new IllegalStateException(cause);
    }

    @Override
    public void expired(HeldCall call) {}

    @Override
    public void kill(String reason) {}
  }

  // ------------------------------------------------------------------ processes

  private void execs() throws Exception {
    Sandbox plain = Sandbox.builder().read(Path.of(calls)).build();
    Sandbox judged = Sandbox.builder().read(Path.of(calls)).denyExec("git push --force*").build();
    for (int beside : new int[] {1, 50, 500}) {
      String[] command = {calls, "beside", "" + beside, "100", "/bin/true"};
      double[] bare = new double[ROUNDS];
      double[] inside = new double[ROUNDS];
      for (int i = 0; i < WARM_ROUNDS; i++) {
        inside(judged, command);
      }
      for (int i = 0; i < ROUNDS; i++) {
        bare[i] = first(inside(plain, command)) / 1e6;
        inside[i] = first(inside(judged, command)) / 1e6;
      }
      difference(
          "warm: vfork, exec and wait of `/bin/true`, every exec verified, "
              + beside
              + " processes around",
          bare,
          inside,
          "≤ +0.5 ms");
    }
  }

  private void forks(String standin) throws Exception {
    Path log = Files.createTempFile("paddock", ".jsonl");
    Sandbox plain = Sandbox.builder().read(Path.of(calls)).build();
    Sandbox limited =
        Sandbox.builder()
            .read(Path.of(calls))
            .limits(dev.paddock.sandbox.Limits.none().processes(100))
            .build();
    Sandbox recorded = Sandbox.builder().read(Path.of(calls)).events(log).build();
    String[] command = {calls, "fork", "500"};
    double[] bare = new double[ROUNDS];
    double[] counted = new double[ROUNDS];
    double[] registered = new double[ROUNDS];
    double[] unconfined = new double[ROUNDS];
    double[] inC = new double[ROUNDS];
    for (int i = 0; i < WARM_ROUNDS; i++) {
      inside(limited, command);
      inside(recorded, command);
    }
    for (int i = 0; i < ROUNDS; i++) {
      bare[i] = first(inside(plain, command)) / 1e6;
      counted[i] = first(inside(limited, command)) / 1e6;
      registered[i] = first(inside(recorded, command)) / 1e6;
      unconfined[i] = first(bare(command)) / 1e6;
      inC[i] = first(inC(standin, "births", command)) / 1e6;
    }
    difference("warm: fork and wait, processes counted (`-P`)", bare, counted, "");
    difference("warm: fork and wait, registered at birth", bare, registered, "≤ +0.1 ms");
    difference("the same in C, which keeps nothing of the child", unconfined, inC, "");
    Files.delete(log);
  }

  // ------------------------------------------------------------------ a build

  private void make(Path source) throws Exception {
    Path folder = Files.createTempDirectory("paddock-bench");
    Path log = Files.createTempFile("paddock", ".jsonl");
    try {
      Path project = folder.resolve("project");
      Files.createDirectories(project);
      try (var files = Files.list(source)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.copy(file, project.resolve(file.getFileName()));
        }
      }
      Sandbox judged =
          Sandbox.builder()
              .policy(BuiltIns.get("build"))
              .workspace(folder)
              .denyExec("git push --force*")
              .events(log)
              .build();
      List<byte[]> environment = judged.plan().environment(ENVIRONMENT);
      double[] bare = new double[MAKE_ROUNDS];
      double[] inside = new double[MAKE_ROUNDS];
      for (int i = -1; i < MAKE_ROUNDS; i++) {
        String[] clean = {"/usr/bin/make", "-s", "-C", project.toString(), "clean"};
        String[] make = {"/usr/bin/make", "-s", "-j2", "-C", project.toString()};
        bare(clean);
        long from = System.nanoTime();
        bare(make);
        double one = (System.nanoTime() - from) / 1e6;
        bare(clean);
        from = System.nanoTime();
        Result result =
            judged.run(
                Command.of(make)
                    .directory(folder.toString())
                    .environment(environment)
                    .stdout(Stdio.none())
                    .stderr(Stdio.none()));
        double two = (System.nanoTime() - from) / 1e6;
        if (result.status() != 0 || result.events().getFirst().lost() != 0) {
          throw new IOException("make inside: " + result);
        }
        if (i >= 0) {
          bare[i] = one;
          inside[i] = two;
        }
      }
      ratio("`make -j2`, every exec judged, all events written", "ms", bare, inside, "≤ 1.06 ×");
    } finally {
      Files.delete(log);
      try (var files = Files.walk(folder)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private void memory() throws Exception {
    int count = 50;
    Sandbox judged = Sandbox.builder().denyExec("sudo").build();
    Command command = Command.of("sleep", "1000").stdout(Stdio.none()).stderr(Stdio.none());
    judged.start(command).close();
    List<RunningSandbox> running = new ArrayList<>();
    System.gc();
    double before = resident();
    for (int i = 0; i < count; i++) {
      running.add(judged.start(command));
    }
    System.gc();
    double after = resident();
    for (RunningSandbox one : running) {
      one.close();
    }
    single(
        "resident memory of the supervisor, each of " + count + " sandboxes",
        "%.0f KiB".formatted((after - before) / count),
        "");
  }

  /** What looking at a tree takes of one processor: the watcher's own thread's time. */
  private void sampling() throws Exception {
    String[] command = {
      "/bin/sh", "-c", "i=0; while [ $i -lt 499 ]; do sleep 1000 & i=$((i+1)); done; echo; wait"
    };
    Sandbox watched = Sandbox.builder().usage().build();
    Sandbox limited =
        Sandbox.builder().limits(dev.paddock.sandbox.Limits.none().memory(8L << 30)).build();
    sampling("the peaks of a tree of 500 processes", watched, command);
    sampling("a memory limit for a tree of 500 processes", limited, command);
  }

  private void sampling(String what, Sandbox sandbox, String... command) throws Exception {
    double[] share = new double[ROUNDS];
    try (RunningSandbox running =
        sandbox.start(Command.of(command).stdout(Stdio.pipe()).stderr(Stdio.none()))) {
      if (running.stdout().read() < 0) {
        throw new IOException("the tree has ended");
      }
      Path thread = watcher();
      for (int i = -1; i < ROUNDS; i++) {
        long from = System.nanoTime();
        long before = spent(thread);
        Thread.sleep(2_000);
        long spent = spent(thread) - before;
        if (i >= 0) {
          share[i] = 100.0 * spent / (System.nanoTime() - from);
        }
      }
    }
    single(
        "looking at " + what + ", of one processor",
        "%.2f %%".formatted(new Series(what, share).median()),
        "< 1 %");
  }

  private static Path watcher() throws IOException {
    try (var threads = Files.list(Path.of("/proc/self/task"))) {
      for (Path thread : threads.toList()) {
        if (Files.readString(thread.resolve("comm")).startsWith("paddock-memory")) {
          return thread.resolve("schedstat");
        }
      }
    }
    throw new IOException("nobody looks");
  }

  private static long spent(Path thread) throws IOException {
    return Long.parseLong(Files.readString(thread).split(" ", -1)[0]);
  }

  private static double resident() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Double.parseDouble(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no VmRSS");
  }

  // ------------------------------------------------------------------ helpers

  private static String inside(Sandbox sandbox, String... command) throws Exception {
    Result result = sandbox.run(Command.of(command).environment(ENVIRONMENT));
    if (result.status() != 0) {
      throw new IOException(
          String.join(" ", command)
              + " inside: "
              + result.outcome()
              + new String(result.stderr(), StandardCharsets.UTF_8));
    }
    return new String(result.stdout(), StandardCharsets.UTF_8).strip();
  }

  /** The same under a supervisor in C, which attends to calls or to births. */
  private static String inC(String standin, String what, String... command) throws Exception {
    List<String> all = new ArrayList<>(List.of(standin, what));
    all.addAll(List.of(command));
    return bare(all.toArray(String[]::new));
  }

  /** Runs a command on the calling thread, and takes its output. */
  private static String bare(String... command) throws Exception {
    List<byte[]> argv = new ArrayList<>();
    for (String argument : command) {
      argv.add(argument.getBytes(StandardCharsets.UTF_8));
    }
    try (Pipe pipe = Pipe.open()) {
      List<Spawn.Given> given = List.of(new Spawn.Given(pipe.writeEnd(), 1));
      int pid = Spawn.start(argv.getFirst(), argv, ENVIRONMENT, given);
      pipe.writeEnd().close();
      String output =
          new String(pipe.readEnd().inputStream().readAllBytes(), StandardCharsets.UTF_8);
      Processes.Exit exit = Processes.await(pid);
      if (exit.signalled() || exit.value() != 0) {
        throw new IOException(String.join(" ", command) + " bare: " + exit);
      }
      return output.strip();
    }
  }

  private static double first(String output) {
    return Double.parseDouble(output.split(" ", -1)[0]);
  }

  private void ratio(String what, String unit, double[] bare, double[] measured, String limit) {
    Series a = new Series("bare", bare);
    Series b = new Series(what, measured);
    row(what, unit, a, b, "%.2f ×".formatted(b.ratioTo(a)), limit);
  }

  private void difference(String what, double[] bare, double[] measured, String limit) {
    Series a = new Series("bare", bare);
    Series b = new Series(what, measured);
    row(what, "ms", a, b, "+%.3f ms".formatted(b.moreThan(a)), limit);
  }

  /** What has nothing to be held against. */
  private void single(String what, String value, String limit) {
    String line = "| " + what + " | | | **" + value + "** | " + limit + " |\n";
    System.err.print(line);
    table.append(line);
  }

  private void row(
      String what, String unit, Series bare, Series measured, String verdict, String limit) {
    String line =
        String.format(
            Locale.ROOT,
            "| %s | %.3f %s | %.3f %s | **%s** | %s |%n",
            what,
            bare.median(),
            unit,
            measured.median(),
            unit,
            verdict,
            limit);
    System.err.print(line);
    table.append(line);
  }
}
