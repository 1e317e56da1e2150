package dev.paddock.sandbox.process;

import java.time.Duration;

/** Decides which programs may be executed. Asked by many threads at the same time. */
public interface ExecJudge {
  /** What a judge can say. */
  enum Interest {
    /** Nothing about any program: no file is read for it, and nothing is refused. */
    NONE,
    /** Something about some programs, but it denies none. What cannot be read is not refused. */
    REMARKS,
    /** It may deny. What cannot be read is judged by {@link #unseen}. */
    DENIALS
  }

  /**
   * Judges one program of an exec. An exec of a script asks for the script and for its interpreter,
   * one of the dynamic loader for that and for the program that it loads; the first denial counts.
   *
   * @throws Exception whatever it throws refuses the exec
   */
  ExecDecision judge(ExecRequest request) throws Exception;

  /** What this can say, whatever it is asked; the same at any time. */
  default Interest interest() {
    return Interest.DENIALS;
  }

  /**
   * Judges a program that nobody can look at: its file may be executed and not read, or its process
   * shows nothing of itself. Asked only of those who may deny.
   *
   * @param request what is known of it, which nothing verifies
   */
  default ExecDecision unseen(ExecRequest request) {
    return ExecDecision.deny("", UNSEEN);
  }

  /** What is said of a program that nobody can look at. */
  String UNSEEN = "the executable cannot be read, and so not be verified";

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
