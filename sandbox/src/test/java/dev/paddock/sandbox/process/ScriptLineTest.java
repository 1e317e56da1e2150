package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What we make of a script's first line is what the kernel makes of it: it is asked each time. */
final class ScriptLineTest {
  @TempDir static Path folder = Path.of("");
  private static Path arguments = Path.of("");

  @BeforeAll
  static void compile() throws Exception {
    arguments = new GuardedRun(folder).compile("arguments");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static Stream<String> lines() {
    String it = "PROGRAM";
    return Stream.of(
        "#!" + it,
        "#!" + it + "\n",
        "#! \t" + it + "\n",
        "#!" + it + " \t \n",
        "#!" + it + " a b  c \t\n",
        "#!" + it + "\ta\0b\nc\n",
        "#!" + it + "\0a\n",
        "#!" + it + " \0a\n",
        "#!" + it + " \0",
        "#!" + it + " -x\r\n",
        "#!\n",
        "#!   \n",
        "#!",
        "#!\0",
        "# !" + it + "\n",
        "#!" + it + " " + "a".repeat(300) + "\n",
        "#!" + " ".repeat(300) + it + "\n",
        "#!" + " ".repeat(240) + it + "\n",
        "#!" + it + " ".repeat(300) + "b\n",
        "#!" + it + " ".repeat(200) + "b\n",
        "#!/" + "a".repeat(300) + "\n",
        "no script");
  }

  @ParameterizedTest
  @MethodSource("lines")
  void readsAsTheKernel(String line) throws Exception {
    check(line.replace("PROGRAM", arguments.toString()));
  }

  @Test
  void readsAnyLineAsTheKernel() throws Exception {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    String[] parts = {" ", "\t", "\n", "\0", "a", "-b", arguments.toString(), "\r", "#!", "é"};
    for (int i = 0; i < 150; i++) {
      StringBuilder line = new StringBuilder("#!");
      for (int j = random.nextInt(12); j > 0; j--) {
        line.append(parts[random.nextInt(parts.length)].repeat(1 + random.nextInt(3) / 2));
        if (random.nextInt(20) == 0) {
          line.append(" ".repeat(random.nextInt(280)));
        }
      }
      try {
        check(line.toString());
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  private static void check(String line) throws Exception {
    Path script = folder.resolve("script");
    Files.deleteIfExists(script);
    Files.write(script, bytes(line));
    assertThat(script.toFile().setExecutable(true, false)).isTrue();
    ScriptLine read =
        ScriptLine.read(Arrays.copyOf(bytes(line), Math.min(bytes(line).length, 256)));
    List<String> expected = List.of();
    if (read != null && Arrays.equals(read.interpreter(), bytes(arguments.toString()))) {
      expected = shown(read.arguments(bytes(script.toString()), List.of(bytes("s"), bytes("x"))));
    }
    assertThat(run(script)).as(line).isEqualTo(expected);
  }

  private static List<String> shown(List<byte[]> arguments) {
    List<String> shown = new ArrayList<>();
    for (byte[] argument : arguments) {
      shown.add(new String(argument, StandardCharsets.ISO_8859_1));
    }
    return shown;
  }

  /** What a program gets that is started with the arguments s and x; nothing if it fails. */
  private static List<String> run(Path script) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(arguments.toString(), "execute", script.toString(), "s", "x")
            .redirectErrorStream(true)
            .start();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    process.getInputStream().transferTo(all);
    process.waitFor();
    List<String> got = new ArrayList<>();
    int start = 0;
    byte[] bytes = all.toByteArray();
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        got.add(new String(bytes, start, i - start, StandardCharsets.ISO_8859_1));
        start = i + 1;
      }
    }
    return got;
  }
}
