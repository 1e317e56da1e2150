package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Tracee;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.process.ExecReports.Outcome;
import dev.paddock.sandbox.process.GuardedRun.Run;
import dev.paddock.sandbox.process.GuardedRun.Seen;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.HeldCall;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers that are held by a tracer when they call again, or by somebody else. */
final class TracersTest {
  @TempDir static Path folder = Path.of("");
  private static GuardedRun guarded;

  @BeforeAll
  static void compile() throws Exception {
    guarded = new GuardedRun(folder);
  }

  private List<String> search() {
    return List.of(guarded.execs.toString(), "search", "40");
  }

  @Test
  void aCallByWhoeverIsStillHeldIsMadeAgain() throws Exception {
    Seen seen = new Seen();
    AtomicInteger met = new AtomicInteger();
    // Answers without an interrupt: the caller goes on and calls again while it is still seized.
    Trace careless =
        (call, tracer) -> {
          Optional<Tracee.Running> seized = tracer.seize(call, 0);
          if (seized.isEmpty()) {
            return;
          }
          assertThat(call.proceed()).isTrue();
          tracer.letGo(seized.get());
        };
    Trace patient =
        (call, tracer) -> {
          Optional<Tracee.Running> seized = tracer.seize(call, 0);
          if (seized.isEmpty()) {
            return;
          }
          assertThat(call.fail(Errno.ENOENT)).isTrue();
          Optional<HeldCall> further = tracer.furtherCall();
          while (further.isEmpty()) {
            Thread.onSpinWait();
            further = tracer.furtherCall();
          }
          met.incrementAndGet();
          seized.get().interrupt();
          assertThat(further.get().claim()).isTrue();
          assertThat(further.get().fail(dev.paddock.linux.Listener.ERESTARTSYS)).isTrue();
          var _ = tracer.letGoAtStop();
        };
    ExecJudge all = _ -> ExecDecision.ALLOWED;
    AtomicInteger count = new AtomicInteger();
    Run run =
        guarded.run(
            tracers -> {
              ExecGuard guard = new ExecGuard(tracers, all, LoaderReader.NONE, seen);
              return new Handler() {
                @Override
                public Verdict judge(Call call) {
                  int number = count.getAndIncrement();
                  byte[] path = path(call);
                  // What does not exist, so that another call follows.
                  if (new String(path, java.nio.charset.StandardCharsets.UTF_8)
                      .equals("/nonexistent/true")) {
                    tracers.hand(call.hold(), number % 2 == 0 ? careless : patient);
                    return Verdict.HOLD;
                  }
                  return guard.judge(call);
                }
              };
            },
            seen,
            search());
    assertThat(run.output()).as("" + seen).isEqualTo("ok 40 killed 0 failed 0");
    assertThat(seen.troubles()).isEmpty();
    assertThat(seen.count(Outcome.VERIFIED)).isEqualTo(41);
    assertThat(met).hasPositiveValue();
  }

  private static byte[] path(Call call) {
    try {
      return call.readString(call.argument(0), 4095);
    } catch (dev.paddock.linux.KernelException e) {
      return new byte[0];
    }
  }

  @Test
  void whoIsTracedByAnotherIsRefused() throws Exception {
    Seen seen = new Seen();
    Run run =
        guarded.run(
            tracers -> {
              ExecGuard guard =
                  new ExecGuard(tracers, _ -> ExecDecision.ALLOWED, LoaderReader.NONE, seen);
              return call -> {
                int thread = call.thread();
                FutureTask<Tracee.Running> other = new FutureTask<>(() -> Ptrace.seize(thread, 0));
                Thread.ofPlatform().start(holdUntilDone(other, seen));
                try {
                  Tracee.Running _ = other.get();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
                return guard.judge(call);
              };
            },
            seen,
            List.of("/bin/true"));
    assertThat(run.status()).isEqualTo(126);
    assertThat(run.output()).contains("Operation not permitted");
    assertThat(seen.troubles()).singleElement().asString().startsWith("not seized");
  }

  /** A tracer lets go of its tracee when its thread ends, so it must not end too early. */
  private static Runnable holdUntilDone(FutureTask<?> task, Seen seen) {
    return () -> {
      task.run();
      while (seen.troubles().isEmpty()) {
        Thread.onSpinWait();
      }
    };
  }

  @Test
  void aTaskThatForgetsToAnswerRefuses() throws Exception {
    Seen seen = new Seen();
    Run run =
        guarded.run(
            tracers ->
                call -> {
                  tracers.hand(call.hold(), (_, _) -> {});
                  return Verdict.HOLD;
                },
            seen,
            List.of("/bin/true"));
    assertThat(run.output()).contains("Operation not permitted");
  }

  @Test
  void aTaskThatThrowsRefusesAndKillsWhomItHolds() throws Exception {
    Seen seen = new Seen();
    Run run =
        guarded.run(
            tracers ->
                call -> {
                  tracers.hand(
                      call.hold(),
                      (held, tracer) -> {
                        var _ = tracer.seize(held, Ptrace.KILL_AT_EXIT);
                        throw new IllegalStateException("on purpose");
                      });
                  return Verdict.HOLD;
                },
            seen,
            List.of("/bin/true"));
    // It is told first, and may say so and end before it is killed.
    assertThat(run.status()).isIn(126, 128 + 9);
    assertThat(seen.troubles())
        .containsExactly("failed: java.lang.IllegalStateException: on purpose");
  }
}
