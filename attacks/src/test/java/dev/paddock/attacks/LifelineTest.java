package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.sandbox.Feature;
import dev.paddock.sandbox.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Row 49: the JVM, init, its partner, or several of them, killed at random moments of a run: one
 * second later nobody of the tree is left. Everything lives below a nursery, from which no process
 * can get away, so that "nobody" is the kernel's word and not a matter of names.
 */
class LifelineTest {
  private static final int MOMENTS = 200;
  private static final int MOMENTS_AT_MOST = 600;
  private static final int MOMENTS_A_STEP = 10;
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String PROGRAM = "18-survivors";

  /** How far a launch is, as /proc shows it. */
  private enum Step {
    NOTHING,
    PARTNER,
    INIT,
    TARGET_BEFORE_EXEC,
    TARGET
  }

  /** Who is shot. */
  private enum Victim {
    JVM,
    INIT,
    PARTNER
  }

  private static final List<Set<Victim>> SHOTS =
      List.of(
          EnumSet.of(Victim.JVM),
          EnumSet.of(Victim.INIT),
          EnumSet.of(Victim.PARTNER),
          EnumSet.of(Victim.INIT),
          EnumSet.of(Victim.PARTNER),
          EnumSet.of(Victim.JVM, Victim.INIT),
          EnumSet.of(Victim.JVM, Victim.PARTNER));

  /** Only the kernel ends what has lost both: in a pid name space of its own. */
  private static final List<Set<Victim>> SHOTS_IN_A_VIEW =
      List.of(EnumSet.of(Victim.INIT, Victim.PARTNER), EnumSet.allOf(Victim.class));

  private record Sight(Step step, long partner, long init, long target) {}

  private Path root = Path.of("/nonexistent");
  private @Nullable Process nursery;
  private long jvm;

  @BeforeEach
  void layOut() throws IOException {
    root = Files.createTempDirectory("paddock-lifeline-").toRealPath();
    Programs.copy("nursery", root);
    Files.createDirectory(root.resolve("programs"));
    Files.createDirectory(root.resolve("scratch"));
    Programs.copy(PROGRAM, root.resolve("programs"));
  }

