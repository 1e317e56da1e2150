package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks the machine's C compiler and headers. */
final class CProgram {
  private static final Pattern ERROR = Pattern.compile("^items\\.c:(\\d+):\\d+: error:");

  private CProgram() {}

  /**
   * The values of integer expressions; nothing for those that the headers do not define.
   *
   * @param includes the program's beginning
   * @param expressions what is asked, each on one line
   */
  static Map<String, OptionalLong> values(Path directory, String includes, List<String> expressions)
      throws IOException, InterruptedException {
    Map<String, OptionalLong> values = new TreeMap<>();
    expressions.forEach(expression -> values.put(expression, OptionalLong.empty()));
    List<String> known = new ArrayList<>(values.keySet());
    Path source = directory.resolve("items.c");
    Path program = directory.resolve("items");
    while (true) {
      List<String> lines = new ArrayList<>(includes.lines().toList());
      lines.add("int main(void) {");
      int first = lines.size() + 1;
      for (String expression : known) {
        lines.add("printf(\"%lld\\n\", (long long)(" + expression + "));");
      }
      lines.add("return 0; }");
      Files.write(source, lines);
      String output =
          run(directory, "cc", "-fmax-errors=0", "-w", "-o", program.toString(), "items.c");
      if (Files.exists(program)) {
        break;
      }
      Set<String> unknown = new HashSet<>();
      for (String line : output.lines().toList()) {
        Matcher matcher = ERROR.matcher(line);
        if (matcher.find()) {
          int at = Integer.parseInt(matcher.group(1)) - first;
          assertThat(at).as(line).isBetween(0, known.size() - 1);
          unknown.add(known.get(at));
        }
      }
      assertThat(unknown).as(output).isNotEmpty();
      known.removeAll(unknown);
    }
    List<String> results = run(directory, program.toString()).lines().toList();
    assertThat(results).hasSameSizeAs(known);
    for (int i = 0; i < known.size(); i++) {
      values.put(known.get(i), OptionalLong.of(Long.parseLong(results.get(i))));
    }
    Files.delete(program);
    return values;
  }

  /** The names of all object-like macros that headers define. */
  static Set<String> macros(Path directory, String includes)
      throws IOException, InterruptedException {
    Path source = directory.resolve("macros.c");
    Files.writeString(source, includes);
    Set<String> names = new HashSet<>();
    for (String line : run(directory, "cc", "-E", "-dM", "macros.c").lines().toList()) {
      String[] words = line.split(" ", 3);
      if (words.length == 3 && words[0].equals("#define")) {
        names.add(words[1]);
      }
    }
    return names;
  }

  /** What a program prints, on both streams; its status does not matter. */
  static String run(Path directory, String... command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
