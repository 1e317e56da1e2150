package dev.paddock.attacks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A file whose reading never ends, on a file system of its own; see {@code fuse.c}. For root. */
final class HungFile implements AutoCloseable {
  private final Process process;
  private final Path file;

  /**
   * Mounts it.
   *
   * @param programs a folder that holds the server
   * @param where a folder in which the file system becomes a folder
   */
  HungFile(Path programs, Path where) throws IOException {
    Path folder = Files.createDirectory(where.resolve("mount"));
    process =
        new ProcessBuilder(Programs.copy("fuse", programs).toString(), folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    file = folder.resolve("hung");
    String said = process.inputReader(StandardCharsets.US_ASCII).readLine();
    if (!"ready".equals(said)) {
      process.destroyForcibly();
      throw new IOException("no file system of our own: " + said);
    }
  }

  Path file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("the file system does not end");
      }
      if (process.exitValue() != 0) {
        throw new IOException("somebody waited for the file that never answers, beyond the run");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
