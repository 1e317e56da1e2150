package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row 18: whoever tries to outlive the run, by whatever way of forking. */
class SurvivorTest {
  private static final String PROGRAM = "18-survivors";
  private static final Duration SECOND = Duration.ofSeconds(1);

  private Path root = Path.of("/nonexistent");
  private Path programs = root;
  private Path scratch = root;

  @BeforeEach
  void layOut() throws IOException {
    root = Files.createTempDirectory("paddock-survivors-").toRealPath();
    programs = Files.createDirectory(root.resolve("programs"));
    scratch = Files.createDirectory(root.resolve("scratch"));
    Programs.copy(PROGRAM, programs);
    Programs.copy("nursery", root);
  }

  @AfterEach
  void cleanUp() throws IOException {
    Trees.delete(root);
  }

  @ParameterizedTest
  @ValueSource(strings = {"daemon", "hoppers", "storm", "vfork", "clone-parent", "orphan-stopped"})
  void bareTheyLive(String way) throws Exception {
    Process nursery =
        new ProcessBuilder(
                root.resolve("nursery").toString(),
                programs.resolve(PROGRAM).toString(),
                "18-" + way,
                way,
                "3",
                root.resolve("pulse").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(nursery.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(said).contains("result=tried");
    long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
    Set<Long> alive = ProcessTree.descendants(nursery.pid());
    long pulse = pulse(root);
    boolean beats = false;
    while (alive.isEmpty() && !beats && System.nanoTime() < end) {
      alive = ProcessTree.descendants(nursery.pid());
      beats = pulse(root) > pulse;
    }
    assertThat(beats || !alive.isEmpty()).as("somebody survives %s", way).isTrue();
    // They are all the nursery's, and who hops too fast to be hit ends by itself.
    long last = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!nursery.waitFor(1, TimeUnit.MILLISECONDS) && System.nanoTime() < last) {
      for (long pid : ProcessTree.descendants(nursery.pid())) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
    assertThat(nursery.isAlive()).as("the nursery still has children").isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"daemon", "hoppers", "storm", "vfork", "clone-parent", "orphan-stopped"})
  void insideNobodyIsLeft(String way) throws Exception {
    String mark = "PADDOCK_ATTACK=" + way + "-" + ProcessHandle.current().pid();
    Sandbox sandbox = Sandbox.builder().read(programs).write(scratch).build();
    Run run =
        Inside.run(
            sandbox,
            Inside.command(
                    List.of(
                        programs.resolve(PROGRAM).toString(),
                        "18-" + way,
                        way,
                        "60",
                        scratch.resolve("pulse").toString()),
                    mark)
                .directory(Inside.bytes(scratch.toString()))
                .timeout(Duration.ofSeconds(30)));
    long end = System.nanoTime() + SECOND.toNanos();
    long pulse = pulse(scratch);
    assertThat(run.output()).as(run.describe()).contains("result=tried");
    assertThat(run.status()).isEqualTo(20);
    Set<Long> alive = ProcessTree.withEnvironment(mark);
    while (!alive.isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      alive = ProcessTree.withEnvironment(mark);
    }
    assertThat(alive).as("survivors of %s, one second later", way).isEmpty();
    if (way.equals("hoppers")) {
      // A thousand hops a second each: a tenth of one would show whoever is left.
      LockSupport.parkNanos(SECOND.toNanos() / 10);
      assertThat(pulse).as("hops of the run").isPositive();
      assertThat(pulse(scratch)).as("hops after the run").isEqualTo(pulse);
    }
  }

  /** How often the hoppers have hopped. */
  private static long pulse(Path folder) throws IOException {
    Path file = folder.resolve("pulse");
    return Files.exists(file) ? Files.size(file) : 0;
  }
}
