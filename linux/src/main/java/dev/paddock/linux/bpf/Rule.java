package dev.paddock.linux.bpf;

/** What a filter does about a system call: an {@link Action}, or {@link Cases} by its arguments. */
public sealed interface Rule permits Action, Cases {
  /**
   * What this rule does with a call.
   *
   * @param arguments all six, whole registers
   */
  Action decide(long... arguments);
}
