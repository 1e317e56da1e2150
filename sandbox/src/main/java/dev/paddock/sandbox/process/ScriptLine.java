package dev.paddock.sandbox.process;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a script as the kernel reads it; {@code load_script} in fs/binfmt_script.c of
 * Linux 5.1 to 6.18, which this follows step by step.
 *
 * @param interpreter the path behind {@code #!}
 * @param argument what follows it up to the line's end, as one argument; null if nothing does
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
record ScriptLine(byte[] interpreter, byte @Nullable [] argument) {
  /** How much of a file the kernel looks at; BINPRM_BUF_SIZE in linux/binfmts.h. */
  static final int SIZE = 256;

  /**
   * Reads a first line.
   *
   * @param start the file's first {@link #SIZE} bytes, or all of it if it has less
   * @return null if it is no script that the kernel would run
   */
  static @Nullable ScriptLine read(byte[] start) {
    byte[] buffer = Arrays.copyOf(start, SIZE); // Zeros follow a shorter file.
    if (buffer[0] != '#' || buffer[1] != '!') {
      return null;
    }
    int last = SIZE - 1;
    int end = newline(buffer);
    if (end < 0) {
      int name = firstText(buffer, 2, last);
      if (name < 0 || firstTerminator(buffer, name, last) < 0) {
        return null; // Nothing, or a path that is cut off.
      }
      end = last;
    }
    while (isBlank(buffer[end - 1])) {
      end--;
    }
    int name = firstText(buffer, 2, end);
    if (name < 0 || name == end) {
      return null;
    }
    int separator = firstTerminator(buffer, name, end);
    int argument = -1;
    if (separator >= 0 && buffer[separator] != 0) {
      argument = firstText(buffer, separator, end);
    }
    buffer[end] = 0;
    if (argument < 0) {
      return new ScriptLine(string(buffer, name), null);
    }
    buffer[separator] = 0;
    return new ScriptLine(string(buffer, name), string(buffer, argument));
  }

  /**
   * The interpreter's arguments.
   *
   * @param script the script's path as the kernel was given it
   * @param arguments the script's arguments, its own name first, which is lost
   */
  List<byte[]> arguments(byte[] script, List<byte[]> arguments) {
    List<byte[]> all = new ArrayList<>(arguments.size() + 2);
    all.add(interpreter);
    if (argument != null) {
      all.add(argument);
    }
    all.add(script);
    all.addAll(arguments.subList(1, arguments.size()));
    return all;
  }

  /** strnchr: a NUL ends the search. */
  private static int newline(byte[] buffer) {
    for (int i = 0; i < SIZE && buffer[i] != 0; i++) {
      if (buffer[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /** next_non_spacetab: both ends inclusive. */
  private static int firstText(byte[] buffer, int from, int to) {
    for (int i = from; i <= to; i++) {
      if (!isBlank(buffer[i])) {
        return i;
      }
    }
    return -1;
  }

  /** next_terminator: both ends inclusive. */
  private static int firstTerminator(byte[] buffer, int from, int to) {
    for (int i = from; i <= to; i++) {
      if (isBlank(buffer[i]) || buffer[i] == 0) {
        return i;
      }
    }
    return -1;
  }

  private static byte[] string(byte[] buffer, int from) {
    int end = from;
    while (buffer[end] != 0) {
      end++;
    }
    return Arrays.copyOfRange(buffer, from, end);
  }
}
