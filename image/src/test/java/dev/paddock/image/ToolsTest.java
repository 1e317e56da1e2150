package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a newcomer's machine may have and may lack: the finder of a JDK, and the compiler. */
final class ToolsTest {
  private static final String SYSTEM = "/usr/lib/jvm";

  @TempDir private Path folder;
  private Path finder = Path.of("");
  private Path system = Path.of("");

  /** The finder, but for the one folder that tests cannot choose. */
  @BeforeEach
  void copyFinder() throws Exception {
    system = Files.createDirectories(folder.resolve("system"));
    finder = folder.resolve("find-jdk");
    String script = Files.readString(Shell.root().resolve("tools/find-jdk"));
    assertThat(script).contains(" " + SYSTEM + "/* ");
    Files.writeString(finder, script.replace(" " + SYSTEM + "/* ", " '" + system + "'/* "));
    Files.setPosixFilePermissions(finder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void executable(Path file) throws Exception {
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, "#!/bin/sh\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A JDK that says that it is of this version; of its programs, those named. */
  private static Path jdk(Path home, String version, String... programs) throws Exception {
    Files.createDirectories(home);
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    for (String program : programs) {
      executable(home.resolve("bin").resolve(program));
    }
    return home;
  }

  private Shell.Answer find(Map<String, String> environment) throws Exception {
    Map<String, String> all = new HashMap<>(Map.of("HOME", folder.resolve("home").toString()));
    // Where no javac is, whatever this machine has.
    all.put("PATH", tools().toString());
    all.putAll(environment);
    return Shell.run(folder, "'" + finder + "'", all);
  }

  /** A folder with what the finder itself calls, and nothing else. */
  private Path tools() throws Exception {
    Path tools = folder.resolve("tools");
    if (!Files.exists(tools)) {
      Files.createDirectories(tools);
      for (String name : new String[] {"sed", "dirname", "readlink", "flock"}) {
        executable(tools.resolve(name));
        Files.writeString(tools.resolve(name), "#!/bin/sh\nexec /usr/bin/" + name + " \"$@\"\n");
      }
    }
    return tools;
  }

  private void expect(Path home, Map<String, String> environment) throws Exception {
    Shell.Answer answer = find(environment);
    assertThat(answer.status()).as(answer.errors()).isZero();
    assertThat(answer.output()).isEqualTo(home + "\n");
  }

  @Test
  void withoutAnyThePackageIsNamed() throws Exception {
    Shell.Answer answer = find(Map.of());
    assertThat(answer.status()).isEqualTo(125);
    assertThat(answer.output()).isEmpty();
    assertThat(answer.errors())
        .startsWith("paddock: no JDK 25 or newer with jlink")
        .contains("openjdk-25-jdk")
        .hasLineCount(1);
    assertThat(Shell.run(folder, "unset HOME; '" + finder + "'", Map.of()).errors())
        .doesNotContain("unbound")
        .doesNotContain("parameter");
  }

  @Test
  void javaHomeComesFirst() throws Exception {
    jdk(system.resolve("a"), "25", "javac", "jlink");
    Path home = jdk(folder.resolve("my jdk"), "26.0.1", "javac", "jlink");
    expect(home, Map.of("JAVA_HOME", home.toString()));
  }

  @Test
  void thePathIsFollowedThroughLinks() throws Exception {
    Path home = jdk(folder.resolve("jdk"), "25.0.3", "javac", "jlink");
    Files.createSymbolicLink(tools().resolve("javac"), home.resolve("bin/javac"));
    expect(home, Map.of());
    expect(home, Map.of("JAVA_HOME", folder.resolve("gone").toString()));
  }

  @Test
  void theSystemsAndSdkmansFoldersAreSearched() throws Exception {
    Path sdkman = jdk(folder.resolve("home/.sdkman/candidates/java/25-x"), "25", "javac", "jlink");
    expect(sdkman, Map.of());
    Path other = jdk(folder.resolve("sdk man/candidates/java/27"), "27-ea", "javac", "jlink");
    expect(other, Map.of("SDKMAN_DIR", folder.resolve("sdk man").toString()));
    Path found = jdk(system.resolve("jdk-25"), "25-ea", "javac", "jlink");
    expect(found, Map.of());
  }

  @Test
  void whatIsTooOldOrNotWholeIsPassedOver() throws Exception {
    jdk(system.resolve("a"), "17.0.1", "javac", "jlink");
    jdk(system.resolve("b"), "1.8.0_402", "javac", "jlink");
    jdk(system.resolve("c"), "25", "javac");
    jdk(system.resolve("d"), "25", "java");
    jdk(system.resolve("e"), "unknown", "javac", "jlink");
    executable(system.resolve("f/bin/javac"));
    executable(system.resolve("f/bin/jlink"));
    Files.writeString(system.resolve("g"), "");
    Path old = jdk(folder.resolve("old"), "21", "javac", "jlink");
    assertThat(find(Map.of("JAVA_HOME", old.toString())).status()).isEqualTo(125);
    expect(jdk(system.resolve("z"), "100", "javac", "jlink"), Map.of("JAVA_HOME", old.toString()));
  }

  @Test
  void withoutACompilerThePackageIsNamed() throws Exception {
    Path output = folder.resolve("init");
    Shell.Answer answer =
        Shell.run(
            folder,
            "'" + Shell.root() + "/native/build.sh' static '" + output + "'",
            Map.of("PATH", tools().toString()));
    assertThat(answer.status()).isNotZero();
    assertThat(answer.errors())
        .isEqualTo("paddock: no C compiler (cc); install one, e.g. apt install gcc libc6-dev\n");
    assertThat(folder.toFile().list((_, name) -> name.startsWith("init"))).isEmpty();
  }

  @Test
  void withoutMavenThePackageIsNamed() throws Exception {
    Path checkout = checkout();
    Shell.Answer answer =
        Shell.run(folder, "'" + checkout + "/mvnw' verify", Map.of("PATH", tools().toString()));
    assertThat(answer.status()).isEqualTo(125);
    assertThat(answer.errors())
        .isEqualTo("paddock: Maven is missing; install it, e.g. with: apt install maven\n");
  }

  /** The real scripts, and a JDK that is always found. */
  private Path checkout() throws Exception {
    Path checkout = Files.createDirectories(folder.resolve("check out"));
    for (String name : new String[] {"paddock", "mvnw"}) {
      Files.copy(
          Shell.root().resolve(name),
          checkout.resolve(name),
          java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    }
    executable(checkout.resolve("tools/find-jdk"));
    return checkout;
  }

  @Test
  void buildsOfOneCheckoutComeOneAfterTheOther() throws Exception {
    Path checkout = checkout();
    executable(checkout.resolve("java"));
    Files.writeString(checkout.resolve("java"), "#!/bin/sh\necho started\n");
    Path maven = folder.resolve("maven");
    executable(maven.resolve("mvn"));
    // Making a folder is atomic: whoever finds it there has met another build.
    Files.writeString(
        maven.resolve("mvn"),
        """
        #!/bin/sh
        root=${2%/pom.xml}
        mkdir "$root/busy" || echo overlap >>"$root/builds"
        echo "$3" >>"$root/builds"
        image=$root/image/target/paddock
        if [ ! -e "$image" ]; then
          mkdir -p "$image/bin"
          cp "$root/java" "$image/bin/java"
          echo 'return 0' >"$image/fresh"
        fi
        rmdir "$root/busy"
        """);
    String script =
        "for i in 1 2 3 4; do '%1$s/mvnw' verify & '%1$s/paddock' x & done; wait"
            .formatted(checkout);
    Shell.Answer answer =
        Shell.run(folder, script, Map.of("PATH", maven + ":/usr/local/bin:/usr/bin:/bin"));

    assertThat(answer.output()).as(answer.errors()).isEqualTo("started\n".repeat(4));
    // At most one of them by ./paddock: after whichever is first, the image is there.
    assertThat(Files.readAllLines(checkout.resolve("builds")))
        .as(answer.errors())
        .contains("verify", "verify", "verify", "verify")
        .hasSizeBetween(4, 5)
        .doesNotContain("overlap");
  }

  @Test
  void whatABuildStartsDoesNotWaitForIt() throws Exception {
    Path checkout = checkout();
    Shell.Answer answer =
        Shell.run(
            folder,
            "exec 9<'%1$s/paddock'; flock 9; '%1$s/paddock' x 9<&-".formatted(checkout),
            Map.of("PADDOCK_BUILDING", checkout.toString()));
    assertThat(answer.status()).isEqualTo(125);
    assertThat(answer.errors()).contains("this is called by a build");
  }
}
