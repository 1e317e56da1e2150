package dev.paddock.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs shell commands to their end. */
final class Shell {
  /** Says that a build runs and holds its lock, see {@code mvnw}. */
  private static final String BUILDING = "PADDOCK_BUILDING";

  private static final long PATIENCE_SECONDS = 120;

  private Shell() {}

  /**
   * What a command did.
   *
   * @param output standard output, as ISO-8859-1: bytes stay what they are
   */
  record Answer(int status, String output, String errors) {}

  /** Runs {@code /bin/sh -c SCRIPT} with exactly these variables beside PATH. */
  static Answer run(Path directory, String script, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("paddock-out", null);
    Path err = Files.createTempFile("paddock-err", null);
    try {
      ProcessBuilder builder =
          new ProcessBuilder("/bin/sh", "-c", script)
              .directory(directory.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().clear();
      builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
      String building = System.getenv(BUILDING);
      if (building != null) {
        builder.environment().put(BUILDING, building);
      }
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError("no end of: " + script + "\n" + Files.readString(err));
      }
      return new Answer(
          process.exitValue(),
          Files.readString(out, StandardCharsets.ISO_8859_1),
          Files.readString(err, StandardCharsets.ISO_8859_1));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** The project's root: the folder above this module. */
  static Path root() {
    return Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("..").normalize();
  }
}
