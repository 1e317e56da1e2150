package dev.paddock.sandbox.run;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.Listener;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.ExecMatcher;
import dev.paddock.policy.SignalMatcher;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.SystemCallHandler;
import dev.paddock.sandbox.event.SinkReport;
import dev.paddock.sandbox.launch.HandedFiles;
import dev.paddock.sandbox.launch.Supervision;
import dev.paddock.sandbox.network.SocketGuard;
import dev.paddock.sandbox.observe.FileRefusals;
import dev.paddock.sandbox.observe.FileRefusals.Place;
import dev.paddock.sandbox.observe.FilterRefusals;
import dev.paddock.sandbox.observe.Observed;
import dev.paddock.sandbox.plan.CompiledPlan;
import dev.paddock.sandbox.process.ExecGuard;
import dev.paddock.sandbox.process.ForkTracker;
import dev.paddock.sandbox.process.Forks;
import dev.paddock.sandbox.process.HeldForks;
import dev.paddock.sandbox.process.OtherProcesses;
import dev.paddock.sandbox.process.ProcessLimit;
import dev.paddock.sandbox.process.ProcessTree;
import dev.paddock.sandbox.process.SignalGuard;
import dev.paddock.sandbox.process.Tracers;
import dev.paddock.sandbox.supervise.Chain;
import dev.paddock.sandbox.supervise.CustomHandler;
import dev.paddock.sandbox.supervise.FailureListener;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.HeldCall;
import dev.paddock.sandbox.supervise.ListenerWatch;
import dev.paddock.sandbox.supervise.Routes;
import dev.paddock.sandbox.supervise.Supervisor;
import dev.paddock.sandbox.supervise.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The supervisor of one run, put together from what its plan needs and nothing else. */
final class RunSupervision implements Supervision, FailureListener {
  /**
   * What a run is about, for its first event.
   *
   * @param path the executable
   * @param argv the arguments
   * @param directory the working directory
   * @param temporary the run's private directory; empty if it has none
   * @param handed what it may open again, because it is given descriptors of it
   * @param rules its Landlock rules, open until the run is over
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Subject(
      byte[] path,
      List<byte[]> argv,
      byte[] directory,
      ByteString temporary,
      HandedFiles handed,
      LandlockRuleset rules) {}

  private final CompiledPlan plan;
  private final Subject subject;
  private final RunReports reports;
  private final Workers workers = new Workers();
  private final Tracers tracers;
  private final Routes.Builder routes = Routes.builder();
  private volatile @Nullable ProcessTree tree;
  private @Nullable ProcessLimit limit;
  private volatile @Nullable SocketGuard sockets;
  private volatile @Nullable HeldForks held;
  private volatile @Nullable Supervisor supervisor;
  private @Nullable Waiting waiting;
  private long watched;
  private final CountDownLatch begun = new CountDownLatch(1);
  private int target;
  private volatile Consumer<Outcome> stop = _ -> {};

  /**
   * A supervisor for a run that is about to begin; {@link #end} must follow.
   *
   * @throws KernelException if a sink of the events cannot be opened
   */
  RunSupervision(CompiledPlan plan, Subject subject, ReadWriteLock gate) throws KernelException {
    this.plan = plan;
    this.tracers = new Tracers(this, gate);
    this.subject = subject;
    this.reports = RunReports.open(plan.supervisionOptions());
  }

  @Override
  public void begin(Fd listener, Beginning beginning, Consumer<Outcome> stopping)
      throws KernelException {
    stop = stopping;
    if (plan.killsOnAlert()) {
      reports.endOnAlert(
          reason -> stopping.accept(new Outcome.Stopped("protections.alerts", reason)));
    }
    target = beginning.target();
    reports.started(
        beginning.target(), beginning.init(), subject.path(), subject.argv(), subject.directory());
    if (!plan.judgesOnlyAddresses()) {
      supervise(listener, beginning);
      return;
    }
    // Most programs name no address at all.
    try {
      watched = ListenerWatch.shared().watch(listener, () -> superviseLate(listener, beginning));
    } catch (KernelException e) {
      listener.close();
      throw e;
    }
    waiting = new Waiting(listener, beginning);
  }

