package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Somebody at a terminal: types, and waits for what it shows. */
final class Pty implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

  /** A variable that every process at this terminal has, if it was passed on. */
  static final String MARK = "PADDOCK_TEST_MARK";

  private final Process process;
  private final String mark;
  private final DataOutputStream orders;
  private final StringBuilder shown = new StringBuilder();
  private final Thread reader;
  private boolean ended;
  private int seen;

  private Pty(Process process, String mark) {
    this.process = process;
    this.mark = mark;
    this.orders = new DataOutputStream(process.getOutputStream());
    this.reader = Thread.ofPlatform().daemon().name("terminal").start(this::read);
  }

  /**
   * Compiles the program that holds the terminal.
   *
   * @return where it lies
   */
  static Path compile(Path folder) throws IOException, InterruptedException {
    Path source = Shell.root().resolve("image/src/test/c/pty.c");
    Path program = folder.resolve("pty");
    Shell.Answer answer =
        Shell.run(
            folder,
            "cc -std=gnu17 -Wall -Wextra -Werror -O1 -o '" + program + "' '" + source + "'",
            Map.of());
    if (answer.status() != 0) {
      throw new IOException(answer.errors());
    }
    return program;
  }

  /** Starts a command as the leader of a session with a terminal of its own, 24 by 80. */
  static Pty start(
      Path program, Path directory, Map<String, String> environment, List<String> command)
      throws IOException {
    List<String> words = new ArrayList<>(List.of(program.toString(), "run"));
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    String mark = directory + "#" + System.nanoTime();
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put(MARK, mark);
    return new Pty(builder.start(), mark);
  }

  private void read() {
    byte[] bytes = new byte[4096];
    InputStream in = process.getInputStream();
    try {
      for (int size = in.read(bytes); size >= 0; size = in.read(bytes)) {
        synchronized (shown) {
          shown.append(new String(bytes, 0, size, StandardCharsets.ISO_8859_1));
          shown.notifyAll();
        }
      }
    } catch (IOException e) {
      // The terminal is gone; whoever still waits for it is told.
    } finally {
      synchronized (shown) {
        ended = true;
        shown.notifyAll();
      }
    }
  }

  /** Types this. */
  void type(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    orders.writeByte('t');
    orders.writeShort(bytes.length);
    orders.write(bytes);
    orders.flush();
  }

  /** Makes the window that large. */
  void resize(int rows, int columns) throws IOException {
    orders.writeByte('w');
    orders.writeShort(rows);
    orders.writeShort(columns);
    orders.flush();
  }

  /**
   * Waits until the terminal has shown this, after what was waited for last.
   *
   * @return what came before it
   */
  String expect(String text) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    synchronized (shown) {
      while (true) {
        int at = shown.indexOf(text, seen);
        if (at >= 0) {
          String before = shown.substring(seen, at);
          seen = at + text.length();
          return before;
        }
        long left = deadline - System.nanoTime();
        if (ended || left <= 0) {
          throw new AssertionError(
              "the terminal has not shown \""
                  + text
                  + "\" after:\n"
                  + shown
                  + "\n--- seen "
                  + seen);
        }
        TimeUnit.NANOSECONDS.timedWait(shown, left);
      }
    }
  }

  /** Waits for the session's leader to end by itself; its status. */
  int waitFor() throws InterruptedException {
    if (!process.waitFor(PATIENCE_NANOS, TimeUnit.NANOSECONDS)) {
      synchronized (shown) {
        throw new AssertionError("no end of the session; the terminal has shown:\n" + shown);
      }
    }
    reader.join();
    return process.exitValue();
  }

  /** Waits until no process is left that was started here and passed the mark on. */
  void expectNothingLeft() throws Exception {
    for (ProcessHandle process : left()) {
      process.onExit().get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
    }
    assertThat(left()).isEmpty();
  }

  private List<ProcessHandle> left() throws IOException {
    List<ProcessHandle> left = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path folder : (Iterable<Path>) processes::iterator) {
        if (!String.valueOf(folder.getFileName()).matches("[0-9]+")) {
          continue;
        }
        try {
          String environment =
              new String(
                  Files.readAllBytes(folder.resolve("environ")), StandardCharsets.ISO_8859_1);
          if (environment.contains(MARK + "=" + mark)) {
            ProcessHandle.of(Long.parseLong("" + folder.getFileName())).ifPresent(left::add);
          }
        } catch (IOException e) {
          // It has ended, or belongs to somebody else.
        }
      }
    }
    return left;
  }

  /** Hangs up, should anything be left. */
  @Override
  public void close() {
    try (OutputStream _ = orders) {
      process.getOutputStream().flush();
    } catch (IOException e) {
      // It has ended, as it should.
    }
    try {
      waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
  }
}
