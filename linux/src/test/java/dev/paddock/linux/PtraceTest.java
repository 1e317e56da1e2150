package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traces real processes. They are grandchildren: this process waits for its children by other
 * threads, which would see the stops of a traced child.
 */
final class PtraceTest {
  @TempDir static Path folder = Path.of("");
  private static Path program = Path.of("");

  private @org.jspecify.annotations.Nullable Process shell;
  private int traced;

  @BeforeAll
  static void compile() throws Exception {
    program = CompiledHelper.compile(PtraceTest.class, "traced", folder);
  }

  @BeforeEach
  void start() throws Exception {
    // Its input goes around the shell, which gives background jobs none.
    ProcessBuilder builder =
        new ProcessBuilder(
                "sh", "-c", "exec 3<&0; \"$1\" <&3 3<&- & echo $!; wait $!", "sh", "" + program)
            .redirectErrorStream(true);
    // Not on this thread, whose waits for any tracee would wait for its children, too.
    FutureTask<Process> starting = new FutureTask<>(builder::start);
    Thread.ofPlatform().start(starting);
    shell = starting.get();
    traced = Integer.parseInt(reader().readLine());
    // Until it is the program.
    tell('?');
    assertThat(reader().readLine()).isEqualTo("? 0");
  }

  @AfterEach
  void end() throws Exception {
    try {
      Processes.kill(traced, Signals.SIGKILL);
    } catch (KernelException e) {
      assertThat(e.is(Errno.ESRCH)).isTrue();
    }
    int _ = process().waitFor();
    assertThatThrownBy(() -> Processes.kill(traced, 0)).isInstanceOf(KernelException.class);
  }

  private Process process() {
    return java.util.Objects.requireNonNull(shell);
  }

  private BufferedReader reader() {
    return process().inputReader(StandardCharsets.US_ASCII);
  }

  private void tell(char letter) throws IOException {
    process().getOutputStream().write(letter);
    process().getOutputStream().flush();
  }

