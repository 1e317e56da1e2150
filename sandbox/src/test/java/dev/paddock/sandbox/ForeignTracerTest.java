package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.paddock.policy.PolicyBuilder;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.event.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose processes somebody else traces meanwhile: strace(1), as its users attach it. */
final class ForeignTracerTest {
  /** Makes processes and executes programs once it is told to. */
  private static final String SCRIPT =
      """
      echo ready >ready
      until [ -e go ]; do :; done
      i=0
      while [ $i -lt 20 ]; do (:); i=$((i+1)); done
      x=$(/bin/echo ran) && echo "$x" || echo "status $?"
      echo done
      """;

  @TempDir private Path folder = Path.of("");

  private final List<Event> events = new CopyOnWriteArrayList<>();

  @BeforeEach
  void mayTraceOthers() throws Exception {
    Path yama = Path.of("/proc/sys/kernel/yama/ptrace_scope");
    assumeThat(Files.exists(yama) ? Files.readString(yama).strip() : "0")
        .as("Yama keeps others from tracing")
        .isEqualTo("0");
  }

  private void await(Path file) throws InterruptedException {
    while (!Files.exists(file)) {
      Thread.onSpinWait();
    }
  }

  private Result run(Sandbox.Builder builder) throws Exception {
    return run(builder, 0);
  }

  private Result run(Sandbox.Builder builder, int status) throws Exception {
    Path place = folder.toRealPath();
    Path trace = place.resolve("trace");
    try (RunningSandbox running =
        builder
            .write(place)
            .build()
            .start(
                Command.of("/bin/sh", "-c", SCRIPT)
                    .directory("" + place)
                    .stdout(Stdio.capture())
                    .stderr(Stdio.capture()))) {
      await(place.resolve("ready"));
      Process strace = attach(running.pid(), trace);
      Files.createFile(place.resolve("go"));
      Result result = running.waitFor();
      assertThat(strace.waitFor()).isZero();
      assertThat(Files.readString(trace)).contains("exited with " + status);
      return result;
    }
  }

  /** Attached once it says so. */
  private static Process attach(int process, Path trace) throws IOException {
    Process strace =
        new ProcessBuilder("strace", "-f", "-o", "" + trace, "-p", "" + process)
            .redirectErrorStream(true)
            .start();
    assertThat(strace.inputReader().readLine()).contains("attached");
    return strace;
  }

  private static String output(Result result) {
    return new String(result.stdout(), StandardCharsets.UTF_8)
        + new String(result.stderr(), StandardCharsets.UTF_8);
  }

  @Test
  void aLimitHoldsAndNothingIsRefused() throws Exception {
    Result result = run(Sandbox.builder().limits(Limits.none().processes(20)));
    assertThat(output(result)).isEqualTo("ran\ndone\n");
    assertThat(result.notices()).isEmpty();
  }

  @Test
  void whoOnlyLooksSeesLess() throws Exception {
    Result result = run(Sandbox.builder().onEvent(events::add));
    assertThat(output(result)).isEqualTo("ran\ndone\n");
    assertThat(result.notices()).isEmpty();
    assertThat(events)
        .filteredOn(Event.Alert.class::isInstance)
        .first()
        .satisfies(
            event ->
                assertThat(((Event.Alert) event).actual().toString())
                    .contains("is traced already, by ")
                    .contains("(strace)"));
    assertThat(events)
        .filteredOn(Event.Exec.class::isInstance)
        .last()
        .satisfies(event -> assertThat(event.strength()).isEqualTo(Strength.OBSERVED));
  }

  @Test
  void whatARuleHasToVerifyIsRefusedAndTheTracerIsNamed() throws Exception {
    Result result = run(Sandbox.builder().denyExec("never"));
    assertThat(output(result))
        .isEqualTo("status 126\ndone\n/bin/sh: 5: /bin/echo: Operation not permitted\n");
    assertThat(result.notices())
        .singleElement()
        .asString()
        .contains("(sh) is traced already, by ")
        .contains("(strace)")
        .endsWith("could not be verified, and was refused");
  }

  /** Whose child somebody is, only its birth tells for certain. */
  @Test
  void aRuleForSignalsHasToSeeEveryBirth() throws Exception {
    byte[] policy =
        "extends = \"base\"\n[signals]\ndeny = [\"children:SIGKILL\"]\n"
            .getBytes(StandardCharsets.UTF_8);
    Result result = run(Sandbox.builder().policy(PolicyFile.parse("test", policy)), 2);
    assertThat(output(result)).contains("Cannot fork");
  }

  @Test
  void anAttachToASupervisedRunIsRefused() throws Exception {
    try (RunningSandbox running =
        Sandbox.builder().denyExec("never").build().start(Command.of("cat").stdin(Stdio.pipe()))) {
      Attachment.Order order =
          new Attachment.Order(
              new PolicyBuilder().build(),
              SupervisionOptions.builder().session("s1").build(),
              false);
      assertThatThrownBy(() -> Attachment.to(running.pid(), order))
          .isInstanceOf(SandboxException.class)
          .hasMessageContaining("is in a sandbox whose supervisor, process ");
      running.stdin().close();
      assertThat(running.waitFor().status()).isZero();
    }
  }
}
