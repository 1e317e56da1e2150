package dev.paddock.image;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Writes the list by which the start script knows that its image is up to date: shell that costs
 * two stat(2) a source and starts no process.
 *
 * <p>A file that changed is newer than the image's stamp. A file that came or went makes its folder
 * newer. The folder {@code native} is an exception, since the build writes below it: there the
 * names count.
 */
final class Sources {
  /** What the image is made of; files, and folders with all below them. */
  private static final List<String> ROOTS =
      List.of(
          "pom.xml",
          "mvnw",
          ".mvn",
          "tools/find-jdk",
          "linux/pom.xml",
          "linux/src/main",
          "policy/pom.xml",
          "policy/src/main",
          "sandbox/pom.xml",
          "sandbox/src/main",
          "cli/pom.xml",
          "cli/src/main",
          "image/pom.xml",
          "image/src/main");

  private static final String NATIVE = "native";

  private Sources() {}

  /**
   * The script: returns 0 if everything below {@code $root} is older than {@code $image/stamp}.
   *
   * @throws IOException if a source is missing or has a name that the shell would take apart
   */
  static String script(Path root) throws IOException {
    Set<String> sources = new TreeSet<>();
    for (String name : ROOTS) {
      collect(root, root.resolve(name), sources);
    }
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(root.resolve(NATIVE))) {
      files
          .filter(file -> !Files.isDirectory(file))
          .forEach(file -> names.add(String.valueOf(file.getFileName())));
    }
    names.forEach(name -> sources.add(NATIVE + "/" + name));
    StringBuilder script = new StringBuilder();
    script.append("# Made by the build: succeeds if no source is newer than the image.\n");
    script.append("for source in");
    for (String source : sources) {
      if (!source.matches("[A-Za-z0-9._/-]+")) {
        throw new IOException("the start script cannot watch a source of this name: " + source);
      }
      script.append(" \\\n  ").append(source);
    }
    script.append("; do\n");
    script.append("  [ \"$image/stamp\" -nt \"$root/$source\" ] && [ -e \"$root/$source\" ] ||");
    script.append(" return 1\n");
    script.append("done\n");
    script.append("for source in \"$root\"/").append(NATIVE).append("/*; do\n");
    script.append("  [ -d \"$source\" ] && continue\n");
    script.append("  case ${source##*/} in\n    ");
    script.append(String.join(" | ", names)).append(") ;;\n");
    script.append("    *) return 1 ;;\n");
    script.append("  esac\n");
    script.append("done\n");
    script.append("return 0\n");
    return script.toString();
  }

  private static void collect(Path root, Path source, Set<String> into) throws IOException {
    Files.walkFileTree(
        source,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            into.add(root.relativize(folder).toString());
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            into.add(root.relativize(file).toString());
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
