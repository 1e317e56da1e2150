package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.event.Event;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that rules refuse, or whoever decides, in real runs. */
final class ExecRulesTest {
  @TempDir private Path folder = Path.of("");

  private static String shell(Sandbox sandbox, String script) throws Exception {
    Result result =
        sandbox.run(Command.of("sh", "-c", script).stdout(Stdio.capture()).stderr(Stdio.capture()));
    return new String(result.stdout(), StandardCharsets.UTF_8).strip();
  }

  @Test
  void aDeniedProgramIsRefusedHoweverItIsNamed() throws Exception {
    Sandbox sandbox = Sandbox.builder().denyExec("id").build();
    assertThat(
            shell(
                sandbox,
                """
                id -u 2>/dev/null; echo $?
                /usr/bin/id -u 2>/dev/null; echo $?
                env id -u 2>/dev/null; echo $?
                cd /usr/bin; ./id 2>/dev/null; echo $?
                exec 3</usr/bin/id; /proc/self/fd/3 2>/dev/null; echo $?
                /lib64/ld-linux-x86-64.so.2 /usr/bin/id 2>/dev/null; echo $?
                uname
                """))
        .isEqualTo("126\n126\n126\n126\n126\n126\nLinux");
  }

  @Test
  void aSymbolicLinkLeadsToWhatItLeadsTo() throws Exception {
    Path real = folder.toRealPath();
    Files.createSymbolicLink(real.resolve("innocent"), Path.of("/usr/bin/id"));
    Sandbox sandbox = Sandbox.builder().read(real).denyExec("/usr/bin/id").build();
    assertThat(shell(sandbox, real + "/innocent 2>/dev/null; echo $?")).isEqualTo("126");
  }

  @Test
  void argumentsDecide() throws Exception {
    Sandbox sandbox = Sandbox.builder().denyExec("echo --force*").build();
    assertThat(
            shell(
                sandbox,
                """
                /bin/echo fine
                /bin/echo x --force 2>/dev/null || echo refused
                LD_PRELOAD=/nothing.so /bin/echo hello 2>/dev/null || echo injected
                """))
        .isEqualTo("fine\nrefused\ninjected");
  }

