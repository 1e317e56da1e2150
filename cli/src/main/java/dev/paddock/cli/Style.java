package dev.paddock.cli;

import dev.paddock.linux.Fd;

/**
 * Colours, or none: only on a terminal that has them, and not against NO_COLOR (no-color.org).
 *
 * @param coloured whether anything is coloured
 */
record Style(boolean coloured) {

  /** The style for one of a context's descriptors. */
  static Style of(Context context, Fd fd) {
    if (!context.console().isTerminal(fd) || context.isSet("NO_COLOR")) {
      return new Style(false);
    }
    String terminal = context.variable("TERM").map(Text::show).orElse("");
    return new Style(!terminal.isEmpty() && !terminal.equals("dumb"));
  }

  /** What is as it should be. */
  String good(String text) {
    return paint("32", text);
  }

  /** What is missing or wrong. */
  String bad(String text) {
    return paint("31", text);
  }

  /** What deserves a look. */
  String warn(String text) {
    return paint("33", text);
  }

  /** What is less important. */
  String dim(String text) {
    return paint("2", text);
  }

  /** A heading. */
  String strong(String text) {
    return paint("1", text);
  }

  private String paint(String code, String text) {
    return coloured && !text.isEmpty() ? "\033[" + code + "m" + text + "\033[0m" : text;
  }
}
