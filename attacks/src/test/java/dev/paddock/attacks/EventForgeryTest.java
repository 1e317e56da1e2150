package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.event.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 44 and 45: what a program calls itself and its arguments cannot forge a record of it. */
class EventForgeryTest {
  private static final String FORGED = "\n{\"event\":\"forged\",\"sequence\":1}\n";

  private Path root = Path.of("/nonexistent");
  private Path programs = root;
  private Path scratch = root;
  private Path log = root;

  @BeforeEach
  void layOut() throws IOException {
    root = Files.createTempDirectory("paddock-forgery-").toRealPath();
    programs = Field.programs(root);
    scratch = Files.createDirectory(root.resolve("scratch"));
    log = root.resolve("events.jsonl");
  }

  @AfterEach
  void cleanUp() throws IOException {
    Trees.delete(root);
  }

  /** What a log that writes arguments as they are would come to. */
  @Test
  void bareAPlainRecordIsForged() throws Exception {
    Run run =
        Bare.run(
            List.of(
                "/usr/bin/env", "MARKER_SHOW=1", programs.resolve("marker-a").toString(), FORGED),
            null);
    assertThat(run.output().lines()).contains(FORGED.strip());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        FORGED,
        "\",\"event\":\"forged\",\"x\":\"",
        "\\\",\"event\":\"forged\",\"x\":\"\\",
        "\u001b]0;owned\u0007\u001b[2K\r",
        "\u2028{\"event\":\"forged\"}\u2028\u202e",
        "\u0000ff\u0000fe"
      })
  void theTargetsOwnArgumentsForgeNothing(String hostile) throws Exception {
    String argument = hostile.replace("\u0000", "");
    Path program = Files.copy(programs.resolve("marker-a"), hostileFolder().resolve("m-a"));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertNothingForged(
        Sandbox.builder(),
        List.of(program.toString(), argument, "-".repeat(100)),
        "MARKER_SHOW=" + argument);
  }

  /** The same by programs that the target starts, which the exec guard tells. */
  @ParameterizedTest
  @ValueSource(strings = {"newline", "not-text"})
  void innerProgramsForgeNothing(String way) throws Exception {
    String missing = Rules.EXEC.missing();
    Assumptions.assumeTrue(missing == null, missing);
    Path program = Programs.copy("05-strings", programs);
    String lines =
        assertNothingForged(
            Rules.EXEC.builder(),
            List.of(program.toString(), "44", way, programs.toString(), scratch.toString()));
    assertThat(lines).as("the denial is told").contains("\"decision\":\"deny\"");
  }

  @Test
  void theRecordIsForItsOwnerAlone() throws Exception {
    assertNothingForged(
        Sandbox.builder(), List.of(programs.resolve("marker-a").toString()), "MARKER_SHOW=1");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
        .isEqualTo("rw-------");
  }

  /** An environment is where secrets are: none of it is told. */
  @Test
  void theEnvironmentIsNotTold() throws Exception {
    String lines =
        assertNothingForged(
            Sandbox.builder(),
            List.of(programs.resolve("marker-a").toString()),
            "MARKER_SHOW=1",
            "API_TOKEN=hunter2hunter2");
    assertThat(lines).doesNotContain("hunter2");
  }

  private Path hostileFolder() throws IOException {
    return Files.createDirectory(programs.resolve("\u001b[31m" + FORGED.replace("/", "")));
  }

  /** Runs it with a record, and returns that. */
  private String assertNothingForged(
      Sandbox.Builder builder, List<String> command, String... environment) throws Exception {
    List<Event> told = new CopyOnWriteArrayList<>();
    Sandbox sandbox =
        builder.read(programs).write(scratch).events(log).onEvent(told::add).name("x").build();
    Inside.run(sandbox, Inside.command(command, environment));
    byte[] bytes = Files.readAllBytes(log);
    for (byte b : bytes) {
      // Below this are control characters, above it what a terminal may take for one.
      assertThat(b == '\n' || (b >= 0x20 && b != 0x7f)).as("a byte of the record: %d", b).isTrue();
    }
    String text = new String(bytes, StandardCharsets.US_ASCII);
    List<String> lines = text.lines().toList();
    assertThat(lines).hasSameSizeAs(told);
    assertThat(lines).hasSizeGreaterThanOrEqualTo(2);
    List<String> kinds = new ArrayList<>();
    for (String line : lines) {
      assertThat(line).startsWith("{\"time\":\"").endsWith("}");
      // What is left without its strings is punctuation and numbers: no string was broken open.
      assertThat(line.replaceAll("\"(?:[^\"\\\\]|\\\\.)*\"", "s"))
          .matches("[{}\\[\\]s:,0-9.truefalsn-]+");
      int at = line.indexOf(",\"event\":\"");
      kinds.add(line.substring(at + 10, line.indexOf('"', at + 10)));
    }
    assertThat(kinds).contains("start", "end").doesNotContain("forged");
    return text;
  }
}
