package dev.paddock.sandbox.run;

import dev.paddock.policy.ExecMatcher;
import dev.paddock.policy.Policy;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.attach.AttachEngine;
import dev.paddock.sandbox.attach.Scope;
import dev.paddock.sandbox.process.StartedJudge;

/** The engine that judges by tracing, put together for a policy: for an attach and for a run. */
public final class Tracing {
  private Tracing() {}

  /**
   * An engine that has not begun.
   *
   * @param process where it is to begin
   * @param policy whose rules for programs count
   */
  public static AttachEngine engine(
      int process, Policy policy, SupervisionOptions supervisionOptions, RunReports reports) {
    ExecMatcher rules = ExecMatcher.of(policy);
    StartedJudge judge =
        new StartedJudge(
            new PolicyExecJudge(
                rules, supervisionOptions.decider(), reports, new StderrNotice(process)),
            new PolicyLoaderReader());
    boolean observation = rules.isEmpty() && supervisionOptions.decider() == null;
    boolean reportOnly =
        policy.protections().alerts().isPresent()
            && policy.protections().alerts().get().value() == Policy.Alerts.REPORT;
    return new AttachEngine(
        new AttachEngine.Order(
            process,
            new Scope(supervisionOptions.session()),
            observation,
            !observation && !reportOnly),
        judge,
        reports);
  }
}
