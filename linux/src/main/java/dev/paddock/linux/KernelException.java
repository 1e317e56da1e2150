package dev.paddock.linux;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A system call failed. */
public class KernelException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String call;

  /** As text, once somebody has asked for it: most of these exceptions are answers only. */
  private @Nullable String object;

  private transient byte @Nullable [] path;

  /**
   * An exception whose message reads {@code open /x: Permission denied (EACCES)}.
   *
   * @param errno what the kernel said
   * @param call the call's name
   * @param object what it was about; may be empty
   */
  public KernelException(Errno errno, String call, String object) {
    this.errno = errno.number();
    this.call = call;
    this.object = object;
  }

  KernelException(Errno errno, String call, byte[] path) {
    this.errno = errno.number();
    this.call = call;
    this.path = path;
  }

  @Override
  public String getMessage() {
    String about = object();
    return call + (about.isEmpty() ? "" : " " + about) + ": " + errno();
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
    String text = object;
    if (text == null) {
      byte[] bytes = path;
      text = bytes == null ? "" : Paths.show(bytes);
      object = text;
    }
    return text;
  }
}
