package dev.paddock.cli;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Somebody who calls Paddock, in a directory of their own: makes contexts, and collects what is
 * written to the two descriptors of each in files, which never fill up.
 */
final class Caller implements AutoCloseable {
  private final Path directory;
  private final Path streams;
  private final List<byte[]> environment = new ArrayList<>();
  private Console console = Console.none();
  private Cancellation cancellation = new Cancellation();
  private boolean gone;
  private byte[] input = {};

  Caller() throws IOException {
    // Not below /tmp by name alone: the test must also work where TMPDIR is somewhere else.
    directory = Files.createTempDirectory("paddock-cli-test").toRealPath();
    streams = Files.createTempDirectory("paddock-cli-test").toRealPath();
    environment.add(Bytes.utf8("PATH=/usr/bin:/bin"));
    environment.add(Bytes.utf8("HOME=" + directory));
  }

  /** What came of one call. */
  @SuppressWarnings("ArrayRecordComponent") // what was written, byte for byte
  record Answer(int status, byte[] stdout, byte[] stderr) {
    String out() {
      return new String(stdout, StandardCharsets.UTF_8);
    }

    String err() {
      return new String(stderr, StandardCharsets.UTF_8);
    }
  }

  Path directory() {
    return directory;
  }

  Caller with(String assignment) {
    environment.add(Bytes.utf8(assignment));
    return this;
  }

  Caller with(byte[] assignment) {
    environment.add(assignment);
    return this;
  }

  Caller with(Console other) {
    console = other;
    return this;
  }

  Caller with(Cancellation other) {
    cancellation = other;
    return this;
  }

  Caller input(byte[] bytes) {
    input = bytes;
    return this;
  }

  /** The current directory is reported as deleted. */
  Caller directoryGone() {
    gone = true;
    return this;
  }

  Answer call(String... words) throws IOException {
    List<byte[]> bytes = new ArrayList<>(words.length);
    for (String word : words) {
      bytes.add(Bytes.utf8(word));
    }
    return call(bytes);
  }

  Answer call(List<byte[]> words) throws IOException {
    Path in = streams.resolve("in");
    Path out = streams.resolve("out");
    Path err = streams.resolve("err");
    Files.write(in, input);
    int status;
    try (Fd stdin = open(in, Paths.O_RDONLY);
        Fd stdout = open(out, Paths.O_WRONLY | Paths.O_CREAT | Paths.O_TRUNC);
        Fd stderr = open(err, Paths.O_WRONLY | Paths.O_CREAT | Paths.O_TRUNC)) {
      status = Paddock.run(context(words, stdin, stdout, stderr));
    }
    return new Answer(status, Files.readAllBytes(out), Files.readAllBytes(err));
  }

  Context context(List<byte[]> words, Fd stdin, Fd stdout, Fd stderr) {
    return new Context(
        words,
        List.copyOf(environment),
        gone ? Optional.empty() : Optional.of(Bytes.utf8(directory.toString())),
        022,
        0,
        stdin,
        stdout,
        stderr,
        console,
        cancellation,
        "1.2.3-test");
  }

  private static Fd open(Path file, int flags) throws KernelException {
    return Paths.open(Bytes.utf8(file.toString()), flags, 0600);
  }

  @Override
  public void close() throws IOException {
    Paths.removeTree(Bytes.utf8(directory.toString()));
    Paths.removeTree(Bytes.utf8(streams.toString()));
  }
}
