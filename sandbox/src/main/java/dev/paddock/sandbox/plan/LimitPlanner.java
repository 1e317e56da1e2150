package dev.paddock.sandbox.plan;

import dev.paddock.linux.Affinity;
import dev.paddock.linux.KernelException;
import dev.paddock.policy.ByteSize;
import dev.paddock.policy.CoreList;
import dev.paddock.policy.Durations;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Origin;
import dev.paddock.policy.Policy;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.limits.Delegation;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Plans who holds the limits of a policy. */
final class LimitPlanner {
  private final PlanDraft draft;

  LimitPlanner(PlanDraft draft) {
    this.draft = draft;
  }

  void plan() {
    Policy.Limits limits = draft.policy.limits();
    delegate(limits);
    limits.memory().ifPresent(this::memory);
    limits.processes().ifPresent(this::processes);
    limits.cpuPercent().ifPresent(this::share);
    limits.cpuCores().ifPresent(this::cores);
    limits
        .openFiles()
        .ifPresent(
            e -> line("open-files " + e.value(), e.origin(), "RLIMIT_NOFILE", "per process"));
    limits
        .time()
        .ifPresent(
            e ->
                line(
                    "time \"" + Durations.format(e.value()) + "\"",
                    e.origin(),
                    "init's own clock",
                    "SIGTERM to the tree, a grace period, SIGKILL"));
    limits
        .coreDumps()
        .ifPresent(
            e ->
                line(
                    "core-dumps " + e.value(),
                    e.origin(),
                    e.value() ? "none needed" : "RLIMIT_CORE",
                    ""));
  }

  /** Limits of a whole tree are the kernel's to count where a control group is left to us. */
  private void delegate(Policy.Limits limits) {
    Set<String> wanted = new TreeSet<>();
    if (limits.memory().isPresent()) {
      wanted.add(Delegation.MEMORY);
    }
    if (limits.cpuPercent().isPresent()) {
      wanted.add(Delegation.CPU);
    }
    if (!wanted.isEmpty()) {
      draft.delegation = draft.delegation(wanted).orElse(null);
    }
  }

  private boolean isGrouped(String controller) {
    Delegation delegation = draft.delegation;
    return delegation != null && delegation.controllers().contains(controller);
  }

  private void memory(Entry<ByteSize> entry) {
    if (isGrouped(Delegation.MEMORY)) {
      line(
          "memory \"" + entry.value() + "\"",
          entry.origin(),
          "control group: memory.max",
          "memory of every kind, of the whole tree, which the kernel kills beyond");
      return;
    }
    line(
        "memory \"" + entry.value() + "\"",
        entry.origin(),
        "RLIMIT_DATA",
        "per process, memory of its own: ENOMEM beyond");
    draft.lines.add(
        new PlanLine(
            "limits.memory \"" + entry.value() + "\"",
            entry.origin(),
            Strength.OBSERVED,
            "the tree's memory is looked at every 5 to 100 ms",
            "",
            "a hundredth of a processor at most, a tenth near the limit",
            "the whole tree is killed beyond; what is taken between two looks can exceed it"));
  }

  private void processes(Entry<Integer> entry) {
    draft.judgesForks = true;
    draft.lines.add(
        new PlanLine(
            "limits.processes " + entry.value(),
            entry.origin(),
            Strength.VERIFIED,
            "counted at each fork, the tree itself counted when the limit is near",
            String.join(", ", PolicyPlanner.FORKS),
            "about 0.3 ms at each fork",
            "processes, not threads; EAGAIN beyond"));
  }

  private void share(Entry<Integer> entry) {
    if (isGrouped(Delegation.CPU)) {
      line(
          "cpu \"" + entry.value() + "%\"",
          entry.origin(),
          "control group: cpu.max",
          "of each tenth of a second");
      return;
    }
    draft.lines.add(
        new PlanLine(
            "limits.cpu \"" + entry.value() + "%\"",
            entry.origin(),
            Strength.OBSERVED,
            "frozen while it has used more than its share",
            "",
            "about 1 ms each time it is frozen, ten times a second at most",
            "kept over a second, not over each moment"));
  }

  /** Nothing inside may undo it. */
  private void cores(Entry<CoreList> entry) {
    BitSet missing = entry.value().cores();
    try {
      missing.andNot(Affinity.own());
    } catch (KernelException e) {
      draft.problems.add(entry.origin() + ": limits.cpu-cores: " + e.getMessage());
      return;
    }
    if (!missing.isEmpty()) {
      draft.problems.add(
          entry.origin()
              + ": limits.cpu-cores \""
              + entry.value()
              + "\": there is no processor "
              + missing.nextSetBit(0)
              + " for this process; nproc(1) and taskset(1) tell which there are");
      return;
    }
    draft.bound = true;
    line(
        "cpu-cores \"" + entry.value() + "\"",
        entry.origin(),
        "affinity; BPF: sched_setaffinity is refused",
        "");
  }

  private void line(String rule, Origin origin, String mechanism, String note) {
    draft.line("limits." + rule, origin, mechanism, note);
  }

  /** What is not limited. */
  static void gaps(PlanDraft draft) {
    Policy.Limits limits = draft.policy.limits();
    List<String> open = new ArrayList<>();
    if (limits.memory().isEmpty()) {
      open.add("memory");
    }
    if (limits.cpuPercent().isEmpty()) {
      open.add("processor time");
    }
    if (limits.processes().isEmpty()) {
      open.add("the number of processes");
    }
    if (open.isEmpty()) {
      return;
    }
    String last = open.removeLast();
    String first = String.join(", ", open);
    draft.unprotected.add(
        (first.isEmpty() ? last + " is" : first + " and " + last + " are") + " not limited");
  }
}
