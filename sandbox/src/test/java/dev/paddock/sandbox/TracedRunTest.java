package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.sandbox.event.Event;
import dev.paddock.sandbox.limits.Delegation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Runs that are judged by tracing, as where no listener can be had. */
final class TracedRunTest {
  private final List<Event> events = Collections.synchronizedList(new ArrayList<>());

  private Sandbox.Builder traced() {
    return Sandbox.builder().traced().onEvent(events::add);
  }

  private static String output(Result result) {
    return new String(result.stdout(), StandardCharsets.UTF_8);
  }

  private List<String> kinds() {
    List<String> kinds = new ArrayList<>();
    for (Event event : events) {
      kinds.add(event.getClass().getSimpleName());
    }
    return kinds;
  }

  @AfterEach
  void nobodyTraces() {
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("paddock-attach"));
  }

  @Test
  void everyProgramIsSeenFromTheFirstOn() throws Exception {
    Result result = traced().build().run(Command.of("sh", "-c", "/bin/echo a; exec /bin/echo b"));
    assertThat(output(result)).isEqualTo("a\nb\n");
    assertThat(result.status()).isZero();
    assertThat(result.events().getFirst().lost()).isZero();
    assertThat(kinds())
        .containsExactly("Started", "Exec", "Fork", "Exec", "Exited", "Exec", "Exited", "Ended");
  }

  @Test
  void whatIsDeniedIsKilledAndTheRestGoesOn() throws Exception {
    Result result =
        traced()
            .denyExec("id", "* secret")
            .build()
            .run(
                Command.of(
                    "sh", "-c", "id; echo $?; /bin/echo secret; echo $?; /bin/echo fine; echo $?"));
    assertThat(output(result)).isEqualTo("137\n137\nfine\n0\n");
    assertThat(result.status()).isZero();
    long denied =
        events.stream()
            .filter(
                event -> event instanceof Event.Exec exec && exec.decision() == Event.Decision.DENY)
            .count();
    assertThat(denied).isEqualTo(2);
  }

  @Test
  void aDeniedTargetSaysWhy() throws Exception {
    Result result = traced().denyExec("id").build().run(Command.of("id"));
    assertThat(result.outcome())
        .isEqualTo(new Outcome.Stopped("exec", "refused by exec.deny \"id\" (API)"));
    assertThat(result.status()).isEqualTo(Result.KILLED);
    assertThat(output(result)).isEmpty();
  }

  @Test
  void whoDecidesIsAsked() throws Exception {
    Result result =
        Sandbox.builder()
            .traced()
            .onExec(
                question -> {
                  if (question.toString().endsWith(" throw")) {
                    throw new IllegalStateException("cannot make up my mind");
                  }
                  return Decision.allow();
                })
            .build()
            .run(Command.of("sh", "-c", "/bin/echo throw; echo $?; /bin/echo good"));
    assertThat(output(result)).isEqualTo("137\ngood\n");
  }

  @Test
  void manyProcessesEndAsTheyDoBare() throws Exception {
    String program =
        """
        import os, subprocess, threading
        bad = [0]
        def work():
          for i in range(50):
            pid = os.fork()
            if pid == 0: os._exit(i)
            if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != i: bad[0] += 1
            if subprocess.run(["/bin/echo", str(i)], capture_output=True).stdout != b"%d\\n" % i: bad[0] += 1
        all = [threading.Thread(target=work) for _ in range(4)]
        for t in all: t.start()
        for t in all: t.join()
        print("bad", bad[0])
        """;
    Result result =
        traced()
            .denyExec("id")
            .build()
            .run(Command.of("python3", "-I", "-W", "ignore", "-c", program).directory("/"));
    assertThat(output(result)).isEqualTo("bad 0\n");
    assertThat(result.status()).isZero();
    assertThat(events).filteredOn(event -> event instanceof Event.Fork).hasSize(400);
    assertThat(events).filteredOn(event -> event instanceof Event.Exec).hasSize(201);
  }

  @Test
  void aTracedTreeCanBeKilledAndTimedOut() throws Exception {
    Sandbox sandbox = traced().denyExec("id").build();
    RunningSandbox running = sandbox.start(Command.of("sh", "-c", "sleep 1000 & sleep 1000"));
    running.kill();
    assertThat(running.waitFor().outcome()).isInstanceOf(Outcome.Terminated.class);
    Result late =
        sandbox.run(
            Command.of("sh", "-c", "trap '' TERM; sleep 1000 & wait")
                .timeout(Duration.ofMillis(200))
                .grace(Duration.ofMillis(50)));
    assertThat(late.outcome()).isInstanceOf(Outcome.TimedOut.class);
  }

  @Test
  void itIsFrozenByItsGroupOrNotAtAll() throws Exception {
    Sandbox sandbox = traced().denyExec("id").build();
    try (RunningSandbox running = sandbox.start(Command.of("sh", "-c", "while :; do :; done"))) {
      if (Delegation.find(Set.of()).isPresent()) {
        running.freeze();
        running.thaw();
      } else {
        assertThatThrownBy(running::freeze)
            .isInstanceOf(SandboxException.class)
            .hasMessageContaining("cannot be frozen");
      }
    }
  }

  @Test
  void whatTracingCannotHoldIsRefused() {
    List<Sandbox.Builder> builders =
        List.of(
            Sandbox.builder().limits(Limits.none().processes(5)),
            Sandbox.builder().denials(),
            Sandbox.builder().holdableForks(),
            Sandbox.builder().handler("getppid", _ -> Verdict.CONTINUE));
    for (Sandbox.Builder builder : builders) {
      assertThatThrownBy(() -> builder.traced().build())
          .isInstanceOf(PlanException.class)
          .hasMessageContaining("only programs can be judged by tracing");
    }
  }
}
