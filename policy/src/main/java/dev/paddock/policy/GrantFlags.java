package dev.paddock.policy;

/**
 * Flags that would grant a path, written so that a shell hands over exactly that path; empty where
 * no flag can name it alone.
 */
public final class GrantFlags {
  private static final ByteString ROOT = ByteString.of("/");
  private static final ByteString MULTIPLEXER = ByteString.of("/dev/ptmx");
  private static final ByteString VARIABLE = ByteString.of("${");

  private GrantFlags() {}

  /** The flag for reading a file, or a directory and all below it. */
  public static String reading(ByteString path) {
    return flag("-r ", path);
  }

  /** The flag for changing it as well. */
  public static String writing(ByteString path) {
    // A pseudo-terminal is made by one file, and used by another that is made for it.
    return path.equals(MULTIPLEXER) ? "-w /dev/ptmx -w /dev/pts" : flag("-w ", path);
  }

  private static String flag(String flag, ByteString path) {
    // All of the machine is no answer to a call about its root directory.
    if (path.equals(ROOT) || path.indexOf(VARIABLE, 0) >= 0) {
      return "";
    }
    // The last question mark of a path says that it may be missing.
    return flag + (path.endsWith('?') ? path.plus(ByteString.of("?")) : path).shellWord();
  }
}
