package dev.paddock.bench;

import dev.paddock.linux.Fd;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Spawn;
import dev.paddock.policy.BuiltIns;
import dev.paddock.policy.Key;
import dev.paddock.policy.Origin;
import dev.paddock.policy.Policy;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.policy.PolicyBuilder;
import dev.paddock.policy.ValueException;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.PlanException;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.Stdio;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures starts, opens and a build, bare and inside and in the same run, and writes a table and a
 * plot. Arguments: the paddock script, the JDK's java, the open-close program, the C project's
 * archive folder, the folder for the results.
 */
final class Bench {
  private static final String PROGRAM = "/bin/true";
  private static final Command TRUE = Command.of(PROGRAM).stdout(Stdio.none()).stderr(Stdio.none());
  private static final int WARM_UP = 300;
  private static final int WARM_ROUNDS = 500;
  private static final int START_ROUNDS = 25;
  private static final int OPEN_ROUNDS = 7;
  private static final int MAKE_ROUNDS = 5;

  private static final String HEAD =
      "| what | bare | measured | ratio or difference | to hold |\n|---|---|---|---|---|\n";

  private final Table table = new Table();
  private final List<byte[]> environment =
      List.of("PATH=/usr/local/bin:/usr/bin:/bin".getBytes(StandardCharsets.UTF_8));

  private Bench() {}

  /** Runs everything. */
  public static void main(String[] arguments) throws Exception {
    Path results = Path.of(arguments[4]);
    Bench bench = new Bench();
    try {
      bench.warm();
      List<Series> starts = bench.starts(arguments[0], arguments[1]);
      bench.openClose(Path.of(arguments[2]));
      bench.addresses(Path.of(arguments[5]));
      new ServerBench(bench.table).run();
      bench.make(Path.of(arguments[3]));
      Files.writeString(results.resolve("table.md"), HEAD + bench.table);
      Files.writeString(
          results.resolve("start.svg"),
          Plot.bars("A whole run of /bin/true, in ms (median)", starts));
    } catch (IOException | InterruptedException | RuntimeException e) {
      try (PrintStream log =
          new PrintStream(
              Files.newOutputStream(results.resolve("failed.txt")), true, StandardCharsets.UTF_8)) {
        e.printStackTrace(log);
      }
      throw e;
    }
  }

