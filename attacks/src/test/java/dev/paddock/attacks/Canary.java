package dev.paddock.attacks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The process outside that knows whether anybody touched it; see {@code canary.c}. */
final class Canary implements AutoCloseable {
  private final Process process;
  private final BufferedReader reader;
  private final OutputStream writer;
  private final Map<String, String> names;

  Canary(Path program, Path folder, Path file, String tag) throws IOException {
    process =
        new ProcessBuilder(program.toString(), folder.toString(), file.toString(), tag)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    reader = process.inputReader(StandardCharsets.US_ASCII);
    writer = process.getOutputStream();
    names = words(reader.readLine());
  }

  /** Its process number, ports, paths and object numbers, by name. */
  Map<String, String> names() {
    return names;
  }

  /** What it has seen so far, and the limits and priorities it has. */
  Map<String, String> state() throws IOException {
    writer.write('\n');
    writer.flush();
    return words(reader.readLine());
  }

  @Override
  public void close() throws IOException {
    try {
      writer.close();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static Map<String, String> words(@Nullable String line) throws IOException {
    if (line == null) {
      throw new IOException("the canary is dead");
    }
    Map<String, String> words = new LinkedHashMap<>();
    for (String word : line.split(" ", -1)) {
      int equals = word.indexOf('=');
      words.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return words;
  }
}
