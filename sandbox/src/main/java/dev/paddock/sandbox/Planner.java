package dev.paddock.sandbox;

import dev.paddock.policy.Policy;
import dev.paddock.policy.Variables;
import dev.paddock.sandbox.plan.PolicyPlanner;
import java.util.List;

/**
 * Compiles a policy against a host: every rule goes to the cheapest mechanism that holds it without
 * a race. A rule that nothing here holds is refused by name, never ignored and never widened.
 */
public final class Planner {
  private Planner() {}

  /**
   * Compiles a policy.
   *
   * @param policy with its variables as they were written
   * @param variables what they stand for
   * @param host what this kernel can do
   * @throws PlanException with every rule that cannot be held, and every path that does not exist
   */
  public static Plan plan(Policy policy, Variables variables, Host host) throws PlanException {
    return plan(policy, variables, host, SupervisionOptions.NONE);
  }

  /**
   * Compiles a policy, and what its user wants to see and decide beside it.
   *
   * @param policy with its variables as they were written
   * @param variables what they stand for
   * @param host what this kernel can do
   * @param supervisionOptions what the supervisor does beyond the policy
   * @throws PlanException with every rule that cannot be held, and every path that does not exist
   */
  public static Plan plan(
      Policy policy, Variables variables, Host host, SupervisionOptions supervisionOptions)
      throws PlanException {
    return new Plan(PolicyPlanner.plan(policy, variables, host, supervisionOptions));
  }

  /**
   * What the variables of a policy stand for in a run.
   *
   * @param workspace the directory that the command works in, absolute
   * @param environment the caller's, as {@code NAME=value}
   */
  public static Variables variables(byte[] workspace, List<byte[]> environment) {
    return PolicyPlanner.variables(workspace, environment);
  }
}
