package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.paddock.linux.Processes;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.sandbox.event.Event;
import dev.paddock.sandbox.run.RunReports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A program that its user may execute and not read, and so not look at while it runs. */
final class UnreadableProgramTest {
  @TempDir private Path folder = Path.of("");

  private final List<Event> events = new CopyOnWriteArrayList<>();
  private Path program = Path.of("");

  @BeforeEach
  void make() throws IOException {
    assumeThat(Processes.effectiveUid()).as("root reads everything").isNotZero();
    program = Files.copy(Path.of("/bin/sh"), folder.toRealPath().resolve("sh"));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("--x--x--x"));
  }

  /** Whatever only looks, and what limits without asking which programs there are. */
  enum Look {
    PLAIN,
    EVENTS,
    DENIALS,
    TRACED,
    LIMIT,
    FORKS;

    Sandbox.Builder apply(Sandbox.Builder builder) {
      return switch (this) {
        case PLAIN, EVENTS -> builder;
        case DENIALS -> builder.denials();
        case TRACED -> builder.traced();
        case LIMIT -> builder.limits(Limits.none().processes(20));
        case FORKS -> builder.holdableForks();
      };
    }
  }

  private Result run(Sandbox.Builder builder, String script) throws Exception {
    // In a user name space that is ours, nothing of a program is hidden from us.
    return builder
        .view(ViewMode.OFF)
        .read(folder.toRealPath())
        .build()
        .run(Command.of("/bin/sh", "-c", script).stdout(Stdio.capture()).stderr(Stdio.capture()));
  }

  @ParameterizedTest
  @EnumSource(Look.class)
  void itAndWhatItExecutesRunAsBare(Look look) throws Exception {
    Sandbox.Builder builder = look.apply(Sandbox.builder());
    if (look != Look.PLAIN && look != Look.DENIALS) {
      builder = builder.onEvent(events::add);
    }
    String inner = "/bin/echo a; (/bin/echo b); cat /nowhere; exec /bin/echo c";
    Result result = run(builder, program + " -c '" + inner + "'; echo $?");
    assertThat(new String(result.stdout(), StandardCharsets.UTF_8))
        .as(new String(result.stderr(), StandardCharsets.UTF_8))
        .isEqualTo("a\nb\nc\n0\n");
    assertThat(events)
        .filteredOn(Event.Alert.class::isInstance)
        .allMatch(event -> ((Event.Alert) event).action() == Event.Action.REPORTED);
    if (look == Look.EVENTS || look == Look.TRACED) {
      assertThat(events)
          .filteredOn(event -> event.strength() == Strength.OBSERVED)
          .filteredOn(Event.Exec.class::isInstance)
          .first()
          .satisfies(
              event -> {
                Event.Exec exec = (Event.Exec) event;
                assertThat(exec.decision()).isEqualTo(Event.Decision.ALLOW);
                assertThat(exec.message()).isEqualTo(RunReports.UNSEEN);
              });
    }
  }

  @Test
  void whereARuleHasToKnowItItIsRefusedByTheRule() throws Exception {
    Result result =
        run(
            Sandbox.builder().denyExec("never").onEvent(events::add),
            program + " -c 'echo a' || echo $?");
    assertThat(new String(result.stdout(), StandardCharsets.UTF_8)).isEqualTo("126\n");
    assertThat(events)
        .filteredOn(Event.Exec.class::isInstance)
        .last()
        .satisfies(
            event -> {
              Event.Exec exec = (Event.Exec) event;
              assertThat(exec.decision()).isEqualTo(Event.Decision.DENY);
              assertThat(exec.rule()).isEqualTo("exec.deny \"never\" (API)");
              assertThat(exec.message()).contains("cannot be read");
            });
  }

  @Test
  void whereSomebodyDecidesItIsRefused() throws Exception {
    Result result =
        run(Sandbox.builder().onExec(_ -> Decision.allow()), program + " -c 'echo a' || echo $?");
    assertThat(new String(result.stdout(), StandardCharsets.UTF_8)).isEqualTo("126\n");
  }
}
