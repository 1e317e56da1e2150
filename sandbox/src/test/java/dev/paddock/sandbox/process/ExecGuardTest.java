package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.process.ExecReports.Outcome;
import dev.paddock.sandbox.process.GuardedRun.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Execs of real programs, judged and verified. */
final class ExecGuardTest {
  private static final ExecJudge ALL = _ -> ExecDecision.ALLOWED;

  @TempDir static Path folder = Path.of("");
  private static GuardedRun guarded;
  private Set<String> before = Set.of();

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
    assertThat(ours()).isEqualTo(before);
  }

  /** Threads that serve a run, and what this process holds of others. */
  private static Set<String> ours() throws IOException {
    Set<String> names = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("paddock-")) {
        names.add(thread.getName());
      }
    }
    try (var fds = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : fds.toList()) {
        try {
          String target = Files.readSymbolicLink(fd).toString();
          if (!target.startsWith("pipe:") && !target.startsWith("/proc/")) {
            names.add(target);
          }
        } catch (IOException e) {
          // The directory's own, which is closed by now.
        }
      }
    }
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
    assertThat(run.seen().count(Outcome.KILLED)).isEqualTo(run.seen().changes().size());
  }

  @ParameterizedTest
  @CsvSource({"thread, leader", "shared, other"})
  void argumentsOfAScriptThatChangeAreSeen(String writer, String caller) throws Exception {
    Path script = script("say", "#!/bin/sh\necho \"$1\"\n");
    Run run = guarded.execs(without("evil"), "flip", "100", writer, caller, script.toString());
    assertThat(run.output()).as("" + run.seen()).contains("evil 0 ");
    assertThat(run.seen().troubles()).isEmpty();
  }
}
