package dev.paddock.policy;

/**
 * Where an entry of a policy stands.
 *
 * @param source a file's name, a built-in's name, or a flag such as {@code --fs-read}
 * @param line from 1; 0 where there are no lines, as for a flag
 * @param column from 1; 0 where there are no columns
 */
public record Origin(String source, int line, int column) {
  /** A flag of the command line, or a call of the API. */
  public static Origin flag(String name) {
    return new Origin(name, 0, 0);
  }

  @Override
  public String toString() {
    return line == 0 ? source : source + ":" + line + ":" + column;
  }
}
