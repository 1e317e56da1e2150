package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.event.Event;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many processes a tree may have, and what is told of each; in real runs. */
final class ProcessesTest {
  /** Forks until it is refused, lets all go, and does it again: no slot may be lost. */
  private static final String BOMB =
      """
      import os, signal
      def bomb():
        r, w = os.pipe()
        children = 0
        while True:
          try: pid = os.fork()
          except OSError as e:
            assert e.errno == 11, e
            break
          if pid == 0:
            os.close(w)
            os.read(r, 1)
            os._exit(0)
          children += 1
        os.close(w)
        os.close(r)
        for _ in range(children): os.wait()
        return children
      print([bomb() for _ in range(5)])
      """;

  private static String output(Result result) {
    String errors = new String(result.stderr(), StandardCharsets.UTF_8);
    assertThat(result.status()).as(errors).isZero();
    return new String(result.stdout(), StandardCharsets.UTF_8).strip();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 20, 100})
  void theLimitIsExactAndNoSlotIsLost(int most) throws Exception {
    Sandbox sandbox = Sandbox.builder().limits(Limits.none().processes(most)).build();
    int children = most - 1;
    assertThat(output(sandbox.run(Command.of("python3", "-I", "-c", BOMB).directory("/"))))
        .isEqualTo(("[" + (children + ", ").repeat(5)).replaceAll(", $", "]"));
  }

  @Test
  void theLimitIsExactWhileEachBirthIsRegistered() throws Exception {
    List<Event> events = new ArrayList<>();
    Sandbox sandbox =
        Sandbox.builder().limits(Limits.none().processes(10)).onEvent(events::add).build();
    assertThat(output(sandbox.run(Command.of("python3", "-I", "-c", BOMB).directory("/"))))
        .isEqualTo("[9, 9, 9, 9, 9]");
    assertThat(events)
        .filteredOn(Event.Fork.class::isInstance)
        .hasSize(45)
        .allSatisfy(fork -> assertThat(fork.head().parent()).isPositive());
    assertThat(events).filteredOn(Event.Exited.class::isInstance).hasSize(46);
    assertThat(events).filteredOn(Event.LimitReached.class::isInstance).isNotEmpty();
  }

  @Test
  void threadsDoNotCount() throws Exception {
    Sandbox sandbox = Sandbox.builder().limits(Limits.none().processes(1)).build();
    String script =
        """
        import threading
        done = []
        threads = [threading.Thread(target=lambda: done.append(1)) for _ in range(50)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(len(done))
        """;
    assertThat(output(sandbox.run(Command.of("python3", "-I", "-c", script).directory("/"))))
        .isEqualTo("50");
  }

  @Test
  void everyProcessIsToldWithItsParent() throws Exception {
    List<Event> events = new ArrayList<>();
    Sandbox sandbox = Sandbox.builder().onEvent(events::add).build();
    Command command =
        Command.of("sh", "-c", "i=0; while [ $i -lt 20 ]; do sh -c 'true | cat'; i=$((i+1)); done");
    output(sandbox.run(command.directory("/")));
    Map<Integer, Integer> parents = new HashMap<>();
    int target = 0;
    int ends = 0;
    for (Event event : events) {
      switch (event) {
        case Event.Started started -> target = started.head().pid();
        case Event.Fork fork -> {
          assertThat(fork.strength()).isEqualTo(Strength.VERIFIED);
          parents.put(fork.child(), fork.head().pid());
        }
        case Event.Exited exited -> {
          assertThat(exited.status()).isZero();
          ends++;
        }
        default -> {}
      }
    }
    assertThat(parents.values()).allMatch(parent -> parent != 0);
    int top = target;
    assertThat(parents.keySet())
        .allMatch(
            child ->
                parents.getOrDefault(child, 0) == top
                    || parents.containsKey(parents.getOrDefault(child, 0)));
    assertThat(ends).isEqualTo(parents.size() + 1);
  }

  @Test
  void nothingOfASandboxStaysOpen() throws Exception {
    Path descriptors = Path.of("/proc/self/fd");
    run(); // What the first run of this process opens for good.
    long before = count(descriptors);
    for (int i = 0; i < 20; i++) {
      run();
    }
    assertThat(count(descriptors)).isLessThanOrEqualTo(before);
  }

  private static void run() throws Exception {
    Sandbox sandbox = Sandbox.builder().denyExec("never").onEvent(_ -> {}).build();
    output(sandbox.run(Command.of("sh", "-c", "true; ls / >/dev/null 2>&1 | cat").directory("/")));
  }

  private static long count(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      return files.count();
    }
  }
}
