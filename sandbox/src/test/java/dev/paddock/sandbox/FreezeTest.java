package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.linux.Arch;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.SystemCall;
import dev.paddock.linux.SystemCalls;
import dev.paddock.sandbox.limits.Family;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
    return Family.below(Procfs.stat(running.pid()).parent());
  }

  private static void assertFrozen(RunningSandbox running) throws Exception {
    String before = times(running);
    for (int look = 0; look < 200; look++) {
      assertThat(times(running)).isEqualTo(before);
    }
  }

  /** Who there is, how each thread stands, and what it has run so far. */
  private static String times(RunningSandbox running) throws Exception {
    StringBuilder all = new StringBuilder();
    for (int process : tree(running)) {
      for (int thread : Procfs.threads(process)) {
        char state = Procfs.state(thread);
        assertThat(state).isIn('t', 'D', 'Z', 'X');
        String run = new String(Procfs.read(thread, "schedstat"), StandardCharsets.US_ASCII);
        all.append(thread).append(' ').append(state).append(' ');
        all.append(run, 0, run.indexOf(' ')).append('\n');
      }
    }
    return all.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "births", "execs"})
  void aStormStandsStillAndGoesOn(String watched) throws Exception {
    Sandbox.Builder builder = Sandbox.builder();
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
          assertFrozen(running);
        }
        running.thaw();
      }
      tell(running);
      assertThat(lines.readLine()).isEqualTo("failed 0");
      assertThat(running.waitFor().status()).isZero();
    }
  }

  @Test
  void aProcessThatWasStoppedStaysSoAndItsParentSeesThatOnce() throws Exception {
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
    try (RunningSandbox running = Sandbox.builder().build().start(python(program))) {
      BufferedReader lines = lines(running);
      assertThat(lines.readLine()).isEqualTo("True");
      running.freeze();
      assertFrozen(running);
      running.thaw();
      running.freeze();
      running.thaw();
      tell(running);
      assertThat(lines.readLine()).isEqualTo("(0, 0)");
      assertThat(lines.readLine()).isEqualTo("15");
    }
  }

  @Test
  void aFrozenTreeCanBeKilledAndClosed() throws Exception {
    Sandbox sandbox = Sandbox.builder().build();
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

  @Test
  void theTimeLimitEndsAFrozenTree() throws Exception {
    Sandbox sandbox = Sandbox.builder().limits(Limits.none().time(Duration.ofMillis(500))).build();
    try (RunningSandbox running = sandbox.start(python(STORM).grace(Duration.ofMillis(1)))) {
      running.freeze();
      assertThat(running.waitFor().outcome()).isInstanceOf(Outcome.TimedOut.class);
    }
  }

  @Test
  void aTreeThatMaySpendAFifthSpendsLessThanHalf() throws Exception {
    String busy =
        """
        import time
        end = time.monotonic() + 1.5
        while time.monotonic() < end: pass
        print(time.process_time())
        """;
    Sandbox sandbox = Sandbox.builder().limits(Limits.none().cpuPercent(20)).build();
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
      print("ready", flush=True)
      sys.stdin.readline()
      before = counted()
      try:
        pid = os.fork()
        if pid == 0: os._exit(3)
        print("forked", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), counted() > before, flush=True)
      except Interrupted:
        print("interrupted", counted() > before, flush=True)
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

  @Test
  void heldForksWaitAndGoOn() throws Exception {
    Sandbox sandbox = Sandbox.builder().holdableForks().build();
    try (RunningSandbox running = sandbox.start(python(FORKER))) {
      BufferedReader lines = lines(running);
      assertThat(lines.readLine()).isEqualTo("ready");
      running.holdForks();
      tell(running);
      while (!isHeld(running)) {
        Thread.onSpinWait();
      }
      assertThat(tree(running)).hasSize(2);
      running.releaseForks();
      assertThat(lines.readLine()).isEqualTo("forked 3 True");
      assertThat(running.waitFor().status()).isZero();
    }
  }

  @Test
  void aSignalEndsAHeldFork() throws Exception {
    Sandbox sandbox = Sandbox.builder().holdableForks().build();
    try (RunningSandbox running = sandbox.start(python(FORKER))) {
      BufferedReader lines = lines(running);
      assertThat(lines.readLine()).isEqualTo("ready");
      running.holdForks();
      tell(running);
      while (!isHeld(running)) {
        Thread.onSpinWait();
      }
      running.signal(10);
      assertThat(lines.readLine()).isEqualTo("interrupted True");
      assertThat(running.waitFor().status()).isZero();
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
