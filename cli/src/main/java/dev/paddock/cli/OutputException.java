package dev.paddock.cli;

import dev.paddock.linux.KernelException;

/** A result could not be written. */
final class OutputException extends Exception {
  private static final long serialVersionUID = 1L;

  private final KernelException reason;

  OutputException(KernelException reason) {
    super("cannot write standard output: " + reason.errno().text(), reason);
    this.reason = reason;
  }

  /**
   * Whether nobody reads any more, which is no error that needs words: {@code paddock … | head}.
   */
  boolean isClosedPipe() {
    return reason.errno().name().equals("EPIPE");
  }
}
