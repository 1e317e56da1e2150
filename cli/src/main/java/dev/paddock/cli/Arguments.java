package dev.paddock.cli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parsed arguments of one command: its flags, and what follows them, all as bytes. Flags end at
 * {@code --} or at the first argument that is none, so that the flags of the command to be run are
 * never taken for ours. It reads like getopt_long(3) and like picocli, which only the help needs.
 */
final class Arguments {
  private final Map<Flag, List<byte[]>> flags = new EnumMap<>(Flag.class);
  private final List<byte[]> operands;

  private Arguments(Verb verb, List<byte[]> arguments) throws UsageException {
    int index = 0;
    while (index < arguments.size()) {
      byte[] argument = arguments.get(index);
      if (argument.length < 2 || argument[0] != '-') {
        break;
      }
      index++;
      if (argument[1] != '-') {
        index = letters(verb, argument, arguments, index);
      } else if (argument.length == 2) {
        break;
      } else {
        index = word(verb, argument, arguments, index);
      }
    }
    this.operands = List.copyOf(arguments.subList(index, arguments.size()));
  }

  /**
   * Parses what follows a command's name.
   *
   * @throws UsageException if a flag is unknown, refused, given twice, or its value is missing
   */
  static Arguments parse(Verb verb, List<byte[]> arguments) throws UsageException {
    boolean first = verb.operandsFirst() && !arguments.isEmpty() && !isFlag(arguments.getFirst());
    if (!first) {
      return new Arguments(verb, arguments);
    }
    List<byte[]> flagsFirst = new ArrayList<>(arguments.subList(1, arguments.size()));
    flagsFirst.add(arguments.getFirst());
    return new Arguments(verb, flagsFirst);
  }

  private static boolean isFlag(byte[] argument) {
    return argument.length > 0 && argument[0] == '-';
  }

  /** Whether a flag was given. */
  boolean has(Flag flag) {
    return flags.containsKey(flag);
  }

  /** The value of a flag that may be given once. */
  Optional<byte[]> value(Flag flag) {
    List<byte[]> values = flags.get(flag);
    return values == null ? Optional.empty() : Optional.of(values.getFirst());
  }

  /** The values of a flag, in their order. */
  List<byte[]> values(Flag flag) {
    return flags.getOrDefault(flag, List.of());
  }

  /** What follows the flags, without the {@code --} before it. */
  List<byte[]> operands() {
    return operands;
  }

  private int word(Verb verb, byte[] argument, List<byte[]> arguments, int index)
      throws UsageException {
    int equals = Bytes.indexOf(argument, '=', 2);
    String name = Bytes.latin1(argument, 2, equals < 0 ? argument.length : equals);
    Flag flag = Flag.named(name, verb);
    if (flag == null) {
      throw unknown(verb, Bytes.slice(argument, 0, equals < 0 ? argument.length : equals));
    }
    if (equals >= 0 && !flag.takesValue()) {
      throw new UsageException("--" + name + " takes no value");
    }
    if (equals >= 0) {
      return add(flag, Bytes.slice(argument, equals + 1, argument.length), index);
    }
    return flag.takesValue()
        ? next(verb, flag, "--" + name, arguments, index)
        : add(flag, NO_VALUE, index);
  }

  private int letters(Verb verb, byte[] argument, List<byte[]> arguments, int index)
      throws UsageException {
    for (int at = 1; at < argument.length; at++) {
      Flag flag = Flag.lettered((char) (argument[at] & 0xff), verb);
      if (flag == null) {
        throw unknown(verb, at == 1 ? argument : new byte[] {'-', argument[at]});
      }
      if (!flag.takesValue()) {
        if (at + 1 < argument.length && argument[at + 1] == '=') {
          throw new UsageException("-" + flag.letter() + " takes no value");
        }
        add(flag, NO_VALUE, index);
        continue;
      }
      if (at + 1 == argument.length) {
        return next(verb, flag, "-" + flag.letter(), arguments, index);
      }
      int from = argument[at + 1] == '=' ? at + 2 : at + 1;
      return add(flag, Bytes.slice(argument, from, argument.length), index);
    }
    return index;
  }

  /** Takes the next argument as a flag's value, unless it is plainly meant as something else. */
  private int next(Verb verb, Flag flag, String typed, List<byte[]> arguments, int index)
      throws UsageException {
    String need = typed + " needs a value (" + flag.label() + ")";
    if (index == arguments.size()) {
      throw new UsageException(need);
    }
    byte[] value = arguments.get(index);
    if (meantAsFlag(verb, value)) {
      String shown = Text.show(value);
      throw new UsageException(
          need
              + ", but "
              + shown
              + " follows; if that is the value, write "
              + flag.shown()
              + "="
              + shown);
    }
    return add(flag, value, index + 1);
  }

  private static boolean meantAsFlag(Verb verb, byte[] value) {
    if (value.length < 2 || value[0] != '-') {
      return false;
    }
    if (value[1] != '-') {
      return Flag.lettered((char) (value[1] & 0xff), verb) != null;
    }
    int equals = Bytes.indexOf(value, '=', 2);
    return value.length == 2
        || Flag.named(Bytes.latin1(value, 2, equals < 0 ? value.length : equals), verb) != null;
  }

  private int add(Flag flag, byte[] value, int index) throws UsageException {
    if (!flag.served()) {
      throw new UsageException(flag.shown() + " is not served yet: " + flag.text());
    }
    List<byte[]> values = flags.get(flag);
    if (values == null) {
      values = new ArrayList<>(2);
      flags.put(flag, values);
    } else if (flag.takesValue() && !flag.repeatable()) {
      throw new UsageException(flag.shown() + " is given twice");
    }
    values.add(value);
    return index;
  }

  private static UsageException unknown(Verb verb, byte[] argument) {
    String typed = Text.show(argument);
    return new UsageException(
        "unknown flag "
            + typed
            + Suggestion.flag(verb, Bytes.latin1(argument, 0, argument.length))
            + "; paddock help "
            + verb.word()
            + " lists them");
  }

  private static final byte[] NO_VALUE = {};
}
