package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.policy.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a workspace's repository is, and what is not believed. */
final class GitDirectoryTest {
  @TempDir Path folder;
  private Path repository;

  @BeforeEach
  void make() throws Exception {
    folder = folder.toRealPath();
    repository = folder.resolve("main");
    git(
        """
        git init -q main; git init -q sub; git init -q outer
        for each in main sub outer; do git -C $each commit -q --allow-empty -m one; done
        git -C main worktree add -q ../tree -b side
        git -C outer -c protocol.file.allow=always submodule -q add ../sub inner
        mkdir plain forged
        """);
  }

  private void git(String script) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-ec", script).directory(folder.toFile()).inheritIO();
    builder.environment().put("HOME", "" + folder);
    for (String who : new String[] {"AUTHOR", "COMMITTER"}) {
      builder.environment().put("GIT_" + who + "_NAME", "A");
      builder.environment().put("GIT_" + who + "_EMAIL", "a@example.org");
    }
    assertThat(builder.start().waitFor()).isZero();
  }

  private GitDirectory of(String name) {
    return Objects.requireNonNull(GitDirectory.of(path(name)));
  }

  private ByteString path(String name) {
    return ByteString.of("" + folder.resolve(name));
  }

  @Test
  void ownWorkTreeAndSubmodule() {
    assertThat(of("main")).isEqualTo(new GitDirectory(path("main/.git"), null));
    assertThat(of("tree")).isEqualTo(new GitDirectory(path("main/.git"), path("tree/.git")));
    assertThat(of("outer/inner"))
        .isEqualTo(new GitDirectory(path("outer/.git/modules/inner"), path("outer/inner/.git")));
    assertThat(GitDirectory.of(path("plain"))).isNull();
    assertThat(GitDirectory.of(path("nowhere"))).isNull();
  }

  /** A place that does not point back is not opened for whoever names it. */
  @Test
  void whatDoesNotPointBackIsNotBelieved() throws Exception {
    Path link = folder.resolve("forged/.git");
    for (String place :
        new String[] {
          "" + folder,
          repository + "/.git",
          repository + "/.git/worktrees/tree",
          folder.resolve("outer/.git/modules/inner").toString(),
          "../main/.git/worktrees/../worktrees/tree",
          "",
          "\0"
        }) {
      Files.writeString(link, "gitdir: " + place + "\n");
      assertThat(GitDirectory.of(path("forged"))).as(place).isNull();
    }
    Files.writeString(link, "x".repeat(1 << 17));
    assertThat(GitDirectory.of(path("forged"))).isNull();
    Files.delete(link);
    Files.createSymbolicLink(link, repository.resolve(".git"));
    assertThat(GitDirectory.of(path("forged"))).isNull();
  }
}
