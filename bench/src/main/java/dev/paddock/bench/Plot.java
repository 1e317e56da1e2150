package dev.paddock.bench;

import java.util.List;
import java.util.Locale;

/** Draws horizontal bars as SVG. */
final class Plot {
  private static final int LABEL = 170;
  private static final int WIDTH = 560;
  private static final int ROW = 30;

  private Plot() {}

  static String bars(String title, List<Series> series) {
    double most = series.stream().mapToDouble(Series::median).max().orElse(1);
    int height = 40 + ROW * series.size() + 10;
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " font-family=\"sans-serif\" font-size=\"13\">%n<rect width=\"100%%\""
                + " height=\"100%%\" fill=\"white\"/>%n<text x=\"10\" y=\"22\""
                + " font-weight=\"bold\">%s</text>%n",
            LABEL + WIDTH + 80,
            height,
            title));
    int y = 40;
    for (Series one : series) {
      double width = Math.max(1, one.median() / most * WIDTH);
      String colour =
          one.name().startsWith("paddock") || one.name().startsWith("Sandbox")
              ? "#2a7f62"
              : "#9aa5b1";
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n"
                  + "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\"/>%n"
                  + "<text x=\"%.1f\" y=\"%d\">%.1f</text>%n",
              LABEL - 8,
              y + 14,
              one.name(),
              LABEL,
              y,
              width,
              colour,
              LABEL + width + 6,
              y + 14,
              one.median()));
      y += ROW;
    }
    return svg.append("</svg>\n").toString();
  }
}
