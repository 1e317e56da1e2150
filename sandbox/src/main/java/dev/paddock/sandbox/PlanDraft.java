package dev.paddock.sandbox;

import dev.paddock.policy.ByteString;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PortRange;
import dev.paddock.policy.Variables;
import dev.paddock.sandbox.plan.PlannedFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A plan in the making: what the planner has found out so far. */
final class PlanDraft {
  final Policy policy;
  final Variables variables;
  final Host host;
  final Oversight oversight;
  final List<Grant> grants = new ArrayList<>();
  final List<PlanLine> lines = new ArrayList<>();
  final List<PlanLine> denials = new ArrayList<>();
  final List<ByteString> denied = new ArrayList<>();
  final List<String> unprotected = new ArrayList<>();
  final List<String> problems = new ArrayList<>();

  /** The TCP ports that may be connected to; null for all of them. */
  @Nullable List<PortRange> connect = new ArrayList<>();

  /** The TCP ports that may be bound; null for all of them. */
  @Nullable List<PortRange> bind = new ArrayList<>();

  @Nullable PlannedFilter filter;

  /** The system calls that the supervisor judges. */
  final Set<String> judged = new TreeSet<>();

  /** Whether the tree keeps to some processors. */
  boolean bound;

  /** Whether the supervisor judges the making of processes. */
  boolean births;

  PlanDraft(Policy policy, Variables variables, Host host, Oversight oversight) {
    this.policy = policy;
    this.variables = variables;
    this.host = host;
    this.oversight = oversight;
  }

  PlannedFilter filter() {
    PlannedFilter made = filter;
    if (made == null) {
      throw new IllegalStateException("the filter has not been planned");
    }
    return made;
  }
}
