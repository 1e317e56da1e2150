package dev.paddock.sandbox.run;

import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.freeze.CpuShare;
import dev.paddock.sandbox.freeze.Freezer;
import dev.paddock.sandbox.launch.RunMonitor;
import dev.paddock.sandbox.limits.MemoryWatch;
import dev.paddock.sandbox.limits.RunGroup;
import dev.paddock.sandbox.plan.CompiledPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who looks after a run from outside, by its plan. */
final class RunMonitors {
  private RunMonitors() {}

  /**
   * Puts them together for a run that is about to begin.
   *
   * @param judging who is told of limits, if there is a supervisor
   * @param gate what keeps its tracers and the freezer out of each other's way
   * @throws KernelException if a sink of the events cannot be opened
   */
  static List<RunMonitor> of(
      CompiledPlan plan,
      RunSupervision.Subject subject,
      @Nullable RunSupervision judging,
      ReadWriteLock gate)
      throws KernelException {
    RunTracing tracing = plan.isTraced() ? new RunTracing(plan, subject) : null;
    long memory = plan.memoryBytes().orElse(0);
    int share = plan.cpuPercent().orElse(0);
    Consumer<Outcome> report =
        _ -> {
          if (judging != null) {
            judging.limitExceeded("memory", memory);
          } else if (tracing != null) {
            tracing.limitExceeded("memory", memory);
          }
        };
    boolean groupsMemory = plan.groupsMemory();
    boolean groupsShare = plan.groupsShare();
    RunGroup group =
        new RunGroup(plan::delegation, groupsMemory ? memory : 0, groupsShare ? share : 0, report);
    Freezer freezer = new Freezer(gate, group);
    List<RunMonitor> monitors = new ArrayList<>();
    monitors.add(group);
    monitors.add(freezer);
    monitors.add(new MemoryWatch(groupsMemory ? 0 : memory, plan.samplesUsage(), report));
    if (share > 0 && !groupsShare) {
      monitors.add(new CpuShare(share, freezer));
    }
    if (tracing != null) {
      monitors.add(tracing); // Last: its events end with what the others know.
    }
    return monitors;
  }
}
