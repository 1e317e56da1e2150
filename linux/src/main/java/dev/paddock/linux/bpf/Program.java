package dev.paddock.linux.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A complete seccomp filter: immutable, and of a shape that the kernel takes (every path ends with
 * a return, jumps lead forward and stay inside, loads stay inside {@code struct seccomp_data}).
 */
public final class Program {
  /** {@code BPF_MAXINSNS}: no filter is longer; linux/bpf_common.h. */
  public static final int MAXIMUM = 4096;

  private final List<Instruction> instructions;

  /**
   * A program of these instructions.
   *
   * @throws ProgramTooLargeException if there are more than {@link #MAXIMUM}
   * @throws IllegalArgumentException if the kernel would refuse them
   */
  public Program(List<Instruction> instructions) {
    this.instructions = List.copyOf(instructions);
    int size = this.instructions.size();
    if (size > MAXIMUM) {
      throw new ProgramTooLargeException(size);
    }
    if (size == 0) {
      throw new IllegalArgumentException("the program is empty");
    }
    for (int i = 0; i < size; i++) {
      check(i, size);
    }
  }

  private void check(int at, int size) {
    Instruction instruction = instructions.get(at);
    int left = size - at - 1;
    boolean sound =
        switch (instruction.code()) {
          case Instruction.RETURN -> true;
          case Instruction.JUMP -> Integer.compareUnsigned(instruction.operand(), left) < 0;
          case Instruction.LOAD ->
              left > 0
                  && instruction.operand() >= 0
                  && instruction.operand() < SeccompData.BYTES
                  && instruction.operand() % 4 == 0;
          case Instruction.AND -> left > 0;
          default -> instruction.ifTrue() < left && instruction.ifFalse() < left;
        };
    if (!sound) {
      throw new IllegalArgumentException("instruction " + at + " leads or reads outside");
    }
  }

  /** The instructions, in order. */
  public List<Instruction> instructions() {
    return instructions;
  }

  /** The number of instructions, 1 to {@link #MAXIMUM}. */
  public int size() {
    return instructions.size();
  }

  /** The greatest number of instructions that any one system call can take through this program. */
  public int depth() {
    int size = instructions.size();
    int[] longest = new int[size];
    for (int i = size - 1; i >= 0; i--) {
      Instruction instruction = instructions.get(i);
      longest[i] =
          1
              + switch (instruction.code()) {
                case Instruction.RETURN -> 0;
                case Instruction.JUMP -> longest[i + 1 + instruction.operand()];
                case Instruction.LOAD, Instruction.AND -> longest[i + 1];
                default ->
                    Math.max(
                        longest[i + 1 + instruction.ifTrue()],
                        longest[i + 1 + instruction.ifFalse()]);
              };
    }
    return longest[0];
  }

  /** The program as the kernel reads it: an array of {@code struct sock_filter}, 8 bytes each. */
  public byte[] toBytes() {
    ByteBuffer buffer =
        ByteBuffer.allocate(instructions.size() * Instruction.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Instruction instruction : instructions) {
      buffer.putShort((short) instruction.code());
      buffer.put((byte) instruction.ifTrue());
      buffer.put((byte) instruction.ifFalse());
      buffer.putInt(instruction.operand());
    }
    return buffer.array();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Program program && instructions.equals(program.instructions);
  }

  @Override
  public int hashCode() {
    return instructions.hashCode();
  }

  /** The size of the program, for messages; {@link Disassembler} shows what is in it. */
  @Override
  public String toString() {
    return "Program[" + size() + " instructions]";
  }
}
