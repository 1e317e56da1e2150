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
    Sandbox sandbox = sandbox(ViewMode.AUTO);
    String which = "stat -c '%i %w' \"$HOME\""; // A number alone may be given again.
    String first = shell(sandbox, which);
    String kept = shell(sandbox, "ls -la \"$HOME\" >/dev/null; " + which);
    assertThat(kept).isNotEqualTo(first);
    boolean served = kept.equals(shell(sandbox, which));
    assumeTrue(served, "no process numbers of its own, or times of changes are too coarse");
    for (String change :
        List.of(
            "touch $HOME/left",
            "touch $HOME/x; rm $HOME/x; touch -d 2001-01-01 $HOME",
            "chmod 755 $HOME; chmod 700 $HOME",
            "touch -d 2001-01-01 $HOME")) {
      String before = shell(sandbox, which);
      assertThat(shell(sandbox, which + "; " + change)).isEqualTo(before);
      assertThat(shell(sandbox, which)).as(change).isNotEqualTo(before);
    }
  }

  /** Without process numbers of its own, what is killed last could survive, and change it. */
  @Test
  void withoutProcessNumbersOfItsOwnNothingIsKept() throws Exception {
    Sandbox sandbox = sandbox(ViewMode.OFF);
    for (int i = 0; i < 3; i++) {
      assertThat(Path.of(shell(sandbox, "echo $TMPDIR"))).doesNotExist();
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
