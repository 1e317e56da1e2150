package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.policy.PolicyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Denials inside a read grant: what is denied stays closed by every name, the rest is as bare. */
final class FileDenialTest {
  @TempDir private Path folder = Path.of("");
  private Path place = Path.of("");

  @BeforeEach
  void make() throws IOException {
    place = folder.toRealPath();
    for (String name :
        new String[] {
          "open",
          "secret",
          "a.key",
          "b.key",
          "sub/open",
          "sub/secret",
          "sub/deep/open",
          "closed/file",
          "closed/sub/file",
          "other/secret",
          "other/open"
        }) {
      Path file = place.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, name + "\n");
    }
    Files.copy(Path.of("/bin/echo"), place.resolve("program"));
    assertThat(place.resolve("program").toFile().setExecutable(true)).isTrue();
    Files.createLink(place.resolve("other name"), place.resolve("secret"));
    Files.createSymbolicLink(place.resolve("link to secret"), Path.of("secret"));
    Files.createSymbolicLink(place.resolve("link to open"), Path.of("sub/open"));
  }

  /** A sandbox that may read the place but for some paths, given relative to it. */
  private Sandbox without(String... denied) throws Exception {
    StringBuilder policy = new StringBuilder("extends = \"base\"\n[files]\ndeny = [");
    for (String path : denied) {
      policy.append('"').append(place).append('/').append(path).append("\", ");
    }
    byte[] text = policy.append("]\n").toString().getBytes(StandardCharsets.UTF_8);
    return Sandbox.builder()
        .view(ViewMode.OFF)
        .policy(PolicyFile.parse("test", text))
        .read(place)
        .build();
  }

  private String shell(Sandbox sandbox, String script) throws Exception {
    Result result =
        sandbox.run(
            Command.of("sh", "-c", script)
                .directory("" + place)
                .stdout(Stdio.capture())
                .stderr(Stdio.none()));
    return new String(result.stdout(), StandardCharsets.UTF_8);
  }

  @Test
  void aFileIsClosedByEveryNameAndItsNeighboursAreOpen() throws Exception {
    Sandbox sandbox = without("secret");
    assertThat(
            shell(
                sandbox,
                """
                for way in secret ./secret sub/../secret 'link to secret' 'other name' \
                    /proc/self/cwd/secret; do cat "$way" || echo closed; done
                cat open sub/open sub/secret 'link to open'
                ./program runs; ls | wc -l; ls sub; cd sub && cat ../secret || echo closed
                """))
        .isEqualTo(
            "closed\n".repeat(6)
                + "open\nsub/open\nsub/secret\nsub/open\nruns\n11\ndeep\nopen\nsecret\nclosed\n");
    Files.writeString(place.resolve("later"), "later");
    Files.writeString(place.resolve("sub/later"), "in a directory that is granted as a whole\n");
    assertThat(shell(sandbox, "cat later || echo closed; cat sub/later"))
        .isEqualTo("closed\nin a directory that is granted as a whole\n");
  }

  @Test
  void aDirectoryIsClosedWithAllInIt() throws Exception {
    assertThat(
            shell(
                without("closed", "sub/deep"),
                """
                ls closed || echo closed; cat closed/file closed/sub/file || echo closed
                ls sub/deep || echo closed; cat sub/deep/open || echo closed
                ls . || echo cannot list; ls sub || echo cannot list
                cat open sub/open other/secret; ls other; ./program runs
                """))
        .isEqualTo(
            "closed\n".repeat(4)
                + "cannot list\ncannot list\nopen\nsub/open\nother/secret\nopen\nsecret\nruns\n");
  }

  @Test
  void globsAreWhatTheyMatch() throws Exception {
    assertThat(
            shell(
                without("*.key", "*/secret", "absent/secret"),
                """
                cat a.key || echo closed; cat b.key || echo closed
                cat sub/secret || echo closed; cat other/secret || echo closed
                cat secret sub/open other/open sub/deep/open; ls other sub
                """))
        .isEqualTo(
            "closed\n".repeat(4)
                + "secret\nsub/open\nother/open\nsub/deep/open\n"
                + "other:\nopen\nsecret\n\nsub:\ndeep\nopen\nsecret\n");
  }

  @Test
  void aDenialHoldsInEveryGrantThatItIsIn() throws Exception {
    Path sub = place.resolve("sub");
    Sandbox sandbox =
        Sandbox.builder()
            .view(ViewMode.OFF)
            .read(place, sub)
            .deny(sub.resolve("secret"), place.resolve("other"))
            .build();
    assertThat(
            shell(
                sandbox, "cat sub/secret || echo closed; cat other/open || echo closed; cat open"))
        .isEqualTo("closed\nclosed\nopen\n");
  }

  @Test
  void whatIsNotHeldIsRefusedByName() {
    assertThatThrownBy(
            () ->
                Sandbox.builder()
                    .view(ViewMode.OFF)
                    .write(place)
                    .deny(place.resolve("secret"))
                    .build())
        .hasMessageContaining(
            "only a view can hold a denial inside a write grant (view.mode is \"off\")");
    assertThatThrownBy(() -> without("**/secret"))
        .hasMessageContaining("** in a denial inside a grant is not served yet");
  }

  /** What is left out is not denied: another grant may have it. */
  @Test
  void aGrantMayLeaveSomethingOut() throws Exception {
    byte[] policy =
        ("extends = \"base\"\n[files]\nread = [\""
                + place
                + "/!(secret|*.key|sub/deep|closed)\"]\n")
            .getBytes(StandardCharsets.UTF_8);
    String script =
        """
        for file in secret 'other name' a.key sub/deep/open closed/file; do cat "$file" || echo no; done
        cat open sub/open other/secret; ls . || echo no list
        """;
    assertThat(
            shell(
                Sandbox.builder()
                    .view(ViewMode.OFF)
                    .policy(PolicyFile.parse("test", policy))
                    .build(),
                script))
        .isEqualTo("no\n".repeat(5) + "open\nsub/open\nother/secret\nno list\n");
    Sandbox more =
        Sandbox.builder()
            .view(ViewMode.OFF)
            .policy(PolicyFile.parse("test", policy))
            .read(place.resolve("closed"), place.resolve("secret"))
            .build();
    assertThat(shell(more, script))
        .isEqualTo("secret\nsecret\nno\nno\nclosed/file\nopen\nsub/open\nother/secret\nno list\n");
  }

  /** A plan may be old when a run begins, and what it found may have changed. */
  @Test
  void whatWasFoundMayHaveGone() throws Exception {
    Sandbox sandbox = without("secret");
    Files.delete(place.resolve("a.key"));
    Files.delete(place.resolve("b.key"));
    Files.createDirectory(place.resolve("b.key"));
    Files.delete(place.resolve("other/open"));
    Files.delete(place.resolve("other/secret"));
    Files.delete(place.resolve("other"));
    Files.createSymbolicLink(place.resolve("other"), Path.of("secret"));
    assertThat(shell(sandbox, "cat a.key || echo gone; cat other || echo closed; cat open"))
        .isEqualTo("gone\nclosed\nopen\n");
  }

  @Test
  void whatIsOnTheWayIsExplained() throws Exception {
    Plan plan = without("closed", "secret").plan();
    assertThat(plan.access((place + "/open").getBytes(StandardCharsets.UTF_8)).readable()).isTrue();
    for (String path : new String[] {"/closed/file", "/closed", "/secret", ""}) {
      Access access = plan.access((place + path).getBytes(StandardCharsets.UTF_8));
      assertThat(access.readable()).as(path).isFalse();
      assertThat(access.decidedBy().orElseThrow().rule()).as(path).startsWith("files.deny");
    }
    Access beside = plan.access("/".getBytes(StandardCharsets.UTF_8));
    assertThat(beside.readable() || beside.decidedBy().isPresent()).isFalse();
  }

  /** Whoever may write beside a grant must not lead it elsewhere before the run begins. */
  @Test
  void aLinkThatTakesTheWayToAGrantIsNotFollowed() throws Exception {
    Path sub = place.resolve("sub");
    Sandbox named = Sandbox.builder().view(ViewMode.OFF).read(sub.resolve("deep")).build();
    Sandbox found = without("sub/deep");
    Files.move(sub, place.resolve("moved"));
    Files.createSymbolicLink(sub, Path.of("closed"));
    Files.createDirectory(place.resolve("closed/deep"));
    Files.writeString(place.resolve("closed/open"), "elsewhere\n");
    assertThatThrownBy(() -> shell(named, "true"))
        .hasMessage(sub + "/deep has become something else since it was planned; nothing was run");
    Sandbox whole = Sandbox.builder().view(ViewMode.OFF).read(place.resolve("moved"), sub).build();
    assertThat(shell(whole, "cat sub/open")).isEqualTo("elsewhere\n");
    assertThat(shell(found, "cat sub/open moved/open || echo closed; cat open"))
        .isEqualTo("elsewhere\nclosed\nopen\n");
  }

  /** Two names that lead to one directory must not leave one of them whole. */
  @Test
  void whatAGlobFindsTwiceIsSplitOnce() throws Exception {
    Files.createSymbolicLink(place.resolve("sub too"), Path.of("sub"));
    byte[] policy =
        ("extends = \"base\"\n[files]\nread = [\""
                + place
                + "/sub*\"]\ndeny = [\""
                + place
                + "/sub/secret\"]\n")
            .getBytes(StandardCharsets.UTF_8);
    Sandbox sandbox =
        Sandbox.builder().view(ViewMode.OFF).policy(PolicyFile.parse("test", policy)).build();
    assertThat(shell(sandbox, "cat sub/secret 'sub too/secret' || echo closed; cat sub/open"))
        .isEqualTo("closed\nsub/open\n");
  }

  /** A file that was granted is a directory when the run begins, with what is denied in it. */
  @Test
  void aDirectoryInAFilesPlaceIsNotGranted() throws Exception {
    Sandbox sandbox = without("*/secret");
    Files.delete(place.resolve("open"));
    Files.createDirectory(place.resolve("open"));
    Files.writeString(place.resolve("open/secret"), "secret\n");
    assertThat(shell(sandbox, "cat open/secret || echo closed; cat secret"))
        .isEqualTo("closed\nsecret\n");
    Sandbox named = Sandbox.builder().view(ViewMode.OFF).read(place.resolve("a.key")).build();
    Files.delete(place.resolve("a.key"));
    Files.createDirectory(place.resolve("a.key"));
    assertThatThrownBy(() -> shell(named, "true"))
        .hasMessageContaining("has become something else");
  }

  /** Another name of what is denied in one grant is a neighbour in another one. */
  @Test
  void aHardLinkInAnotherGrantOpensNothing() throws Exception {
    Files.createLink(place.resolve("other/name"), place.resolve("sub/secret"));
    Sandbox sandbox =
        Sandbox.builder()
            .view(ViewMode.OFF)
            .read(place.resolve("sub"), place.resolve("other"))
            .deny(place.resolve("sub/secret"), place.resolve("other/secret"))
            .build();
    assertThat(
            shell(
                sandbox,
                "cat sub/secret || echo closed; cat other/name || echo closed; cat other/open"))
        .isEqualTo("closed\nclosed\nother/open\n");
  }
}
