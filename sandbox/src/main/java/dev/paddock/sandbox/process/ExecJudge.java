package dev.paddock.sandbox.process;

import java.time.Duration;

/** Decides which programs may be executed. Asked by many threads at the same time. */
public interface ExecJudge {
  /**
   * Judges one program of an exec. An exec of a script asks for the script and for its interpreter,
   * one of the dynamic loader for that and for the program that it loads; the first denial counts.
   *
   * @throws Exception whatever it throws refuses the exec
   */
  ExecDecision judge(ExecRequest request) throws Exception;

  /**
   * Whether {@link ExecRequest#environment} is asked for: then it is read, and compared with what
   * the new program gets.
   */
  default boolean needsEnvironment() {
    return false;
  }

  /**
   * How long judging can take. If it is more than a moment, the caller's signals end the exec
   * meanwhile; at the end of the time it is refused with EPERM, and the judging thread interrupted.
   * A program whose arguments changed after they were judged is judged once more while it stands
   * still; then nothing but this method's answer bounds the time, so a judge that can block must
   * keep to it.
   *
   * @return zero if it decides by itself, at once
   */
  default Duration patience() {
    return Duration.ZERO;
  }
}
