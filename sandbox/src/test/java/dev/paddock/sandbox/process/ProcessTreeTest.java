package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Processes;
import dev.paddock.sandbox.plan.FilterOptions;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Membership and births, with real processes. */
final class ProcessTreeTest {
  private static final FilterOptions BIRTHS = FilterOptions.closed().withBirths();

  @TempDir private Path folder = Path.of("");

  private static Runnable tracker(
      dev.paddock.sandbox.supervise.Routes.Builder routes, TreeRun run) {
    routes.route(new ForkTracker(run.tree(), run.tracers(), run, false), "fork", "vfork", "clone");
    return () -> {};
  }

  @ParameterizedTest
  @ValueSource(strings = {"fork", "vfork", "spawn"})
  void everyChildIsTakenInAtItsBirth(String how) throws Exception {
    Path trees = TreeRun.compile(folder, "trees");
    TreeRun.Done done =
        TreeRun.run(BIRTHS, true, ProcessTreeTest::tracker, List.of("" + trees, how, "1", "200"));
    assertThat(done.good()).startsWith(how + " made 200 again 0 other 0");
    assertThat(done.run().born()).isEqualTo(200);
    ProcessId target = done.run().joined().getFirst().id();
    Set<ProcessId> all = new HashSet<>();
    for (Member member : done.run().joined()) {
      assertThat(all.add(member.id())).isTrue();
      if (member.origin() == Member.Origin.BORN) {
        assertThat(member.parent()).isEqualTo(target);
        assertThat(member.session()).isEqualTo("night");
        assertThat(member.sandbox()).isEqualTo("box");
      }
    }
    for (TreeRun.Ended ended : done.run().ended()) {
      assertThat(ended.exit()).isEqualTo(Optional.of(new Processes.Exit(false, 0, false)));
    }
  }

  @RepeatedTest(3)
  void everyChildOfAStormIsTakenIn() throws Exception {
    Path trees = TreeRun.compile(folder, "trees");
    TreeRun.Done done =
        TreeRun.run(
            BIRTHS, true, ProcessTreeTest::tracker, List.of("" + trees, "nested", "50", "20"));
    assertThat(done.good()).startsWith("nested made 2000 again 0 other 0");
    assertThat(done.run().born()).isEqualTo(2000);
  }

  @Test
  void callersAreFoundWithoutBirths() throws Exception {
    FilterOptions options = FilterOptions.closed().withJudged(List.of("getppid"));
    TreeRun.Done done =
        TreeRun.run(
            options,
            true,
            (routes, run) -> {
              routes.route(run.tree().membership(), "getppid");
              return () -> {};
            },
            List.of(
                "/usr/bin/python3",
                "-c",
                """
                import os, threading
                def deep(n):
                  if n == 0: return os.getppid()
                  pid = os.fork()
                  if pid == 0:
                    t = threading.Thread(target=deep, args=(n - 1,)); t.start(); t.join()
                    os._exit(n)
                  os.waitpid(pid, 0)
                deep(5)
                if os.fork() == 0: # its child is adopted by init
                  if os.fork() == 0:
                    while os.getppid() == os.getpgrp(): pass
                    os._exit(3)
                  os._exit(0)
                os.wait()
                """));
    assertThat(done.good()).isEmpty();
    assertThat(done.run().strangers()).isEmpty();
    assertThat(done.run().joined().size()).isGreaterThanOrEqualTo(6);
    for (Member member : done.run().joined().subList(1, done.run().joined().size())) {
      assertThat(member.origin()).isEqualTo(Member.Origin.MET);
    }
  }

  @Test
  void othersAreStrangers() throws Exception {
    int own = (int) ProcessHandle.current().pid();
    TreeRun.Done done =
        TreeRun.run(
            FilterOptions.closed().withJudged(List.of("getppid")),
            true,
            (routes, run) -> {
              routes.route(
                  _ -> {
                    assertThat(run.tree().find(own)).isEmpty();
                    assertThat(run.tree().find(1)).isEmpty();
                    assertThat(run.tree().find(run.tree().init().pid())).isEmpty();
                    assertThat(run.tree().find(0)).isEmpty();
                    assertThat(run.tree().find(-1)).isEmpty();
                    assertThat(run.tree().find(Integer.MAX_VALUE)).isEmpty();
                    return dev.paddock.sandbox.Verdict.CONTINUE;
                  },
                  "getppid");
              return () -> {};
            },
            List.of("/usr/bin/python3", "-c", "import os; os.getppid()"));
    assertThat(done.good()).isEmpty();
  }

  @Test
  void tenThousandProcessesLeaveNothing() throws Exception {
    Path trees = TreeRun.compile(folder, "trees");
    TreeRun.Done done =
        TreeRun.run(
            BIRTHS, true, ProcessTreeTest::tracker, List.of("" + trees, "fork", "10", "1000"));
    assertThat(done.good()).startsWith("fork made 10000 again 0 other 0");
    assertThat(done.run().born()).isEqualTo(10_000);
  }
}
