package dev.paddock.policy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Which programs, and which of their arguments, a rule is about: the first word of a line such as
 * {@code git push --force*}, and the rest of it.
 *
 * <p>Words stand between blanks. Between quotes, single or double, a blank is part of the word; a
 * backslash makes a byte of two hexadecimal digits ({@code \x20}), or takes the meaning from a
 * blank, a quote or a backslash.
 *
 * @param program a name, which is a glob over base names, or what {@link #isPath} is true of, which
 *     is a glob over paths; variables and a leading {@code ~} as in paths
 * @param arguments globs over arguments, in their order
 */
record ExecPattern(ByteString program, List<ByteString> arguments) {

  ExecPattern {
    arguments = List.copyOf(arguments);
  }

  /**
   * Reads a line.
   *
   * @throws ValueException if a quote is open, an escape unknown, a byte NUL, or the first word
   *     neither a name nor a path
   */
  static ExecPattern parse(ByteString line) throws ValueException {
    List<ByteString> words = words(line);
    if (words.isEmpty()) {
      throw new ValueException(
          "\"" + line + "\" names no program; write a name, a path, or a command line");
    }
    return new ExecPattern(program(words.getFirst()), words.subList(1, words.size()));
  }

  /**
   * Checks what stands for a program.
   *
   * @throws ValueException if it is neither a name nor an absolute path
   */
  static ByteString program(ByteString text) throws ValueException {
    if (text.isEmpty()) {
      throw new ValueException("a program's name is empty; \"*\" stands for any");
    }
    plain(text);
    byte first = text.at(0);
    if (isPath(text) && first != '/' && first != '*' && !isExpandable(text)) {
      throw new ValueException(
          "\""
              + text
              + "\" is neither a name nor an absolute path; begin a path with /, ~/, ${workspace}/"
              + " or **/");
    }
    return text;
  }

  /**
   * Checks what stands for an argument or a variable.
   *
   * @throws ValueException if it contains a NUL, which no argument does
   */
  static ByteString plain(ByteString text) throws ValueException {
    if (text.indexOf('\0', 0) >= 0) {
      throw new ValueException("\"" + text + "\" contains a NUL byte");
    }
    return text;
  }

  /** Whether it is matched against paths; a name is matched against base names. */
  static boolean isPath(ByteString program) {
    return program.indexOf('/', 0) >= 0 || isExpandable(program);
  }

  private static boolean isExpandable(ByteString program) {
    boolean variable = program.length() > 1 && program.at(0) == '$' && program.at(1) == '{';
    return variable || (program.at(0) == '~' && (program.length() == 1 || program.at(1) == '/'));
  }

  /**
   * A program without variables.
   *
   * @throws ValueException if a variable has no value, or a path is not absolute with it
   */
  static ByteString expand(ByteString program, Variables variables) throws ValueException {
    if (!isPath(program)) {
      return program;
    }
    ByteString path = variables.expand(program);
    if (path.isEmpty() || (path.at(0) != '/' && path.at(0) != '*')) {
      throw new ValueException(
          "\"" + program + "\" stands for \"" + path + "\", which is not absolute");
    }
    return path.at(0) == '*' ? path : PathPattern.normal(path);
  }

  /** The same with the variables of its program replaced. */
  ExecPattern expand(Variables variables) throws ValueException {
    return new ExecPattern(expand(program, variables), arguments);
  }

  private static List<ByteString> words(ByteString line) throws ValueException {
    List<ByteString> words = new ArrayList<>();
    ByteArrayOutputStream word = new ByteArrayOutputStream(line.length());
    boolean begun = false;
    byte quote = 0;
    int at = 0;
    while (at < line.length()) {
      byte b = line.at(at);
      at++;
      if (quote == 0 && (b == ' ' || b == '\t' || b == '\n')) {
        if (begun) {
          words.add(plain(ByteString.of(word.toByteArray())));
          word.reset();
          begun = false;
        }
        continue;
      }
      begun = true;
      if (b == '\\') {
        at = escape(line, at, word);
      } else if (quote == 0 && (b == '"' || b == '\'')) {
        quote = b;
      } else if (b == quote) {
        quote = 0;
      } else {
        word.write(b);
      }
    }
    if (quote != 0) {
      throw new ValueException("\"" + line + "\": a quote is never closed");
    }
    if (begun) {
      words.add(plain(ByteString.of(word.toByteArray())));
    }
    return words;
  }

  /** Takes what follows a backslash; answers where the line goes on. */
  private static int escape(ByteString line, int at, ByteArrayOutputStream word)
      throws ValueException {
    byte next = at < line.length() ? line.at(at) : 0;
    if (next == ' ' || next == '"' || next == '\'' || next == '\\') {
      word.write(next);
      return at + 1;
    }
    int high = hex(line, at + 1);
    int low = hex(line, at + 2);
    if (next != 'x' || high < 0 || low < 0) {
      throw new ValueException(
          "\""
              + line
              + "\": after a backslash stands x and two hexadecimal digits, a blank, a quote, or a"
              + " backslash");
    }
    word.write(high << 4 | low);
    return at + 3;
  }

  private static int hex(ByteString line, int at) {
    return at < line.length() && line.at(at) > 0 ? Character.digit(line.at(at), 16) : -1;
  }

  /** The line that reads back as this, always UTF-8. */
  ByteString line() {
    StringBuilder line = new StringBuilder(word(program));
    for (ByteString argument : arguments) {
      line.append(' ').append(word(argument));
    }
    return ByteString.of(line.toString());
  }

  private static String word(ByteString word) {
    if (word.isEmpty()) {
      return "''";
    }
    String shown = word.toString(); // a backslash that is part of it, and what is no text, as \xNN
    if (shown.indexOf(' ') < 0 && shown.indexOf('"') < 0 && shown.indexOf('\'') < 0) {
      return shown;
    }
    StringBuilder escaped = new StringBuilder(shown.length() + 8);
    for (int i = 0; i < shown.length(); i++) {
      char c = shown.charAt(i);
      if (c == ' ' || c == '"' || c == '\'') {
        escaped.append('\\');
      }
      escaped.append(c);
    }
    return escaped.toString();
  }
}
