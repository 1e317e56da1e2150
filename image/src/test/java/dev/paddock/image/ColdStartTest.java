package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a start loads: everything from the AOT cache, but for the few classes named here. */
final class ColdStartTest {
  /**
   * Made by the JVM when it makes our one downcall; in the JDK's own code, and no cache keeps them:
   * the linker's type switches, the stub, and the method handles around it.
   */
  private static final Pattern OF_THE_DOWNCALL =
      Pattern.compile(
          "jdk\\.internal\\.foreign\\.abi\\.\\w+\\$\\$TypeSwitch/\\S+"
              + "|jdk\\.internal\\.foreign\\.abi\\.DowncallStub/\\S+"
              + "|java\\.lang\\.invoke\\.LambdaForm\\$MH/\\S+");

  /** Four switches, the stub, five method handles: more means that something new is made. */
  private static final int MOST = 10;

  private static final Pattern LOADED = Pattern.compile("(\\S+) source: (.*)");

  @TempDir private Path folder;

  @Test
  void aRunLoadsItsClassesFromTheCache() throws Exception {
    List<String> outside = outside("run -- /bin/true");

    assertThat(outside).allMatch(name -> OF_THE_DOWNCALL.matcher(name).matches());
    assertThat(outside).hasSizeLessThanOrEqualTo(MOST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--version",
        "--help",
        "check",
        "explain -- /bin/true",
        "policy show build",
        "run -p agent -- /bin/true",
        "run -p build -- /bin/true"
      })
  void noCommandLoadsAClassOfOursFromOutsideTheCache(String command) throws Exception {
    assertThat(outside(command))
        .noneMatch(
            name ->
                name.startsWith("dev.paddock.")
                    || name.startsWith("picocli.")
                    || name.startsWith("org.tomlj."));
  }

  /** The names of the classes that a command loads, but not from the cache. */
  private List<String> outside(String command) throws Exception {
    Path image = Shell.root().resolve("image/target/paddock");
    Path log = folder.resolve("classes");
    Shell.Answer answer =
        Shell.run(
            folder,
            image
                + "/bin/java -XX:AOTMode=on -XX:AOTCache="
                + image
                + "/lib/paddock.aot -Xlog:class+load:file="
                + log
                + ":none -m dev.paddock.cli/dev.paddock.cli.Main "
                + command,
            // As the start script does.
            Map.of("LC_ALL", "C.UTF-8"));
    assertThat(answer.errors()).doesNotContain("aot");
    List<String> outside = new ArrayList<>();
    int cached = 0;
    for (String line : Files.readAllLines(log)) {
      var match = LOADED.matcher(line);
      if (!match.matches()) {
        continue;
      }
      if (match.group(2).startsWith("shared objects file")) {
        cached++;
      } else {
        outside.add(match.group(1));
      }
    }
    assertThat(cached).as("classes from the cache").isGreaterThan(100);
    return outside;
  }
}
