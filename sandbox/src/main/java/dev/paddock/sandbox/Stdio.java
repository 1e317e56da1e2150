package dev.paddock.sandbox;

import dev.paddock.linux.Fd;

/** Where one of the target's three standard descriptors leads. */
public sealed interface Stdio {

  /** The calling process's own descriptor of the same number. */
  record Inherit() implements Stdio {}

  /** {@code /dev/null}. */
  record Null() implements Stdio {}

  /** Collected in memory and handed out with the {@link Result}; for standard output and error. */
  record Capture() implements Stdio {}

  /** A stream of the {@link RunningSandbox}; only with {@link Sandbox#start}. */
  record Pipe() implements Stdio {}

  /**
   * A descriptor that the caller keeps and may close as soon as the run has started.
   *
   * @param fd the descriptor
   */
  record Descriptor(Fd fd) implements Stdio {}

  /**
   * These bytes, then end of file; for standard input.
   *
   * @param content what the target can read
   */
  @SuppressWarnings("ArrayRecordComponent") // handed through, never compared
  record Bytes(byte[] content) implements Stdio {}

  /** The calling process's own descriptor of the same number. */
  static Stdio inherit() {
    return new Inherit();
  }

  /** {@code /dev/null}. */
  static Stdio none() {
    return new Null();
  }

  /** Collected in memory and handed out with the {@link Result}. */
  static Stdio capture() {
    return new Capture();
  }

  /** A stream of the {@link RunningSandbox}. */
  static Stdio pipe() {
    return new Pipe();
  }

  /** The given descriptor, which stays the caller's. */
  static Stdio descriptor(Fd fd) {
    return new Descriptor(fd);
  }

  /** The given bytes, then end of file. */
  static Stdio bytes(byte[] content) {
    return new Bytes(content.clone());
  }
}
