package dev.paddock.cli;

import dev.paddock.linux.Fd;
import dev.paddock.linux.Paths;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Runs the commands that the AOT cache of the image is made from, all in one process. Part of the
 * module since a cache is bound to its main module; nothing else uses it.
 */
final class Training {
  /** In the current directory. */
  private static final String OUTPUT = "training-output";

  private static final int OWNER_READS_AND_WRITES = 0600;

  private Training() {}

  /**
   * Runs the commands of a file, their output put into a file in the current directory, and at last
   * one through {@link Main}.
   *
   * @param arguments the file (one command a line, words separated by blanks, {@code #} begins a
   *     comment), then the arguments of the last command
   * @throws IOException if the file cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    List<byte[]> environment =
        Inherited.environment(Inherited.strings(Paths.readAll(Bytes.utf8("/proc/self/environ"))));
    // The output is a file, as with `paddock run … > log`: what is handed over gets a rule.
    try (Fd nothing = Paths.open(Bytes.utf8("/dev/null"), Paths.O_RDWR, 0);
        Fd file =
            Paths.open(
                Bytes.utf8(OUTPUT),
                Paths.O_WRONLY | Paths.O_CREAT | Paths.O_TRUNC,
                OWNER_READS_AND_WRITES)) {
      for (List<byte[]> words : commands(Paths.readAll(Bytes.utf8(arguments[0])))) {
        // Whatever the status: refusals are part of the training.
        int _ =
            Paddock.run(
                new Context(
                    words,
                    environment,
                    Optional.of(Paths.currentDirectory()),
                    022,
                    0,
                    nothing,
                    file,
                    file,
                    new Main.ProcessConsole(nothing),
                    new Cancellation(),
                    "training"));
      }
    }
    Main.main(Arrays.copyOfRange(arguments, 1, arguments.length));
  }

  private static List<List<byte[]>> commands(byte[] file) {
    List<List<byte[]>> commands = new ArrayList<>();
    for (String line : Bytes.latin1(file, 0, file.length).split("\n", -1)) {
      if (!line.isEmpty() && line.charAt(0) != '#') {
        List<byte[]> words = new ArrayList<>();
        for (String word : line.split(" ", -1)) {
          words.add(Bytes.utf8(word));
        }
        commands.add(words);
      }
    }
    return commands;
  }
}
