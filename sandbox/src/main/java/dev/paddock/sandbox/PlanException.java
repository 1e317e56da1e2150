package dev.paddock.sandbox;

import java.util.List;

/** A policy that cannot be enforced on this host: every refused rule is named. */
public final class PlanException extends SandboxException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /**
   * An exception that lists every problem.
   *
   * @param problems at least one line, each naming a rule, where it stands, and the remedy
   */
  public PlanException(List<String> problems) {
    super(FAILED, String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** One line for each rule that cannot be held, or path that cannot be granted. */
  public List<String> problems() {
    return problems;
  }
}
