package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The start script, in a checkout of its own whose build takes no time: {@code mvnw} counts its
 * calls and makes an image whose java prints what it was given.
 */
final class StartScriptTest {
  private static final Map<String, String> NOTHING = Map.of();

  /** Prints arguments, current directory and environment, one a line. */
  private static final String JAVA =
      """
      #!/bin/sh
      for argument; do printf 'argument=%s\\n' "$argument"; done
      printf 'directory=%s\\n' "$(pwd)"
      tr '\\0' '\\n' <"/proc/$$/environ"
      """;

  private static final String BUILD =
      """
      #!/bin/sh
      echo built >>"${0%/*}/builds"
      touch "${0%/*}/began"
      [ ! -e "${0%/*}/broken" ] || { echo "does not compile" >&2; exit 1; }
      image=${0%/*}/image/target/paddock
      mkdir -p "$image/bin"
      cp "${0%/*}/fake-java" "$image/bin/java"
      cp "${0%/*}/fake-fresh" "$image/fresh"
      mv "${0%/*}/began" "$image/stamp"
      """;

  @TempDir private Path folder;
  private Path checkout = Path.of("");

  @BeforeEach
  void checkOut() throws Exception {
    checkout = folder.resolve("check out");
    for (String source :
        new String[] {
          "linux/src/main", "policy/src/main", "sandbox/src/main", "cli/src/main", "image/src/main"
        }) {
      Files.createDirectories(checkout.resolve(source));
      Files.writeString(checkout.resolve(source).resolve("A.java"), "class A {}");
      Files.writeString(checkout.resolve(source).resolveSibling("../pom.xml"), "");
    }
    for (String source : new String[] {"pom.xml", "native/init.c", "tools/find-jdk", ".mvn/x"}) {
      Files.createDirectories(checkout.resolve(source).resolveSibling("."));
      Files.writeString(checkout.resolve(source), "");
    }
    executable("mvnw", BUILD);
    executable("fake-java", JAVA);
    Files.copy(
        Shell.root().resolve("paddock"),
        checkout.resolve("paddock"),
        StandardCopyOption.COPY_ATTRIBUTES);
    age();
    Files.writeString(checkout.resolve("fake-fresh"), Sources.script(checkout));
  }

