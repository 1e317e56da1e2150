package dev.paddock.cli;

import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Signals;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyException;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Plan;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.RunningSandbox;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.Session;
import dev.paddock.sandbox.Stdio;
import dev.paddock.sandbox.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code paddock run}: the main job. */
final class RunCommand {
  /** What the tree gets between SIGTERM and SIGKILL, after Ctrl-C or the time limit. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Context context;
  private final Arguments arguments;
  private final Output output;

  /**
   * Whether the command has the terminal: then it may be a shell, which says itself what failed.
   */
  private boolean interactive;

  RunCommand(Context context, Arguments arguments) {
    this.context = context;
    this.arguments = arguments;
    this.output = new Output(context);
  }

  /** Runs the command and returns its status; see the table in docs/commands.md. */
  int run() throws UsageException, PolicyException, SandboxException, InterruptedException {
    List<byte[]> argv = argv();
    Optional<String> name = ObservationOptions.name(arguments);
    @Nullable Fd statusFd = statusFd();
    PolicyChoice choice = PolicyChoice.of(context, arguments);
    byte[] directory = directory(hasOtherRoot(choice));
    ObservationOptions observation = new ObservationOptions(context, arguments);
    Plan plan;
    Result result;
    try (@Nullable Session session = session()) {
      plan =
          choice.plan(
              Host.probe(),
              observation.supervisionOptions(name, session == null ? "" : session.id()));
      result = run(plan, command(argv, directory, plan, choice));
    } catch (SandboxException e) {
      writeStatus(statusFd, notStarted(new Json().object(), e).endObject());
      if (arguments.has(Flag.JSON)) {
        Json json = new Json().object();
        if (name.isPresent()) {
          json.name("name").value(name.get());
        }
        output.say(notStarted(json, e).endObject().toString());
      }
      throw e;
    }
    observation.report(result.events(), output);
    if (arguments.has(Flag.VERBOSE)) {
      List<byte[]> caller = context.environment();
      List<String> dropped = DroppedDirectories.of(caller, plan.environment(caller));
      if (!dropped.isEmpty()) {
        output.say("left out of PATH, as nothing in it can be run: " + String.join(", ", dropped));
      }
    }
    if (!arguments.has(Flag.QUIET) && !arguments.has(Flag.JSON)) {
      result.notices().forEach(output::say);
    }
    report(result, name, observation, statusFd);
    boolean asked = result.outcome() instanceof Outcome.Terminated;
    if (result.outcome() instanceof Outcome.TimedOut timedOut) {
      output.say("timed out after " + Units.show(timedOut.limit()));
    } else if (result.outcome() instanceof Outcome.Stopped stopped) {
      output.say(stopped.rule() + ": " + stopped.reason() + "; the whole tree was killed");
    } else if (result.status() != 0 && !asked && !arguments.has(Flag.QUIET)) {
      // A shell's last status says little of where it was started, and a signal even less.
      boolean ofDirectory = result.outcome() instanceof Outcome.Exited && !interactive;
      // What was refused is said already where that was asked for.
      boolean known = arguments.has(Flag.DENIALS) || hasOtherRoot(choice);
      List<String> hints = known ? List.of() : Hints.of(plan, directory, argv, ofDirectory);
      for (String hint : hints) {
        output.hint(hint);
      }
      if (hints.isEmpty() && ofDirectory && !arguments.has(Flag.DENIALS)) {
        output.hint("with --denials it is said what was refused");
      }
    }
    return result.status();
  }

  /** What its events name, for an attach to join; null if nobody sees them. */
  private @Nullable Session session() {
    if (!arguments.has(Flag.EVENTS)) {
      return null;
    }
    try {
      return Session.create();
    } catch (SandboxException e) {
      return null; // It is a name only: the run can do without.
    }
  }

  private Result run(Plan plan, Command command)
      throws UsageException, SandboxException, InterruptedException {
    try (@Nullable Fd terminal = terminal()) {
      // Without a job of its own it is a part of ours: stops, goes on and is interrupted as bare.
      boolean beside = terminal == null && isAtTerminal() && plan.keepsSignalsInside();
      Command placed =
          terminal != null
              ? command.interactive(terminal)
              : beside ? command.inCallersGroup() : command;
      if (beside) {
        // Before the command runs: an interrupt that it handles must not end us.
        context.console().leaveInterruptsToCommand();
      }
      try (RunningSandbox running = Sandbox.of(plan).start(placed)) {
        context.cancellation().onCancel(() -> running.terminate(GRACE));
        return running.waitFor();
      } finally {
        context.cancellation().clear();
      }
    }
  }

