package dev.paddock.cli;

import dev.paddock.policy.ByteString;

/**
 * How byte strings are shown. What a terminal or a reader of a log could take for something else
 * (control characters, escape sequences, line breaks, characters that reorder or hide text, bytes
 * that are no UTF-8) is written out, so that no two names look the same.
 */
final class Text {
  private Text() {}

  /** A name as it is shown in messages, with {@code \xNN} for what is no printable text. */
  static String show(byte[] name) {
    return ByteString.of(name).toString();
  }

  /** A whole message, whose parts were shown already: one line, and harmless, come what may. */
  static String line(String message) {
    for (int at = 0; at < message.length(); at++) {
      char c = message.charAt(at);
      if (c < ' ' || c > '~') {
        return scrub(message);
      }
    }
    return message;
  }

  /**
   * A word for a shell: as it is if nothing in it is special, else quoted. What is no text is
   * written in the {@code $'...'} form, which bash, zsh and ksh know.
   */
  static String quote(byte[] word) {
    String shown = show(word);
    if (shown.indexOf('\\') >= 0) {
      return "$'" + shown.replace("'", "\\'") + "'";
    }
    boolean plain = word.length > 0;
    for (byte b : word) {
      plain &= b < 0 || isPlain(b);
    }
    return plain ? shown : "'" + shown.replace("'", "'\\''") + "'";
  }

  private static boolean isPlain(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || "_./:=@%+,-".indexOf(b) >= 0;
  }

  private static String scrub(String message) {
    StringBuilder text = new StringBuilder(message.length() + 16);
    int at = 0;
    while (at < message.length()) {
      int point = message.codePointAt(at);
      at += Character.charCount(point);
      if (ByteString.isPrintable(point)) {
        text.appendCodePoint(point);
      } else {
        text.append("\\u{").append(Integer.toHexString(point)).append('}');
      }
    }
    return text.toString();
  }
}
