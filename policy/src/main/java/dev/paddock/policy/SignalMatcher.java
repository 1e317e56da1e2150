package dev.paddock.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The signal rules of a policy, ready to be asked. A signal within the run is allowed unless a rule
 * denies it; a signal to the outside is never allowed.
 */
public final class SignalMatcher {
  /** What is said of every signal to the outside, whatever the rules. */
  private static final String OUTSIDE = "a signal to a process outside the run";

  private final List<Entry<SignalRule>> rules;

  private SignalMatcher(List<Entry<SignalRule>> rules) {
    this.rules = rules;
  }

  /** The rules of a policy. */
  public static SignalMatcher of(Policy.Signals signals) {
    return new SignalMatcher(signals.deny());
  }

  /**
   * Whether nothing within the run is denied: then no system call needs to be held for these rules.
   */
  public boolean isEmpty() {
    for (Entry<SignalRule> entry : rules) {
      if (entry.value().target() != SignalRule.Target.OUTSIDE) {
        return false;
      }
    }
    return true;
  }

  /**
   * The rule that forbids a signal.
   *
   * @param receiver what the receiver is to the sender: SELF, CHILDREN, OTHERS or OUTSIDE
   * @param signal its number, 0 for the question whether the receiver exists; a number that is no
   *     signal is matched by no rule within the run, and the kernel refuses it
   * @return the rule as it was written and where it stands; null if the signal may be sent
   * @throws IllegalArgumentException if the receiver is TREE, which says nothing about one process
   */
  public @Nullable String denial(SignalRule.Target receiver, int signal) {
    if (receiver == SignalRule.Target.TREE) {
      throw new IllegalArgumentException("a receiver is self, a child, another, or outside");
    }
    for (Entry<SignalRule> entry : rules) {
      if (entry.value().forbids(receiver, signal)) {
        return "signals.deny \"" + entry.value() + "\" (" + entry.origin() + ")";
      }
    }
    return receiver == SignalRule.Target.OUTSIDE ? OUTSIDE : null;
  }
}
