package dev.paddock.cli;

import java.time.Duration;

/** Numbers with units, to and from text. */
final class Units {
  private Units() {}

  /**
   * A whole number.
   *
   * @throws UsageException if it is none, or not from {@code least} to {@code most}
   */
  static int count(Flag flag, byte[] value, int least, int most) throws UsageException {
    String text = Bytes.latin1(value, 0, value.length);
    boolean digits = !text.isEmpty() && text.length() <= 10;
    for (int at = 0; at < text.length(); at++) {
      digits &= text.charAt(at) >= '0' && text.charAt(at) <= '9';
    }
    long number = digits ? Long.parseLong(text) : -1;
    if (number < least || number > most) {
      throw new UsageException(
          flag.shown()
              + " "
              + Text.show(value)
              + ": "
              + flag.label()
              + " is a whole number from "
              + least
              + " to "
              + most);
    }
    return (int) number;
  }

  /** Such as {@code 250 ms}, {@code 1.25 s}, {@code 10 min}, {@code 1 h 5 min}. */
  static String show(Duration time) {
    long millis = time.toMillis();
    if (millis < 1000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      long hundredths = millis / 10 % 100;
      String fraction = hundredths == 0 ? "" : "." + hundredths / 10 + hundredths % 10;
      return millis / 1000 + fraction + " s";
    }
    long seconds = millis / 1000;
    StringBuilder text = new StringBuilder();
    part(text, seconds / 3600, " h");
    part(text, seconds / 60 % 60, " min");
    part(text, seconds % 60, " s");
    return text.toString();
  }

  /** Whole microseconds. */
  static long micros(Duration time) {
    return time.toNanos() / 1000;
  }

  /** Such as {@code 512 B}, {@code 12.3 MiB}. */
  static String size(long bytes) {
    String[] units = {" B", " KiB", " MiB", " GiB", " TiB"};
    int unit = 0;
    long tenths = bytes * 10;
    while (tenths >= 10_240 && unit + 1 < units.length) {
      tenths /= 1024;
      unit++;
    }
    String fraction = unit == 0 || tenths >= 1000 ? "" : "." + tenths % 10;
    return tenths / 10 + fraction + units[unit];
  }

  private static void part(StringBuilder text, long number, String unit) {
    if (number > 0) {
      text.append(text.isEmpty() ? "" : " ").append(number).append(unit);
    }
  }
}
