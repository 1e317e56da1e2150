package dev.paddock.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * A path as a policy names it: bytes, with variables, a leading {@code ~}, globs.
 *
 * @param text the bytes, variables not replaced
 * @param optional whether it may be missing; written as a {@code ?} at its end
 * @param except what of a directory is left out: paths in it, of which any name may be a glob;
 *     written as {@code /etc/!(shadow*|ssl/private)}, as bash has it with {@code extglob}
 */
public record PathPattern(ByteString text, boolean optional, List<ByteString> except) {
  private static final ByteString EXCEPT = ByteString.of("/!(");

  /** Copies the list. */
  public PathPattern {
    except = List.copyOf(except);
  }

  /** A path of which nothing is left out. */
  public PathPattern(ByteString text, boolean optional) {
    this(text, optional, List.of());
  }

  /**
   * Reads a path as it stands in a file, where {@code \xNN} is a byte and {@code \\} a backslash.
   *
   * @throws ValueException if it is empty, contains a NUL, or is not absolute and begins with no
   *     variable
   */
  public static PathPattern parse(String text) throws ValueException {
    return of(unescape(text));
  }

  /** A path of plain bytes, in which only the trailing {@code ?} and variables are special. */
  public static PathPattern of(ByteString bytes) throws ValueException {
    boolean optional = bytes.endsWith('?');
    ByteString path = optional ? bytes.slice(0, bytes.length() - 1) : bytes;
    if (path.isEmpty()) {
      throw new ValueException("a path is empty");
    }
    if (path.indexOf('\0', 0) >= 0) {
      throw new ValueException("the path \"" + path + "\" contains a NUL byte");
    }
    boolean variable = path.length() > 1 && path.at(0) == '$' && path.at(1) == '{';
    boolean home = path.at(0) == '~' && (path.length() == 1 || path.at(1) == '/');
    if (path.at(0) != '/' && !variable && !home) {
      throw new ValueException(
          "the path \"" + path + "\" is not absolute; begin it with /, ~/ or ${workspace}/");
    }
    int start = path.endsWith(')') ? path.indexOf(EXCEPT, 0) : -1;
    ByteString directory = start < 0 ? path : path.slice(0, Math.max(start, 1));
    List<ByteString> except = start < 0 ? List.of() : except(path, start + EXCEPT.length());
    Variables.check(directory);
    if (!except.isEmpty() && Glob.isPattern(directory)) {
      throw new ValueException(
          "\"" + path + "\": what !( leaves out is of one directory, not of a glob");
    }
    return new PathPattern(directory, optional, except);
  }

  private static List<ByteString> except(ByteString path, int start) throws ValueException {
    List<ByteString> except = new ArrayList<>();
    int last = path.length() - 1;
    int at = start;
    while (at <= last) {
      int bar = path.indexOf('|', at);
      int end = bar < 0 ? last : bar;
      ByteString one = normal(path.slice(at, end));
      String shown = one + "/";
      if (one.length() == 1 || shown.contains("/../") || shown.contains("**")) {
        throw new ValueException(
            "\""
                + path
                + "\": between !( and ) stand paths in the directory, with | between them, without"
                + " .. and **");
      }
      except.add(one.slice(1, one.length()));
      at = end + 1;
    }
    return except;
  }

  /** The absolute path, without variables. */
  public PathPattern expand(Variables variables) throws ValueException {
    ByteString path = variables.expand(text);
    if (path.isEmpty() || path.at(0) != '/') {
      throw new ValueException(
          "\"" + text + "\" stands for \"" + path + "\", which is not absolute");
    }
    return new PathPattern(normal(path), optional, except);
  }

  /**
   * Without doubled and trailing slashes and {@code .}; {@code ..} stays for the kernel to resolve.
   */
  static ByteString normal(ByteString path) {
    java.io.ByteArrayOutputStream normal = new java.io.ByteArrayOutputStream(path.length());
    int at = 0;
    while (at < path.length()) {
      int slash = path.indexOf('/', at);
      int end = slash < 0 ? path.length() : slash;
      boolean dot = end - at == 1 && path.at(at) == '.';
      if (end > at && !dot) {
        normal.write('/');
        byte[] segment = path.slice(at, end).toBytes();
        normal.write(segment, 0, segment.length);
      }
      at = end + 1;
    }
    if (normal.size() == 0) {
      normal.write('/');
    }
    return ByteString.of(normal.toByteArray());
  }

  /** The bytes of a text in which {@code \xNN} is a byte and {@code \\} a backslash. */
  static ByteString unescape(String text) throws ValueException {
    if (text.indexOf('\\') < 0) {
      return ByteString.of(text);
    }
    ByteString bytes = ByteString.of(new byte[0]);
    int at = 0;
    while (at < text.length()) {
      int backslash = text.indexOf('\\', at);
      if (backslash < 0) {
        return bytes.plus(ByteString.of(text.substring(at)));
      }
      bytes = bytes.plus(ByteString.of(text.substring(at, backslash)));
      if (text.startsWith("\\\\", backslash)) {
        bytes = bytes.plus(ByteString.of("\\"));
        at = backslash + 2;
        continue;
      }
      int high = hex(text, backslash + 2);
      int low = hex(text, backslash + 3);
      if (!text.startsWith("\\x", backslash) || high < 0 || low < 0) {
        throw new ValueException(
            "\""
                + text
                + "\": after a backslash stands x and two hexadecimal digits, or a backslash");
      }
      bytes = bytes.plus(ByteString.of(new byte[] {(byte) (high << 4 | low)}));
      at = backslash + 4;
    }
    return bytes;
  }

  private static int hex(String text, int at) {
    // Character.digit knows the digits of every script.
    return at < text.length() && text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
  }

  /** The form that {@link #parse} reads back. */
  @Override
  public String toString() {
    StringBuilder shown = new StringBuilder().append(text);
    for (int i = 0; i < except.size(); i++) {
      shown.append(i > 0 ? "|" : text.endsWith('/') ? "!(" : "/!(").append(except.get(i));
    }
    return shown.append(except.isEmpty() ? "" : ")").append(optional ? "?" : "").toString();
  }
}
