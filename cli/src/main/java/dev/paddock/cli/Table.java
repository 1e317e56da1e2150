package dev.paddock.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Columns for people: each as wide as its widest cell, the last one wrapped at the width of the
 * terminal. Cells hold no escape sequences; a row is coloured as a whole by who prints it.
 */
final class Table {
  private static final int GAP = 2;
  private static final int NARROWEST = 24;

  private final int width;
  private final List<List<String>> rows = new ArrayList<>();

  Table(int width) {
    this.width = width;
  }

  /** Adds a row; every row has the same number of cells. */
  void row(String... cells) {
    rows.add(List.of(cells));
  }

  /** The finished lines of each row. */
  List<List<String>> lines() {
    if (rows.isEmpty()) {
      return List.of();
    }
    int last = rows.getFirst().size() - 1;
    int[] widths = new int[last];
    for (List<String> row : rows) {
      for (int column = 0; column < last; column++) {
        widths[column] = Math.max(widths[column], length(row.get(column)));
      }
    }
    int indent = 0;
    for (int columnWidth : widths) {
      indent += columnWidth + GAP;
    }
    List<List<String>> lines = new ArrayList<>(rows.size());
    for (List<String> row : rows) {
      StringBuilder head = new StringBuilder();
      for (int column = 0; column < last; column++) {
        String cell = row.get(column);
        head.append(cell).append(" ".repeat(widths[column] - length(cell) + GAP));
      }
      lines.add(wrap(head.toString(), row.get(last), indent, width));
    }
    return lines;
  }

  /** Text behind a head, its further lines indented. */
  static List<String> wrap(String head, String text, int indent, int width) {
    int room = Math.max(NARROWEST, width - indent);
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(head);
    int used = 0;
    for (String word : text.split(" ", -1)) {
      int length = length(word);
      if (used > 0 && used + 1 + length > room) {
        lines.add(line.toString().stripTrailing());
        line = new StringBuilder(" ".repeat(indent));
        used = 0;
      }
      if (used > 0) {
        line.append(' ');
        used++;
      }
      line.append(word);
      used += length;
    }
    lines.add(line.toString().stripTrailing());
    return lines;
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
