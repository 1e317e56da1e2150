package dev.paddock.policy;

/**
 * Something of the host that is seen at another place. Written as {@code /place:/of/the/host}, with
 * {@code :ro} at the end if it may only be read.
 *
 * @param place where the target finds it
 * @param source what it is: a path of the host
 * @param readOnly whether it may only be read, or else also changed
 */
public record RootMount(PathPattern place, PathPattern source, boolean readOnly) {
  private static final ByteString READ_ONLY = ByteString.of(":ro");
  private static final ByteString WRITABLE = ByteString.of(":rw");

  /** Refuses what is no one path. */
  public RootMount {
    if (isMore(place) || isMore(source)) {
      throw new IllegalArgumentException("a mount is of one path");
    }
  }

  /**
   * Reads it as it stands in a file.
   *
   * @throws ValueException if it does not name one absolute path, a colon, and another
   */
  public static RootMount parse(String text) throws ValueException {
    return of(PathPattern.unescape(text));
  }

  /** A mount of plain bytes, in which only variables and what is at its end are special. */
  public static RootMount of(ByteString bytes) throws ValueException {
    boolean readOnly = bytes.endsWith(READ_ONLY);
    boolean marked = readOnly || bytes.endsWith(WRITABLE);
    ByteString paths = marked ? bytes.slice(0, bytes.length() - READ_ONLY.length()) : bytes;
    int colon = paths.indexOf(':', 0);
    if (colon < 0) {
      throw new ValueException(
          "\"" + bytes + "\": write PLACE:PATH or PLACE:PATH:ro, such as /data:/srv/data:ro");
    }
    PathPattern place = PathPattern.of(paths.slice(0, colon));
    PathPattern source = PathPattern.of(paths.slice(colon + 1, paths.length()));
    if (isMore(place) || isMore(source)) {
      throw new ValueException(
          "\"" + bytes + "\": a mount is of one path that exists, without globs, ? and !(");
    }
    if (place.text().toString().contains("..")) {
      throw new ValueException("\"" + bytes + "\": write the place without ..");
    }
    return new RootMount(place, source, readOnly);
  }

  private static boolean isMore(PathPattern path) {
    return path.optional() || !path.except().isEmpty() || Glob.isPattern(path.text());
  }

  RootMount expand(Variables variables) throws ValueException {
    PathPattern at = place.expand(variables);
    if (at.text().length() == 1) {
      throw new ValueException("\"" + this + "\": view.root says what is at /");
    }
    return new RootMount(at, source.expand(variables), readOnly);
  }

  /** The form that {@link #parse} reads back. */
  @Override
  public String toString() {
    boolean read = source.text().endsWith(READ_ONLY) || source.text().endsWith(WRITABLE);
    return place + ":" + source + (readOnly ? READ_ONLY : read ? WRITABLE : "");
  }
}
