package dev.paddock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The process itself: bytes in, signals, the exit status. */
final class MainTest {
  /** What starts the program, for a shell: this JVM's classes, and no signal ignored. */
  private static final String PADDOCK =
      "env --default-signal "
          + Text.quote(Bytes.utf8(System.getProperty("java.home") + "/bin/java"))
          + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp "
          + Text.quote(Bytes.utf8(classPath()))
          + " dev.paddock.cli.Main ";

  @Test
  void argumentsAndEnvironmentAreBytes() throws Exception {
    Process process =
        bash(
            "export ODD=$'\\xc3\\x28'; exec "
                + PADDOCK
                + "run --pass-env ODD -- bash -c 'printf \"%s|\" \"$ODD\" \"$@\"' x $'\\xff\\n"
                + "' '' -e --");
    byte[] output = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    byte[] odd = {(byte) 0xc3, 0x28, '|', (byte) 0xff, '\n', '|'};
    assertThat(output).isEqualTo(Bytes.join(odd, Bytes.utf8("|-e|--|")));
  }

  @Test
  void theExactEnvironmentIsWhatWasHandedOver() throws Exception {
    // As the start script does it: base64 of A=1, NUL, TERM=x, NUL.
    Process process =
        bash(
            "PADDOCK_ENVIRON_0=QT0xAFRFUk09eAA= exec "
                + PADDOCK
                + "run --inherit-env -- /usr/bin/env");
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(output).isEqualTo("A=1\nTERM=x\n");
    assertThat(process.waitFor()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"INT,130", "TERM,143", "HUP,129"})
  void aSignalEndsTheTreeFirst(String signal, int status) throws Exception {
    Process process = bash("exec " + PADDOCK + "run -- bash -c 'trap \"\" TERM; echo; sleep 600'");
    assertThat(process.getInputStream().read()).isEqualTo('\n');
    Process kill = new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start();
    assertThat(kill.waitFor()).isZero();
    // The tree ignores TERM, so it is killed after the grace; then nobody holds the pipe any more.
    assertThat(process.getInputStream().read()).isEqualTo(-1);
    assertThat(process.waitFor()).isEqualTo(status);
  }

  @Test
  void theStatusIsTheProcessesOwn() throws Exception {
    for (int status : new int[] {0, 3, 127}) {
      Process process = bash("exec " + PADDOCK + "run -q -- sh -c 'exit " + status + "'");
      assertThat(process.waitFor()).isEqualTo(status);
    }
  }

  @Test
  void theStartScriptCanSayThatTheDirectoryIsGone() throws Exception {
    Process process = bash("PADDOCK_DIRECTORY_GONE=1 exec " + PADDOCK + "run ls");
    String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(error).contains("paddock: the current directory has been deleted;");
    assertThat(process.waitFor()).isEqualTo(125);
  }

  /** Read from standard input by the shell, so that the script can hold any byte. */
  private static Process bash(String script) throws IOException {
    Process bash = new ProcessBuilder("/bin/bash", "-s").start();
    try (OutputStream stdin = bash.getOutputStream()) {
      stdin.write(Bytes.utf8(script + "\n"));
    }
    return bash;
  }

  private static String classPath() {
    String modules = System.getProperty("jdk.module.path", "");
    String classes = System.getProperty("java.class.path", "");
    return modules.isEmpty() || classes.isEmpty() ? modules + classes : modules + ":" + classes;
  }
}
