package dev.paddock.sandbox;

/** What a {@link ExecDecider} decides. */
public sealed interface Decision {
  /** The program runs. */
  record Allow() implements Decision {}

  /**
   * The program is refused with EACCES.
   *
   * @param reason for the event
   */
  record Deny(String reason) implements Decision {}

  /** The program runs. */
  static Decision allow() {
    return new Allow();
  }

  /**
   * The program is refused with EACCES.
   *
   * @param reason for the event
   */
  static Decision deny(String reason) {
    return new Deny(reason);
  }
}