  @Test
  void aScriptIsJudgedByItselfAndByItsInterpreter() throws Exception {
    Path script =
        Files.writeString(folder.toRealPath().resolve("tool"), "#!/usr/bin/env sh\necho ran\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    Sandbox open = Sandbox.builder().read(folder.toRealPath()).denyExec("never").build();
    assertThat(shell(open, script.toString())).isEqualTo("ran");
    Sandbox name = Sandbox.builder().read(folder.toRealPath()).denyExec("tool").build();
    assertThat(shell(name, script + " 2>/dev/null || echo no")).isEqualTo("no");
    Sandbox interpreter = Sandbox.builder().read(folder.toRealPath()).denyExec("env").build();
    assertThat(shell(interpreter, script + " 2>/dev/null || echo no")).isEqualTo("no");
  }

  /** A shell says "bad interpreter: Permission denied", which leads nobody to the rule. */
  @Test
  void afterAFailureItIsSaidWhatWasRefused() throws Exception {
    Path script =
        Files.writeString(folder.toRealPath().resolve("tool"), "#!/usr/bin/env sh\necho ran\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    Sandbox sandbox = Sandbox.builder().read(folder.toRealPath()).denyExec("env", "id").build();
    Command command =
        Command.of("bash", "-c", script + "; " + script + "; id").stderr(Stdio.none());
    assertThat(sandbox.run(command).notices())
        .containsExactly(
            "/usr/bin/env was refused by exec.deny \"env\" (API); other programs that were refused:"
                + " 1");
    assertThat(sandbox.run(Command.of("sh", "-c", script + "; true")).notices()).isEmpty();
  }

  @Test
  void theFirstProgramIsJudgedToo() throws Exception {
    Sandbox sandbox = Sandbox.builder().denyExec("id").build();
    assertThatThrownBy(() -> sandbox.run(Command.of("id")))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> {
              assertThat(e.status()).isEqualTo(SandboxException.NOT_EXECUTABLE);
              assertThat(e).hasMessageContaining("exec.deny \"id\"");
            });
  }

  @Test
  void somebodyDecides() throws Exception {
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    Sandbox sandbox =
        Sandbox.builder()
            .denyExec("id")
            .onExec(
                question -> {
                  asked.add(question.toString());
                  return question.executable().toString().endsWith("/uname")
                      ? Decision.deny("not that")
                      : Decision.allow();
                })
            .build();
    assertThat(
            shell(
                sandbox,
                "uname 2>/dev/null; echo $?; id 2>/dev/null; echo $?; true; ls /usr >/dev/null &&"
                    + " echo ok"))
        .isEqualTo("126\n126\nok");
    assertThat(asked)
        .anyMatch(line -> line.contains("uname"))
        .noneMatch(line -> line.endsWith("/id"));
  }

  @Test
  void whoeverDecidesAndThrowsRefuses() throws Exception {
    Sandbox sandbox =
        Sandbox.builder()
            .onExec(
                question -> {
                  if (question.executable().toString().endsWith("/uname")) {
                    throw new IllegalStateException("on purpose");
                  }
                  return Decision.allow();
                })
            .build();
    assertThat(shell(sandbox, "uname 2>/dev/null; echo $?")).isEqualTo("126");
  }

  @Test
  void aTreeThatIsKilledWhileSomebodyDecidesEnds() throws Exception {
    CountDownLatch deciding = new CountDownLatch(1);
    Sandbox sandbox =
        Sandbox.builder()
            .onExec(
                question -> {
                  if (question.executable().toString().endsWith("/uname")) {
                    deciding.countDown();
                    new CountDownLatch(1).await();
                  }
                  return Decision.allow();
                })
            .build();
    try (RunningSandbox running = sandbox.start(Command.of("sh", "-c", "uname; true"))) {
      deciding.await();
      running.kill();
      assertThat(running.waitFor().outcome()).isInstanceOf(Outcome.Terminated.class);
    }
  }

  @Test
  void everyExecIsAnEvent() throws Exception {
    List<Event> events = new ArrayList<>();
    Sandbox sandbox = Sandbox.builder().denyExec("id").onEvent(events::add).build();
    assertThat(shell(sandbox, "uname -s; id 2>/dev/null; /bin/echo 'a\nb'"))
        .isEqualTo("Linux\na\nb");
    List<String> lines = new ArrayList<>();
    for (Event event : events) {
      if (event instanceof Event.Exec exec) {
        lines.add(
            exec.decision().label()
                + " "
                + exec.executable()
                + " "
                + exec.arguments().values()
                + " "
                + exec.strength().label());
      }
    }
    assertThat(lines)
        .contains("allow /usr/bin/uname [uname, -s] verified", "deny /usr/bin/id [id] verified")
        .anyMatch(line -> line.startsWith("allow /usr/bin/echo [/bin/echo, a\\x0Ab]"));
  }

  @Test
  void pipelinesAndManyThreadsRunAsEver() throws Exception {
    Sandbox sandbox = Sandbox.builder().denyExec("never").build();
    assertThat(
            shell(
                sandbox,
                """
                i=0; while [ $i -lt 100 ]; do
                  sh -c 'echo a | cat | cat' || exit 1; i=$((i+1)); done | sort | uniq -c | tr -d ' '
                """))
        .isEqualTo("100a");
  }

  @Test
  void aRuleTellsWhereItsAuthorWantsThat() throws Exception {
    Path elsewhere = folder.toRealPath().resolve("elsewhere");
    for (boolean tell : new boolean[] {true, false}) {
      String rules =
          """
          extends = "base"
          [files]
          write = ["%s"]
          [[exec.rules]]
          match = "id"
          decision = "deny"
          message = "who you are\\nis nobody's business"
          tell = %s
          """
              .formatted(elsewhere.getParent(), tell);
      Policy policy = PolicyFile.parse("test", rules.getBytes(StandardCharsets.UTF_8));
      Sandbox sandbox = Sandbox.builder().policy(policy).build();
      String script = "id 2>/dev/null; id; id 2>" + elsewhere + "; exec 2>&-; id; true";
      Result result =
          sandbox.run(
              Command.of("sh", "-c", script).stdout(Stdio.capture()).stderr(Stdio.capture()));
      long told =
          new String(result.stderr(), StandardCharsets.UTF_8)
              .lines()
              .filter("paddock: who you are is nobody's business"::equals)
              .count();
      assertThat(result.status()).isZero();
      assertThat(told).isEqualTo(tell ? 1 : 0);
      assertThat(Files.readString(elsewhere)).doesNotContain("paddock");
    }
  }

  @Test
  void aScriptIsRefusedWhatHasPowerOverItsInterpreter() throws Exception {
    Path script =
        Files.writeString(folder.toRealPath().resolve("tool"), "#!/usr/bin/env bash\necho ran\n");
    assertThat(script.toFile().setExecutable(true, false)).isTrue();
    Sandbox sandbox = Sandbox.builder().read(script).denyExec("tool --force").build();
    assertThat(
            shell(
                sandbox,
                """
                %1$s
                BASH_ENV=/dev/null %1$s 2>/dev/null || echo refused
                PERL5OPT=-w %1$s
                """
                    .formatted(script)))
        .isEqualTo("ran\nrefused\nran");
  }
}