  private void superviseLate(Fd listener, Beginning beginning) {
    try {
      supervise(listener, beginning);
    } catch (KernelException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ESRCH)) { // Else init is gone, and the tree with it.
        kill("the supervisor cannot begin: " + e.getMessage());
      }
    } catch (Throwable e) { // The caller would wait for ever: its tree ends instead.
      kill("the supervisor cannot begin: " + e);
    } finally {
      begun.countDown();
    }
  }

  private record Waiting(Fd listener, Beginning beginning) {}

  private void supervise(Fd listener, Beginning beginning) throws KernelException {
    try {
      routes(beginning);
    } catch (KernelException | RuntimeException e) {
      listener.close();
      if (sockets == null) {
        beginning.close();
      }
      throw e;
    }
    supervisor = Supervisor.start(Listener.adopt(listener), routes.build(), this);
  }

  /** Whether nothing was ever held, so that there is nothing to end. */
  private boolean wasUnused() {
    Waiting first = waiting;
    if (first == null) {
      return false;
    }
    if (ListenerWatch.shared().leave(watched)) {
      first.listener().close();
      first.beginning().close();
      return true;
    }
    Uninterrupted.run(begun::await);
    return false;
  }

  /** For each call that the filter hands over: who is asked, in which order. */
  private void routes(Beginning beginning) throws KernelException {
    ProcessTree members = members(beginning);
    tree = members;
    StderrNotice notice = new StderrNotice(beginning.target());
    ExecGuard guard =
        new ExecGuard(
            tracers,
            new PolicyExecJudge(
                ExecMatcher.of(plan.policy()),
                plan.supervisionOptions().decider(),
                reports,
                notice),
            new PolicyLoaderReader(),
            reports);
    Handler forks = forks(members);
    SignalGuard signals =
        new SignalGuard(
            members,
            plan.host().has(Host.SCOPES),
            SignalMatcher.of(plan.policy().signals())::denial,
            reports,
            workers);
    OtherProcesses others = new OtherProcesses(members, reports);
    SocketGuard guarded =
        new SocketGuard(
            plan,
            members,
            beginning,
            subject.rules(),
            workers,
            reports,
            (thread, wanted, got) ->
                notice.say(thread, "port " + wanted + " is taken; bound to " + got + " instead"),
            this);
    sockets = guarded;
    for (String name : plan.systemCallFilter().notifying()) {
      List<Handler> handlers = new ArrayList<>();
      boolean other = List.of(OtherProcesses.calls()).contains(name);
      if (other) {
        handlers.add(others);
      } else if (plan.supervisionOptions().wants(SupervisionOptions.Wish.DENIALS)) {
        handlers.add(new FilterRefusals(name, plan.systemCallFilter(), reports));
        look(name, handlers);
      }
      switch (name) {
        case "execve", "execveat" -> {
          if (plan.judgesExecs()) {
            handlers.add(members.membership());
            handlers.add(guard);
          }
        }
        case "fork", "vfork", "clone" -> handlers.add(forks);
        default -> {
          if (List.of(SignalGuard.calls()).contains(name)) {
            handlers.add(signals);
          }
          if (plan.judgesAddresses()) {
            guarded.handler(name).ifPresent(handlers::add);
          }
        }
      }
      SystemCallHandler custom = plan.supervisionOptions().handlers().get(name);
      if (custom != null) {
        handlers.add(new CustomHandler(name, custom, workers, this));
      }
      routes.route(handlers.size() == 1 ? handlers.getFirst() : new Chain(handlers), name);
    }
  }

  private ProcessTree members(Beginning beginning) throws KernelException {
    String name = plan.supervisionOptions().name();
    String session = plan.supervisionOptions().session();
    return !plan.judgesOnlyAddresses()
        ? ProcessTree.start(beginning.init(), beginning.target(), name, session, reports)
        : ProcessTree.of(beginning.init(), name, session, reports);
  }

  /** Who judges the making of processes: the limit, then whoever registers them at birth. */
  private Handler forks(ProcessTree members) {
    // A child that waits until it is registered cannot end before its parent's next fork is
    // received, and so not interrupt that. Where only the limit asks, births are for this.
    boolean descent = !plan.policy().signals().deny().isEmpty();
    boolean seen = plan.supervisionOptions().seesTree() || descent || plan.processes().isPresent();
    ForkTracker tracker = new ForkTracker(members, tracers, reports, descent);
    Forks forks = seen ? tracker : Forks.UNSEEN;
    if (plan.supervisionOptions().wants(SupervisionOptions.Wish.FORK_HOLD)) {
      HeldForks holdable = new HeldForks(forks);
      held = holdable;
      forks = holdable;
    }
    if (plan.processes().isEmpty()) {
      return forks;
    }
    ProcessLimit bound =
        new ProcessLimit(plan.processes().getAsInt(), members, forks, tracers, reports);
    tracker.tell(bound::settled);
    limit = bound;
    return bound;
  }

  private void look(String name, List<Handler> handlers) {
    Place[] places = Observed.places(name);
    if (places.length > 0) {
      handlers.add(
          new FileRefusals(name, plan, subject.temporary(), subject.handed(), reports, places));
    }
  }

  @Override
  public boolean holdForks() {
    HeldForks holdable = held;
    if (holdable == null) {
      return false;
    }
    holdable.hold();
    return true;
  }

  @Override
  public void releaseForks() {
    HeldForks holdable = held;
    if (holdable != null) {
      holdable.release();
    }
  }

  @Override
  public Optional<String> refusal() {
    return reports.refusal();
  }

  @Override
  public Map<Integer, Integer> ports() {
    SocketGuard guarded = sockets;
    return guarded == null ? Map.of() : guarded.ports();
  }

  @Override
  public List<String> notices() {
    return reports.notices();
  }

  @Override
  public List<SinkReport> end(@Nullable Result result) {
    if (wasUnused()) {
      workers.end();
      tracers.end();
      return result == null ? reports.close() : reports.ended(target, result);
    }
    stop = _ -> {};
    Supervisor running = supervisor;
    if (running != null) {
      running.end();
    }
    workers.end();
    ProcessLimit bound = limit;
    if (bound != null) {
      bound.end();
    }
    tracers.end();
    SocketGuard guarded = sockets;
    if (guarded != null) {
      guarded.close();
    }
    if (running != null) {
      running.close(); // Whoever still had a call to answer has done so.
    }
    ProcessTree members = tree;
    if (members != null) {
      members.end();
    }
    return result == null ? reports.close() : reports.ended(target, result);
  }

  /** The tree is about to be killed for more than a limit allows. */
  void limitExceeded(String limit, long value) {
    reports.limitExceeded(target, limit, value);
  }

  @Override
  public void handlerFailed(int thread, int number, Throwable cause) {
    reports.handlerFailed(thread, number, cause);
  }

  @Override
  public void expired(HeldCall call) {
    reports.expired(call.thread(), call.number());
  }

  @Override
  public void kill(String reason) {
    reports.killed(reason);
    stop.accept(new Outcome.Stopped("supervisor", reason));
  }
}
