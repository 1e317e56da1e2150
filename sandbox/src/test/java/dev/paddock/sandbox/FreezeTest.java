package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.SystemCall;
import dev.paddock.linux.SystemCalls;
import dev.paddock.sandbox.limits.Delegation;
import dev.paddock.sandbox.limits.RunProcesses;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Freezing real trees: nobody runs, nobody can tell. */
final class FreezeTest {
  /** Forks and threads without end, until it is told to stop; counts what went wrong. */
  private static final String STORM =
      """
      import os, sys, threading
      print("ready", flush=True)
      stop = threading.Event()
      failed = [0]
      def fork():
        while not stop.is_set():
          pid = os.fork()
          if pid == 0: os._exit(7)
          if os.waitpid(pid, os.WUNTRACED)[1] != 7 << 8: failed[0] += 1
      def thread():
        while not stop.is_set():
          t = threading.Thread(target=lambda: None); t.start(); t.join()
      all = [threading.Thread(target=f) for f in (fork, fork, thread)]
      for t in all: t.start()
      sys.stdin.readline()
      stop.set()
      for t in all: t.join()
      print("failed", failed[0], flush=True)
      """;

  /** How trees are frozen: by their control group, where one is left to us, or by tracing. */
  private static final String GROUP = "group";

  private static final Path GROUPS = Path.of("/sys/fs/cgroup");

  private static Sandbox.Builder builder(String way) {
    if (way.equals(GROUP)) {
      assumeTrue(
          Delegation.find(Set.of()).isPresent(), "no control group is left to this user here");
      return Sandbox.builder();
    }
    // A target that could thaw itself there is not frozen there.
    return Files.isDirectory(GROUPS) ? Sandbox.builder().write(GROUPS) : Sandbox.builder();
  }

  @AfterEach
  void noGroupIsLeft() throws Exception {
    Optional<Delegation> delegation = Delegation.find(Set.of());
    if (delegation.isPresent()) {
      assertThat(delegation.get().place().children())
          .noneMatch(name -> name.startsWith("paddock-" + ProcessHandle.current().pid()));
    }
  }

  private static Command python(String program) {
    return Command.of("python3", "-I", "-W", "ignore", "-c", program)
        .directory("/")
        .stdin(Stdio.pipe())
        .stdout(Stdio.pipe());
  }

  private static BufferedReader lines(RunningSandbox running) {
    return new BufferedReader(new InputStreamReader(running.stdout(), StandardCharsets.UTF_8));
  }

  private static void tell(RunningSandbox running) throws Exception {
    OutputStream input = running.stdin();
    input.write('\n');
    input.flush();
  }

  /** The tree of a run: its target descends from init, and all else does too. */
  private static List<Integer> tree(RunningSandbox running) throws KernelException {
    return RunProcesses.below(Procfs.stat(running.pid()).parent());
  }

  private static void assertFrozen(RunningSandbox running, String way) throws Exception {
    byte[] status = Procfs.read(running.pid(), "status");
    String tracer = Procfs.statusField(status, "TracerPid").orElse("");
    assertThat(tracer.equals("0")).as("traced by " + tracer).isEqualTo(way.equals(GROUP));
    awaitLeave(running);
    Map<Integer, String> first = times(running);
    for (String was : first.values()) {
      assertThat(was.charAt(0)).isIn(way.equals(GROUP) ? 'S' : 't', 't', 'T', 'D', 'Z', 'X');
    }
    for (int look = 0; look < 200; look++) {
      Map<Integer, String> now = times(running);
      // Who waits in the kernel (D) may come out of a lock there, and stop or end: it runs nothing
      // of its own. Nobody else may have moved.
      first.forEach(
          (thread, was) -> {
            if (!was.startsWith("D")) {
              assertThat(now).containsEntry(thread, was);
            }
          });
      if (first.values().stream().noneMatch(was -> was.startsWith("D"))) {
        assertThat(now).isEqualTo(first);
      }
    }
  }

  /**
   * Waits until who stands has left its processor. One that shows as stopped may have a last few
   * steps in the kernel before it, and be kept from them by others; the kernel waits for that
   * before it says what call a thread is in: task_current_syscall() in lib/syscall.c.
   */
  private static void awaitLeave(RunningSandbox running) throws Exception {
    for (int thread : times(running).keySet()) {
      try {
        byte[] _ = Procfs.read(thread, "syscall");
      } catch (KernelException e) {
        // It has ended: a zombie's file is root's.
        assertThat(e.errno().number()).as("" + e).isIn(Errno.ENOENT, Errno.ESRCH, Errno.EACCES);
      }
    }
  }

