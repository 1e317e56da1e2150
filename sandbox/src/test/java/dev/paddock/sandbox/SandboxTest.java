package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.policy.Policy.ViewMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxTest {
  @Test
  void runsACommandAndCapturesWhatItSays() throws Exception {
    Result result =
        Sandbox.builder().build().run(Command.of("sh", "-c", "echo out; echo err >&2; exit 3"));
    assertThat(text(result.stdout())).isEqualTo("out\n");
    assertThat(text(result.stderr())).isEqualTo("err\n");
    assertThat(result.status()).isEqualTo(3);
  }

  @Test
  void refusesToReadOutsideTheGrants(@TempDir Path folder) throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "s3cret");
    for (ViewMode mode : List.of(ViewMode.OFF, ViewMode.AUTO)) {
      Result result =
          Sandbox.builder().view(mode).build().run(Command.of("cat", secret.toString()));
      assertThat(result.status()).isEqualTo(1);
      assertThat(text(result.stderr()))
          .contains(mode == ViewMode.OFF ? "Permission denied" : "cat: " + secret);
      assertThat(text(result.stdout())).isEmpty();
    }
  }

  @Test
  void writesWhereItMay(@TempDir Path folder) throws Exception {
    Sandbox sandbox = Sandbox.builder().write(folder).build();
    Result result =
        sandbox.run(Command.of("sh", "-c", "echo hi > x; cat x").directory(folder.toString()));
    assertThat(text(result.stdout())).isEqualTo("hi\n");
    assertThat(folder.resolve("x")).hasContent("hi");
  }

  @Test
  void endsATreeThatTakesTooLong() throws Exception {
    Result result =
        Sandbox.builder()
            .build()
            .run(
                Command.of("sh", "-c", "trap '' TERM; while :; do sleep 1; done")
                    .timeout(Duration.ofMillis(200))
                    .grace(Duration.ofMillis(100)));
    assertThat(result.outcome()).isInstanceOf(Outcome.TimedOut.class);
    assertThat(result.status()).isEqualTo(124);
  }

  @Test
  void saysWhatIsNotFoundAndWhatMayNotRun(@TempDir Path folder) throws Exception {
    Sandbox sandbox = Sandbox.builder().build();
    assertThatThrownBy(() -> sandbox.run(Command.of("no-such-program")))
        .isInstanceOfSatisfying(SandboxException.class, e -> assertThat(e.status()).isEqualTo(127));
    Path script = Files.writeString(folder.resolve("script"), "#!/bin/sh\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    assertThatThrownBy(() -> sandbox.run(Command.of(script.toString())))
        .isInstanceOfSatisfying(SandboxException.class, e -> assertThat(e.status()).isEqualTo(126))
        .hasMessageContaining(script.toString());
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void aScriptThatNamesNoInterpreterIsTheShells(@TempDir Path directory) throws Exception {
    Path script = Files.writeString(directory.toRealPath().resolve("s"), "echo $0 $# $2; exit 3");
    Path foreign = directory.toRealPath().resolve("f");
    Files.write(foreign, new byte[] {0x7f, 'E', 'L', 'F', 0, 0, 0, 0});
    for (Path file : new Path[] {script, foreign}) {
      assertThat(file.toFile().setExecutable(true)).isTrue();
    }
    for (Sandbox.Builder builder :
        List.of(Sandbox.builder(), Sandbox.builder().denyExec("/usr/bin/sudo"))) {
      Sandbox sandbox = builder.read(directory.toRealPath()).build();
      Command command = Command.of(script.toString(), "a", "b c").stdout(Stdio.capture());
      Result result = sandbox.run(command.directory("/usr"));
      assertThat(new String(result.stdout(), StandardCharsets.UTF_8))
          .isEqualTo(script + " 2 b c\n");
      assertThat(result.status()).isEqualTo(3);
      assertThatThrownBy(() -> sandbox.run(Command.of(foreign.toString()).directory("/usr")))
          .isInstanceOf(SandboxException.class)
          .hasMessageContaining("ENOEXEC");
    }
    Sandbox denied =
        Sandbox.builder().read(directory.toRealPath()).denyExec(script.toString()).build();
    assertThatThrownBy(() -> denied.run(Command.of(script.toString()).directory("/usr")))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("EACCES");
  }
}
