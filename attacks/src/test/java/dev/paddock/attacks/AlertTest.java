package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.Stdio;
import dev.paddock.sandbox.event.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever races an exec loses everything, unless the policy says otherwise. */
class AlertTest {
  private Path root = Path.of("/nonexistent");
  private Path programs = root;

  @BeforeEach
  void layOut() throws IOException {
    root = Files.createTempDirectory("paddock-alert-").toRealPath();
    programs = Field.programs(root);
    Programs.copy("01-exec-race", root);
  }

  @AfterEach
  void cleanUp() throws IOException {
    Trees.delete(root);
  }

  @Test
  void aRaceThatIsNoticedEndsTheRun() throws Exception {
    Queue<Event> events = new ConcurrentLinkedQueue<>();
    Path scratch = Files.createDirectory(root.resolve("scratch"));
    Sandbox sandbox =
        Sandbox.builder()
            .read(root)
            .write(scratch)
            .denyExec("marker-d", "* arg-d")
            .onEvent(events::add)
            .build();
    Result result =
        sandbox.run(
            Command.of(
                    root.resolve("01-exec-race").toString(),
                    "alert",
                    "direct-args-thread",
                    "100000",
                    programs.toString(),
                    scratch.toString())
                .stdout(Stdio.none())
                .stderr(Stdio.none()));
    assertThat(result.outcome())
        .isInstanceOfSatisfying(
            Outcome.Stopped.class,
            stopped -> assertThat(stopped.rule()).isEqualTo("protections.alerts"));
    assertThat(result.status()).isEqualTo(Result.KILLED);
    assertThat(events)
        .anyMatch(
            event ->
                event instanceof Event.Alert alert
                    && alert.kind() == Event.Alert.Kind.ARGUMENTS_CHANGED
                    && alert.action() == Event.Action.TREE_KILLED
                    && !alert.judged().equals(alert.actual()));
  }
}
