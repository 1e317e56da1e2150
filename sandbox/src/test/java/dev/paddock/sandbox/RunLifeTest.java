package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Pipe;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Ptrace;
import java.io.File;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The life of a run: streams, interrupts, ends, and that nothing is left of it in this process. */
class RunLifeTest {
  @Test
  void neitherSideBlocksOnFullPipes() throws Exception {
    byte[] much = "0123456789abcdef".repeat(200_000).getBytes(StandardCharsets.US_ASCII);
    Result result =
        Sandbox.builder()
            .build()
            .run(Command.of("sh", "-c", "cat | tee /dev/stderr").stdin(Stdio.bytes(much)));
    assertThat(result.stdout()).isEqualTo(much);
    assertThat(result.stderr()).isEqualTo(much);
  }

  @Test
  void aTargetThatReadsNothingEndsAllTheSame() throws Exception {
    byte[] much = new byte[1 << 20];
    Result result = Sandbox.builder().build().run(Command.of("true").stdin(Stdio.bytes(much)));
    assertThat(result.status()).isZero();
  }

  @Test
  void talksThroughPipes() throws Exception {
    Sandbox sandbox = Sandbox.builder().build();
    Command command =
        Command.of("sh", "-c", "read a; echo got $a; read b; echo got $b; exit 5")
            .stdin(Stdio.pipe())
            .stdout(Stdio.pipe());
    try (RunningSandbox run = sandbox.start(command)) {
      assertThat(run.pid()).isPositive();
      try (OutputStream input = run.stdin()) {
        input.write("one\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(run.stdout().readNBytes(8)).asString().isEqualTo("got one\n");
        assertThat(run.waitFor(Duration.ofMillis(1))).isEmpty();
        input.write("two\n".getBytes(StandardCharsets.US_ASCII));
      }
      assertThat(run.stdout().readAllBytes()).asString().isEqualTo("got two\n");
      assertThat(run.waitFor().status()).isEqualTo(5);
    }
  }

  /** What is less than init counts in is not nothing: that would be no limit at all. */
  @Test
  void theShortestTimeLimitIsOne() throws Exception {
    Result result =
        Sandbox.builder().build().run(Command.of("sleep", "100").timeout(Duration.ofNanos(1)));
    assertThat(result.outcome()).isEqualTo(new Outcome.TimedOut(Duration.ofMillis(1)));
  }

  @Test
  void theLongestTimeLimitIsTaken() throws Exception {
    Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
    Result result =
        Sandbox.builder().build().run(Command.of("true").timeout(longest).grace(longest));
    assertThat(result.status()).isZero();
  }

  @Test
  void signalsAndKills() throws Exception {
    Sandbox sandbox = Sandbox.builder().build();
    try (RunningSandbox run = sandbox.start(Command.of("sleep", "100"))) {
      run.signal(10);
      assertThat(run.waitFor().outcome()).isEqualTo(new Outcome.Signalled(10, false));
    }
    try (RunningSandbox run = sandbox.start(Command.of("sh", "-c", "trap '' TERM; sleep 100"))) {
      run.kill();
      assertThat(run.waitFor().outcome()).isEqualTo(new Outcome.Terminated(9));
      run.kill(); // Of what has ended: nothing.
    }
    try (RunningSandbox run = sandbox.start(Command.of("sleep", "100"))) {
      run.terminate(Duration.ofSeconds(60));
      assertThat(run.waitFor().outcome()).isEqualTo(new Outcome.Terminated(15));
    }
  }

  @Test
  void anInterruptKillsTheTree() throws Exception {
    Sandbox sandbox = Sandbox.builder().build();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    try (Pipe pipe = Pipe.open()) {
      Thread thread =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      sandbox.run(
                          Command.of("sh", "-c", "echo up; exec sleep 100")
                              .stdout(Stdio.descriptor(pipe.writeEnd())));
                    } catch (SandboxException | InterruptedException | RuntimeException e) {
                      thrown.set(e);
                    }
                  });
      assertThat(pipe.readEnd().read(new byte[3], 0, 3)).isPositive();
      thread.interrupt();
      thread.join();
    }
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void aClosedDescriptorIsRefusedAndNothingStays() throws Exception {
    Sandbox sandbox = Sandbox.builder().build();
    Fd closed = Pipe.open().readEnd();
    closed.close();
    assertThatThrownBy(() -> sandbox.run(Command.of("true").extraDescriptor(5, closed)))
        .isInstanceOf(IllegalStateException.class);
    assertThat(sandbox.run(Command.of("true")).status()).isZero();
  }

  @Test
  void givesExactlyTheDescriptorsThatWereAsked() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      Result result =
          Sandbox.builder()
              .build()
              .run(Command.of("ls", "/proc/self/fd").extraDescriptor(7, pipe.readEnd()));
      // 3 is ls's own, on the directory.
      assertThat(new String(result.stdout(), StandardCharsets.US_ASCII))
          .isEqualTo("0\n1\n2\n3\n7\n");
    }
  }

  @Test
  void manyRunsLeakNoDescriptorAndNoDirectory(@TempDir Path folder) throws Exception {
    Sandbox sandbox =
        Sandbox.builder()
            .policy(dev.paddock.policy.BuiltIns.get("build"))
            .workspace(folder)
            .build();
    Command command =
        Command.of("sh", "-c", "mkdir -p $TMPDIR/a/b; touch $TMPDIR/a/b/c; echo $TMPDIR");
    Set<String> directories = privateDirectories();
    Result first = sandbox.run(command);
    int before = descriptors();
    for (int i = 0; i < 50; i++) {
      sandbox.run(command);
    }
    // The JVM opens and closes some of its own; fifty runs that leave one each would be more.
    assertThat(descriptors()).isLessThan(before + 25);
    assertThat(new String(first.stdout(), StandardCharsets.UTF_8)).startsWith("/");
    // Those of supervisors that were killed before are cleared away by any run.
    assertThat(directories).containsAll(privateDirectories());
  }

  /**
   * In the kernel it would hold up the end of the JVM: then every run from a shell takes longer.
   */
  @Test
  @Timeout(60)
  void nobodyIsInTheKernelForARunThatIsOver() throws Exception {
    Sandbox.builder().build().run(Command.of("true"));
    while (true) {
      boolean rests = true;
      for (Map.Entry<Thread, StackTraceElement[]> one : Thread.getAllStackTraces().entrySet()) {
        boolean ours = one.getKey().getName().equals("paddock-listeners");
        rests &= !ours || one.getKey().getState() == Thread.State.WAITING;
      }
      if (rests) {
        return;
      }
      Thread.onSpinWait();
    }
  }

  private static Set<String> privateDirectories() {
    Path parent = Path.of(Objects.requireNonNullElse(System.getenv("TMPDIR"), "/tmp"));
    File folder = parent.resolve("paddock-" + Processes.effectiveUid()).toFile();
    return Set.of(Objects.requireNonNullElse(folder.list(), new String[0]));
  }

  private static int descriptors() {
    return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
  }

  @Test
  void runsManyAtTheSameTime() throws Exception {
    Sandbox sandbox = Sandbox.builder().build();
    Thread[] threads = new Thread[8];
    AtomicReference<Throwable> failed = new AtomicReference<>();
    for (int i = 0; i < threads.length; i++) {
      String number = "" + i;
      threads[i] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int n = 0; n < 20; n++) {
                        Result result = sandbox.run(Command.of("echo", number));
                        assertThat(new String(result.stdout(), StandardCharsets.US_ASCII))
                            .isEqualTo(number + "\n");
                      }
                    } catch (Exception | AssertionError e) {
                      failed.set(e);
                    }
                  });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failed.get()).isNull();
  }

  /** A tracer from outside keeps a process that was killed: init cannot reap it. */
  @Test
  void aTreeThatDoesNotEndIsNamedAndNotWaitedForForEver() throws Exception {
    RunningSandbox running = Sandbox.builder().build().start(Command.of("sleep", "1000"));
    CountDownLatch seized = new CountDownLatch(1);
    CountDownLatch enough = new CountDownLatch(1);
    AtomicReference<Throwable> failed = new AtomicReference<>();
    Thread tracer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    var _ = Ptrace.seize(running.pid(), 0);
                    seized.countDown();
                    enough.await();
                  } catch (KernelException | InterruptedException e) {
                    failed.set(e);
                    seized.countDown();
                  }
                });
    try {
      seized.await();
      assertThat(failed.get()).isNull();
      running.kill();
      assertThatThrownBy(running::waitFor)
          .isInstanceOf(SandboxException.class)
          .hasMessageContaining(
              "the tree was killed, but does not end: process "
                  + running.pid()
                  + " (sleep) is left")
          .hasMessageContaining("traces it");
    } finally {
      enough.countDown();
      tracer.join();
      running.close();
    }
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("paddock-left-")) {
        thread.join(); // Init has reaped what was left, and ended, as has its partner.
      }
    }
    assertThat(ProcessHandle.of(running.pid())).isEmpty();
  }
}
