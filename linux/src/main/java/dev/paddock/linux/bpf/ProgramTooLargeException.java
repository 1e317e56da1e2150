package dev.paddock.linux.bpf;

/** The rules need a longer program than the kernel takes. */
public final class ProgramTooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int size;

  ProgramTooLargeException(int size) {
    super(
        "the filter would have "
            + size
            + " instructions and the kernel takes at most "
            + Program.MAXIMUM
            + "; use fewer or simpler rules");
    this.size = size;
  }

  /** How many instructions the program had when it was given up; it may have needed more. */
  public int size() {
    return size;
  }
}
