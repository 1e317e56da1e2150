package dev.paddock.sandbox;

import java.time.Duration;

/** How a run ended. */
public sealed interface Outcome {

  /**
   * The target ended by itself.
   *
   * @param status its exit status, 0 to 255
   */
  record Exited(int status) implements Outcome {}

  /**
   * A signal ended the target; see signal(7).
   *
   * @param signal the signal's number
   * @param coreDumped whether a core file was written
   */
  record Signalled(int signal, boolean coreDumped) implements Outcome {}

  /**
   * The time limit passed, and the whole tree was ended.
   *
   * @param limit the limit that was set
   */
  record TimedOut(Duration limit) implements Outcome {}

  /**
   * The caller had the whole tree ended, by {@link RunningSandbox#terminate}, {@link
   * RunningSandbox#kill} or an interrupt of the waiting thread.
   *
   * @param signal the signal that ended the target, or 0 if it exited by itself after being asked
   */
  record Terminated(int signal) implements Outcome {}

  /**
   * A rule had the whole tree killed.
   *
   * @param rule the policy's key, such as {@code limits.memory}
   * @param reason what happened, for people
   */
  record Stopped(String rule, String reason) implements Outcome {}
}
