package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Fd;
import dev.paddock.policy.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What processes leave for each other in a folder of their user. */
final class UserFolderTest {
  @TempDir private Path temporary;

  private ByteString path(String name) throws IOException {
    return ByteString.of(temporary.toRealPath() + (name.isEmpty() ? "" : "/" + name));
  }

  private List<String> left(String folder) throws IOException {
    try (Stream<Path> names = Files.list(temporary.resolve(folder))) {
      return names.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    }
  }

  @Test
  void onlyWhatNobodyUsesIsSweptAway() throws Exception {
    ByteString folder = path("");
    Optional<Fd> used = UserFolder.makeDirectory(path("abc-1"));
    Optional<Fd> unused = UserFolder.makeDirectory(path("abc-2"));
    Files.writeString(temporary.resolve("abc-2/file"), "left");
    unused.orElseThrow().close();
    Files.writeString(temporary.resolve("0123456789ab"), "");
    Files.writeString(temporary.resolve("of somebody else"), "");

    UserFolder.sweep(folder);
    assertThat(left("")).containsExactly("abc-1", "of somebody else");
    assertThat(UserFolder.makeDirectory(path("abc-1"))).isEmpty();

    used.orElseThrow().close();
    UserFolder.sweep(folder);
    assertThat(left("")).containsExactly("of somebody else");
  }

  @Test
  void aNameThatSomebodyElseHasTakenIsNotUsed() throws Exception {
    ByteString fresh = UserFolder.fresh(path(""), "5ec4e7");
    ByteString folder = UserFolder.of(fresh).orElseThrow();
    assertThat(fresh).isEqualTo(folder.plus(ByteString.of("/5ec4e7")));
    UserFolder.make(folder);
    assertThat(UserFolder.isOurs(folder)).isTrue();

    Files.setPosixFilePermissions(
        Path.of(folder.toString()), PosixFilePermissions.fromString("rwxrwxrwx"));
    ByteString beside = UserFolder.fresh(path(""), "5ec4e7");
    assertThat(beside).isEqualTo(path("paddock-5ec4e7"));
    assertThat(UserFolder.of(beside)).isEmpty();

    Files.delete(Path.of(folder.toString()));
    Files.createSymbolicLink(Path.of(folder.toString()), temporary);
    assertThat(UserFolder.isOurs(folder)).isFalse();
    assertThat(UserFolder.fresh(path(""), "5ec4e7")).isEqualTo(beside);
  }

  /** As after SIGKILL: nobody of it can put anything away. */
  @Test
  void aLockGoesWithItsProcess() throws Exception {
    Path used = Files.createDirectory(temporary.resolve("abc-3"));
    Process holder = new ProcessBuilder("flock", "" + used, "-c", "echo up; read line").start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("up");
      UserFolder.sweep(path(""));
      assertThat(left("")).containsExactly("abc-3");
    } finally {
      holder.descendants().forEach(ProcessHandle::destroyForcibly);
      assertThat(holder.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    UserFolder.sweep(path(""));
    assertThat(left("")).isEmpty();
  }
}
