package dev.paddock.linux.bpf;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rule that looks at arguments: the first case whose tests all hold decides.
 *
 * @param cases in order
 * @param otherwise what becomes of the call when no case decides
 */
public record Cases(List<Case> cases, Action otherwise) implements Rule {
  /** Copies the list. */
  public Cases {
    cases = List.copyOf(cases);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Cases rule
        && cases.equals(rule.cases)
        && otherwise.equals(rule.otherwise);
  }

  @Override
  public int hashCode() {
    return 31 * cases.hashCode() + otherwise.hashCode();
  }

  /** Cases in order, and what becomes of the call when none decides. */
  public static Cases of(Action otherwise, Case... cases) {
    return new Cases(List.of(cases), otherwise);
  }

  @Override
  public Action decide(long... arguments) {
    for (Case one : cases) {
      if (one.holds(arguments)) {
        return one.action();
      }
    }
    return otherwise;
  }
}
