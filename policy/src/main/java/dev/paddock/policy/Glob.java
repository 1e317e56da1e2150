package dev.paddock.policy;

/**
 * A pattern over bytes: {@code *} matches within a segment, {@code **} across segments, {@code ?}
 * one byte but no slash. Everything else matches itself.
 */
public final class Glob {
  private final ByteString pattern;

  private Glob(ByteString pattern) {
    this.pattern = pattern;
  }

  /** A glob; every byte string is one. */
  public static Glob of(ByteString pattern) {
    return new Glob(pattern);
  }

  /** Whether a text contains what a glob treats as special. */
  public static boolean isPattern(ByteString text) {
    return text.indexOf('*', 0) >= 0 || text.indexOf('?', 0) >= 0;
  }

  /**
   * Whether the whole of the text matches. Takes time in proportion to the product of the lengths.
   */
  public boolean matches(ByteString text) {
    boolean[] reached = new boolean[text.length() + 1];
    reached[0] = true;
    int p = 0;
    while (p < pattern.length()) {
      byte c = pattern.at(p);
      boolean[] next = new boolean[text.length() + 1];
      if (c == '*') {
        boolean across = p + 1 < pattern.length() && pattern.at(p + 1) == '*';
        boolean open = false;
        for (int t = 0; t <= text.length(); t++) {
          open |= reached[t];
          next[t] = open;
          if (t < text.length() && !across && text.at(t) == '/') {
            open = false;
          }
        }
        p += across ? 2 : 1;
      } else {
        for (int t = 0; t < text.length(); t++) {
          next[t + 1] = reached[t] && (c == '?' ? text.at(t) != '/' : text.at(t) == c);
        }
        p++;
      }
      reached = next;
    }
    return reached[text.length()];
  }

  @Override
  public String toString() {
    return pattern.toString();
  }
}
