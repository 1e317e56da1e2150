package dev.paddock.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;

/**
 * Writes the manual pages and the completion script as the files that man(1) and bash look for.
 * Part of the module since they are made from its table of flags; the build of the image calls it.
 */
final class Documents {
  private Documents() {}

  /**
   * Writes them below a folder, which becomes a {@code share} of the file system hierarchy.
   *
   * @param arguments the folder
   * @throws IOException if a file cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    Path share = Path.of(arguments[0]);
    String version = Main.version();
    Path manual = Files.createDirectories(share.resolve("man/man1"));
    write(manual.resolve("paddock.1"), Manual.program(version));
    for (Verb verb : Verb.values()) {
      write(manual.resolve("paddock-" + verb.word() + ".1"), Manual.command(verb, version));
    }
    Path completions = Files.createDirectories(share.resolve("bash-completion/completions"));
    write(completions.resolve("paddock"), completion());
  }

  /** One script serves bash and zsh. */
  static String completion() {
    return AutoComplete.bash("paddock", HelpModel.program()).stripTrailing();
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text.stripTrailing() + "\n", StandardCharsets.UTF_8);
  }
}
