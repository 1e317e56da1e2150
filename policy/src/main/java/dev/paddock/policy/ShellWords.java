package dev.paddock.policy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The words of a shell's command, if it is one of words and quotes and nothing else; POSIX.1-2024,
 * Shell Command Language, 2.2 and 2.3.
 */
public final class ShellWords {
  /** What has a meaning outside of quotes, wherever it stands. */
  private static final String SPECIAL = "|&;()<>`$*?[]{}!\n\r";

  /** What has one at the beginning of a word. */
  private static final String SPECIAL_FIRST = "#~^";

  private ShellWords() {}

  /** The words, without their quotes; null if anything else is there. */
  public static @Nullable List<ByteString> read(ByteString line) {
    List<ByteString> words = new ArrayList<>();
    ByteArrayOutputStream word = new ByteArrayOutputStream(line.length());
    boolean begun = false;
    byte quote = 0;
    for (int at = 0; at < line.length(); at++) {
      byte b = line.at(at);
      if (quote == '\'') {
        if (b == '\'') {
          quote = 0;
        } else {
          word.write(b);
        }
        continue;
      }
      if (b == '\\') {
        at++;
        byte next = at < line.length() ? line.at(at) : (byte) '\n';
        if (next == '\n') {
          return null;
        }
        if (quote == '"' && next != '"' && next != '\\' && next != '$' && next != '`') {
          word.write(b);
        }
        word.write(next);
        begun = true;
      } else if (quote == '"') {
        if (b == '$' || b == '`') {
          return null;
        } else if (b == '"') {
          quote = 0;
        } else {
          word.write(b);
        }
      } else if (b == '\'' || b == '"') {
        quote = b;
        begun = true;
      } else if (b == ' ' || b == '\t') {
        if (begun) {
          words.add(ByteString.of(word.toByteArray()));
          word.reset();
          begun = false;
        }
      } else if (SPECIAL.indexOf(b) >= 0 || (!begun && SPECIAL_FIRST.indexOf(b) >= 0)) {
        return null;
      } else if (b == '~' && word.size() > 0) {
        return null; // after a colon or an equals sign it is a home directory
      } else {
        word.write(b);
        begun = true;
      }
    }
    if (quote != 0) {
      return null;
    }
    if (begun) {
      words.add(ByteString.of(word.toByteArray()));
    }
    return words;
  }
}
