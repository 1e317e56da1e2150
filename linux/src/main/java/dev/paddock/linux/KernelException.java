package dev.paddock.linux;

import java.io.IOException;

/** A system call failed. */
public final class KernelException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String call;
  private final String object;

  /**
   * An exception whose message reads {@code open /x: Permission denied (EACCES)}.
   *
   * @param errno what the kernel said
   * @param call the call's name
   * @param object what it was about; may be empty
   */
  public KernelException(Errno errno, String call, String object) {
    super(call + (object.isEmpty() ? "" : " " + object) + ": " + errno);
    this.errno = errno.number();
    this.call = call;
    this.object = object;
  }

  /** What the kernel said. */
  public Errno errno() {
    return Errno.of(errno);
  }

  /** Whether the kernel said just this; see the constants of {@link Errno}. */
  public boolean is(int number) {
    return errno == number;
  }

  /** The name of the system call. */
  public String call() {
    return call;
  }

  /** What the call was about; may be empty. */
  public String object() {
    return object;
  }
}
