package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Row 42: the doors of the JVM in which the supervisor works. A JVM with all of them open can be
 * entered bare, and not from inside; one with our flags has none of them.
 */
class OurselvesTest {
  private static final String PROGRAM = "42-ourselves";

  private static final List<String> OPEN =
      List.of(
          "-XX:+UsePerfData",
          "-XX:-DisableAttachMechanism",
          "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:0");

  /** As the image starts Paddock. */
  private static final List<String> OURS =
      List.of("-XX:-UsePerfData", "-XX:+DisableAttachMechanism");

  private Path root = Path.of("/nonexistent");
  private Path programs = root;
  private Path scratch = root;

  @BeforeEach
  void layOut() throws IOException {
    root = Files.createTempDirectory("paddock-ourselves-").toRealPath();
    programs = Files.createDirectory(root.resolve("programs"));
    scratch = Files.createDirectory(root.resolve("scratch"));
    Programs.copy(PROGRAM, programs);
  }

  @AfterEach
  void cleanUp() throws IOException {
    Trees.delete(root);
  }

  @ParameterizedTest
  @ValueSource(strings = {"attach", "perfdata", "ports"})
  void bareAnOpenJvmCanBeEntered(String way) throws Exception {
    try (Jvm jvm = new Jvm(OPEN)) {
      assertThat(Bare.run(command(way, jvm), null).output()).contains("result=worked");
    }
  }

  @ParameterizedTest
  @CsvSource({
    // It is told to open the door, and does not.
    "attach, access(.java_pid), none",
    "perfdata, glob(hsperfdata), none",
    "ports, /proc/PID/net/tcp, none"
  })
  void bareOursHasNoDoor(String way, String step, String word) throws Exception {
    try (Jvm jvm = new Jvm(OURS)) {
      assertThat(Bare.run(command(way, jvm), null).output())
          .isEqualTo("attack=42 step=" + step + " result=blocked as=" + word + "\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "attach, open(.attach_pid), errno=ENOENT",
    "perfdata, glob(hsperfdata), as=none",
    "ports, open(/proc/PID/net/tcp), errno=ENOENT"
  })
  void insideAnOpenOneIsOutOfReach(String way, String step, String word) throws Exception {
    Sandbox sandbox = Sandbox.builder().read(programs).write(scratch).build();
    try (Jvm jvm = new Jvm(OPEN)) {
      Run run = Inside.run(sandbox, Inside.command(command(way, jvm)));
      assertThat(run.output())
          .isEqualTo("attack=42 step=" + step + " result=blocked " + word + "\n");
    }
  }

  /** Even with the whole of /tmp granted, where a JVM keeps its doors. */
  @ParameterizedTest
  @CsvSource({"attach, open(.attach_pid), errno=ENOENT", "perfdata, read(hsperfdata), worked"})
  void insideWithTheTemporaryFolderGranted(String way, String step, String word) throws Exception {
    Sandbox sandbox = Sandbox.builder().read(programs).write(Path.of("/tmp")).build();
    try (Jvm jvm = new Jvm(OPEN)) {
      Run run = Inside.run(sandbox, Inside.command(command(way, jvm)));
      String result = word.equals("worked") ? word : "blocked " + word;
      assertThat(run.output()).isEqualTo("attack=42 step=" + step + " result=" + result + "\n");
    }
  }

  private List<String> command(String way, Jvm jvm) {
    return List.of(
        programs.resolve(PROGRAM).toString(), "42", way, Long.toString(jvm.process.pid()));
  }

  /** A JVM that waits until it is told to end. */
  private final class Jvm implements AutoCloseable {
    private final Process process;

    Jvm(List<String> flags) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m"));
      command.addAll(flags);
      command.addAll(
          List.of(
              "--enable-native-access=ALL-UNNAMED",
              "-cp",
              System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
              LifelineMain.class.getName(),
              programs.toString(),
              PROGRAM,
              scratch.toString(),
              ViewMode.AUTO.name()));
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      builder.environment().remove("JDK_JAVA_OPTIONS");
      process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
      if (process.getInputStream().read() != 'r') {
        close();
        throw new IOException("the JVM did not start");
      }
    }

    @Override
    public void close() throws IOException {
      try {
        process.getOutputStream().close();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