  /** Whether there is a terminal that sends signals to our process group. */
  private boolean isAtTerminal() {
    Optional<Fd> terminal = context.console().controlling();
    terminal.ifPresent(Fd::close);
    return terminal.isPresent();
  }

  private Command command(List<byte[]> argv, byte[] directory, Plan plan, PolicyChoice choice)
      throws UsageException {
    Command command = Command.ofBytes(argv);
    if (arguments.has(Flag.CWD) || !hasOtherRoot(choice)) {
      command = command.directory(directory); // Another root may not have it.
    }
    return (arguments.has(Flag.SHOW_POLICY) ? command.showingPolicy() : command)
        .umask(context.umask())
        .ignoredSignals(context.ignoredSignals())
        .environment(choice.environment(plan))
        .grace(GRACE)
        .stdin(Stdio.descriptor(context.stdin()))
        .stdout(Stdio.descriptor(context.stdout()))
        .stderr(Stdio.descriptor(context.stderr()));
  }

  /** What to run: the operands as they are, or a shell with the script of {@code -e}. */
  private List<byte[]> argv() throws UsageException, SandboxException {
    List<byte[]> operands = arguments.operands();
    Optional<byte[]> script = arguments.value(Flag.EXEC_SHELL);
    if (script.isPresent()) {
      List<byte[]> argv = new ArrayList<>(operands.size() + 4);
      argv.add(Bytes.utf8("/bin/sh"));
      argv.add(Bytes.utf8("-c"));
      argv.add(script.get());
      if (!operands.isEmpty()) {
        // The shell takes the first one as $0, so that the operands are $1 and on.
        argv.add(Bytes.utf8("/bin/sh"));
        argv.addAll(operands);
      }
      return argv;
    }
    if (operands.isEmpty()) {
      throw new UsageException("no command to run; write it last: paddock run -r . -- ls");
    }
    if (operands.getFirst().length == 0) {
      throw new SandboxException(
          SandboxException.NOT_FOUND, "the name of the command is empty, and nothing is called so");
    }
    return operands;
  }

  private static boolean hasOtherRoot(PolicyChoice choice) {
    Policy.View view = choice.policy().view();
    return view.root().isPresent() || !view.mounts().isEmpty();
  }

  /**
   * Where the command starts; {@code --cwd} is relative to the current directory.
   *
   * @param inside whether that is a path of another root, and not of the host's
   */
  private byte[] directory(boolean inside) throws UsageException {
    Optional<byte[]> wanted = arguments.value(Flag.CWD);
    if (wanted.isEmpty()) {
      Optional<byte[]> own = context.directory();
      if (own.isPresent()) {
        return own.get();
      }
      throw new UsageException(
          "the current directory has been deleted; change to another one, or name one with --cwd");
    }
    byte[] path = WorkingDirectory.absolute(context, Flag.CWD, wanted.get());
    if (inside) {
      return path;
    }
    try {
      if (!Paths.status(path).isDirectory()) {
        throw new UsageException("--cwd " + Text.show(wanted.get()) + ": not a directory");
      }
      return path;
    } catch (KernelException e) {
      throw new UsageException("--cwd " + Text.show(wanted.get()) + ": " + e.errno().text());
    }
  }

  /**
   * The terminal that the command gets for its job control: when asked for, and where its input is
   * one. A pipe on either side means that others of our group need the terminal.
   */
  private @Nullable Fd terminal() throws UsageException {
    if (arguments.has(Flag.NO_INTERACTIVE)) {
      if (arguments.has(Flag.INTERACTIVE)) {
        throw new UsageException("--interactive and --no-interactive exclude each other");
      }
      return null;
    }
    Optional<Fd> terminal = Optional.empty();
    if (arguments.has(Flag.INTERACTIVE)
        || (context.console().isTerminal(context.stdin()) && isEnd(context.stdout()))) {
      terminal = context.console().controlling();
    }
    if (terminal.isEmpty() && arguments.has(Flag.INTERACTIVE)) {
      throw new UsageException(
          "-i needs a terminal, and this process has none; leave -i out, or use script(1) or ssh"
              + " -t");
    }
    interactive = terminal.isPresent();
    return terminal.orElse(null);
  }

  /** Whether what is written here reaches a terminal or a file, and no other program of a pipe. */
  private static boolean isEnd(Fd output) {
    try {
      FileStatus status = Paths.status(output);
      return status.isDevice() || status.isRegular();
    } catch (KernelException e) {
      return false; // Closed: the run says so.
    }
  }

