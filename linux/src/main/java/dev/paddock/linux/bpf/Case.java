package dev.paddock.linux.bpf;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@link Cases}: an action that is taken when every test holds.
 *
 * @param tests at least one
 * @param action what becomes of the call then
 */
public record Case(List<ArgumentTest> tests, Action action) {
  /**
   * A case.
   *
   * @throws IllegalArgumentException if there is no test
   */
  public Case {
    tests = List.copyOf(tests);
    if (tests.isEmpty()) {
      throw new IllegalArgumentException("a case without a test would always decide");
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Case one && tests.equals(one.tests) && action.equals(one.action);
  }

  @Override
  public int hashCode() {
    return 31 * tests.hashCode() + action.hashCode();
  }

  /** An action that is taken when every test holds. */
  public static Case when(Action action, ArgumentTest... tests) {
    return new Case(List.of(tests), action);
  }

  /** Whether every test holds for these six arguments. */
  boolean holds(long... arguments) {
    for (ArgumentTest test : tests) {
      if (!test.holds(arguments[test.argument()])) {
        return false;
      }
    }
    return true;
  }
}
