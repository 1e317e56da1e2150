package dev.paddock.policy;

import java.io.IOException;
import java.util.List;

/** A policy is wrong; every problem of it that was found is listed. */
public final class PolicyException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient List<PolicyProblem> problems;

  /** An exception for at least one problem. */
  public PolicyException(List<PolicyProblem> problems) {
    super(text(problems));
    this.problems = List.copyOf(problems);
  }

  /** An exception for one problem. */
  public PolicyException(Origin origin, String message) {
    this(List.of(new PolicyProblem(origin, message)));
  }

  /** What is wrong, in the order of the file. */
  public List<PolicyProblem> problems() {
    return problems;
  }

  private static String text(List<PolicyProblem> problems) {
    StringBuilder text = new StringBuilder();
    for (PolicyProblem problem : problems) {
      if (!text.isEmpty()) {
        text.append('\n');
      }
      text.append(problem);
    }
    return text.toString();
  }
}
