package dev.paddock.bench;

import java.util.Arrays;

/**
 * One thing that was measured several times.
 *
 * @param name what it is
 * @param values in milliseconds, or whatever the table says
 */
@SuppressWarnings("ArrayRecordComponent") // only read
record Series(String name, double[] values) {
  double median() {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  double least() {
    return Arrays.stream(values).min().orElseThrow();
  }

  /** The median of the ratios, pair by pair: what drifts in the machine falls out. */
  double ratioTo(Series other) {
    double[] ratios = new double[values.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = values[i] / other.values[i];
    }
    return new Series(name, ratios).median();
  }

  /** The median of the differences, pair by pair. */
  double moreThan(Series other) {
    double[] differences = new double[values.length];
    for (int i = 0; i < differences.length; i++) {
      differences[i] = values[i] - other.values[i];
    }
    return new Series(name, differences).median();
  }
}
