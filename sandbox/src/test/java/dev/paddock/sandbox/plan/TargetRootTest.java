package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a path of another root leads to, against what the kernel says of it. */
final class TargetRootTest {
  @TempDir Path folder;

  private static ByteString bytes(Object text) {
    return ByteString.of("" + text);
  }

  /** Trees of directories, files and links at random: a path leads where openat2(2) says. */
  @Test
  void aPathLeadsWhereTheKernelSays() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      Path top = Files.createDirectory(folder.toRealPath().resolve("top" + round));
      for (int i = 0; i < 12; i++) {
        make(top, random);
      }
      TargetRoot root =
          new TargetRoot(List.of(new TargetRoot.Place(bytes("/"), bytes(top), false)));
      try (Fd directory = Paths.open(bytes(top).toBytes(), Paths.O_PATH, 0)) {
        for (int i = 0; i < 60; i++) {
          ByteString path = bytes(path(random));
          assertThat(ours(root, path))
              .as("seed %d, round %d, %s", seed, round, path)
              .isEqualTo(kernels(directory, path));
        }
      }
    }
  }

  private static String path(Random random) {
    StringBuilder path = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      path.append('/').append(name(random));
    }
    return path.toString();
  }

  private static String name(Random random) {
    return List.of("a", "b", "c", "d", "..", ".").get(random.nextInt(6));
  }

  private static void make(Path top, Random random) throws IOException {
    Path path = top.resolve(path(random).substring(1)).normalize();
    try {
      // A link made before may lead out of here.
      boolean inside = path.startsWith(top) && !path.equals(top);
      if (!inside || !path.resolveSibling("").toRealPath().startsWith(top) || exists(path)) {
        return;
      }
      switch (random.nextInt(4)) {
        case 0 -> Files.writeString(path, "");
        case 1 -> Files.createSymbolicLink(path, Path.of(path(random)));
        case 2 -> Files.createSymbolicLink(path, Path.of(path(random).substring(1)));
        default -> Files.createDirectory(path);
      }
    } catch (IOException inTheWay) {
      assertThat(top).exists(); // Such as a file where a directory would have to be.
    }
  }

  private static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static @Nullable FileStatus ours(TargetRoot root, ByteString path) {
    try {
      return root.status(path);
    } catch (KernelException e) {
      return null;
    }
  }

  private static @Nullable FileStatus kernels(Fd directory, ByteString path) {
    try (Fd found = Paths.openInRoot(directory, path.toBytes(), Paths.O_PATH)) {
      return Paths.status(found);
    } catch (KernelException e) {
      return null;
    }
  }

  @Test
  void theInnermostPlaceDecides() {
    TargetRoot root =
        new TargetRoot(
            List.of(
                new TargetRoot.Place(bytes("/"), bytes("/top"), false),
                new TargetRoot.Place(bytes("/data"), bytes("/srv/data"), true),
                new TargetRoot.Place(bytes("/data/host"), bytes("/"), false)));
    assertThat(root.source(bytes("/"))).isEqualTo(bytes("/top"));
    assertThat(root.source(bytes("/database"))).isEqualTo(bytes("/top/database"));
    assertThat(root.source(bytes("/data"))).isEqualTo(bytes("/srv/data"));
    assertThat(root.source(bytes("/data/x/y"))).isEqualTo(bytes("/srv/data/x/y"));
    assertThat(root.source(bytes("/data/host"))).isEqualTo(bytes("/"));
    assertThat(root.source(bytes("/data/host/etc"))).isEqualTo(bytes("/etc"));
    assertThat(root.paths(bytes("/srv/data/x")))
        .containsExactly(bytes("/data/x"), bytes("/data/host/srv/data/x"));
    assertThat(root.paths(bytes("/top/data/x"))).containsExactly(bytes("/data/host/top/data/x"));
    assertThat(root.paths(bytes("/"))).containsExactly(bytes("/data/host"));
  }
}
