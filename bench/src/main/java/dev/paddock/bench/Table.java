package dev.paddock.bench;

import java.util.Locale;

/** What was measured, a row each, in Markdown. */
final class Table {
  private final StringBuilder text = new StringBuilder();

  void row(String what, Series bare, Series measured, String unit, String verdict, String limit) {
    text.append(
        String.format(
            Locale.ROOT,
            "| %s | %.2f %s | %.2f %s | **%s** | %s |%n",
            what,
            bare.median(),
            unit,
            measured.median(),
            unit,
            verdict,
            limit));
  }

  /** The rows, with nothing above. */
  @Override
  public String toString() {
    return text.toString();
  }
}