  private void executable(String name, String text) throws Exception {
    Files.writeString(checkout.resolve(name), text);
    Files.setPosixFilePermissions(
        checkout.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Makes everything so old that it cannot be newer than a build. */
  private void age() throws Exception {
    try (var files = Files.walk(checkout)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
      }
    }
  }

  private long builds() throws Exception {
    Path builds = checkout.resolve("builds");
    return Files.exists(builds) ? Files.readAllLines(builds).size() : 0;
  }

  private Shell.Answer start(String arguments) throws Exception {
    return Shell.run(folder, "'" + checkout + "/paddock' " + arguments, NOTHING);
  }

  @Test
  void theFirstStartBuildsAndTheNextDoesNot() throws Exception {
    Shell.Answer first = start("a");
    Shell.Answer second = start("b");

    assertThat(first.status()).as(first.errors()).isZero();
    assertThat(first.output()).contains("argument=a\n").doesNotContain("building");
    assertThat(first.errors()).contains("paddock: building");
    assertThat(second.output()).contains("argument=b\n");
    assertThat(second.errors()).isEmpty();
    assertThat(builds()).isOne();
  }

  @Test
  void aChangedSourceIsBuilt() throws Exception {
    start("");
    Files.setLastModifiedTime(
        checkout.resolve("cli/src/main/A.java"), FileTime.from(Instant.now().plusSeconds(1)));
    start("");

    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void aNewSourceIsBuilt() throws Exception {
    start("");
    Files.writeString(checkout.resolve("cli/src/main/B.java"), "class B {}");
    Files.writeString(checkout.resolve("native/init.h"), "");
    start("");

    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void aDeletedSourceIsNoticed() throws Exception {
    start("");
    Files.delete(checkout.resolve("native/init.c"));
    start("");

    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void whatTheBuildWritesBelowNativeIsNoSource() throws Exception {
    start("");
    Files.createDirectories(checkout.resolve("native/target/image"));
    start("");

    assertThat(builds()).isOne();
  }

  @Test
  void concurrentFirstStartsWaitForOneBuild() throws Exception {
    String one = "'" + checkout + "/paddock' x & ";
    Shell.Answer answer = Shell.run(folder, one.repeat(8) + "wait", NOTHING);

    assertThat(answer.output().split("argument=x\n", -1)).as(answer.errors()).hasSize(9);
    assertThat(builds()).isOne();
  }

  @Test
  void aFailedBuildEndsWith125AndStartsNothing() throws Exception {
    start("");
    Files.writeString(checkout.resolve("broken"), "");
    Files.setLastModifiedTime(
        checkout.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(1)));
    Shell.Answer answer = start("x");

    assertThat(answer.status()).isEqualTo(125);
    assertThat(answer.output()).isEmpty();
    assertThat(answer.errors()).contains("does not compile").contains("paddock: the build failed");
  }

  @Test
  void aLinkAndARelativePathLeadToTheSameCheckout() throws Exception {
    start("");
    Files.createSymbolicLink(folder.resolve("paddock-link"), Path.of("check out/paddock"));
    Shell.Answer answer =
        Shell.run(
            folder,
            "./paddock-link a && PATH=$PATH:. && paddock-link b && cd 'check out' && ./paddock c &&"
                + " sh paddock d",
            NOTHING);

    assertThat(answer.status()).as(answer.errors()).isZero();
    assertThat(answer.output()).contains("argument=a", "argument=b", "argument=c", "argument=d");
    assertThat(builds()).isOne();
  }

  @Test
  void closedDescriptorsLeadNowhere() throws Exception {
    start("");
    executable(
        "image/target/paddock/bin/java",
        "#!/bin/sh\nfor fd in 0 1 2; do readlink /proc/$$/fd/$fd; done | cat >\"${0%/*}/seen\"\n");
    start("0<&- 1>&- 2>&-");

    assertThat(checkout.resolve("image/target/paddock/bin/seen"))
        .hasContent("/dev/null\n/dev/null\n/dev/null");
  }

  @Test
  void argumentsPassAsBytes() throws Exception {
    start("");
    Shell.Answer answer =
        start("@file '' \"$(printf 'a\\377b\\nc')\" '*' -- --version '$HOME' 'a  b'");

    assertThat(answer.output())
        .contains(
            """
            argument=dev.paddock.cli/dev.paddock.cli.Main
            argument=@file
            argument=
            argument=a\u00ffb
            c
            argument=*
            argument=--
            argument=--version
            argument=$HOME
            argument=a  b
            """);
  }

  @Test
  void theEnvironmentIsHandedOverExactlyAndKeptFromTheJvm() throws Exception {
    start("");
    Shell.Answer answer =
        Shell.run(
            folder,
            "exec env -i PATH=/usr/bin:/bin 'BASH_FUNC_x%%=() { :; }' LD_PRELOAD="
                + " LD_LIBRARY_PATH=/x JAVA_TOOL_OPTIONS=-Xfoo JDK_JAVA_OPTIONS=-Xbar"
                + " _JAVA_OPTIONS=-Xbaz CLASSPATH=/y \"bytes=$(printf 'a\\377\\n"
                + "b')\" LC_ALL=tlh IFS=A ENV=/z '"
                + checkout
                + "/paddock'",
            NOTHING);

    assertThat(handedOver(answer))
        .isEqualTo(
            "PATH=/usr/bin:/bin\0BASH_FUNC_x%%=() { :; }\0LD_PRELOAD=\0LD_LIBRARY_PATH=/x\0"
                + "JAVA_TOOL_OPTIONS=-Xfoo\0JDK_JAVA_OPTIONS=-Xbar\0_JAVA_OPTIONS=-Xbaz\0"
                + "CLASSPATH=/y\0bytes=a\u00ff\nb\0LC_ALL=tlh\0IFS=A\0ENV=/z\0");
    assertThat(answer.output())
        .contains("LC_ALL=C.UTF-8")
        .doesNotContain("JAVA_TOOL_OPTIONS=")
        .doesNotContain("JDK_JAVA_OPTIONS=")
        .doesNotContain("_JAVA_OPTIONS=")
        .doesNotContain("CLASSPATH=")
        .doesNotContain("LD_");
  }

  @Test
  void aLargeEnvironmentIsHandedOverInPieces() throws Exception {
    start("");
    String large = "x".repeat(100_000);
    Shell.Answer answer =
        Shell.run(
            folder,
            "exec env -i PATH=/usr/bin:/bin A=$LARGE B=$LARGE C=$LARGE '" + checkout + "/paddock'",
            Map.of("LARGE", large));

    assertThat(answer.status()).as(answer.errors()).isZero();
    assertThat(handedOver(answer))
        .isEqualTo("PATH=/usr/bin:/bin\0A=" + large + "\0B=" + large + "\0C=" + large + "\0");
  }

  @Test
  void anEmptyEnvironmentIsHandedOverAsEmpty() throws Exception {
    start("");
    Shell.Answer answer = Shell.run(folder, "exec env -i '" + checkout + "/paddock'", NOTHING);

    assertThat(answer.output()).contains("PADDOCK_ENVIRON_0=\n");
  }

  /** What the pieces of the environment say, decoded. */
  private static String handedOver(Shell.Answer answer) {
    StringBuilder base64 = new StringBuilder();
    for (int piece = 0; ; piece++) {
      String name = "PADDOCK_ENVIRON_" + piece + "=";
      int at = answer.output().indexOf("\n" + name);
      if (at < 0) {
        break;
      }
      at += 1 + name.length();
      base64.append(answer.output(), at, answer.output().indexOf('\n', at));
    }
    return new String(Base64.getDecoder().decode(base64.toString()), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aDirectoryThatIsGoneIsToldToTheCommandLine() throws Exception {
    start("");
    Shell.Answer answer =
        Shell.run(
            folder,
            "mkdir gone && cd gone && rmdir ../gone && '" + checkout + "/paddock'",
            NOTHING);

    assertThat(answer.status()).as(answer.errors()).isZero();
    assertThat(answer.output()).contains("directory=/\n", "PADDOCK_DIRECTORY_GONE=1\n");
    assertThat(start("").output()).doesNotContain("PADDOCK_DIRECTORY_GONE");
  }

  @Test
  void aReadOnlyCheckoutStartsForAnotherUserOnceBuilt() throws Exception {
    start("");
    Shell.run(folder, "chmod -R a+rX . && chmod -R a-w 'check out'", NOTHING);
    Shell.Answer fresh = asAnybody("'" + checkout + "/paddock' x");
    Files.setLastModifiedTime(
        checkout.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(1)));
    Shell.Answer stale = asAnybody("'" + checkout + "/paddock' x");
    Shell.run(folder, "chmod -R u+w 'check out'", NOTHING);

    assertThat(fresh.status()).as(fresh.errors()).isZero();
    assertThat(fresh.output()).contains("argument=x\n");
    assertThat(stale.status()).isEqualTo(125);
    assertThat(stale.errors()).contains("let its owner run ./paddock once");
  }

  /** Runs a command as an ordinary user: as this one, or as uid 65534 if this is root. */
  private Shell.Answer asAnybody(String command) throws Exception {
    boolean root = Files.getAttribute(folder, "unix:uid").equals(0);
    Shell.run(folder, "chmod a+rx .", NOTHING);
    return Shell.run(
        folder,
        root ? "setpriv --reuid=65534 --regid=65534 --clear-groups -- " + command : command,
        NOTHING);
  }
}
