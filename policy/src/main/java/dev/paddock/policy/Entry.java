package dev.paddock.policy;

/**
 * A value of a policy and where it stands.
 *
 * @param value what was written
 * @param origin where
 * @param <T> the kind of value
 */
public record Entry<T>(T value, Origin origin) {
  @Override
  public String toString() {
    return value + " (" + origin + ")";
  }
}
