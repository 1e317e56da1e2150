package dev.paddock.attacks;

import java.nio.charset.StandardCharsets;

/**
 * One finished run of a program.
 *
 * @param status its exit status as a shell sees it: 128+n if signal n ended it
 * @param output everything on standard output, one character a byte
 * @param errors everything on standard error, one character a byte
 */
record Run(int status, String output, String errors) {
  static Run of(int status, byte[] output, byte[] errors) {
    return new Run(
        status,
        new String(output, StandardCharsets.ISO_8859_1),
        new String(errors, StandardCharsets.ISO_8859_1));
  }

  String describe() {
    return "status "
        + status
        + ", output ["
        + Report.printable(output)
        + "], errors ["
        + Report.printable(errors)
        + "]";
  }
}
