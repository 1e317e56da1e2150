package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Signals;
import dev.paddock.sandbox.process.ExecReports.Outcome;
import dev.paddock.sandbox.process.GuardedRun.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Execs of real programs, judged and verified. */
final class ExecGuardTest {
  private static final ExecJudge ALL = _ -> ExecDecision.ALLOWED;

  /** Allows everything, and says so beforehand. */
  private static ExecJudge harmless(ExecJudge.Interest interest) {
    return new ExecJudge() {
      @Override
      public ExecDecision judge(ExecRequest request) {
        return ExecDecision.ALLOWED;
      }

      @Override
      public Interest interest() {
        return interest;
      }
    };
  }

  @TempDir static Path folder = Path.of("");
  private static GuardedRun guarded;
  private List<String> before = List.of();

  @BeforeAll
  static void compile() throws Exception {
    guarded = new GuardedRun(folder);
  }

  @BeforeEach
  void count() throws IOException {
    before = ours();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    List<String> left = new ArrayList<>(ours());
    before.forEach(left::remove); // What other tests have kept may go meanwhile.
    assertThat(left).isEmpty();
  }

  /** Threads that serve a run, and what this process holds of others. */
  private static List<String> ours() throws IOException {
    List<String> names = new ArrayList<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("paddock-")) {
        names.add(thread.getName());
      }
    }
    try (var fds = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : fds.toList()) {
        try {
          String target = Files.readSymbolicLink(fd).toString();
          // The JVM opens libraries whenever it comes to need a class.
          if (!target.startsWith("pipe:")
              && !target.startsWith("/proc/")
              && !target.endsWith(".jar")) {
            names.add(target);
          }
        } catch (IOException e) {
          // The directory's own, which is closed by now.
        }
      }
    }
    names.sort(null);
    return names;
  }

  private static boolean names(ExecRequest request, String word) {
    byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
    return request.arguments().stream().anyMatch(argument -> Arrays.equals(argument, bytes));
  }

  /** Denies by one argument. */
  private static ExecJudge without(String word) {
    return request ->
        names(request, word) ? ExecDecision.deny("no " + word, "") : ExecDecision.ALLOWED;
  }

  private static void assertQuiet(Run run) {
    assertThat(run.seen().troubles()).as(run.output()).isEmpty();
    assertThat(run.seen().changes()).as(run.output()).isEmpty();
  }

  private static Path script(String name, String content) throws IOException {
    Path script = folder.resolve(name);
    Files.writeString(script, content);
    assertThat(script.toFile().setExecutable(true, false)).isTrue();
    return script;
  }

  @Test
  void whatIsAllowedRuns() throws Exception {
    Run run = guarded.run(ALL, LoaderReader.NONE, List.of("echo", "a", "", "b c"));
    assertThat(run.output()).isEqualTo("a  b c");
    assertThat(run.status()).isZero();
    assertQuiet(run);
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(1);
  }

  @Test
  void whatIsDeniedDoesNot() throws Exception {
    Run run =
        guarded.run(
            without("secret"),
            LoaderReader.NONE,
            List.of("sh", "-c", "/bin/echo a; /bin/echo secret; echo $?; /bin/echo b"));
    assertThat(run.output().lines())
        .containsExactly("a", "sh: 1: /bin/echo: Permission denied", "126", "b");
    assertThat(run.seen().count(Outcome.REFUSED)).isEqualTo(1);
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(3);
    assertQuiet(run);
  }

  @Test
  void whoIsKilledWhileItIsJudgedIsReported() throws Exception {
    List<Integer> killed = new CopyOnWriteArrayList<>();
    ExecJudge killer =
        request -> {
          if (names(request, "secret")) {
            killed.add(request.thread());
            Processes.kill(request.thread(), Signals.SIGKILL);
          }
          return ExecDecision.ALLOWED;
        };
    Run run =
        guarded.run(
            killer,
            LoaderReader.NONE,
            List.of("sh", "-c", "/bin/echo a; /bin/echo secret; echo $?"));
    assertThat(run.output().lines()).containsExactly("a", "Killed", "137");
    assertThat(run.seen().killed()).isEqualTo(killed).hasSize(1);
    assertThat(run.seen().count(Outcome.GONE)).isEqualTo(1);
    assertQuiet(run);
  }

  @Test
  void searchesTheWholePath() throws Exception {
    Run run = guarded.execs(ALL, "search", "300");
    assertThat(run.output()).as("" + run.seen()).isEqualTo("ok 300 killed 0 failed 0");
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(301);
    assertQuiet(run);
  }

  @Test
  void childrenOfVforkAndSpawn() throws Exception {
    Run run = guarded.execs(ALL, "spawn", "100");
    assertThat(run.output()).as("" + run.seen()).isEqualTo("ok 200 killed 0 failed 0");
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(201);
    assertQuiet(run);
  }

  @Test
  void threadsThatAreNotTheLeader() throws Exception {
    Run run = guarded.execs(ALL, "thread", "200");
    assertThat(run.output()).as("" + run.seen()).isEqualTo("ok 200 killed 0 failed 0");
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(201);
    assertQuiet(run);
  }

  @Test
  void manyThreadsAtOnce() throws Exception {
    Run run = guarded.execs(ALL, "threads", "100", "6");
    assertThat(run.output()).as("" + run.seen()).isEqualTo("ok 100 killed 0 failed 0");
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(101);
    assertQuiet(run);
  }

  @Test
  void signalsInEveryWindow() throws Exception {
    Run run = guarded.execs(ALL, "signals", "100");
    assertThat(run.output()).as("" + run.seen()).isEqualTo("done 100 interrupted 0 failed 0");
    assertQuiet(run);
  }

  @Test
  void failsAsBare() throws Exception {
    Path files = Files.createDirectories(folder.resolve("failing"));
    Files.createDirectories(files.resolve("directory"));
    Files.writeString(files.resolve("unexecutable"), "#!/bin/sh\n");
    script("failing/noformat", "hello");
    script("failing/script-without", "#!/no/such/interpreter\n");
    Run run = guarded.execs(ALL, "fails", files.toString());
    assertThat(run.output()).isEqualTo(guarded.bare("fails", files.toString()));
    assertQuiet(run);
  }

  @Test
  void aScriptIsJudgedWithItsInterpreter() throws Exception {
    Path script = script("greet", "#!/bin/sh -e\necho \"$0\" \"$@\"\n");
    Run run = guarded.run(ALL, LoaderReader.NONE, List.of(script.toString(), "x", "y"));
    assertThat(run.output()).isEqualTo(script + " x y");
    assertThat(run.seen().requests())
        .containsExactly(
            "SCRIPT %s = %s : %s x y".formatted(script, script, script),
            "INTERPRETER /bin/sh = %s : /bin/sh -e %s x y"
                .formatted(Path.of("/bin/sh").toRealPath(), script));
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(1);
    assertQuiet(run);

    Run denied = guarded.run(without("-e"), LoaderReader.NONE, List.of(script.toString(), "x"));
    assertThat(denied.output()).contains("Permission denied");
    assertThat(denied.seen().count(Outcome.REFUSED)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "thread, leader",
    "thread, other",
    "vm, leader",
    "vm, other",
    "shared, leader",
    "shared, other"
  })
  void argumentsThatChangeAreSeen(String writer, String caller) throws Exception {
    Run run = guarded.execs(without("evil"), "flip", "160", writer, caller, "/bin/echo");
    assertThat(run.output()).as("" + run.seen()).contains("evil 0 ");
    assertThat(run.seen().troubles()).isEmpty();
    // A word that was read half written becomes another one that nobody denies, now and then.
    long denied = run.seen().changes().stream().filter(each -> each.contains(" true: ")).count();
    assertThat(run.seen().count(Outcome.KILLED)).isEqualTo((int) denied);
  }

  @ParameterizedTest
  @CsvSource({"thread, leader", "shared, other"})
  void argumentsOfAScriptThatChangeAreSeen(String writer, String caller) throws Exception {
    Path script = script("say", "#!/bin/sh\necho \"$1\"\n");
    Run run = guarded.execs(without("evil"), "flip", "100", writer, caller, script.toString());
    assertThat(run.output()).as("" + run.seen()).contains("evil 0 ");
    assertThat(run.seen().troubles()).isEmpty();
  }

  @Test
  void interpretersOfInterpreters() throws Exception {
    Path inner = script("inner", "#!/bin/sh\necho inner \"$@\"\n");
    Path outer = script("outer", "#!" + inner + " one argument \n");
    Run run = guarded.run(ALL, LoaderReader.NONE, List.of("./outer", "x"));
    assertThat(run.output()).isEqualTo("inner one argument ./outer x");
    assertThat(run.seen().requests())
        .containsExactly(
            "SCRIPT ./outer = %s : ./outer x".formatted(outer),
            "INTERPRETER %s = %s : %s one argument ./outer x".formatted(inner, inner, inner),
            "INTERPRETER /bin/sh = %s : /bin/sh %s one argument ./outer x"
                .formatted(Path.of("/bin/sh").toRealPath(), inner));
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(1);
    assertQuiet(run);
  }

  @ParameterizedTest
  @ValueSource(strings = {"empty-path", "proc-self", "dev-fd", "memfd", "relative", "cwd"})
  void programsByDescriptor(String way) throws Exception {
    Run run = guarded.execs(ALL, "descriptor", "0", way, "=good");
    assertThat(run.output()).as("" + run.seen()).isEqualTo("good");
    assertThat(run.seen().count(Outcome.VERIFIED)).as("" + run.seen().requests()).isEqualTo(2);
    assertThat(run.seen().requests().get(1)).contains(way.equals("memfd") ? "memfd:" : "/echo :");
    assertQuiet(run);

    Run denied = guarded.execs(without("evil"), "descriptor", "0", way, "=evil");
    assertThat(denied.output()).isEqualTo("13");
    assertThat(denied.seen().count(Outcome.REFUSED)).isEqualTo(1);
    assertQuiet(denied);
  }

  @Test
  void whatTheLoaderLoadsIsJudged() throws Exception {
    LoaderReader reader =
        (executable, arguments) ->
            new String(executable, StandardCharsets.UTF_8).contains("/ld-") && arguments.size() > 1
                ? new LoaderReader.Loaded(arguments.get(1), arguments.subList(1, arguments.size()))
                : null;
    String loader =
        Files.exists(Path.of("/lib64/ld-linux-x86-64.so.2"))
            ? "/lib64/ld-linux-x86-64.so.2"
            : "/lib/ld-linux-aarch64.so.1";
    Run run = guarded.run(ALL, reader, List.of(loader, "/bin/echo", "x"));
    assertThat(run.output()).isEqualTo("x");
    assertThat(run.seen().requests().get(1))
        .isEqualTo(
            "LOADED /bin/echo = %s : /bin/echo x".formatted(Path.of("/bin/echo").toRealPath()));
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(1);
    ExecJudge noEcho =
        request ->
            new String(request.executable(), StandardCharsets.UTF_8).endsWith("/echo")
                ? ExecDecision.deny("no echo", "")
                : ExecDecision.ALLOWED;
    Run denied = guarded.run(noEcho, reader, List.of(loader, "/bin/echo", "x"));
    assertThat(denied.output()).contains("Permission denied");
    assertQuiet(denied);
  }

  @Test
  void theEnvironmentIsReadOnlyForWhoeverAsks() throws Exception {
    List<String> environments = new CopyOnWriteArrayList<>();
    ExecJudge asking =
        new ExecJudge() {
          @Override
          public ExecDecision judge(ExecRequest request) {
            for (byte[] variable : request.environment()) {
              String text = new String(variable, StandardCharsets.UTF_8);
              if (text.startsWith("PADDOCK_TEST=")) {
                environments.add(text);
                if (text.endsWith("evil")) {
                  return ExecDecision.deny("environment", "");
                }
              }
            }
            return ExecDecision.ALLOWED;
          }

          @Override
          public boolean needsEnvironment() {
            return true;
          }
        };
    List<String> command =
        List.of(
            "sh", "-c", "PADDOCK_TEST=good /bin/echo a; PADDOCK_TEST=evil /bin/echo b || echo no");
    Run run = guarded.run(asking, LoaderReader.NONE, command);
    assertThat(run.output().lines()).startsWith("a").endsWith("no").doesNotContain("b");
    assertThat(environments).containsExactly("PADDOCK_TEST=good", "PADDOCK_TEST=evil");
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(2);
    assertQuiet(run);

    environments.clear();
    // Without its need for the environment.
    Run other = guarded.run(request -> asking.judge(request), LoaderReader.NONE, command);
    assertThat(other.output().lines()).containsExactly("a", "b");
    assertThat(environments).isEmpty();
  }

  @Test
  void aJudgeThatThrowsRefuses() throws Exception {
    ExecJudge broken =
        request -> {
          if (names(request, "evil")) {
            throw new IllegalStateException("on purpose");
          }
          return ExecDecision.ALLOWED;
        };
    Run run = guarded.execs(broken, "descriptor", "0", "relative", "=evil");
    assertThat(run.output()).isEqualTo("1");
    assertThat(run.seen().troubles())
        .containsExactly("failed: java.lang.IllegalStateException: on purpose");
  }

  @Test
  void aJudgeThatThrowsAtTheEventKills() throws Exception {
    ExecJudge broken =
        request -> {
          if (request.role() == ExecRequest.Role.RESULT) {
            throw new IllegalStateException("on purpose");
          }
          return names(request, "evil") ? ExecDecision.deny("evil", "") : ExecDecision.ALLOWED;
        };
    Run run = guarded.execs(broken, "flip", "60", "thread", "leader", "/bin/echo");
    assertThat(run.output()).contains("evil 0 ");
    assertThat(run.seen().troubles())
        .allMatch("failed: java.lang.IllegalStateException: on purpose"::equals);
  }

  /** A judge that waits for nothing but to be interrupted, when it sees a word. */
  private static ExecJudge hesitant(String word, Duration patience, CountDownLatch interrupted) {
    return new ExecJudge() {
      @Override
      public ExecDecision judge(ExecRequest request) throws Exception {
        if (names(request, word)) {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
        }
        return ExecDecision.ALLOWED;
      }

      @Override
      public Duration patience() {
        return patience;
      }
    };
  }

  @Test
  void anExecThatIsDecidedForLongGivesWayToSignals() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    Run run =
        guarded.execs(hesitant("evil", Duration.ofMinutes(1), interrupted), "alarm", "0", "=evil");
    assertThat(run.output()).isEqualTo("" + Errno.EINTR);
    interrupted.await();
    assertThat(run.seen().troubles()).isEmpty();
  }

  @Test
  void anExecThatNobodyDecidesIsRefused() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    Run run =
        guarded.execs(
            hesitant("evil", Duration.ofMillis(100), interrupted),
            "descriptor",
            "0",
            "relative",
            "=evil");
    assertThat(run.output()).isEqualTo("" + Errno.EPERM);
    interrupted.await();
    assertThat(run.seen().troubles()).containsExactly("expired");
  }

  @Test
  void whoDecidesSlowlyIsObeyedToo() throws Exception {
    Run run =
        guarded.execs(
            hesitant("never", Duration.ofMinutes(1), new CountDownLatch(1)), "search", "50");
    assertThat(run.output()).as("" + run.seen()).isEqualTo("ok 50 killed 0 failed 0");
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(51);
    assertQuiet(run);
  }

  @Test
  void costsNoMoreAmongManyProcesses() throws Exception {
    Run run = guarded.execs(ALL, "among", "500", "50");
    assertThat(run.output()).as("" + run.seen()).matches("\\d+ \\d+ \\d+");
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(51);
    assertQuiet(run);
  }

  @Test
  void manyArgumentsAndTooMany() throws Exception {
    Run run = guarded.execs(ALL, "large", "0");
    // 20000 arguments of 60 bytes run; what the kernel would take with a larger stack does not.
    assertThat(run.output().lines().toList()).as("" + run.seen()).containsExactly("0", "7");
    assertQuiet(run);
  }

  private static Path unreadable() throws IOException {
    Path secret = folder.resolve("secret");
    if (!Files.exists(secret)) {
      Files.copy(Path.of("/bin/echo"), secret);
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("--x--x--x"));
    }
    return secret;
  }

  @ParameterizedTest
  @EnumSource(
      value = ExecJudge.Interest.class,
      names = {"NONE", "REMARKS"})
  void whatCannotBeReadRunsWhereNobodyDenies(ExecJudge.Interest interest) throws Exception {
    assumeThat(Processes.effectiveUid()).as("root reads everything").isNotZero();
    Run run =
        guarded.run(
            harmless(interest),
            LoaderReader.NONE,
            List.of("sh", "-c", unreadable() + " x; echo $?"));
    assertThat(run.output().lines()).containsExactly("x", "0");
    assertThat(run.seen().count(Outcome.UNSEEN)).isEqualTo(1);
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(1);
    assertQuiet(run);
  }

  private static final List<String> HIDDEN =
      List.of(
          "/usr/bin/python3",
          "-c",
          """
          import ctypes, os
          PR_SET_DUMPABLE = 4
          ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
          try:
              os.execv('/bin/echo', ['echo', 'x'])
          except OSError as e:
              print(e.strerror)
          """);

  @Test
  void aCallerThatShowsNothingExecutesWhereNobodyDenies() throws Exception {
    assumeThat(Processes.effectiveUid()).as("root may look at everybody").isNotZero();
    Run run = guarded.run(harmless(ExecJudge.Interest.NONE), LoaderReader.NONE, HIDDEN);
    assertThat(run.output()).isEqualTo("x");
    assertThat(run.seen().count(Outcome.UNSEEN)).isEqualTo(1);
    assertQuiet(run);
  }

  @Test
  void aCallerThatShowsNothingDoesNotWhereSomebodyMay() throws Exception {
    assumeThat(Processes.effectiveUid()).as("root may look at everybody").isNotZero();
    Run run = guarded.run(ALL, LoaderReader.NONE, HIDDEN);
    assertThat(run.output()).isEqualTo("Operation not permitted");
    assertThat(run.seen().troubles()).hasSize(1).first().asString().startsWith("not seized");
  }

  /** Executes a script and says what of that its own inotify shows, with execs of it by name. */
  private static final String WATCHING =
      """
      import ctypes, os, struct, subprocess, sys
      libc = ctypes.CDLL(None)
      IN_NONBLOCK, IN_ALL = 0o4000, 0xfff
      watch = libc.inotify_init1(IN_NONBLOCK)
      assert libc.inotify_add_watch(watch, sys.argv[1].encode(), IN_ALL) > 0
      subprocess.run([sys.argv[1]], check=True)
      events = os.read(watch, 65536)
      seen = []
      while events:
          _, mask, _, length = struct.unpack_from('iIII', events)
          seen.append(hex(mask))
          events = events[16 + length:]
      print(*sorted(seen))
      """;

  @Test
  void lookingAtAScriptDoesNotShowWhereNobodyJudges() throws Exception {
    Path script = script("watched", "#!/bin/sh\necho ran\n");
    List<String> command = List.of("/usr/bin/python3", "-c", WATCHING, "" + script);
    Process bare = new ProcessBuilder(command).redirectErrorStream(true).start();
    String expected = new String(bare.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bare.waitFor()).as(expected).isZero();

    Run run = guarded.run(harmless(ExecJudge.Interest.NONE), LoaderReader.NONE, command);
    assertThat(run.output()).startsWith("ran\n0x").isEqualTo(expected.strip());
    assertThat(run.seen().count(Outcome.VERIFIED)).isEqualTo(2);
    assertQuiet(run);
  }

  @ParameterizedTest
  @CsvSource({"thread, leader", "shared, other"})
  void whatChangesIsSeenWhereNobodyJudgesToo(String writer, String caller) throws Exception {
    Run run =
        guarded.execs(
            harmless(ExecJudge.Interest.NONE), "flip", "160", writer, caller, "/bin/echo");
    assertThat(run.seen().changes()).as(run.output()).isNotEmpty();
    assertThat(run.seen().count(Outcome.JUDGED_BY_RESULT)).isPositive();
  }

  @Test
  void whatCannotBeReadIsRefused() throws Exception {
    assumeThat(Processes.effectiveUid()).as("root reads everything").isNotZero();
    Path secret = unreadable();
    Run run = guarded.run(ALL, LoaderReader.NONE, List.of("sh", "-c", secret + " x || echo $?"));
    assertThat(run.output()).contains("Permission denied").endsWith("126");
    assertThat(run.seen().count(Outcome.REFUSED)).isEqualTo(1);
    assertQuiet(run);
  }
}
