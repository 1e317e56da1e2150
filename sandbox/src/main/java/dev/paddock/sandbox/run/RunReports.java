package dev.paddock.sandbox.run;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Signals;
import dev.paddock.linux.SystemCall;
import dev.paddock.linux.SystemCalls;
import dev.paddock.linux.Tracee;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.attach.AttachReports;
import dev.paddock.sandbox.event.Arguments;
import dev.paddock.sandbox.event.Event;
import dev.paddock.sandbox.event.EventBus;
import dev.paddock.sandbox.event.EventSink;
import dev.paddock.sandbox.event.SinkReport;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.process.ExecDecision;
import dev.paddock.sandbox.process.ExecRequest;
import dev.paddock.sandbox.process.Judgement;
import dev.paddock.sandbox.process.Member;
import dev.paddock.sandbox.process.OtherProcesses;
import dev.paddock.sandbox.process.ProcessLimit;
import dev.paddock.sandbox.process.SignalGuard;
import dev.paddock.sandbox.process.TreeReports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Turns what the parts of a supervisor have to say into events. */
public final class RunReports
    implements Refusals,
        AttachReports,
        TreeReports,
        ProcessLimit.Reports,
        SignalGuard.Reports,
        OtherProcesses.Reports {
  /** The message of a program's event that nobody could look at. */
  public static final String UNSEEN = "its process shows nothing: what runs could not be looked at";

  private static final int MOST_REFUSED = 1000;

  private static final ByteString BLANK = ByteString.of(" ");

  private final EventBus bus;
  private final String session;
  private volatile int target;

  /** What ends the run when an alert is raised; null if alerts are only reported. */
  private volatile @Nullable Consumer<String> alarm;

  private volatile @Nullable String refusal;

  /** The programs that were refused, as far as they are counted. */
  private final Set<ByteString> refused = ConcurrentHashMap.newKeySet();

  private volatile String firstRefused = "";

  /** Few: whoever adds one looks whether it is said already. */
  private final List<String> notices = new CopyOnWriteArrayList<>();

  RunReports(EventBus bus, String session) {
    this.bus = bus;
    this.session = session;
  }

  /**
   * For a run of which these are to be told.
   *
   * @throws KernelException if one of them cannot be opened; then none is
   */
  public static RunReports open(SupervisionOptions supervisionOptions) throws KernelException {
    List<EventSink> sinks = new ArrayList<>();
    try {
      for (SupervisionOptions.Sink sink : supervisionOptions.sinks()) {
        sinks.add(sink.open());
      }
    } catch (KernelException | RuntimeException e) {
      for (EventSink sink : sinks) {
        sink.close();
      }
      throw e;
    }
    return new RunReports(
        new EventBus(supervisionOptions.name(), sinks), supervisionOptions.session());
  }

  /** Has the run ended when what was judged is not what happened. */
  void endOnAlert(Consumer<String> end) {
    alarm = end;
  }

  /** An exec is about to be refused. */
  void refusing(ExecRequest request, ExecDecision decision) {
    String why =
        "refused by "
            + decision.rule()
            + (decision.message().isEmpty() ? "" : ": " + decision.message());
    if (request.thread() == target) {
      refusal = why;
    }
    ByteString program =
        ByteString.of(request.executable().length == 0 ? request.path() : request.executable());
    if (refused.isEmpty()) {
      firstRefused = program + " was " + why;
    }
    if (refused.size() < MOST_REFUSED) {
      boolean _ = refused.add(program);
    }
  }

  /** What a shell would only call "Permission denied", or "bad interpreter". */
  private void noticeRefused() {
    int others = refused.size() - 1;
    if (others >= 0) {
      notices.add(
          firstRefused + (others == 0 ? "" : "; other programs that were refused: " + others));
    }
  }

  /** Why the target's last exec was refused, if it was. */
  Optional<String> refusal() {
    return Optional.ofNullable(refusal);
  }

  void started(int pid, int parent, byte[] path, List<byte[]> argv, byte[] directory) {
    target = pid;
    if (bus.isActive()) {
      bus.post(
          new Event.Started(
              bus.head(session, pid, parent),
              ByteString.of(path),
              Arguments.of(argv.toArray(byte[][]::new)),
              ByteString.of(directory)));
    }
  }

  @Override
  public void refused(
      int thread,
      String call,
      ByteString object,
      int errno,
      String rule,
      String hint,
      Strength strength) {
    if (bus.isActive()) {
      bus.post(new Event.Denied(head(thread), call, object, errno, rule, hint, strength));
    }
  }

  @Override
  public void over(
      int process, int parent, Judgement judged, Outcome outcome, int errno, long nanos) {
    // One that failed for the kernel's own reasons, as in a search through PATH, ran nothing.
    if (!bus.isActive() || outcome == Outcome.FAILED || outcome == Outcome.GONE) {
      return;
    }
    ExecRequest request = judged.about();
    ExecDecision decision = judged.decision();
    Event.Decision decided =
        switch (decision.kind()) {
          case ALLOW -> Event.Decision.ALLOW;
          case DENY -> Event.Decision.DENY;
          case AUDIT -> Event.Decision.AUDIT;
        };
    bus.post(
        new Event.Exec(
            parent == 0
                ? head(process == 0 ? request.thread() : process)
                : bus.head(session, process, parent),
            ByteString.of(request.path()),
            ByteString.of(request.executable()),
            Arguments.of(request.arguments().toArray(byte[][]::new)),
            decided,
            decision.rule(),
            outcome == Outcome.UNSEEN ? UNSEEN : decision.message(),
            errno,
            outcome == Outcome.UNSEEN ? Strength.OBSERVED : Strength.VERIFIED,
            Duration.ofNanos(nanos)));
  }

  @Override
  public void changed(
      int process, Difference difference, ExecRequest judged, ExecRequest actual, boolean killed) {
    Event.Alert.Kind kind =
        switch (difference) {
          case IMAGE -> Event.Alert.Kind.IMAGE_CHANGED;
          case ARGUMENTS -> Event.Alert.Kind.ARGUMENTS_CHANGED;
          case ENVIRONMENT -> Event.Alert.Kind.ENVIRONMENT_CHANGED;
        };
    alert(
        process,
        kind,
        shown(difference, judged),
        shown(difference, actual),
        alarm != null
            ? Event.Action.TREE_KILLED
            : killed ? Event.Action.PROCESS_KILLED : Event.Action.REPORTED);
    Consumer<String> end = alarm;
    if (end != null) {
      end.accept(
          "process "
              + process
              + " executed something else than what was judged ("
              + kind.label()
              + ")");
    }
  }

  /** The parent that a process has now; 0 if it has ended meanwhile. */
  private static int parentOf(int process) {
    try {
      return Procfs.stat(process).parent();
    } catch (KernelException gone) {
      return 0; // The event then says what is known.
    }
  }

  @Override
  public void joined(Member member, int above) {
    if (!bus.isActive() || member.origin() == Member.Origin.TARGET) {
      return;
    }
    boolean born = member.origin() == Member.Origin.BORN;
    bus.post(
        new Event.Fork(
            bus.head(session, member.parent().pid(), above),
            member.pid(),
            born ? Event.Fork.Kind.FORK : Event.Fork.Kind.FOUND,
            born ? Strength.VERIFIED : Strength.OBSERVED));
  }

  @Override
  public void ended(Member member, Optional<Processes.Exit> exit) {
    if (!bus.isActive()) {
      return;
    }
    int status = exit.isEmpty() || exit.get().signalled() ? -1 : exit.get().value();
    boolean killed = exit.isPresent() && exit.get().signalled();
    bus.post(
        new Event.Exited(
            bus.head(session, member.pid(), member.parent().pid()),
            killed ? 0 : status,
            killed ? exit.get().value() : 0,
            killed && exit.get().coreDumped(),
            null));
  }

  @Override
  public void attached(int process, int parent, int threads) {
    if (!bus.isActive() || process == target) { // A run's target has told of its start.
      return;
    }
    byte[] executable = new byte[0];
    List<byte[]> arguments = List.of();
    try {
      arguments = Procfs.arguments(process);
      executable = Paths.readLink(("/proc/" + process + "/exe").getBytes(US_ASCII));
    } catch (KernelException gone) {
      // It has ended, or shows nothing: what is known stands in the event.
    }
    bus.post(
        new Event.Attached(
            bus.head(session, process, parent),
            ByteString.of(executable),
            Arguments.of(arguments.toArray(byte[][]::new)),
            threads));
  }

  @Override
  public void forked(int parent, int child) {
    if (bus.isActive()) {
      bus.post(
          new Event.Fork(
              bus.head(session, parent, parentOf(parent)),
              child,
              Event.Fork.Kind.FORK,
              Strength.VERIFIED));
    }
  }

  @Override
  public void ended(int process, int parent, Tracee.Gone how) {
    if (!bus.isActive()) {
      return;
    }
    Event.Head head = bus.head(session, process, parent);
    bus.post(
        switch (how) {
          case Tracee.Exited exited -> new Event.Exited(head, exited.status(), 0, false, null);
          case Tracee.Killed killed ->
              new Event.Exited(head, 0, killed.signal(), killed.coreDumped(), null);
        });
  }

  @Override
  public void bypassed(int process, String expected, String found, boolean killed) {
    alert(
        process,
        Event.Alert.Kind.STOP_BYPASSED,
        ByteString.of(expected),
        ByteString.of(found),
        killed ? Event.Action.TREE_KILLED : Event.Action.REPORTED);
  }

  @Override
  public void killedMeanwhile(int thread) {
    bypassed(thread, "stand at its exec", "was killed while it was judged", false);
  }

  @Override
  public void notTaken(int process, KernelException cause) {
    alert(
        process,
        Event.Alert.Kind.NOT_SEIZED,
        ByteString.of(""),
        ByteString.of("" + cause.getMessage()),
        Event.Action.REPORTED);
  }

  @Override
  public void judgeFailed(int process, Throwable cause) {
    if (bus.isActive()) {
      bus.post(
          new Event.HandlerFailed(
              head(process), cause.getClass().getName(), "execve", "" + cause, Errno.EPERM));
    }
  }

  /** An attach is over. */
  public List<SinkReport> detached(int process, int left) {
    if (bus.isActive()) {
      bus.post(new Event.Detached(bus.head(session, process, 0), left));
    }
    return close();
  }

  @Override
  public void stranger(int thread) {
    alert(
        thread,
        Event.Alert.Kind.UNKNOWN_SESSION,
        ByteString.of(""),
        ByteString.of(""),
        Event.Action.REFUSED);
  }

  @Override
  public void signalDenied(int thread, int receiver, int signal, String rule) {
    if (bus.isActive()) {
      bus.post(
          new Event.Denied(
              head(thread),
              "kill",
              ByteString.of(Signals.name(signal) + " to " + receiver),
              Errno.EPERM,
              rule,
              "",
              Strength.EMULATED));
    }
  }

  @Override
  public void otherProcessRefused(int thread, int number, int other) {
    if (bus.isActive()) {
      bus.post(
          new Event.Denied(
              head(thread),
              name(number),
              ByteString.of("process " + other),
              Errno.EPERM,
              "acts on a process outside the tree, or needs a privilege",
              "",
              Strength.EMULATED));
    }
  }

  @Override
  public void limitReached(int thread, int limit) {
    if (bus.isActive()) {
      bus.post(
          new Event.LimitReached(
              head(thread),
              "processes",
              limit,
              Event.Action.REFUSED,
              "limits.processes",
              Strength.VERIFIED));
    }
  }

  /** The tree is about to be killed for more than a limit allows. */
  void limitExceeded(int process, String name, long value) {
    if (bus.isActive()) {
      bus.post(
          new Event.LimitReached(
              bus.head(session, process, 0),
              name,
              value,
              Event.Action.TREE_KILLED,
              "limits." + name,
              Strength.OBSERVED));
    }
  }

  private static ByteString shown(Difference difference, ExecRequest request) {
    return switch (difference) {
      case IMAGE ->
          ByteString.of(request.executable().length == 0 ? request.path() : request.executable());
      case ARGUMENTS -> joined(request.arguments());
      case ENVIRONMENT -> joined(request.environment());
    };
  }

  /** What fits into an event of it, with blanks between. */
  private static ByteString joined(List<byte[]> strings) {
    ByteString joined = ByteString.of("");
    for (byte[] string : strings) {
      if (joined.length() > Event.MOST_BYTES) {
        break;
      }
      joined =
          joined.isEmpty() ? ByteString.of(string) : joined.plus(BLANK).plus(ByteString.of(string));
    }
    return joined;
  }

  @Override
  public String why(int thread, KernelException cause) {
    return TraceRefusal.why(thread, cause);
  }

  @Override
  public void notSeized(int thread, String why) {
    if (notices.isEmpty()) {
      notices.add(why + "; what it executes could not be verified, and was refused");
    }
    alert(
        thread,
        Event.Alert.Kind.NOT_SEIZED,
        ByteString.of(""),
        ByteString.of(why),
        Event.Action.REFUSED);
  }

  /** What has happened that the user does not expect; for people. */
  List<String> notices() {
    return List.copyOf(notices);
  }

  @Override
  public void birthUnseen(Member parent, int thread, String why) {
    if (parent.firstUnseen()) {
      alert(
          thread,
          Event.Alert.Kind.NOT_SEIZED,
          ByteString.of(""),
          ByteString.of(why),
          Event.Action.REPORTED);
    }
  }

  @Override
  public void unreadable(int process, ExecRequest judged, KernelException cause) {
    alert(
        process,
        Event.Alert.Kind.IMAGE_CHANGED,
        shown(Difference.IMAGE, judged),
        ByteString.of("" + cause.getMessage()),
        Event.Action.PROCESS_KILLED);
  }

  /** The tree is killed because the supervisor cannot go on. */
  void killed(String reason) {
    alert(
        0,
        Event.Alert.Kind.MALFORMED,
        ByteString.of(""),
        ByteString.of(reason),
        Event.Action.TREE_KILLED);
  }

  private void alert(
      int process,
      Event.Alert.Kind kind,
      ByteString judged,
      ByteString actual,
      Event.Action action) {
    if (bus.isActive()) {
      bus.post(new Event.Alert(head(process), kind, judged, actual, action, Strength.VERIFIED));
    }
  }

  void handlerFailed(int thread, int number, Throwable cause) {
    if (bus.isActive()) {
      bus.post(
          new Event.HandlerFailed(
              head(thread), cause.getClass().getName(), name(number), "" + cause, Errno.EPERM));
    }
  }

  void expired(int thread, int number) {
    if (bus.isActive()) {
      bus.post(
          new Event.HandlerFailed(
              head(thread), "supervisor", name(number), "nobody decided in time", Errno.EPERM));
    }
  }

  List<SinkReport> ended(int pid, Result result) {
    if (result.status() != 0
        && !(result.outcome() instanceof dev.paddock.sandbox.Outcome.Stopped)) {
      noticeRefused();
    }
    if (bus.isActive()) {
      bus.post(new Event.Ended(bus.head(session, pid, 0), result.outcome(), result.usage()));
    }
    return close();
  }

  /** Ends the events without a last one; what became of them. */
  public List<SinkReport> close() {
    bus.close();
    return bus.reports();
  }

  private static String name(int number) {
    for (SystemCall call : SystemCalls.all()) {
      if (call.exists(Arch.current()) && call.number(Arch.current()) == number) {
        return call.name();
      }
    }
    return "" + number;
  }

  /** Who a thread is. It is held while we look, so its number is its own. */
  private Event.Head head(int thread) {
    if (thread == 0) {
      return bus.head(session, 0, 0);
    }
    try {
      byte[] status = Procfs.read(thread, "status");
      return bus.head(session, number(status, "Tgid", thread), number(status, "PPid", 0));
    } catch (KernelException gone) {
      return bus.head(session, thread, 0); // Killed meanwhile: its number is all that is left.
    }
  }

  private static int number(byte[] status, String field, int otherwise) {
    String text = Procfs.statusField(status, field).orElse("");
    return text.isEmpty() ? otherwise : Integer.parseInt(text);
  }
}
