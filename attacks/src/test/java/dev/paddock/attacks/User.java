package dev.paddock.attacks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who runs the tests. */
final class User {
  /** The user that files are given to when root needs somebody else: nobody. */
  static final int NOBODY = 65534;

  private User() {}

  static int id() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean isRoot() {
    return id() == 0;
  }
}
