package dev.paddock.policy;

/**
 * An amount of memory or storage.
 *
 * @param bytes 0 or more
 */
public record ByteSize(long bytes) {
  private static final String UNITS = "KMGTPE";

  /** An amount that is not negative. */
  public ByteSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("a size cannot be negative: " + bytes);
    }
  }

  /**
   * Reads {@code 512}, {@code 64K}, {@code 2G}, {@code 2GiB}: a whole number with an optional unit
   * of powers of 1024.
   */
  public static ByteSize parse(String text) throws ValueException {
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    String unit = text.substring(digits);
    if (unit.endsWith("iB")) {
      unit = unit.substring(0, unit.length() - 2);
    }
    int power = 0;
    if (!unit.isEmpty()) {
      char letter = Character.toUpperCase(unit.charAt(0));
      power = unit.length() == 1 ? UNITS.indexOf(letter) + 1 : 0;
      if (power == 0) {
        throw bad(text);
      }
    }
    if (digits == 0) {
      throw bad(text);
    }
    try {
      long factor = 1L << (10 * power);
      return new ByteSize(Math.multiplyExact(Long.parseLong(text.substring(0, digits)), factor));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new ValueException("the size \"" + text + "\" is too large");
    }
  }

  private static ValueException bad(String text) {
    return new ValueException(
        "\"" + text + "\" is no size; write a whole number and K, M, G or T, such as 512M");
  }

  /** The shortest form that {@link #parse} reads back. */
  @Override
  public String toString() {
    long value = bytes;
    int power = 0;
    while (value != 0 && power < UNITS.length() && value % 1024 == 0) {
      value /= 1024;
      power++;
    }
    return power == 0 ? "" + value : "" + value + UNITS.charAt(power - 1);
  }
}
