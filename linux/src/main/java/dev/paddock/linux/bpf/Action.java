package dev.paddock.linux.bpf;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of a system call; seccomp(2).
 *
 * @param kind what to do
 * @param data the error number of {@link Kind#ERRNO}; else 0
 */
public record Action(Kind kind, int data) implements Rule {

  /** The kinds of answers that a filter has. */
  public enum Kind {
    /** {@code SECCOMP_RET_KILL_PROCESS}: the whole process dies of SIGSYS. */
    KILL_PROCESS(0x80000000),
    /** {@code SECCOMP_RET_TRAP}: the thread gets SIGSYS. */
    TRAP(0x00030000),
    /** {@code SECCOMP_RET_ERRNO}: the call is not made and returns an error number. */
    ERRNO(0x00050000),
    /** {@code SECCOMP_RET_USER_NOTIF}: the supervisor answers. */
    NOTIFY(0x7fc00000),
    /** {@code SECCOMP_RET_LOG}: the call is made, and the kernel logs it. */
    LOG(0x7ffc0000),
    /** {@code SECCOMP_RET_ALLOW}: the call is made. */
    ALLOW(0x7fff0000);

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /** {@code MAX_ERRNO}: the kernel cuts greater numbers down. */
  private static final int MAXIMUM_ERRNO = 4095;

  /** The call is made. */
  public static final Action ALLOW = new Action(Kind.ALLOW, 0);

  /** The whole process dies of SIGSYS. */
  public static final Action KILL_PROCESS = new Action(Kind.KILL_PROCESS, 0);

  /** The supervisor answers. */
  public static final Action NOTIFY = new Action(Kind.NOTIFY, 0);

  /** The call is made, and the kernel logs it. */
  public static final Action LOG = new Action(Kind.LOG, 0);

  /** The thread gets SIGSYS. */
  public static final Action TRAP = new Action(Kind.TRAP, 0);

  /**
   * An action.
   *
   * @throws IllegalArgumentException if there is data for an action that has none, or an error
   *     number outside 0 to 4095
   */
  public Action {
    if (data < 0 || data > (kind == Kind.ERRNO ? MAXIMUM_ERRNO : 0)) {
      throw new IllegalArgumentException(kind + " cannot carry " + data);
    }
  }

  /**
   * The call is not made and fails.
   *
   * @param number an error number of errno(3); 0 answers success without doing anything
   */
  public static Action errno(int number) {
    return new Action(Kind.ERRNO, number);
  }

  // Written out: what a record generates for itself is made at run time, which a cold start feels.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Action action && kind == action.kind && data == action.data;
  }

  @Override
  public int hashCode() {
    return encode();
  }

  /** The value that a filter returns for this action. */
  public int encode() {
    return kind.code | data;
  }

  @Override
  public Action decide(long... arguments) {
    return this;
  }
}
