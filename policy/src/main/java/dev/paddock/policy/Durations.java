package dev.paddock.policy;

import java.time.Duration;

/** The form that lengths of time have in policies and flags. */
public final class Durations {
  private static final long MOST_SECONDS = 10L * 365 * 24 * 3600;

  private Durations() {}

  /**
   * Reads {@code 90} (seconds), {@code 500ms}, {@code 1.5s}, {@code 10m}, {@code 2h}, {@code 1d} or
   * {@code 1h30m}: more than zero, at most ten years.
   */
  public static Duration parse(String text) throws ValueException {
    Duration sum = Duration.ZERO;
    int at = 0;
    if (text.isEmpty()) {
      throw bad(text);
    }
    while (at < text.length()) {
      int start = at;
      while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
        at++;
      }
      String number = text.substring(start, at);
      int unitStart = at;
      while (at < text.length() && !isDigit(text.charAt(at))) {
        at++;
      }
      String unit = text.substring(unitStart, at);
      if (unit.isEmpty() && start != 0) {
        throw bad(text);
      }
      sum = sum.plus(part(text, number, unit));
      if (sum.toSeconds() > MOST_SECONDS) {
        throw new ValueException("the time \"" + text + "\" is longer than ten years");
      }
    }
    if (sum.isZero()) {
      throw new ValueException("the time \"" + text + "\" must be more than zero");
    }
    return sum;
  }

  private static Duration part(String text, String number, String unit) throws ValueException {
    long milliseconds =
        switch (unit) {
          case "ms" -> 1;
          case "", "s" -> 1000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          case "d" -> 86_400_000;
          default -> throw bad(text);
        };
    int point = number.indexOf('.');
    String whole = point < 0 ? number : number.substring(0, point);
    String fraction = point < 0 ? "" : number.substring(point + 1);
    if (whole.isEmpty()
        || whole.length() > 12
        || (point >= 0 && (fraction.isEmpty() || fraction.length() > 3))
        || fraction.indexOf('.') >= 0) {
      throw bad(text);
    }
    long millis = Long.parseLong(whole) * 1000;
    if (!fraction.isEmpty()) {
      millis += Long.parseLong((fraction + "00").substring(0, 3));
    }
    try {
      return Duration.ofNanos(Math.multiplyExact(Math.multiplyExact(millis, milliseconds), 1000L));
    } catch (ArithmeticException e) {
      throw new ValueException("the time \"" + text + "\" is longer than ten years");
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static ValueException bad(String text) {
    return new ValueException(
        "\""
            + text
            + "\" is no length of time; write seconds, or a number with ms, s, m, h or d,"
            + " such as 10m");
  }

  /** The form that {@link #parse} reads back; what is finer than a microsecond is rounded up. */
  public static String format(Duration duration) {
    long millis = duration.toMillis();
    int micros = (duration.toNanosPart() % 1_000_000 + 999) / 1000;
    if (micros == 1000) {
      millis++;
    } else if (micros != 0) {
      return millis + "." + Integer.toString(1000 + micros).substring(1) + "ms";
    }
    if (millis % 86_400_000 == 0) {
      return millis / 86_400_000 + "d";
    }
    if (millis % 3_600_000 == 0) {
      return millis / 3_600_000 + "h";
    }
    if (millis % 60_000 == 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
