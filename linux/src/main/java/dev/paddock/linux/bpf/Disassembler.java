package dev.paddock.linux.bpf;

import dev.paddock.linux.Arch;
import dev.paddock.linux.SystemCall;
import dev.paddock.linux.SystemCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Shows a program to people: one line per instruction, each with a comment on what it means. */
public final class Disassembler {
  private static final int COMMENT_COLUMN = 38;
  private static final int X32_BIT = 0x40000000;
  private static final int HIGHEST_NUMBER = X32_BIT - 1;

  /**
   * What is known when an instruction is reached, whatever way led there.
   *
   * @param loaded the offset that was loaded last, or -1 if that differs by way
   * @param mask the mask that was applied to it
   * @param lowest the lowest system call number that gets here
   * @param highest the highest
   */
  private record State(int loaded, int mask, int lowest, int highest) {
    State merge(@Nullable State other) {
      if (other == null) {
        return this;
      }
      boolean same = loaded == other.loaded && mask == other.mask;
      return new State(
          same ? loaded : -1,
          same ? mask : -1,
          Math.min(lowest, other.lowest),
          Math.max(highest, other.highest));
    }

    State load(int offset) {
      return new State(offset, -1, lowest, highest);
    }

    State and(int bits) {
      return new State(loaded, mask & bits, lowest, highest);
    }

    State within(int from, int to) {
      return new State(loaded, mask, Math.max(lowest, from), Math.min(highest, to));
    }
  }

  private final Program program;
  private final Arch arch;
  private final @Nullable State[] states;

  private Disassembler(Program program, Arch arch) {
    this.program = program;
    this.arch = arch;
    this.states = new State[program.size()];
  }

  /**
   * The program, one line per instruction: its index, what it does, where it leads, and a comment.
   *
   * @param program what is shown
   * @param arch whose system call names are used
   */
  public static List<String> listing(Program program, Arch arch) {
    Disassembler disassembler = new Disassembler(program, arch);
    disassembler.follow();
    List<String> lines = new ArrayList<>(program.size());
    for (int i = 0; i < program.size(); i++) {
      lines.add(disassembler.line(i));
    }
    return List.copyOf(lines);
  }

  /** Carries what is known forward; jumps only lead forward, so one pass sees every way. */
  private void follow() {
    arrive(0, new State(-1, -1, 0, HIGHEST_NUMBER));
    for (int i = 0; i < program.size(); i++) {
      State state = states[i];
      if (state == null) {
        continue;
      }
      Instruction instruction = program.instructions().get(i);
      int operand = instruction.operand();
      switch (instruction.code()) {
        case Instruction.RETURN -> {}
        case Instruction.LOAD -> arrive(i + 1, state.load(operand));
        case Instruction.AND -> arrive(i + 1, state.and(operand));
        case Instruction.JUMP -> arrive(i + 1 + operand, state);
        default -> {
          arrive(i + 1 + instruction.ifTrue(), branch(state, instruction, true));
          arrive(i + 1 + instruction.ifFalse(), branch(state, instruction, false));
        }
      }
    }
  }

  private void arrive(int at, State state) {
    states[at] = state.merge(states[at]);
  }

  private static State branch(State state, Instruction instruction, boolean holds) {
    int operand = instruction.operand();
    if (state.loaded() != SeccompData.NUMBER || operand < 0) {
      return state;
    }
    return switch (instruction.code()) {
      case Instruction.EQUAL -> holds ? state.within(operand, operand) : state;
      case Instruction.GREATER_OR_EQUAL ->
          holds ? state.within(operand, HIGHEST_NUMBER) : state.within(0, operand - 1);
      default -> state;
    };
  }

  private String line(int at) {
    Instruction instruction = program.instructions().get(at);
    StringBuilder line = new StringBuilder(80);
    String index = Integer.toString(at);
    line.append(" ".repeat(Math.max(0, 4 - index.length()))).append(index).append("  ");
    line.append(operation(at, instruction, states[at]));
    while (line.length() < COMMENT_COLUMN) {
      line.append(' ');
    }
    return line.append("; ").append(comment(at, instruction)).toString();
  }