  @Test
  void anInterruptedThreadStopsAndGoesOn() throws Exception {
    Tracee.Running running = Ptrace.seize(traced, 0);
    assertThat(running.poll()).isEmpty();
    running.interrupt();
    Tracee.Change change = running.await();
    assertThat(change).isEqualTo(new Tracee.Interrupted(traced));
    assertThat(Procfs.state(traced)).isEqualTo('t');
    assertThat(Procfs.state(traced)).isEqualTo(Procfs.stat(traced).state());
    ((Tracee.Stop) change).detach();
    tell('?');
    assertThat(reader().readLine()).isEqualTo("? 0");
    assertThatThrownBy(() -> Ptrace.await(Ptrace.ANY))
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.is(Errno.ECHILD)).isTrue());
  }

  @Test
  void aSignalIsPassedOnOrLost() throws Exception {
    Tracee.Running running = Ptrace.seize(traced, 0);
    tell('s');
    Tracee.SignalStop stop = (Tracee.SignalStop) running.await();
    assertThat(stop.signal()).isEqualTo(10);
    assertThat(stop.code()).isEqualTo(-6); // SI_TKILL
    stop.proceed();
    assertThat(reader().readLine()).isEqualTo("s 0");
    tell('s');
    Tracee.SignalStop second = (Tracee.SignalStop) running.await();
    second.detach(second.signal());
    assertThat(reader().readLine()).isEqualTo("s 10");
  }

  @Test
  void birthsShowTheChildBeforeItRuns() throws Exception {
    Tracee.Running running = Ptrace.seize(traced, Ptrace.BIRTHS);
    for (char letter : new char[] {'f', 'v', 't'}) {
      tell(letter);
      Tracee.Born born = (Tracee.Born) running.await();
      assertThat(born.kind())
          .isEqualTo(
              switch (letter) {
                case 'f' -> Tracee.Born.Kind.FORK;
                case 'v' -> Tracee.Born.Kind.VFORK;
                default -> Tracee.Born.Kind.CLONE;
              });
      Tracee.Change child = Ptrace.await(born.child());
      assertThat(child).isEqualTo(new Tracee.Interrupted(born.child()));
      ((Tracee.Stop) child).detach();
      born.proceed();
      while (!reader().ready()) { // It may stop for SIGCHLD before it says what it has done.
        Tracee.Change change = running.poll().orElse(null);
        if (change instanceof Tracee.SignalStop signal) {
          signal.proceed(signal.signal());
        }
        Thread.onSpinWait();
      }
      assertThat(reader().readLine()).isEqualTo(letter + " 0");
    }
    running.interrupt();
    ((Tracee.Stop) running.await()).detach();
  }

  @Test
  void anExecShowsWhatTheProgramWasGiven() throws Exception {
    Tracee.Running running = Ptrace.seize(traced, Ptrace.EXECS | Ptrace.KILL_AT_EXIT);
    tell('e');
    Tracee.Executed executed = (Tracee.Executed) running.await();
    assertThat(executed).isEqualTo(new Tracee.Executed(traced, traced));
    InitialStack stack = executed.stack();
    assertThat(stack.path()).asString().isEqualTo("/bin/true");
    assertThat(stack.arguments()).asString().isEqualTo("true\0a b\0\0");
    assertThat(stack.arguments()).isEqualTo(Procfs.read(traced, "cmdline"));
    assertThat(stack.environment()).isEqualTo(Procfs.read(traced, "environ"));
    assertThat(Procfs.executedPath(traced)).isEqualTo(stack.path());
    executed.detach();
    assertThat(process().waitFor()).isZero();
  }

  @Test
  void anExecByAnotherThreadTakesTheLeadersId() throws Exception {
    Tracee.Running running = Ptrace.seize(traced, Ptrace.BIRTHS | Ptrace.EXECS);
    tell('x');
    Tracee.Born born = (Tracee.Born) running.await();
    Tracee.Stop thread = (Tracee.Stop) Ptrace.await(born.child());
    born.proceed();
    thread.proceed(); // Afterwards the leader can be gone at any time.
    Tracee.Change change = Ptrace.await(Ptrace.ANY);
    while (!(change instanceof Tracee.Executed executed)) {
      change = Ptrace.await(Ptrace.ANY);
    }
    assertThat(executed).isEqualTo(new Tracee.Executed(traced, born.child()));
    executed.detach();
    assertThat(process().waitFor()).isZero();
  }

  @Test
  void aStopOfTheWholeProcessIsToldFromAnInterrupt() throws Exception {
    Tracee.Running running = Ptrace.seize(traced, 0);
    tell('g');
    Tracee.SignalStop signal = (Tracee.SignalStop) running.await();
    signal.proceed(signal.signal());
    Tracee.GroupStop stop = (Tracee.GroupStop) running.await();
    assertThat(stop.signal()).isEqualTo(Signals.SIGSTOP);
    Tracee.Running listening = stop.listen();
    Processes.kill(traced, Signals.SIGCONT);
    Tracee.Stop next = (Tracee.Stop) listening.await();
    while (!(next instanceof Tracee.SignalStop)) {
      next.proceed();
      next = (Tracee.Stop) listening.await();
    }
    next.detach(Signals.SIGCONT);
    assertThat(reader().readLine()).isEqualTo("g 0");
  }

  @Test
  void endsAreSeenByTracerAndParent() throws Exception {
    Tracee.Running running = Ptrace.seize(traced, Ptrace.EXITS);
    tell('q');
    Tracee.Stop exiting = (Tracee.Stop) running.await();
    assertThat(exiting).isEqualTo(new Tracee.Exiting(traced));
    exiting.proceed();
    assertThat(running.await()).isEqualTo(new Tracee.Exited(traced, 7));
    assertThat(process().waitFor()).isEqualTo(7);
  }

  @Test
  void aKilledOneIsGone() throws Exception {
    Tracee.Running running = Ptrace.seize(traced, 0);
    running.interrupt();
    Tracee.Stop stop = (Tracee.Stop) running.await();
    Processes.kill(traced, Signals.SIGKILL);
    assertThat(running.await()).isEqualTo(new Tracee.Killed(traced, Signals.SIGKILL, false));
    assertThatThrownBy(stop::detach)
        .isInstanceOfSatisfying(KernelException.class, e -> assertThat(e.is(Errno.ESRCH)).isTrue());
    assertThat(process().waitFor()).isEqualTo(128 + Signals.SIGKILL);
  }

  @Test
  void onlyTheThreadThatSeizesIsTheTracer() throws Exception {
    List<String> seen = new ArrayList<>();
    Tracee.Running running = Ptrace.seize(traced, 0);
    FutureTask<Void> other =
        new FutureTask<>(
            () -> {
              assertThatThrownBy(running::interrupt).hasMessageContaining("ESRCH");
              assertThatThrownBy(running::await).hasMessageContaining("ECHILD");
              assertThatThrownBy(() -> Ptrace.seize(traced, 0)).hasMessageContaining("EPERM");
              seen.add("all");
              return null;
            });
    Thread.ofPlatform().start(other);
    other.get();
    assertThat(seen).containsExactly("all");
    running.interrupt();
    ((Tracee.Stop) running.await()).detach();
  }

  @Test
  void aTracerThatEndsTakesItsTraceeAlong() throws InterruptedException, ExecutionException {
    FutureTask<Tracee.Running> other =
        new FutureTask<>(() -> Ptrace.seize(traced, Ptrace.KILL_AT_EXIT));
    Thread.ofPlatform().start(other);
    assertThat(other.get().thread()).isEqualTo(traced);
    assertThat(process().waitFor()).isEqualTo(128 + Signals.SIGKILL);
  }

  @Test
  void nobodyIsSeizedWhoIsNotThere() {
    assertThatThrownBy(() -> Ptrace.seize(Integer.MAX_VALUE, 0))
        .isInstanceOfSatisfying(KernelException.class, e -> assertThat(e.is(Errno.ESRCH)).isTrue());
  }
}
