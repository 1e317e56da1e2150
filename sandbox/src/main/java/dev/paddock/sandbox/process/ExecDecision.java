package dev.paddock.sandbox.process;

/**
 * What is said about an exec.
 *
 * @param kind whether it may happen
 * @param rule the line of the policy that decided; empty if none did
 * @param message what the policy's author says about it; may be empty
 * @param tell whether the message is for the process's own standard error, too
 */
public record ExecDecision(Kind kind, String rule, String message, boolean tell) {
  /** Whether it may happen. */
  public enum Kind {
    /** It may. */
    ALLOW,
    /** It may not. */
    DENY,
    /** It may, and is to be looked at. */
    AUDIT
  }

  /** No rule is about it. */
  public static final ExecDecision ALLOWED = new ExecDecision(Kind.ALLOW, "", "", false);

  /** Refused by a rule. */
  public static ExecDecision deny(String rule, String message) {
    return new ExecDecision(Kind.DENY, rule, message, false);
  }

  /** Whether the exec must not happen. */
  public boolean denies() {
    return kind == Kind.DENY;
  }
}
