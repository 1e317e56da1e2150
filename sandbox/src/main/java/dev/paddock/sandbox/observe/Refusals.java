package dev.paddock.sandbox.observe;

import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;

/** Is told of what was refused, or will be. It must neither wait nor throw. */
@FunctionalInterface
public interface Refusals {
  /**
   * A call is refused.
   *
   * @param thread the caller
   * @param call the system call's name
   * @param object what it was about, such as a path; may be empty
   * @param errno what the caller is told
   * @param rule the line of the policy that refuses, or what does if none names it
   * @param hint what would grant it; may be empty
   * @param strength how far this can be relied on
   */
  void refused(
      int thread,
      String call,
      ByteString object,
      int errno,
      String rule,
      String hint,
      Strength strength);
}
