package dev.paddock.sandbox.process;

import dev.paddock.linux.KernelException;

/**
 * Is told what becomes of execs. It must neither wait nor throw; who executes stands still
 * meanwhile.
 */
public interface ExecReports {
  /** What became of an exec. */
  enum Outcome {
    /** The program runs, and is what was judged. */
    VERIFIED,
    /** The program runs, and what it is could only be judged once it was known. */
    JUDGED_BY_RESULT,
    /** The program runs. It could not be looked at, and nobody would deny it. */
    UNSEEN,
    /** Refused before anything happened. */
    REFUSED,
    /** The program was something else than what was judged, and denied: killed before it ran. */
    KILLED,
    /** It was allowed and failed for another reason, which the caller was told by the kernel. */
    FAILED,
    /** The caller was killed, or another thread of it executed something first. */
    GONE
  }

  /** What of a new program was not as judged. */
  enum Difference {
    /** The file, or the path by which it was named. */
    IMAGE,
    /** The arguments. */
    ARGUMENTS,
    /** The environment. */
    ENVIRONMENT
  }

  /**
   * An exec is over.
   *
   * @param process the process's id; 0 if it was gone before that was known
   * @param parent its parent's; 0 if that is not at hand
   * @param judged what was said, and about what
   * @param errno what the caller was told, 0 if it was not this side that told it something
   * @param nanos how long reading and judging took, without the kernel's own work
   */
  void over(int process, int parent, Judgement judged, Outcome outcome, int errno, long nanos);

  /**
   * What became the program is not what was judged: somebody changed it in between. Comes before
   * {@link #over}.
   *
   * @param judged what was judged
   * @param actual what became the program
   * @param killed whether it is killed for that; if not, it was judged anew and is allowed
   */
  void changed(
      int process, Difference difference, ExecRequest judged, ExecRequest actual, boolean killed);

  /**
   * Why a caller cannot be traced, as far as that can be seen while its call is held.
   *
   * @param cause what the kernel said
   */
  default String why(int thread, KernelException cause) {
    return "" + cause.getMessage();
  }

  /**
   * A caller could not be traced, and its exec was refused with EPERM.
   *
   * @param why the reason
   */
  void notSeized(int thread, String why);

  /**
   * A caller was killed between the judgement of its exec and the first instruction of the new
   * program. A kernel that let it run on for a moment would show this.
   */
  void killedMeanwhile(int thread);

  /**
   * A program could not be looked at once it had started, and is killed.
   *
   * @param judged what was judged
   * @param cause what the kernel said
   */
  void unreadable(int process, ExecRequest judged, KernelException cause);
}
