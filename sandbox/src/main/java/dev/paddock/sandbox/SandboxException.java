package dev.paddock.sandbox;

import java.io.IOException;

/**
 * A run did not come about, and nothing of it is left. The message is one line that names the
 * object and, where there is one, the remedy.
 */
public class SandboxException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Paddock failed, or the policy is wrong. */
  public static final int FAILED = 125;

  /** The command was found, but may not or cannot be executed. */
  public static final int NOT_EXECUTABLE = 126;

  /** The command was not found. */
  public static final int NOT_FOUND = 127;

  private final int status;

  /**
   * An exception with its exit status.
   *
   * @param status {@link #FAILED}, {@link #NOT_EXECUTABLE} or {@link #NOT_FOUND}
   * @param message one line for a person
   */
  public SandboxException(int status, String message) {
    super(message);
    this.status = status;
  }

  /**
   * An exception with its exit status and its cause.
   *
   * @param status {@link #FAILED}, {@link #NOT_EXECUTABLE} or {@link #NOT_FOUND}
   * @param message one line for a person
   * @param cause what the kernel said
   */
  public SandboxException(int status, String message, Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  /** The exit status that a command line tool should end with: 125, 126 or 127. */
  public int status() {
    return status;
  }
}
