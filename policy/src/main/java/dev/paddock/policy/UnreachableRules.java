package dev.paddock.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds lines of a policy that can never decide, because another one always decides before them.
 * They are no error, since what one inherits may say the same; but mostly they are a mistake.
 *
 * <p>Only what is surely so is named: two patterns are compared as texts, not as the sets of names
 * that they match.
 */
public final class UnreachableRules {
  private static final ByteString ANY = ByteString.of("*");

  private UnreachableRules() {}

  /** A rule for programs, as far as it matters here. */
  private record Line(
      String shown,
      Origin origin,
      ByteString program,
      List<ByteString> arguments,
      List<ByteString> environment) {

    /** Whether whatever the other one matches is matched by this one. */
    boolean covers(Line other) {
      boolean all =
          program.equals(other.program)
              || (program.equals(ANY) && !ExecPattern.isPath(other.program));
      return all
          && arguments.size() <= other.arguments.size()
          && other.arguments.subList(0, arguments.size()).equals(arguments)
          && (environment.isEmpty() || environment.equals(other.environment));
    }
  }

  /**
   * Looks at a policy.
   *
   * @return one problem for each line that never decides, in the order in which they would be asked
   */
  public static List<PolicyProblem> of(Policy policy) {
    List<PolicyProblem> found = new ArrayList<>();
    List<Line> before = new ArrayList<>();
    for (Entry<ByteString> entry : policy.exec().deny()) {
      try {
        ExecPattern pattern = ExecPattern.parse(entry.value());
        ask(
            new Line(
                "exec.deny \"" + entry.value() + "\"",
                entry.origin(),
                pattern.program(),
                pattern.arguments(),
                List.of()),
            before,
            found);
      } catch (ValueException e) {
        // No rule at all: whoever uses the policy refuses it.
      }
    }
    for (Policy.ExecRule rule : policy.exec().rules()) {
      ask(
          new Line(
              "exec.rules \"" + rule.match() + "\"",
              rule.origin(),
              rule.match(),
              rule.args(),
              rule.env()),
          before,
          found);
    }
    systemCalls(policy.systemCalls(), found);
    return List.copyOf(found);
  }

  private static void ask(Line line, List<Line> before, List<PolicyProblem> found) {
    for (Line earlier : before) {
      if (earlier.covers(line)) {
        found.add(
            new PolicyProblem(
                line.origin(),
                line.shown()
                    + " never decides: "
                    + earlier.shown()
                    + " ("
                    + earlier.origin()
                    + ") comes first and matches all that it does; put it before that, or leave it"
                    + " out"));
        break;
      }
    }
    before.add(line);
  }

  private static void systemCalls(Policy.SystemCalls calls, List<PolicyProblem> found) {
    for (Entry<String> allowed : calls.allow()) {
      for (Entry<String> denied : calls.deny()) {
        if (denied.value().equals(allowed.value())) {
          found.add(
              new PolicyProblem(
                  allowed.origin(),
                  "syscalls.allow \""
                      + allowed.value()
                      + "\" never decides: syscalls.deny ("
                      + denied.origin()
                      + ") wins; leave out one of them"));
        }
      }
    }
  }
}
