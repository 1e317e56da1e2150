package dev.paddock.policy;

/**
 * A pattern over bytes: {@code *} matches within a segment, {@code **} across segments, {@code ?}
 * one byte but no slash. Everything else matches itself.
 */
public final class Glob {
  private final ByteString pattern;

  /** Whether a slash is nothing special. */
  private final boolean text;

  /** How many bytes at the beginning match themselves only. */
  private final int fixed;

  private Glob(ByteString pattern, boolean text) {
    this.pattern = pattern;
    this.text = text;
    int at = 0;
    while (at < pattern.length() && pattern.at(at) != '*' && pattern.at(at) != '?') {
      at++;
    }
    this.fixed = at;
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

  /** What stands before the first * or ? of a pattern: most names of a directory differ there. */
  public static ByteString beginning(ByteString pattern) {
    int length = 0;
    while (pattern.at(length) != '*' && pattern.at(length) != '?') {
      length++;
    }
    return pattern.slice(0, length);
  }

  /** Whether the whole of the text matches. */
  public boolean matches(ByteString subject) {
    return matches(subject, 0);
  }

  /**
   * Whether the rest of the text matches. Takes time in proportion to the product of the lengths at
   * most; no space unless something special is in the pattern and what is before it matches.
   *
   * @param start where the rest begins
   */
  boolean matches(ByteString subject, int start) {
    int length = subject.length() - start;
    if (length < fixed) {
      return false;
    }
    for (int i = 0; i < fixed; i++) {
      if (pattern.at(i) != subject.at(start + i)) {
        return false;
      }
    }
    if (fixed == pattern.length()) {
      return length == fixed;
    }
    if (text && fixed == pattern.length() - 1 && pattern.at(fixed) == '*') {
      return true;
    }
    return matchesRest(subject, start + fixed);
  }

  /** After each element of the pattern, {@code reached} has the places that it can end at. */
  private boolean matchesRest(ByteString subject, int start) {
    int length = subject.length() - start;
    boolean[] reached = new boolean[length + 1];
    reached[0] = true;
    int p = fixed;
    while (p < pattern.length()) {
      byte c = pattern.at(p);
      if (c == '*') {
        boolean twice = p + 1 < pattern.length() && pattern.at(p + 1) == '*';
        boolean open = false;
        for (int t = 0; t <= length; t++) {
          open |= reached[t];
          reached[t] = open;
          if (t < length && !text && !twice && subject.at(start + t) == '/') {
            open = false;
          }
        }
        p += twice ? 2 : 1;
      } else {
        boolean any = false;
        for (int t = length;
            t > 0;
            t--) { // from the end, so that each place is read before it is written
          byte b = subject.at(start + t - 1);
          boolean same = c == '?' ? text || b != '/' : b == c;
          reached[t] = same && reached[t - 1];
          any |= reached[t];
        }
        reached[0] = false;
        if (!any) {
          return false;
        }
        p++;
      }
    }
    return reached[length];
  }

  @Override
  public String toString() {
    return pattern.toString();
  }
}
