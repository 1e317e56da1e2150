package dev.paddock.cli;

import java.util.List;

/**
 * Writes JSON (RFC 8259) on one line. Names are written as {@link Text#show} shows them: bytes that
 * are no text as {@code \xNN}, a backslash of the name doubled.
 */
final class Json {
  private final StringBuilder text = new StringBuilder();
  private boolean comma;

  /** Begins an object. */
  Json object() {
    return open('{');
  }

  /** Ends it. */
  Json endObject() {
    return close('}');
  }

  /** Begins an array. */
  Json array() {
    return open('[');
  }

  /** Ends it. */
  Json endArray() {
    return close(']');
  }

  /** A member's name; its value must follow. */
  Json name(String name) {
    separate();
    string(name);
    text.append(':');
    comma = false;
    return this;
  }

  /** A string. */
  Json value(String value) {
    separate();
    string(value);
    return this;
  }

  /** A number. */
  Json value(long value) {
    separate();
    text.append(value);
    return this;
  }

  /** True or false. */
  Json value(boolean value) {
    separate();
    text.append(value);
    return this;
  }

  /** An array of strings. */
  Json values(List<String> values) {
    array();
    for (String value : values) {
      value(value);
    }
    return endArray();
  }

  @Override
  public String toString() {
    return text.toString();
  }

  private Json open(char bracket) {
    separate();
    text.append(bracket);
    comma = false;
    return this;
  }

  private Json close(char bracket) {
    text.append(bracket);
    comma = true;
    return this;
  }

  private void separate() {
    if (comma) {
      text.append(',');
    }
    comma = true;
  }

  private void string(String value) {
    text.append('"');
    for (int at = 0; at < value.length(); at++) {
      char c = value.charAt(at);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c) || !Character.isDefined(c) || c == 0x7f) {
        escape(c);
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }

  private void escape(char c) {
    String hex = Integer.toHexString(c);
    text.append("\\u").append("0".repeat(4 - hex.length())).append(hex);
  }
}
