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

  /** A name as a word for a shell; see {@link ByteString#shellWord}. */
  static String quote(byte[] word) {
    return ByteString.of(word).shellWord();
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
