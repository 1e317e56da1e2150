package dev.paddock.sandbox.run;

import dev.paddock.policy.Entry;
import dev.paddock.policy.Origin;
import dev.paddock.policy.Policy;
import dev.paddock.sandbox.Attachment;
import dev.paddock.sandbox.PlanException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What of a policy can be held on processes that run already: rules about programs. The kernel
 * binds Landlock, a filter and limits to whoever is started under them, and to nobody later.
 */
public final class AttachPlan {
  private final List<String> problems = new ArrayList<>();

  private AttachPlan() {}

  /**
   * Looks for what cannot be held.
   *
   * @throws PlanException with one line for each section of the policy that cannot be held
   */
  public static void check(Attachment.Order order) throws PlanException {
    Policy policy = order.policy();
    AttachPlan plan = new AttachPlan();
    plan.session(order);
    Policy.Files files = policy.files();
    plan.refuse("files", files.read(), files.write(), files.deny(), list(files.mode()));
    Policy.Network network = policy.network();
    plan.refuse(
        "network",
        network.allow(),
        network.deny(),
        network.bind(),
        network.denyBind(),
        network.publish(),
        list(network.portRemap()),
        network.unix());
    plan.refuse("signals", policy.signals().deny());
    Policy.Limits limits = policy.limits();
    plan.refuse(
        "limits",
        list(limits.memory()),
        list(limits.processes()),
        list(limits.openFiles()),
        list(limits.cpuPercent()),
        list(limits.cpuCores()),
        list(limits.time()),
        list(limits.coreDumps()));
    plan.refuse("syscalls", policy.systemCalls().allow(), policy.systemCalls().deny());
    for (Policy.ExecRule rule : policy.exec().rules()) {
      Policy.Decision decision = rule.decision();
      if (decision == Policy.Decision.APPROVE || decision == Policy.Decision.REDIRECT) {
        plan.problems.add(
            rule.origin()
                + ": exec.rules for \""
                + rule.match()
                + "\" with decision \""
                + decision.label()
                + "\" is not served yet; take the rule out");
      }
    }
    if (!plan.problems.isEmpty()) {
      throw new PlanException(plan.problems);
    }
  }

  /** To belong to no session has to be meant, by the caller and by the policy. */
  private void session(Attachment.Order order) {
    boolean none = order.supervisionOptions().session().isEmpty();
    if (none && !order.sessionless()) {
      problems.add("attach: it belongs to no session, and nobody has said that it should not");
    }
    if (!none && order.sessionless()) {
      problems.add("attach: it cannot belong to a session and to none");
    }
    Optional<Entry<Boolean>> allowed = order.policy().attach().sessionless();
    if (order.sessionless() && (allowed.isEmpty() || !allowed.get().value())) {
      problems.add(
          "attach: no line of the policy allows it without a session; write in it: [attach]"
              + " sessionless = true");
    }
  }

  private static <T> List<Entry<T>> list(Optional<Entry<T>> entry) {
    return entry.isPresent() ? List.of(entry.get()) : List.of();
  }

  @SafeVarargs
  private void refuse(String section, List<? extends Entry<?>>... entries) {
    int count = 0;
    Origin first = null;
    for (List<? extends Entry<?>> list : entries) {
      for (Entry<?> entry : list) {
        first = first == null ? entry.origin() : first;
        count++;
      }
    }
    if (first != null) {
      problems.add(
          first
              + ": "
              + section
              + (count == 1 ? "" : " and " + (count - 1) + " more such lines")
              + ": cannot be held on a process that runs already, only rules of [exec] can;"
              + " leave them out, or start the program with paddock run");
    }
  }
}
