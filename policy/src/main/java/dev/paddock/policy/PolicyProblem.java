package dev.paddock.policy;

/**
 * One thing that is wrong with a policy.
 *
 * @param origin where it stands
 * @param message what is wrong, with the value and the remedy
 */
public record PolicyProblem(Origin origin, String message) {
  @Override
  public String toString() {
    return origin + ": " + message;
  }
}
