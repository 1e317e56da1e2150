package dev.paddock.sandbox;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;

/** What becomes of a system call that the kernel holds for its supervisor. */
public sealed interface Verdict {

  /**
   * The kernel makes the call, with the arguments that it has <em>by then</em>: right only where
   * Landlock or the filter bound the worst that other arguments could do, or where the outcome is
   * verified.
   */
  record Continue() implements Verdict {}

  /**
   * The call fails and is not made.
   *
   * @param errno what the caller sees, 1 to 4095
   */
  record Fail(int errno) implements Verdict {
    /** Refuses what is no error number. */
    public Fail {
      if (errno < 1 || errno > 4095) {
        throw new IllegalArgumentException("no error number: " + errno);
      }
    }
  }

  /**
   * The call is not made and succeeds.
   *
   * @param value what the caller sees
   */
  record Return(long value) implements Verdict {}

  /**
   * The call is not made; the caller gets a copy of a descriptor, and the call returns its number.
   *
   * @param fd ours; closed once the copy is made or cannot be
   * @param closeOnExec whether the copy is closed by an exec
   */
  record InjectFd(Fd fd, boolean closeOnExec) implements Verdict {}

  /** Somebody has taken the call over and answers it later. */
  record Hold() implements Verdict {}

  /**
   * The whole tree is killed.
   *
   * @param reason for the event
   */
  record Kill(String reason) implements Verdict {}

  /** The kernel makes the call. */
  Verdict CONTINUE = new Continue();

  /** Answered later. */
  Verdict HOLD = new Hold();

  /** EPERM: refused where the call itself is the offence. */
  Verdict NOT_PERMITTED = new Fail(Errno.EPERM);

  /** EACCES: refused where its object is. */
  Verdict ACCESS_DENIED = new Fail(Errno.EACCES);
}
