package dev.paddock.linux.bpf;

/** How much of an argument counts. */
public enum Width {
  /**
   * The kernel takes an {@code int} and ignores the upper half, so that a filter must ignore it
   * too: the command of ioctl(2), the family of socket(2).
   */
  BITS_32,
  /** The kernel takes a {@code long}, a size or a pointer: all 64 bits count. */
  BITS_64
}