  /** Who there is, how each thread stands, and what it has run so far. */
  private static Map<Integer, String> times(RunningSandbox running) throws Exception {
    Map<Integer, String> all = new TreeMap<>();
    for (int process : tree(running)) {
      try {
        for (int thread : Procfs.threads(process)) {
          all.put(thread, Procfs.state(thread) + " " + ran(thread));
        }
      } catch (KernelException e) {
        // It has ended.
        assertThat(e.is(Errno.ENOENT) || e.is(Errno.ESRCH)).as("" + e).isTrue();
      }
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({
    "kernel,group",
    "births,group",
    "execs,group",
    "kernel,trace",
    "births,trace",
    "execs,trace"
  })
  void aStormStandsStillAndGoesOn(String watched, String way) throws Exception {
    Sandbox.Builder builder = builder(way);
    switch (watched) {
      case "births" -> builder.limits(Limits.none().processes(1000));
      case "execs" -> builder.onEvent(_ -> {});
      default -> {}
    }
    try (RunningSandbox running = builder.build().start(python(STORM))) {
      BufferedReader lines = lines(running);
      assertThat(lines.readLine()).isEqualTo("ready");
      for (int round = 0; round < 50; round++) {
        running.freeze();
        if (round % 10 == 0) {
          assertFrozen(running, way);
        }
        running.thaw();
      }
      tell(running);
      assertThat(lines.readLine()).isEqualTo("failed 0");
      assertThat(running.waitFor().status()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {GROUP, "trace"})
  void aProcessThatWasStoppedStaysSoAndItsParentSeesThatOnce(String way) throws Exception {
    String program =
        """
        import os, signal, sys
        pid = os.fork()
        if pid == 0:
          signal.pause()
        os.kill(pid, signal.SIGSTOP)
        print(os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1]), flush=True)
        sys.stdin.readline()
        print(os.waitpid(pid, os.WUNTRACED | os.WNOHANG | os.WCONTINUED), flush=True)
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, signal.SIGTERM)
        print(os.WTERMSIG(os.waitpid(pid, 0)[1]), flush=True)
        """;
    try (RunningSandbox running = builder(way).build().start(python(program))) {
      BufferedReader lines = lines(running);
      assertThat(lines.readLine()).isEqualTo("True");
      running.freeze();
      assertFrozen(running, way);
      running.thaw();
      running.freeze();
      running.thaw();
      tell(running);
      assertThat(lines.readLine()).isEqualTo("(0, 0)");
      assertThat(lines.readLine()).isEqualTo("15");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {GROUP, "trace"})
  void aFrozenTreeCanBeKilledAndClosed(String way) throws Exception {
    Sandbox sandbox = builder(way).build();
    try (RunningSandbox running = sandbox.start(python(STORM))) {
      assertThat(lines(running).readLine()).isEqualTo("ready");
      running.freeze();
      running.kill();
      assertThat(running.waitFor().outcome()).isInstanceOf(Outcome.Terminated.class);
      running.thaw();
      running.freeze(); // There is nobody left.
    }
    RunningSandbox frozen = sandbox.start(python(STORM));
    assertThat(lines(frozen).readLine()).isEqualTo("ready");
    frozen.freeze();
    frozen.freeze();
    frozen.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {GROUP, "trace"})
  void theTimeLimitEndsAFrozenTree(String way) throws Exception {
    Sandbox sandbox = builder(way).limits(Limits.none().time(Duration.ofSeconds(1))).build();
    try (RunningSandbox running = sandbox.start(python(STORM).grace(Duration.ofMillis(1)))) {
      running.freeze();
      assertThat(running.waitFor().outcome()).isInstanceOf(Outcome.TimedOut.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {GROUP, "trace"})
  void aTreeThatMaySpendAFifthSpendsLessThanHalf(String way) throws Exception {
    String busy =
        """
        import time
        end = time.monotonic() + 1.5
        while time.monotonic() < end: pass
        print(time.process_time())
        """;
    Sandbox sandbox = builder(way).limits(Limits.none().cpuPercent(20)).build();
    Result result = sandbox.run(Command.of("python3", "-I", "-c", busy).directory("/"));
    String used = new String(result.stdout(), StandardCharsets.UTF_8).strip();
    assertThat(Double.parseDouble(used)).isLessThan(0.75);
  }

  private static final String FORKER =
      """
      import mmap, os, sys, signal
      shared = mmap.mmap(-1, 8)
      def counted(): return int.from_bytes(shared[:8], "little")
      other = os.fork()
      if other == 0:
        while True: shared[:8] = (counted() + 1).to_bytes(8, "little")
      class Interrupted(Exception): pass
      def handler(*_): raise Interrupted
      signal.signal(signal.SIGUSR1, handler)
      os.set_blocking(1, False)
      signal.set_wakeup_fd(1)  # SIGUSR1 writes its number at once, 10, which is a line's end.
      print("ready", flush=True)
      sys.stdin.readline()
      before = counted()
      try:
        pid = os.fork()
        if pid == 0: os._exit(3)
        print("forked", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), counted() > before, flush=True)
      except Interrupted:
        os.kill(other, 9)
        ends = []
        try:
          while True: ends.append(os.waitstatus_to_exitcode(os.wait()[1]))
        except ChildProcessError: pass
        print("interrupted", counted() > before, sorted(ends), flush=True)
        sys.exit(0)
      os.kill(other, 9)
      """;

  /** Whether the target waits for an answer to its fork; see proc_pid_syscall(5). */
  private static boolean isHeld(RunningSandbox running) throws Exception {
    String call = new String(Procfs.read(running.pid(), "syscall"), StandardCharsets.US_ASCII);
    for (String name : List.of("fork", "vfork", "clone")) {
      SystemCall forking = SystemCalls.byName(name).orElseThrow();
      if (forking.exists(Arch.current()) && call.startsWith(forking.number(Arch.current()) + " ")) {
        return true;
      }
    }
    return false;
  }

  /** Waits until the fork is held and the other process, which is not, has run on meanwhile. */
  private static void awaitHeld(RunningSandbox running) throws Exception {
    while (!isHeld(running)) {
      Thread.onSpinWait();
    }
    int other = RunProcesses.below(running.pid()).getFirst();
    long began = ran(other);
    while (ran(other) - began < 2_000_000) {
      Thread.onSpinWait();
    }
  }

  /** How long a thread has run, in nanoseconds; see proc_pid_schedstat(5). */
  private static long ran(int thread) throws KernelException {
    String times = new String(Procfs.read(thread, "schedstat"), StandardCharsets.US_ASCII);
    return Long.parseLong(times, 0, times.indexOf(' '), 10);
  }

  @Test
  void heldForksWaitAndGoOn() throws Exception {
    Sandbox sandbox = Sandbox.builder().holdableForks().build();
    try (RunningSandbox running = sandbox.start(python(FORKER))) {
      BufferedReader lines = lines(running);
      assertThat(lines.readLine()).isEqualTo("ready");
      running.holdForks();
      tell(running);
      awaitHeld(running);
      assertThat(tree(running)).hasSize(2);
      running.releaseForks();
      assertThat(lines.readLine()).isEqualTo("forked 3 True");
      assertThat(running.waitFor().status()).isZero();
    }
  }

  /**
   * A signal that comes before the supervisor has the call ends it in the kernel, with EINTR, and
   * nothing tells from outside who has it. So this is tried until a signal came later.
   */
  @Test
  void aSignalDoesNotFailAHeldFork() throws Exception {
    String line = "";
    for (int attempt = 0; attempt < 20 && !line.equals("interrupted True [-9, 3]"); attempt++) {
      line = signalHeldFork();
      assertThat(line).isIn("interrupted True [-9, 3]", "interrupted True [-9]");
    }
    assertThat(line).isEqualTo("interrupted True [-9, 3]");
  }

  private static String signalHeldFork() throws Exception {
    Sandbox sandbox = Sandbox.builder().holdableForks().build();
    try (RunningSandbox running = sandbox.start(python(FORKER))) {
      BufferedReader lines = lines(running);
      assertThat(lines.readLine()).isEqualTo("ready");
      running.holdForks();
      tell(running);
      awaitHeld(running);
      running.signal(10);
      assertThat(lines.readLine()).isEmpty(); // The handler has run.
      running.releaseForks();
      String line = lines.readLine();
      assertThat(running.waitFor().status()).isZero();
      return line;
    }
  }

  @Test
  void forksThatCannotBeHeldSaySo() throws Exception {
    try (RunningSandbox running = Sandbox.builder().build().start(python(FORKER))) {
      assertThatThrownBy(running::holdForks)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("holdableForks()");
    }
  }

  @Test
  void whatATreeUsesIsKnownWhileItRuns() throws Exception {
    String program =
        """
        import os, sys
        keep = bytearray(64 << 20)
        pid = os.fork()
        if pid == 0:
          sys.stdin.readline(); os._exit(0)
        print("ready", flush=True)
        os.wait()
        """;
    try (RunningSandbox running = Sandbox.builder().build().start(python(program))) {
      assertThat(lines(running).readLine()).isEqualTo("ready");
      TreeUsage usage = running.usage();
      assertThat(usage.processes()).isEqualTo(2);
      assertThat(usage.bytes()).isBetween(64L << 20, 100L << 20); // shared by both, counted once
      assertThat(usage.peakBytes()).isGreaterThanOrEqualTo(usage.bytes());
      tell(running);
      Optional<Result> result = running.waitFor(Duration.ofSeconds(20));
      assertThat(result).isPresent();
      assertThatThrownBy(running::usage).isInstanceOf(SandboxException.class);
    }
  }
}
