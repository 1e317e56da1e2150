package dev.paddock.policy;

/**
 * A pattern over bytes: {@code *} matches within a segment, {@code **} across segments, {@code ?}
 * one byte but no slash. Everything else matches itself.
 */
public final class Glob {
  private final ByteString pattern;

  /** Whether a slash is nothing special. */
  private final boolean text;

  private Glob(ByteString pattern, boolean text) {
    this.pattern = pattern;
    this.text = text;
  }

  /** A glob over paths; every byte string is one. */
  public static Glob of(ByteString pattern) {
    return new Glob(pattern, false);
  }

  /**
   * A glob over what is no path, such as an argument: {@code *} and {@code ?} match slashes too.
   */
  public static Glob ofText(ByteString pattern) {
    return new Glob(pattern, true);
  }

  /** Whether a text contains what a glob treats as special. */
  public static boolean isPattern(ByteString text) {
    return text.indexOf('*', 0) >= 0 || text.indexOf('?', 0) >= 0;
  }

  /**
   * Whether the whole of the text matches. Takes time in proportion to the product of the lengths.
   */
  public boolean matches(ByteString subject) {
    boolean[] reached = new boolean[subject.length() + 1];
    reached[0] = true;
    int p = 0;
    while (p < pattern.length()) {
      byte c = pattern.at(p);
      boolean[] next = new boolean[subject.length() + 1];
      if (c == '*') {
        boolean twice = p + 1 < pattern.length() && pattern.at(p + 1) == '*';
        boolean across = text || twice;
        boolean open = false;
        for (int t = 0; t <= subject.length(); t++) {
          open |= reached[t];
          next[t] = open;
          if (t < subject.length() && !across && subject.at(t) == '/') {
            open = false;
          }
        }
        p += twice ? 2 : 1;
      } else {
        for (int t = 0; t < subject.length(); t++) {
          next[t + 1] =
              reached[t] && (c == '?' ? text || subject.at(t) != '/' : subject.at(t) == c);
        }
        p++;
      }
      reached = next;
    }
    return reached[subject.length()];
  }

  @Override
  public String toString() {
    return pattern.toString();
  }
}