  private @Nullable Fd statusFd() throws UsageException {
    Optional<byte[]> value = arguments.value(Flag.STATUS_FD);
    if (value.isEmpty()) {
      return null;
    }
    int number = Units.count(Flag.STATUS_FD, value.get(), 0, 1_048_575);
    Fd fd = Fd.borrowed(number);
    try {
      Paths.status(fd);
      return fd;
    } catch (KernelException e) {
      throw new UsageException("--status-fd " + number + ": " + e.errno().text());
    }
  }

  private void report(
      Result result, Optional<String> name, ObservationOptions observation, @Nullable Fd statusFd) {
    if (statusFd != null) {
      writeStatus(statusFd, exit(new Json().object(), result).endObject());
    }
    if (arguments.has(Flag.JSON)) {
      Json json = new Json().object();
      if (name.isPresent()) {
        json.name("name").value(name.get());
      }
      observation.addTo(usage(exit(json, result), result.usage()));
      json.name("notices").values(result.notices());
      output.say(json.endObject().toString());
    }
    if (arguments.has(Flag.USAGE)) {
      output.say(used(result.usage()));
    }
    if (arguments.has(Flag.VERBOSE)) {
      Usage usage = result.usage();
      output.say(
          name.map(text -> text + ": ").orElse("")
              + describe(result)
              + " after "
              + Units.show(usage.wall())
              + "; processor "
              + Units.show(usage.user())
              + " user, "
              + Units.show(usage.system())
              + " system; largest process "
              + Units.size(usage.peakProcessBytes()));
    }
  }

  private static String used(Usage usage) {
    return "used "
        + Units.show(usage.wall())
        + ", processor "
        + Units.show(usage.user())
        + " user and "
        + Units.show(usage.system())
        + " system; at most "
        + Units.size(usage.knownPeakBytes())
        + " in "
        + Math.max(1, usage.peakProcesses())
        + (usage.peakProcesses() > 1 ? " processes" : " process")
        + "; "
        + usage.voluntarySwitches()
        + " voluntary and "
        + usage.forcedSwitches()
        + " forced switches";
  }

  private static String describe(Result result) {
    return switch (result.outcome()) {
      case Outcome.Exited exited -> "exit status " + exited.status();
      case Outcome.Signalled signalled ->
          "ended by "
              + Signals.name(signalled.signal())
              + (signalled.coreDumped() ? " (core dumped)" : "");
      case Outcome.TimedOut _ -> "ended by the time limit";
      case Outcome.Terminated _ -> "ended on request";
      case Outcome.Stopped stopped -> "killed by " + stopped.rule();
    };
  }

  private static Json notStarted(Json json, SandboxException failure) {
    return json.name("exit_code").value(failure.status()).name("status").value(failure.status());
  }

  /** The two members that sandlock writes, and our own status. */
  private static Json exit(Json json, Result result) {
    switch (result.outcome()) {
      case Outcome.Exited exited -> json.name("exit_code").value(exited.status());
      case Outcome.Signalled signalled ->
          json.name("exit_code").value(-1).name("signal").value(signalled.signal());
      case Outcome.TimedOut _ -> json.name("exit_code").value(-1).name("timed_out").value(true);
      case Outcome.Terminated terminated -> {
        json.name("exit_code").value(-1);
        if (terminated.signal() != 0) {
          json.name("signal").value(terminated.signal());
        }
        json.name("terminated").value(true);
      }
      case Outcome.Stopped stopped ->
          json.name("exit_code")
              .value(-1)
              .name("rule")
              .value(stopped.rule())
              .name("reason")
              .value(stopped.reason());
    }
    return json.name("status").value(result.status());
  }

  private static Json usage(Json json, Usage usage) {
    return json.name("wall_us")
        .value(Units.micros(usage.wall()))
        .name("user_us")
        .value(Units.micros(usage.user()))
        .name("system_us")
        .value(Units.micros(usage.system()))
        .name("peak_process_bytes")
        .value(usage.peakProcessBytes())
        .name("peak_bytes")
        .value(usage.knownPeakBytes())
        .name("peak_processes")
        .value(usage.peakProcesses())
        .name("voluntary_switches")
        .value(usage.voluntarySwitches())
        .name("forced_switches")
        .value(usage.forcedSwitches())
        .name("minor_faults")
        .value(usage.minorFaults())
        .name("major_faults")
        .value(usage.majorFaults());
  }

  private void writeStatus(@Nullable Fd statusFd, Json status) {
    if (statusFd == null) {
      return;
    }
    try {
      statusFd.writeFully(Bytes.utf8(status + "\n"));
    } catch (KernelException e) {
      output.error("--status-fd " + statusFd.number() + ": " + e.errno().text());
    }
  }
}
