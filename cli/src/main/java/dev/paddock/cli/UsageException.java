package dev.paddock.cli;

/** The command line is wrong; nothing was run. The message is one line for a person. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
