package dev.paddock.cli;

import java.util.Arrays;

/** Placeholder. */
final class Training {
  private Training() {}

  /** Placeholder. */
  public static void main(String[] arguments) {
    Main.main(Arrays.copyOfRange(arguments, 1, arguments.length));
  }
}
