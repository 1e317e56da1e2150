package dev.paddock.linux.bpf;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a program from its end to its beginning. Classic BPF only jumps forward, so whatever an
 * instruction leads to must be there before it: a jump backwards or to nowhere cannot be written.
 *
 * <p>A conditional jump skips at most 255 instructions. What lies further away is reached over a
 * trampoline, an unconditional jump of 32 bits; of a return, a copy is made instead, which is as
 * long and one step shorter.
 */
public final class Assembler {
  private static final int REACH = 255;

  /** A place in one assembler's program. */
  public static final class Label {
    private final Assembler owner;

    /** The number of instructions that follow it. */
    private final int fromEnd;

    private Label(Assembler owner, int fromEnd) {
      this.owner = owner;
      this.fromEnd = fromEnd;
    }
  }

  /** What a conditional jump asks. */
  public enum Comparison {
    /** Is it equal? */
    EQUAL(Instruction.EQUAL),
    /** Is it greater, unsigned? */
    GREATER(Instruction.GREATER),
    /** Is it greater or equal, unsigned? */
    GREATER_OR_EQUAL(Instruction.GREATER_OR_EQUAL),
    /** Is any of the bits set? */
    ANY_BIT(Instruction.ANY_BIT);

    private final int code;

    Comparison(int code) {
      this.code = code;
    }
  }

  private final List<Instruction> reversed = new ArrayList<>();
  private final Map<Action, Label> answers = new HashMap<>();

  /** For a place, the nearest copy of it or trampoline to it. */
  private final Map<Integer, Label> nearest = new HashMap<>();

  /** An assembler with no instruction. */
  public Assembler() {}

  /** A place that ends the program with an action; the same for equal actions. */
  public Label answer(Action action) {
    Label known = answers.get(action);
    if (known == null) {
      known = add(new Instruction(Instruction.RETURN, 0, 0, action.encode()));
      answers.put(action, known);
    }
    return known;
  }

  /**
   * Loads 32 bits of the {@code struct seccomp_data}.
   *
   * @param offset 0 to 60, a multiple of 4
   * @param next where to go on
   */
  public Label load(int offset, Label next) {
    follow(next);
    return add(new Instruction(Instruction.LOAD, 0, 0, offset));
  }

  /**
   * Keeps only the bits of a mask of what was loaded.
   *
   * @param mask the bits to keep
   * @param next where to go on
   */
  public Label and(int mask, Label next) {
    follow(next);
    return add(new Instruction(Instruction.AND, 0, 0, mask));
  }

  /**
   * Asks about what was loaded.
   *
   * @param comparison the question
   * @param operand what it is compared with, unsigned
   * @param ifTrue where to go on if so
   * @param ifFalse where to go on if not
   */
  public Label branch(Comparison comparison, int operand, Label ifTrue, Label ifFalse) {
    check(ifTrue);
    check(ifFalse);
    if (ifTrue.fromEnd == ifFalse.fromEnd) {
      return ifTrue;
    }
    // One step in reserve: what brings the other way near may push this one further away.
    Label no = near(ifFalse, REACH - 1);
    Label yes = near(ifTrue, REACH);
    return add(new Instruction(comparison.code, distance(yes), distance(no), operand));
  }

  /**
   * The finished program.
   *
   * @param entry where it begins
   * @throws ProgramTooLargeException if it is longer than the kernel takes
   */
  public Program finish(Label entry) {
    follow(entry);
    List<Instruction> instructions = new ArrayList<>(reversed);
    Collections.reverse(instructions);
    return new Program(instructions);
  }

  private void check(Label label) {
    if (label.owner != this) {
      throw new IllegalArgumentException("the label belongs to another program");
    }
  }

  private Label add(Instruction instruction) {
    if (reversed.size() > 2 * Program.MAXIMUM) {
      throw new ProgramTooLargeException(reversed.size());
    }
    reversed.add(instruction);
    return new Label(this, reversed.size() - 1);
  }

  /** How many instructions the next one would skip to get to a place. */
  private int distance(Label label) {
    return reversed.size() - label.fromEnd - 1;
  }

  /** Makes sure that the next instruction runs into a place. */
  private void follow(Label next) {
    check(next);
    if (distance(next) > 0) {
      bring(next);
    }
  }

  private Label near(Label label, int reach) {
    if (distance(label) <= reach) {
      return label;
    }
    Label copy = nearest.get(label.fromEnd);
    return copy != null && distance(copy) <= reach ? copy : bring(label);
  }

  private Label bring(Label label) {
    Instruction target = reversed.get(label.fromEnd);
    Instruction here =
        target.code() == Instruction.RETURN
            ? target
            : new Instruction(Instruction.JUMP, 0, 0, distance(label));
    Label copy = add(here);
    nearest.put(label.fromEnd, copy);
    return copy;
  }
}
