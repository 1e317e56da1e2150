package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Paths;
import dev.paddock.sandbox.plan.PathBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** System calls judged by the host program, in real runs. */
final class HandlerTest {
  @TempDir private Path outside = Path.of("");
  private Set<String> threadsBefore = Set.of();

  @BeforeEach
  void count() {
    threadsBefore = threads();
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(threads()).isEqualTo(threadsBefore);
  }

  /** Our own threads that serve a run; workers end by themselves a little later. */
  private static Set<String> threads() {
    Set<String> names = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("paddock-") && !thread.getName().equals("paddock-worker")) {
        names.add(thread.getName() + thread.threadId());
      }
    }
    return names;
  }

  private static String python(Sandbox sandbox, String script) throws Exception {
    Result result =
        sandbox.run(
            Command.of("python3", "-c", script).stdout(Stdio.capture()).stderr(Stdio.capture()));
    String errors = new String(result.stderr(), StandardCharsets.UTF_8);
    assertThat(result.outcome()).as(errors).isEqualTo(new Outcome.Exited(0));
    return new String(result.stdout(), StandardCharsets.UTF_8).strip();
  }

  @Test
  void aHandlerAnswersInPlaceOfTheKernel() throws Exception {
    List<String> seen = new ArrayList<>();
    Sandbox sandbox =
        Sandbox.builder()
            .handler(
                "getppid",
                call -> {
                  seen.add(call.name());
                  return new Verdict.Return(4242);
                })
            .build();
    assertThat(python(sandbox, "import os; print(os.getppid())")).isEqualTo("4242");
    assertThat(seen).containsExactly("getppid");
  }

  @Test
  void whatAHandlerRefusesIsRefused() throws Exception {
    Sandbox sandbox =
        Sandbox.builder().handler("mkdir", _ -> new Verdict.Fail(Errno.ENOTEMPTY)).build();
    assertThat(
            python(
                sandbox,
                """
                import os
                try: os.mkdir('/tmp/never')
                except OSError as e: print(e.errno)
                """))
        .isEqualTo("" + Errno.ENOTEMPTY);
  }

  @Test
  void aHandlerThatThrowsRefuses() throws Exception {
    Sandbox sandbox =
        Sandbox.builder()
            .handler(
                "getppid",
                _ -> {
                  throw new IllegalStateException("on purpose");
                })
            .build();
    assertThat(
            python(
                sandbox,
                """
                import ctypes
                c = ctypes.CDLL(None, use_errno=True)
                print(c.syscall(110), ctypes.get_errno())
                """))
        .isEqualTo("-1 1");
  }

  @Test
  void aHandlerCannotAllowWhatTheFilterRefuses() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Sandbox sandbox =
        Sandbox.builder()
            .handler(
                "ptrace",
                _ -> {
                  asked.incrementAndGet();
                  return Verdict.CONTINUE;
                })
            .build();
    assertThat(
            python(
                sandbox,
                """
                import ctypes
                c = ctypes.CDLL(None, use_errno=True)
                print(c.ptrace(0, 0, 0, 0), ctypes.get_errno())
                """))
        .isEqualTo("-1 1");
    assertThat(asked).hasValue(0);
  }

  @Test
  void aHandlerReadsMemoryAndHandsOverADescriptor() throws Exception {
    Sandbox sandbox =
        Sandbox.builder()
            .handler(
                "openat",
                call -> {
                  byte[] path = call.readString(call.argument(1), 4095);
                  if (!new String(path, StandardCharsets.UTF_8).equals("/no/such/greeting")) {
                    return Verdict.CONTINUE;
                  }
                  Path file = Files.writeString(outside.resolve("greeting"), "hello from outside");
                  return new Verdict.InjectFd(
                      Paths.open(PathBytes.of(file), Paths.O_RDONLY, 0), true);
                })
            .build();
    assertThat(python(sandbox, "print(open('/no/such/greeting').read())"))
        .isEqualTo("hello from outside");
  }

  @Test
  void aHeldCallGivesWayToASignal() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    Sandbox sandbox =
        Sandbox.builder()
            .handler(
                "getppid",
                _ -> {
                  try {
                    new CountDownLatch(1).await();
                    return Verdict.CONTINUE;
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw e;
                  }
                })
            .build();
    assertThat(
            python(
                sandbox,
                """
                import ctypes, os, signal, threading
                class Rang(Exception): pass
                def ring(*_): raise Rang
                signal.signal(signal.SIGALRM, ring)
                signal.siginterrupt(signal.SIGALRM, True)
                c = ctypes.CDLL(None, use_errno=True)
                signal.setitimer(signal.ITIMER_REAL, 0.05)
                try:
                  c.getppid()
                  print('no signal')
                except Rang: print('rang')
                """))
        .isEqualTo("rang");
    interrupted.await();
  }

  @Test
  void aTreeThatIsKilledWhileItsCallIsHeldEnds() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    Sandbox sandbox =
        Sandbox.builder()
            .handler(
                "getppid",
                _ -> {
                  asked.countDown();
                  new CountDownLatch(1).await();
                  return Verdict.CONTINUE;
                })
            .build();
    try (RunningSandbox running =
        sandbox.start(Command.of("python3", "-c", "import os; os.getppid()"))) {
      asked.await();
      running.kill();
      assertThat(running.waitFor().outcome()).isInstanceOf(Outcome.Terminated.class);
    }
  }

  @Test
  void manyCallsOfManyThreadsAreAllAnswered() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Sandbox sandbox =
        Sandbox.builder()
            .handler(
                "getppid",
                _ -> {
                  asked.incrementAndGet();
                  return new Verdict.Return(7);
                })
            .build();
    assertThat(
            python(
                sandbox,
                """
                import os, threading
                sums = []
                def work():
                  sums.append(sum(os.getppid() for _ in range(100)))
                threads = [threading.Thread(target=work) for _ in range(50)]
                for t in threads: t.start()
                for t in threads: t.join()
                print(sum(sums))
                """))
        .isEqualTo("" + 50 * 100 * 7);
    assertThat(asked).hasValue(5000);
  }

  @Test
  void whatCannotBeHandledIsSaid() {
    assertThatThrownBy(() -> Sandbox.builder().handler("wait4", _ -> Verdict.CONTINUE).build())
        .isInstanceOf(PlanException.class)
        .hasMessageContaining("wait4");
    assertThatThrownBy(() -> Sandbox.builder().handler("opnat", _ -> Verdict.CONTINUE).build())
        .isInstanceOf(PlanException.class)
        .hasMessageContaining("opnat");
  }
}
