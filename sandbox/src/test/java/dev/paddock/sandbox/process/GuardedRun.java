package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Fd;
import dev.paddock.linux.Kernel;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Listener;
import dev.paddock.linux.Processes;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.supervise.FailureListener;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.HeldCall;
import dev.paddock.sandbox.supervise.Routes;
import dev.paddock.sandbox.supervise.Supervisor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Runs real programs under nothing but a guard of their execs. */
final class GuardedRun {
  /** pidfd_getfd(2), the same number everywhere. */
  private static final int PIDFD_GETFD = 438;

  /**
   * What a program did.
   *
   * @param status its exit status, or 128 and the signal
   * @param output what it wrote to both outputs
   * @param seen what was reported
   */
  record Run(int status, String output, Seen seen) {}

  /** What a guard has reported, counted. */
  static final class Seen implements ExecReports, FailureListener {
    private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
    private final List<String> changes = new ArrayList<>();
    private final List<Integer> killed = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private final List<String> troubles = new ArrayList<>();

    private static String text(byte[] bytes) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static String text(ExecRequest request) {
      StringBuilder text = new StringBuilder();
      text.append(request.role()).append(' ').append(text(request.path()));
      text.append(" = ").append(text(request.executable())).append(" :");
      for (byte[] argument : request.arguments()) {
        text.append(' ').append(text(argument));
      }
      return text.toString();
    }

    synchronized int count(Outcome outcome) {
      return outcomes.getOrDefault(outcome, 0);
    }

    synchronized List<String> changes() {
      return List.copyOf(changes);
    }

    synchronized List<String> requests() {
      return List.copyOf(requests);
    }

    synchronized List<Integer> killed() {
      return List.copyOf(killed);
    }

    synchronized List<String> troubles() {
      return List.copyOf(troubles);
    }

    @Override
    public synchronized void over(
        int process, int parent, Judgement judged, Outcome outcome, int errno, long nanos) {
      ExecRequest request = judged.about();
      outcomes.merge(outcome, 1, Integer::sum);
      if (outcome != Outcome.GONE && process == 0) {
        troubles.add(outcome + " without a process: " + text(request));
      }
      if (nanos <= 0) {
        troubles.add("no time: " + text(request));
      }
    }

    @Override
    public synchronized void changed(
        int process,
        Difference difference,
        ExecRequest judged,
        ExecRequest actual,
        boolean killed) {
      changes.add(difference + " " + killed + ": " + text(judged) + " -> " + text(actual));
    }

    @Override
    public synchronized void notSeized(int thread, String why) {
      troubles.add("not seized: " + why);
    }

    @Override
    public synchronized void killedMeanwhile(int thread) {
      killed.add(thread);
    }

    @Override
    public synchronized void unreadable(int process, ExecRequest judged, KernelException cause) {
      troubles.add("unreadable: " + text(judged) + ": " + cause);
    }

    @Override
    public synchronized void handlerFailed(int thread, int number, Throwable cause) {
      troubles.add("failed: " + cause);
    }

    @Override
    public synchronized void expired(HeldCall call) {
      troubles.add("expired");
    }

    @Override
    public synchronized void kill(String reason) {
      troubles.add("kill: " + reason);
    }

    synchronized void judged(ExecRequest request) {
      requests.add(text(request));
    }

    @Override
    public synchronized String toString() {
      return outcomes + " " + changes + " " + troubles;
    }
  }

  private final Path guarded;
  final Path execs;
  final Path folder;

  GuardedRun(Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    this.guarded = compile("guarded");
    this.execs = compile("execs");
  }

  Path compile(String name) throws IOException, InterruptedException {
    Path source = folder.resolve(name + ".c");
    try (InputStream in = GuardedRun.class.getResourceAsStream(name + ".c")) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    Path program = folder.resolve(name);
    Process compiler =
        new ProcessBuilder(
                "cc", "-O1", "-Wall", "-Werror", "-pthread", "-o", "" + program, "" + source)
            .redirectErrorStream(true)
            .start();
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(compiler.waitFor()).as(output).isZero();
    return program;
  }

  /** The same without a guard. */
  String bare(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(execs.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.strip();
  }

  /** Has {@code execs} do something, and everything that it executes judged. */
  Run execs(ExecJudge judge, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(execs.toString()));
    command.addAll(List.of(arguments));
    return run(judge, LoaderReader.NONE, command);
  }

  /** Runs a command, and has everything that it executes judged, itself too. */
  Run run(ExecJudge judge, LoaderReader loader, List<String> command) throws Exception {
    Seen seen = new Seen();
    ExecJudge remembering =
        new ExecJudge() {
          @Override
          public ExecDecision judge(ExecRequest request) throws Exception {
            seen.judged(request);
            return judge.judge(request);
          }

          @Override
          public Interest interest() {
            return judge.interest();
          }

          @Override
          public boolean needsEnvironment() {
            return judge.needsEnvironment();
          }

          @Override
          public java.time.Duration patience() {
            return judge.patience();
          }
        };
    return run(tracers -> new ExecGuard(tracers, remembering, loader, seen), seen, command);
  }

  /** Runs a command, and has all execs handled. */
  Run run(Function<Tracers, Handler> handlers, Seen seen, List<String> command) throws Exception {
    List<String> whole = new ArrayList<>(List.of(guarded.toString()));
    whole.addAll(command);
    Process process =
        new ProcessBuilder(whole).directory(folder.toFile()).redirectErrorStream(true).start();
    BufferedReader reader = process.inputReader(StandardCharsets.ISO_8859_1);
    int number = Integer.parseInt(Objects.requireNonNull(reader.readLine()));
    Fd listener;
    try (Fd handle = Processes.pidFd((int) process.pid())) {
      listener = Fd.owned((int) Kernel.call(PIDFD_GETFD, handle.number(), number, 0));
    }
    assertThat(listener.number()).isPositive();
    Tracers tracers = new Tracers(seen);
    Supervisor supervisor =
        Supervisor.start(
            Listener.adopt(listener),
            Routes.builder().route(handlers.apply(tracers), "execve", "execveat").build(),
            seen);
    try {
      process.getOutputStream().write('g');
      process.getOutputStream().flush();
      StringBuilder output = new StringBuilder();
      for (int c = reader.read(); c >= 0; c = reader.read()) {
        output.append((char) c);
      }
      boolean ended = process.waitFor(60, TimeUnit.SECONDS);
      assertThat(ended).as("ends: " + output + seen).isTrue();
      return new Run(process.exitValue(), output.toString().strip(), seen);
    } finally {
      process.destroyForcibly();
      tracers.end();
      supervisor.end();
      supervisor.close();
      assertThat(tracers.size()).isZero();
    }
  }
}
