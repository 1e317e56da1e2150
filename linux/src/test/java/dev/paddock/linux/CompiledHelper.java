package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Compiles the small C programs that tests restrict in their stead. */
public final class CompiledHelper {
  private CompiledHelper() {}

  /**
   * Compiles a resource.
   *
   * @param anchor the class next to which the source lies
   * @param name the source's name without {@code .c}
   * @param directory where the program goes
   */
  public static Path compile(Class<?> anchor, String name, Path directory)
      throws IOException, InterruptedException {
    Path source = directory.resolve(name + ".c");
    try (InputStream in = anchor.getResourceAsStream(name + ".c")) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    Path program = directory.resolve(name);
    Process compiler =
        new ProcessBuilder(
                "cc", "-O1", "-Wall", "-Werror", "-o", program.toString(), source.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(compiler.waitFor()).as(output).isZero();
    return program;
  }
}
