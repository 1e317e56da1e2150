package dev.paddock.policy;

/** A value does not have the form that it must have; the message names the value and the form. */
public final class ValueException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String problem;

  /** An exception with a message for a person. */
  public ValueException(String message) {
    super(message);
    this.problem = message;
  }

  /** The message, which is never missing. */
  public String problem() {
    return problem;
  }
}
