package dev.paddock.sandbox.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.policy.BuiltIns;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Sandbox;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run finds nothing of the one before, also where both have the same directory. */
class PrivateDirectoryTest {
  @TempDir private Path work;

  private String shell(Sandbox sandbox, String script) throws Exception {
    Command command = Command.of("sh", "-c", "exec 2>&1\n" + script).directory("" + work);
    return new String(sandbox.run(command).stdout(), StandardCharsets.UTF_8).strip();
  }

  private Sandbox sandbox(ViewMode mode) throws Exception {
    return Sandbox.builder().policy(BuiltIns.get("build")).workspace(work).view(mode).build();
  }

  @Test
  void whatWasLeftAsItWasServesAgain() throws Exception {
    Sandbox sandbox = sandbox(ViewMode.OFF);
    assertThat(Path.of(shell(sandbox, "echo $TMPDIR"))).doesNotExist();
    String kept = shell(sandbox, "ls -la $TMPDIR >/dev/null; echo $TMPDIR");
    assumeTrue(kept.equals(shell(sandbox, "echo $TMPDIR")), "times of changes are too coarse");
    for (String change :
        List.of(
            "touch $TMPDIR/left",
            "touch $TMPDIR/x; rm $TMPDIR/x; touch -d 2001-01-01 $TMPDIR",
            "chmod 755 $TMPDIR; chmod 700 $TMPDIR",
            "touch -d 2001-01-01 $TMPDIR")) {
      String before = shell(sandbox, "echo $TMPDIR");
      assertThat(shell(sandbox, "echo $TMPDIR; " + change)).isEqualTo(before);
      assertThat(Path.of(before)).as(change).doesNotExist();
      assertThat(shell(sandbox, "ls -A $TMPDIR; echo $TMPDIR")).as(change).isNotEqualTo(before);
    }
  }

  @Test
  void noRunFindsWhatAnotherHasLeft() throws Exception {
    Sandbox sandbox = sandbox(ViewMode.AUTO);
    String look =
        "ls -A /tmp \"$HOME\"; stat -c %a /tmp; find \"$HOME\" -maxdepth 1 -newermt 2100-01-01; ";
    String first = shell(sandbox, look);
    for (String change :
        List.of(
            "true",
            "touch /tmp/left",
            "touch \"$HOME/left\"",
            "chmod 755 /tmp",
            "mkdir -p \"$HOME/.config/x\"",
            "find \"$HOME\" -maxdepth 1 -exec touch -d 2101-01-01 {} + 2>/dev/null || :")) {
      assertThat(shell(sandbox, look + change)).as("before %s", change).isEqualTo(first);
      assertThat(shell(sandbox, look)).as("after %s", change).isEqualTo(first);
    }
    try (var left = Files.list(work)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void runsAtTheSameTimeShareNothing() throws Exception {
    String look = "test -e $TMPDIR/left && echo found";
    for (ViewMode mode : List.of(ViewMode.AUTO, ViewMode.OFF)) {
      Sandbox sandbox = sandbox(mode);
      Callable<String> runs =
          () -> {
            StringBuilder found = new StringBuilder();
            for (int i = 0; i < 20; i++) { // Every other run leaves all as it was.
              found.append(shell(sandbox, look + (i % 2 == 0 ? "; touch $TMPDIR/left" : "")));
            }
            return found.toString();
          };
      try (var threads = Executors.newFixedThreadPool(4)) {
        List<Future<String>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          all.add(threads.submit(runs));
        }
        for (Future<String> each : all) {
          assertThat(each.get()).isEmpty();
        }
      }
    }
  }
}
