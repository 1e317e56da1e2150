package dev.paddock.cli;

import dev.paddock.linux.KernelException;
import java.util.List;

/**
 * What a command says. Its result goes to standard output; everything else goes to standard error,
 * each line with {@code paddock:} before it, one write a line, so that it is never torn apart by
 * what the confined command writes there.
 */
final class Output {
  private final Context context;
  private final StringBuilder result = new StringBuilder();

  Output(Context context) {
    this.context = context;
  }

  /** A table of the result. */
  void print(Table table) {
    for (List<String> lines : table.lines()) {
      for (String line : lines) {
        print(line);
      }
    }
  }

  /** One line of the result; its parts were made harmless by {@link Text}, colours may be in it. */
  void print(String line) {
    result.append(line).append('\n');
  }

  /** Writes the lines of the result that were printed since the last time. */
  void flush() throws OutputException {
    byte[] bytes = Bytes.utf8(result.toString());
    result.setLength(0);
    try {
      context.stdout().writeFully(bytes);
    } catch (KernelException e) {
      throw new OutputException(e);
    }
  }

  /** Why the command was refused, or failed. */
  void error(String message) {
    say(message);
  }

  /** What the user may want to do; it is a guess and is worded as one. */
  void hint(String message) {
    say("hint: " + message);
  }

  /** A fact. */
  void say(String message) {
    try {
      context.stderr().writeFully(Bytes.utf8("paddock: " + Text.line(message) + "\n"));
    } catch (KernelException e) {
      // Standard error is closed or full: there is nobody left to tell.
    }
  }

  /** Colours for standard output. */
  Style style() {
    return Style.of(context, context.stdout());
  }
}
