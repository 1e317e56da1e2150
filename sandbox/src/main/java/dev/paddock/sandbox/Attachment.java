package dev.paddock.sandbox;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.policy.Policy;
import dev.paddock.sandbox.attach.AttachEngine;
import dev.paddock.sandbox.event.SinkReport;
import dev.paddock.sandbox.run.AttachPlan;
import dev.paddock.sandbox.run.RunReports;
import dev.paddock.sandbox.run.SupervisedProcesses;
import dev.paddock.sandbox.run.TraceRefusal;
import dev.paddock.sandbox.run.Tracing;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Processes that ran already and were taken over: one of them, its threads, and all that descends
 * from it. Every program that they execute is judged before its first instruction; one that is
 * denied ends its process with SIGKILL. Nothing else about them changes, and {@link #detach} leaves
 * them as they were.
 *
 * <p>It holds by ptrace(2), so {@code /proc/PID/status} names a tracer, no debugger can attach, and
 * a program with set-user-id bits gets no other user's rights unless this process is privileged. It
 * ends with this process: then they go on, and are not judged any more.
 */
public final class Attachment implements AutoCloseable {
  private final int process;
  private final int begun;
  private final String session;
  private final AttachEngine engine;
  private final RunReports reports;
  private List<SinkReport> sinks = List.of();
  private boolean over;
  private int left;

  private Attachment(
      int process, int begun, String session, AttachEngine engine, RunReports reports) {
    this.process = process;
    this.begun = begun;
    this.session = session;
    this.engine = engine;
    this.reports = reports;
  }

  /**
   * What is wanted of an attach.
   *
   * @param policy its variables replaced; only its rules for programs, the rest empty
   * @param supervisionOptions who sees the events, and what they call this; its session, if it has
   *     one
   * @param sessionless whether it belongs to no session on purpose, which the policy must allow
   */
  public record Order(Policy policy, SupervisionOptions supervisionOptions, boolean sessionless) {}

  /**
   * Takes a process over, with its threads and descendants.
   *
   * @param process its id
   * @throws PlanException if the policy has rules that cannot be held on a process that runs
   * @throws SandboxException if there is no such process, or it may not be traced: nothing is
   * @throws InterruptedException if the calling thread was interrupted: nothing is
   */
  public static Attachment to(int process, Order order)
      throws SandboxException, InterruptedException {
    AttachPlan.check(order);
    if (process == Processes.pid()) {
      throw new SandboxException(
          SandboxException.FAILED, process + " is this process, which cannot trace itself");
    }
    refuseOwnChild(process);
    SupervisedProcesses.check(process);
    RunReports reports = reports(order.supervisionOptions());
    boolean begun = false;
    try {
      AttachEngine engine =
          Tracing.engine(process, order.policy(), order.supervisionOptions(), reports);
      int count = engine.begin();
      begun = true;
      return new Attachment(process, count, order.supervisionOptions().session(), engine, reports);
    } catch (KernelException e) {
      throw new SandboxException(SandboxException.FAILED, TraceRefusal.why(process, e), e);
    } finally {
      if (!begun) {
        List<SinkReport> _ = reports.close();
      }
    }
  }

  /**
   * Whoever started a process through {@link ProcessBuilder} has a thread that waits for it with
   * waitpid(2), and that sees the stops of what another thread of this process traces: it would
   * take them from the tracer.
   */
  private static void refuseOwnChild(int process) throws SandboxException {
    int parent;
    try {
      parent = Procfs.stat(process).parent();
    } catch (KernelException e) {
      return; // There is none, as will be said.
    }
    if (parent == Processes.pid()) {
      throw new SandboxException(
          SandboxException.FAILED,
          process
              + " is a child of this process, which waits for it and would take what its tracer"
              + " waits for; start it with Sandbox, or attach from another process");
    }
  }

  private static RunReports reports(SupervisionOptions supervisionOptions) throws SandboxException {
    try {
      return RunReports.open(supervisionOptions);
    } catch (KernelException e) {
      throw new SandboxException(
          SandboxException.FAILED, "the events cannot be written: " + e.getMessage(), e);
    }
  }

  /** The process that it began with. */
  public int pid() {
    return process;
  }

  /** The session that its events name; empty if it belongs to none. */
  public String session() {
    return session;
  }

  /** How many processes there were to take over. */
  public int processes() {
    return begun;
  }

  /**
   * Waits until all have ended, or were let go.
   *
   * @return whether all have ended
   * @throws SandboxException if they could not be traced any more: if there are rules for them,
   *     they were killed
   * @throws InterruptedException if the waiting thread was interrupted; nothing changes
   */
  public boolean waitFor() throws SandboxException, InterruptedException {
    try {
      return engine.end().get();
    } catch (ExecutionException e) {
      throw lost(e);
    }
  }

  /**
   * Waits until all have ended, or were let go, but not for ever.
   *
   * @return as {@link #waitFor()}; empty if some are still traced
   */
  public Optional<Boolean> waitFor(Duration limit) throws SandboxException, InterruptedException {
    try {
      return Optional.of(engine.end().get(limit.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw lost(e);
    }
  }

  private static SandboxException lost(ExecutionException e) {
    return new SandboxException(
        SandboxException.FAILED,
        "lost the processes, and killed those that were judged: " + e.getCause(),
        e);
  }

  /** Begins to let all go; returns at once, from any thread. {@link #waitFor()} sees the end. */
  public void detach() {
    engine.leave();
  }

  /** How many processes were left when they were let go; complete after {@link #close}. */
  public synchronized int left() {
    return left;
  }

  /** What became of the events; complete after {@link #close}. */
  public synchronized List<SinkReport> events() {
    return sinks;
  }

  /**
   * Lets all go, and waits until that is done: nobody is stopped, nobody is judged any more.
   * Closing it again does nothing.
   */
  @Override
  public synchronized void close() {
    if (over) {
      return;
    }
    over = true;
    engine.leave();
    Uninterrupted.run(() -> left = engine.join());
    sinks = reports.detached(process, left);
  }
}