  private static String operation(int at, Instruction instruction, @Nullable State state) {
    int operand = instruction.operand();
    return switch (instruction.code()) {
      case Instruction.LOAD -> "ld   [" + operand + "]";
      case Instruction.AND -> "and  " + hex(operand);
      case Instruction.JUMP -> "ja   " + (at + 1 + operand);
      case Instruction.RETURN -> "ret  " + hex(operand);
      default -> {
        String name =
            switch (instruction.code()) {
              case Instruction.EQUAL -> "jeq";
              case Instruction.GREATER -> "jgt";
              case Instruction.GREATER_OR_EQUAL -> "jge";
              default -> "jset";
            };
        int yes = at + 1 + instruction.ifTrue();
        int no = at + 1 + instruction.ifFalse();
        boolean number = state != null && state.loaded() == SeccompData.NUMBER;
        String value =
            number && operand >= 0 && operand < X32_BIT ? Integer.toString(operand) : hex(operand);
        yield (name + "    ").substring(0, 5) + value + " ? " + yes + " : " + no;
      }
    };
  }

  private String comment(int at, Instruction instruction) {
    State state = states[at];
    if (state == null) {
      return "never reached";
    }
    int operand = instruction.operand();
    return switch (instruction.code()) {
      case Instruction.LOAD -> field(operand) + reachedBy(state, operand);
      case Instruction.AND -> field(state.loaded()) + " & " + hex(operand);
      case Instruction.JUMP -> "on to " + (at + 1 + operand);
      case Instruction.RETURN -> action(operand);
      default -> question(state, instruction);
    };
  }

  private String question(State state, Instruction instruction) {
    int operand = instruction.operand();
    String subject = field(state.loaded());
    if (state.mask() != -1) {
      subject = "(" + subject + " & " + hex(state.mask()) + ")";
    }
    if (state.loaded() == SeccompData.NUMBER && operand >= 0 && operand <= HIGHEST_NUMBER) {
      String name = name(operand);
      return switch (instruction.code()) {
        case Instruction.EQUAL -> name + "?";
        case Instruction.GREATER_OR_EQUAL -> "from " + name + " on?";
        default -> subject + " beyond " + name + "?";
      };
    }
    if (state.loaded() == SeccompData.NUMBER && instruction.code() == Instruction.ANY_BIT) {
      return operand == X32_BIT
          ? "the x32 bit?"
          : subject + " has any bit of " + hex(operand) + "?";
    }
    if (state.loaded() == SeccompData.ARCHITECTURE) {
      return operand == arch.audit() ? "the native ABI?" : "ABI " + hex(operand) + "?";
    }
    return subject
        + switch (instruction.code()) {
          case Instruction.EQUAL -> " = ";
          case Instruction.GREATER -> " > ";
          case Instruction.GREATER_OR_EQUAL -> " >= ";
          default -> " has any bit of ";
        }
        + hex(operand)
        + "?";
  }

  private String reachedBy(State state, int offset) {
    if (offset < SeccompData.ARGUMENTS || state.highest() == HIGHEST_NUMBER) {
      return "";
    }
    return state.lowest() == state.highest()
        ? " of " + name(state.lowest())
        : " of calls from " + name(state.lowest()) + " to " + name(state.highest());
  }

  private static String field(int offset) {
    if (offset == SeccompData.NUMBER) {
      return "number";
    }
    if (offset == SeccompData.ARCHITECTURE) {
      return "architecture";
    }
    if (offset < SeccompData.ARGUMENTS) {
      return offset < 0 ? "value" : "instruction pointer";
    }
    int argument = (offset - SeccompData.ARGUMENTS) / 8;
    return "argument " + argument + (offset % 8 == 0 ? " low" : " high");
  }

  private String name(int number) {
    Optional<SystemCall> call = SystemCalls.byNumber(arch, number);
    return call.isPresent() ? call.get().name() : "#" + number;
  }

  private static String action(int value) {
    for (Action.Kind kind : Action.Kind.values()) {
      int code = new Action(kind, 0).encode();
      if (kind == Action.Kind.ERRNO && (value & 0xffff0000) == code) {
        return "fail with errno " + (value & 0xffff);
      }
      if (value == code) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      }
    }
    return "unknown action";
  }

  private static String hex(int value) {
    return value >= 0 && value < 10 ? Integer.toString(value) : "0x" + Integer.toHexString(value);
  }
}
