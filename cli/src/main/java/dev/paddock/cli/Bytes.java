package dev.paddock.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Small functions on byte strings. */
final class Bytes {
  private Bytes() {}

  /** The first position at or after {@code from} of a byte, or -1. */
  static int indexOf(byte[] bytes, int wanted, int from) {
    for (int at = from; at < bytes.length; at++) {
      if (bytes[at] == (byte) wanted) {
        return at;
      }
    }
    return -1;
  }

  /** A part, from {@code from} to before {@code to}. */
  static byte[] slice(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  /** A part as one character per byte: lossless, for names that are ASCII if they are right. */
  static String latin1(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** UTF-8. */
  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Two byte strings, one after the other. */
  static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** Whether a byte string begins with another. */
  static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  /** Whether a path lies at or below a directory, both absolute and without dots. */
  static boolean beneath(byte[] path, byte[] directory) {
    if (directory.length == 1) {
      return true;
    }
    return startsWith(path, directory)
        && (path.length == directory.length || path[directory.length] == '/');
  }
}
