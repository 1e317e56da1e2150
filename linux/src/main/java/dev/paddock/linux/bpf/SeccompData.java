package dev.paddock.linux.bpf;

/**
 * What a seccomp filter sees of a system call; linux/seccomp.h.
 *
 * <pre>
 *  0  int   nr
 *  4  u32   arch
 *  8  u64   instruction_pointer
 * 16  u64   args[6]
 * 64
 * </pre>
 */
final class SeccompData {
  static final int NUMBER = 0;
  static final int ARCHITECTURE = 4;
  static final int ARGUMENTS = 16;
  static final int BYTES = 64;

  private SeccompData() {}

  /** The offset of the lower 32 bits of an argument; both architectures are little-endian. */
  static int low(int argument) {
    return ARGUMENTS + 8 * argument;
  }

  /** The offset of the upper 32 bits of an argument. */
  static int high(int argument) {
    return low(argument) + 4;
  }
}
