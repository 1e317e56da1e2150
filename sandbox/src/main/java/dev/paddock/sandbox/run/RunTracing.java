package dev.paddock.sandbox.run;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Signals;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.attach.AttachEngine;
import dev.paddock.sandbox.event.SinkReport;
import dev.paddock.sandbox.launch.RunMonitor;
import dev.paddock.sandbox.plan.CompiledPlan;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Judges what a run executes where no listener can be had: traces its tree from before its first
 * program on, with the engine of an attach. A program that is denied is killed before its first
 * instruction; nothing else can be judged so.
 */
final class RunTracing implements RunMonitor {
  private final CompiledPlan plan;
  private final RunSupervision.Subject subject;
  private final RunReports reports;
  private int target;
  private boolean told;
  private @Nullable AttachEngine engine;

  /**
   * For a run that is about to begin; {@link #end} must follow.
   *
   * @throws KernelException if a sink of the events cannot be opened
   */
  RunTracing(CompiledPlan plan, RunSupervision.Subject subject) throws KernelException {
    this.plan = plan;
    this.subject = subject;
    this.reports = RunReports.open(plan.supervisionOptions());
  }

  @Override
  public boolean isAwaited() {
    return true;
  }

  @Override
  public void begin(int init, int process, Consumer<Outcome> end)
      throws KernelException, SandboxException {
    target = process;
    if (plan.killsOnAlert()) {
      reports.endOnAlert(reason -> end.accept(new Outcome.Stopped("protections.alerts", reason)));
    }
    reports.started(process, init, subject.path(), subject.argv(), subject.directory());
    AttachEngine tracing =
        Tracing.engine(process, plan.policy(), plan.supervisionOptions(), reports);
    engine = tracing;
    try {
      int _ = tracing.begin();
    } catch (KernelException e) {
      throw new SandboxException(SandboxException.FAILED, TraceRefusal.why(process, e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(SandboxException.FAILED, "interrupted while it began", e);
    }
    var _ =
        tracing
            .end()
            .exceptionally(
                cause -> {
                  end.accept(new Outcome.Stopped("supervisor", "lost the trace: " + cause));
                  return false;
                });
  }

  @Override
  public Result ended(Result measured) {
    finish();
    boolean killed =
        measured.outcome() instanceof Outcome.Signalled signalled
            && signalled.signal() == Signals.SIGKILL;
    Result result =
        killed && reports.refusal().isPresent()
            ? measured.withOutcome(new Outcome.Stopped("exec", reports.refusal().get()))
            : measured;
    told = true;
    return result.withReports(reports.ended(target, result), reports.notices());
  }

  @Override
  public void end() {
    finish();
    if (!told) {
      told = true;
      List<SinkReport> _ = reports.close();
    }
  }

  /** The tree is about to be killed for more than a limit allows. */
  void limitExceeded(String limit, long value) {
    reports.limitExceeded(target, limit, value);
  }

  /** Whoever was traced has ended, or is being killed. */
  private void finish() {
    AttachEngine tracing = engine;
    engine = null;
    if (tracing == null) {
      return;
    }
    tracing.leave();
    Uninterrupted.run(
        () -> {
          int _ = tracing.join();
        });
  }
}