  @AfterEach
  void cleanUp() throws Exception {
    Process last = nursery;
    if (last != null) {
      ProcessHandle.of(jvm).ifPresent(ProcessHandle::destroyForcibly);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!last.waitFor(5, TimeUnit.MILLISECONDS) && System.nanoTime() < end) {
        // Only after a failure is anybody left here; all of them are ours.
        for (long pid : ProcessTree.descendants(last.pid())) {
          ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    }
    Trees.delete(root);
  }

  @ParameterizedTest
  @EnumSource(names = {"OFF", "REQUIRE"})
  void nobodyOutlivesItsSupervisor(ViewMode view) throws Exception {
    boolean off = view == ViewMode.OFF;
    Feature processes = Host.probe().view(ViewPart.PROCESSES);
    Assumptions.assumeTrue(off || processes.available(), processes.detail());
    List<Set<Victim>> shots = new ArrayList<>(SHOTS);
    if (!off) {
      shots.addAll(SHOTS_IN_A_VIEW);
    }
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Map<Step, Integer> hits = new EnumMap<>(Step.class);
    long slowest = 0;
    int moments = 0;
    while (moments < MOMENTS || shortOf(hits)) {
      assertThat(moments)
          .as("moments until every step was hit often enough: %s (seed %s)", hits, seed)
          .isLessThan(MOMENTS_AT_MOST);
      Process tree = nursery == null ? start(view) : nursery;
      Step wanted = rarest(hits, random);
      Set<Victim> shot = shots.get(random.nextInt(shots.size()));
      tree.getOutputStream().write('g');
      tree.getOutputStream().flush();
      Sight sight = await(wanted);
      if (sight.step() == Step.TARGET) {
        LockSupport.parkNanos(random.nextLong(Duration.ofMillis(3).toNanos()));
      }
      boolean jvmShot = shoot(shot, sight);
      long shotAt = System.nanoTime();
      Set<Long> left = awaitNobody(tree, jvmShot, shotAt);
      slowest = Math.max(slowest, System.nanoTime() - shotAt);
      assertThat(left)
          .as("left a second after %s were killed at %s (seed %s)", shot, sight, seed)
          .isEmpty();
      if (jvmShot) {
        nursery = null;
      } else {
        assertThat(tree.getInputStream().read())
            .as("the answer of the JVM after %s were killed at %s (seed %s)", shot, sight, seed)
            .isIn((int) '.', (int) '!');
      }
      hits.merge(sight.step(), 1, Integer::sum);
      moments++;
    }
    Files.writeString(
        Files.createDirectories(reportFolder())
            .resolve("lifeline-" + (off ? "no-view" : "view") + ".md"),
        "Moments: " + hits + "; slowest end of a tree: " + slowest / 1_000_000 + " ms\n");
  }

  private static Path reportFolder() {
    Path folder = Path.of(System.getProperty("paddock.attacks.report", "target"));
    return Files.isWritable(folder) ? folder : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static boolean shortOf(Map<Step, Integer> hits) {
    for (Step step : Step.values()) {
      if (step != Step.NOTHING && hits.getOrDefault(step, 0) < MOMENTS_A_STEP) {
        return true;
      }
    }
    return false;
  }

  /** Mostly any step, now and then the one that was hit least. */
  private static Step rarest(Map<Step, Integer> hits, Random random) {
    Step[] steps = Step.values();
    Step chosen = steps[1 + random.nextInt(steps.length - 1)];
    if (random.nextBoolean()) {
      for (Step step : steps) {
        if (step != Step.NOTHING && hits.getOrDefault(step, 0) < hits.getOrDefault(chosen, 0)) {
          chosen = step;
        }
      }
    }
    return chosen;
  }

  private Process start(ViewMode view) throws IOException {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Process process =
        new ProcessBuilder(
                root.resolve("nursery").toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                path,
                LifelineMain.class.getName(),
                root.resolve("programs").toString(),
                PROGRAM,
                root.resolve("scratch").toString(),
                view.name())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    nursery = process;
    assertThat(process.getInputStream().read()).as("the JVM is ready").isEqualTo('r');
    List<Long> children = ProcessTree.children(process.pid());
    assertThat(children).hasSize(1);
    jvm = children.getFirst();
    return process;
  }

  private Sight look() {
    List<Long> partners = ProcessTree.children(jvm);
    if (partners.isEmpty()) {
      return new Sight(Step.NOTHING, 0, 0, 0);
    }
    long partner = partners.getFirst();
    List<Long> inits = ProcessTree.children(partner);
    if (inits.isEmpty()) {
      return new Sight(Step.PARTNER, partner, 0, 0);
    }
    long init = inits.getFirst();
    List<Long> targets = ProcessTree.children(init);
    if (targets.isEmpty()) {
      return new Sight(Step.INIT, partner, init, 0);
    }
    long target = targets.getFirst();
    boolean before = ProcessTree.executable(target).equals(ProcessTree.executable(init));
    return new Sight(before ? Step.TARGET_BEFORE_EXEC : Step.TARGET, partner, init, target);
  }

  /** Looks until the launch has come to this step, or past it. */
  private Sight await(Step wanted) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Sight sight = look();
    while (sight.step().compareTo(wanted) < 0) {
      assertThat(System.nanoTime()).as("the launch stays at %s", sight).isLessThan(end);
      sight = look();
    }
    return sight;
  }

  /**
   * Kills whoever of the chosen exists already; somebody always does. Returns whether it was the
   * JVM.
   */
  private boolean shoot(Set<Victim> shot, Sight sight) {
    boolean any = false;
    boolean jvmShot = false;
    for (Victim victim : shot) {
      long pid =
          switch (victim) {
            case JVM -> jvm;
            case INIT -> sight.init();
            case PARTNER -> sight.partner();
          };
      if (pid != 0) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        any = true;
        jvmShot |= victim == Victim.JVM;
      }
    }
    if (!any) {
      ProcessHandle.of(jvm).ifPresent(ProcessHandle::destroyForcibly);
      jvmShot = true;
    }
    return jvmShot;
  }

  private Set<Long> awaitNobody(Process tree, boolean jvmShot, long shotAt)
      throws IOException, InterruptedException {
    int empty = 0;
    while (true) {
      if (jvmShot && !tree.isAlive()) {
        return Set.of();
      }
      Set<Long> left = ProcessTree.descendants(tree.pid());
      if (!jvmShot) {
        left.remove(jvm);
      }
      if (left.isEmpty() && ++empty < 3) {
        // A process that forks and ends while we read may hide from one look, not from three.
        continue;
      }
      if (left.isEmpty()) {
        if (jvmShot) {
          // The nursery ends with its last child: that is the proof.
          assertThat(tree.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
        return left;
      }
      empty = 0;
      if (System.nanoTime() - shotAt > LIMIT.toNanos()) {
        return left;
      }
      LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
    }
  }
}