  private void warm() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("paddock-bench-view");
    try {
      warm("", Sandbox.builder().view(ViewMode.OFF).build(), "≤ +1.3 ms");
      Sandbox.Builder agent =
          Sandbox.builder().policy(BuiltIns.get("agent")).workspace(folder).view(ViewMode.REQUIRE);
      warm(", in the view of `agent`", agent.build(), "≤ +2.5 ms");
      Policy noNetwork =
          new PolicyBuilder()
              .put(Key.VIEW_LOOPBACK, Policy.Owner.HOST.label(), Origin.flag("bench"))
              .build()
              .over(BuiltIns.get("agent"));
      Sandbox.Builder without =
          Sandbox.builder().policy(noNetwork).workspace(folder).view(ViewMode.REQUIRE);
      warm(", in that view without a network of its own", without.build(), "≤ +2.2 ms");
    } catch (ValueException | PlanException e) {
      throw new IOException(e);
    } finally {
      Files.delete(folder);
    }
  }

  private void warm(String where, Sandbox sandbox, String target)
      throws IOException, InterruptedException {
    double[] bare = new double[WARM_ROUNDS];
    double[] inside = new double[WARM_ROUNDS];
    for (int i = -WARM_UP; i < WARM_ROUNDS; i++) {
      double one = spawn(List.of(PROGRAM));
      double two = run(sandbox);
      if (i >= 0) {
        bare[i] = one;
        inside[i] = two;
      }
    }
    Series a = new Series("posix_spawn and wait", bare);
    Series b = new Series("Sandbox.run", inside);
    table.row(
        "a run of `/bin/true` from a warm JVM" + where,
        a,
        b,
        "ms",
        "+%.2f ms".formatted(b.moreThan(a)),
        target);
  }

  private double run(Sandbox sandbox) throws IOException, InterruptedException {
    long from = System.nanoTime();
    Result result = sandbox.run(TRUE);
    double time = (System.nanoTime() - from) / 1e6;
    if (result.status() != 0) {
      throw new IOException(PROGRAM + " failed inside");
    }
    return time;
  }

  /** A way to start a program: how long it took this time, in ms. */
  private interface Start {
    double time() throws IOException, InterruptedException;
  }

  private static final class Measured {
    private final String name;
    private final Start start;
    private final double[] values = new double[START_ROUNDS];

    Measured(String name, Start start) {
      this.name = name;
      this.start = start;
    }

    Series series() {
      return new Series(name, values);
    }
  }

  private List<Series> starts(String paddock, String java)
      throws IOException, InterruptedException {
    Sandbox sandbox = Sandbox.builder().build();
    Measured bare = new Measured("posix_spawn", command(PROGRAM));
    Measured version = new Measured("java -version", command(java, "-version"));
    Measured cold = new Measured("paddock run, cold", command(paddock, "run", "--", PROGRAM));
    List<Measured> all = new ArrayList<>();
    all.add(bare);
    all.add(new Measured("Sandbox.run, warm JVM", () -> run(sandbox)));
    if (Files.isExecutable(Path.of("/usr/bin/bwrap"))) {
      Start start =
          command(
              "/usr/bin/bwrap",
              "--ro-bind",
              "/",
              "/",
              "--unshare-all",
              "--die-with-parent",
              PROGRAM);
      all.add(new Measured("bwrap, all name spaces around the whole root", start));
      all.add(new Measured("bwrap, a root like the view of agent", command(likeAgent())));
    }
    if (Files.isExecutable(Path.of("/usr/bin/firejail"))) {
      all.add(new Measured("firejail", command("/usr/bin/firejail", "--quiet", PROGRAM)));
    }
    all.add(version);
    all.add(cold);
    for (int i = -2; i < START_ROUNDS; i++) {
      for (Measured one : all) {
        double time = one.start.time();
        if (i >= 0) {
          one.values[i] = time;
        }
      }
    }
    table.row(
        "`paddock run -- /bin/true` from a shell, against `java -version`",
        version.series(),
        cold.series(),
        "ms",
        "%.2f ×".formatted(cold.series().ratioTo(version.series())),
        "≤ 3 ×");
    List<Series> series = new ArrayList<>();
    for (Measured one : all) {
      series.add(one.series());
      if (one != bare && one != version) {
        table.row(
            one.name + ", of `/bin/true`",
            bare.series(),
            one.series(),
            "ms",
            "+%.1f ms".formatted(one.series().moreThan(bare.series())),
            "");
      }
    }
    return series;
  }

  /** The name spaces of the view of agent, and the coarsest of its mounts. */
  private static String[] likeAgent() {
    List<String> words =
        new ArrayList<>(
            List.of("/usr/bin/bwrap", "--die-with-parent", "--unshare-user", "--unshare-pid"));
    words.addAll(List.of("--unshare-ipc", "--unshare-net", "--ro-bind", "/usr", "/usr"));
    for (String directory : List.of("/bin", "/sbin", "/lib", "/lib64")) {
      if (Files.isSymbolicLink(Path.of(directory))) {
        words.addAll(List.of("--symlink", "usr" + directory, directory));
      }
    }
    words.addAll(List.of("--ro-bind", "/etc", "/etc", "--proc", "/proc", "--dev", "/dev"));
    words.addAll(List.of("--tmpfs", "/tmp", "--tmpfs", "/root", PROGRAM));
    return words.toArray(String[]::new);
  }

  private Start command(String... words) {
    List<String> command = List.of(words);
    return () -> spawn(command);
  }

  private void openClose(Path program) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("paddock-bench");
    try {
      for (int depth : new int[] {1, 4}) {
        Path directory = folder;
        for (int i = 1; i < depth; i++) {
          directory = directory.resolve("d");
        }
        Files.createDirectories(directory);
        Path file = directory.resolve("f");
        Files.writeString(file, "x");
        openClose(program, folder, file, ViewMode.OFF, depth, depth == 1 ? "≤ 1.35 ×" : "");
        openClose(program, folder, file, ViewMode.REQUIRE, depth, "");
        Files.delete(file);
      }
    } finally {
      delete(folder);
    }
  }

  /** Calls that name an address, which the supervisor makes. */
  private void addresses(Path program) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("paddock-bench");
    try {
      Sandbox.Builder host = Sandbox.builder().view(ViewMode.OFF);
      addresses(host, program, folder, "tcp", "25871", "connect by TCP, judged", "≤ +25 µs");
      addresses(host, program, folder, "udp", "25871", "sendto by UDP, judged", "≤ +8 µs");
      String unix = "connect to a unix socket of its own";
      addresses(host, program, folder, "unix", folder + "/socket", unix, "");
      Policy ownLoopback =
          new PolicyBuilder()
              .put(Key.VIEW_LOOPBACK, Policy.Owner.OWN.label(), Origin.flag("bench"))
              .build()
              .over(BuiltIns.get("base"));
      Sandbox.Builder own = Sandbox.builder().policy(ownLoopback).view(ViewMode.REQUIRE);
      String out = ", out of a network of its own";
      addresses(own, program, folder, "tcp", "25871", "connect by TCP" + out, "≤ +25 µs");
      addresses(own, program, folder, "udp", "25871", "sendto by UDP" + out, "≤ +8 µs");
    } catch (ValueException e) {
      throw new IOException(e);
    } finally {
      delete(folder);
    }
  }

  private void addresses(
      Sandbox.Builder builder,
      Path program,
      Path folder,
      String kind,
      String place,
      String what,
      String target)
      throws IOException, InterruptedException {
    String[] words = {program.toString(), kind, place, kind.equals("udp") ? "5000" : "1000"};
    Sandbox sandbox =
        builder.read(program).write(folder).network("127.0.0.1").bind("25871").build();
    double[] bare = new double[OPEN_ROUNDS];
    double[] inside = new double[OPEN_ROUNDS];
    for (int i = 0; i < OPEN_ROUNDS; i++) {
      bare[i] = number(new ProcessBuilder(words)) / 1000;
      Result result = sandbox.run(Command.of(words));
      inside[i] =
          Double.parseDouble(new String(result.stdout(), StandardCharsets.UTF_8).strip()) / 1000;
    }
    Series a = new Series("bare", bare);
    Series b = new Series("inside", inside);
    table.row(what, a, b, "µs", "%+.1f µs".formatted(b.moreThan(a)), target);
  }

  private void openClose(
      Path program, Path folder, Path file, ViewMode view, int depth, String target)
      throws IOException, InterruptedException {
    Sandbox sandbox = Sandbox.builder().view(view).read(program).write(folder).build();
    double[] bare = new double[OPEN_ROUNDS];
    double[] inside = new double[OPEN_ROUNDS];
    for (int i = 0; i < OPEN_ROUNDS; i++) {
      bare[i] = number(new ProcessBuilder(program.toString(), file.toString(), "50000"));
      Result result = sandbox.run(Command.of(program.toString(), file.toString(), "50000"));
      inside[i] = Double.parseDouble(new String(result.stdout(), StandardCharsets.UTF_8).strip());
    }
    Series a = new Series("bare", bare);
    Series b = new Series("inside", inside);
    table.row(
        "open+close of a file "
            + depth
            + " below its write grant, "
            + (view == ViewMode.OFF ? "Landlock alone" : "in a view"),
        a,
        b,
        "ns",
        "%.2f ×".formatted(b.ratioTo(a)),
        target);
  }

  private void make(Path source) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("paddock-bench");
    Path layered = Files.createTempDirectory("paddock-bench-layered");
    try {
      Path project = folder.resolve("project");
      copy(source, project);
      Policy build = BuiltIns.get("build");
      make("under `-p build`", build, folder, project, "≤ 1.02 ×");
      Path inLayer = layered.resolve("project");
      copy(source, inLayer);
      PolicyBuilder layers = new PolicyBuilder();
      for (Path tree : List.of(inLayer, layered.resolve("two"), layered.resolve("three"))) {
        Files.createDirectories(tree);
        layers.put(Key.FILES_PRIVATE, tree.toString(), Origin.flag("bench"));
      }
      Policy private3 = layers.build().over(build);
      make("in one of three private layers", private3, folder, inLayer, "≤ 1.04 ×");
    } catch (ValueException e) {
      throw new IOException(e);
    } finally {
      delete(folder);
      delete(layered);
    }
  }

  private void make(String where, Policy policy, Path workspace, Path project, String target)
      throws IOException, InterruptedException {
    Sandbox sandbox;
    try {
      sandbox =
          Sandbox.builder().policy(policy).workspace(workspace).view(ViewMode.REQUIRE).build();
    } catch (PlanException e) {
      throw new IOException(e);
    }
    double[] bare = new double[MAKE_ROUNDS];
    double[] inside = new double[MAKE_ROUNDS];
    for (int i = -1; i < MAKE_ROUNDS; i++) {
      // In turns, so that what grows slower or faster with time does so for both.
      boolean first = i % 2 == 0;
      double before = first ? makeInside(sandbox, project) : 0;
      double one = makeBare(project);
      double two = first ? before : makeInside(sandbox, project);
      if (i >= 0) {
        bare[i] = one;
        inside[i] = two;
      }
    }
    Series a = new Series("bare", bare);
    Series b = new Series("inside", inside);
    table.row(
        "`make -j2` of a C library " + where, a, b, "ms", "%.3f ×".formatted(b.ratioTo(a)), target);
  }

  private double makeBare(Path project) throws IOException, InterruptedException {
    clean(project);
    long from = System.nanoTime();
    int status = spawnStatus(List.of("/usr/bin/make", "-s", "-j2", "-C", project.toString()));
    double time = (System.nanoTime() - from) / 1e6;
    if (status != 0) {
      throw new IOException("make failed: " + status);
    }
    return time;
  }

  private double makeInside(Sandbox sandbox, Path project)
      throws IOException, InterruptedException {
    clean(project);
    Command make =
        Command.of("/usr/bin/make", "-s", "-C", project.toString(), "clean")
            .directory(project.toString())
            .environment(sandbox.plan().environment(environment))
            .stdout(Stdio.none())
            .stderr(Stdio.none());
    if (sandbox.run(make).status() != 0) {
      throw new IOException("make clean failed inside"); // What a layer has kept of the last run.
    }
    Command command =
        Command.of("/usr/bin/make", "-s", "-j2", "-C", project.toString())
            .directory(project.toString())
            .environment(sandbox.plan().environment(environment))
            .stdout(Stdio.none())
            .stderr(Stdio.none());
    long from = System.nanoTime();
    Result result = sandbox.run(command);
    double time = (System.nanoTime() - from) / 1e6;
    if (result.status() != 0) {
      throw new IOException("make failed inside: " + result.status());
    }
    return time;
  }

  private void clean(Path project) throws IOException, InterruptedException {
    int status = spawnStatus(List.of("/usr/bin/make", "-s", "-C", project.toString(), "clean"));
    if (status != 0) {
      throw new IOException("make clean failed");
    }
  }

  private double spawn(List<String> command) throws IOException {
    long from = System.nanoTime();
    int status = spawnStatus(command);
    double time = (System.nanoTime() - from) / 1e6;
    if (status != 0) {
      throw new IOException(command + " ended with " + status);
    }
    return time;
  }

  private int spawnStatus(List<String> command) throws IOException {
    List<byte[]> argv = new ArrayList<>();
    for (String argument : command) {
      argv.add(argument.getBytes(StandardCharsets.UTF_8));
    }
    int pid = Spawn.start(argv.getFirst(), argv, environment, Fd.borrowed(2), 3);
    Processes.Exit exit = Processes.await(pid);
    return exit.signalled() ? 128 + exit.value() : exit.value();
  }

  private static double number(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(builder.command() + " failed");
    }
    return Double.parseDouble(text.strip());
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        if (Files.isRegularFile(file)) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
  }

  static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
