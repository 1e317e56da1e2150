package dev.paddock.attacks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The compiled programs, which lie among the test classes. */
final class Programs {
  private Programs() {}

  /** Copies a program into a folder, executable for everybody. */
  static Path copy(String name, Path folder) throws IOException {
    Path program = folder.resolve(name);
    try (InputStream stream = Programs.class.getResourceAsStream("programs/" + name)) {
      if (stream == null) {
        throw new IOException("no program " + name + " on the class path: build attacks first");
      }
      Files.copy(stream, program);
    }
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return program;
  }
}
