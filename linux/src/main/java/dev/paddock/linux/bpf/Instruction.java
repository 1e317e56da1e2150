package dev.paddock.linux.bpf;

/**
 * One classic BPF instruction, a {@code struct sock_filter}; linux/filter.h. Only what a seccomp
 * filter of Paddock is made of can be built.
 *
 * @param code the operation, one of the constants of this class
 * @param ifTrue how many instructions a conditional jump skips when its condition holds, 0 to 255
 * @param ifFalse how many it skips otherwise, 0 to 255
 * @param operand the constant that the operation works with, as unsigned 32 bits
 */
public record Instruction(int code, int ifTrue, int ifFalse, int operand) {
  /** {@code BPF_LD|BPF_W|BPF_ABS}: load the 32 bits at an offset of {@code struct seccomp_data}. */
  public static final int LOAD = 0x20;

  /** {@code BPF_ALU|BPF_AND|BPF_K}: keep only the bits of a mask. */
  public static final int AND = 0x54;

  /** {@code BPF_JMP|BPF_JA}: skip as many instructions as the operand says. */
  public static final int JUMP = 0x05;

  /** {@code BPF_JMP|BPF_JEQ|BPF_K}: is it equal? */
  public static final int EQUAL = 0x15;

  /** {@code BPF_JMP|BPF_JGT|BPF_K}: is it greater, unsigned? */
  public static final int GREATER = 0x25;

  /** {@code BPF_JMP|BPF_JGE|BPF_K}: is it greater or equal, unsigned? */
  public static final int GREATER_OR_EQUAL = 0x35;

  /** {@code BPF_JMP|BPF_JSET|BPF_K}: is any of the bits set? */
  public static final int ANY_BIT = 0x45;

  /** {@code BPF_RET|BPF_K}: end with a constant. */
  public static final int RETURN = 0x06;

  /** The size of {@code struct sock_filter} in bytes. */
  public static final int BYTES = 8;

  /**
   * An instruction.
   *
   * @throws IllegalArgumentException if the operation is none of ours, or a jump is given that the
   *     operation does not have or that does not fit in 8 bits
   */
  public Instruction {
    switch (code) {
      case EQUAL, GREATER, GREATER_OR_EQUAL, ANY_BIT -> {
        if (ifTrue < 0 || ifTrue > 255 || ifFalse < 0 || ifFalse > 255) {
          throw new IllegalArgumentException("a conditional jump skips 0 to 255 instructions");
        }
      }
      case LOAD, AND, JUMP, RETURN -> {
        if (ifTrue != 0 || ifFalse != 0) {
          throw new IllegalArgumentException("only a conditional jump has two ways");
        }
      }
      default ->
          throw new IllegalArgumentException("no such operation: 0x" + Integer.toHexString(code));
    }
  }

  /** Whether this instruction has two ways. */
  public boolean conditional() {
    return switch (code) {
      case EQUAL, GREATER, GREATER_OR_EQUAL, ANY_BIT -> true;
      default -> false;
    };
  }
}
