package dev.paddock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class DroppedDirectoriesTest {
  private static List<byte[]> path(String path) {
    return List.of("A=PATH=/no".getBytes(UTF_8), ("PATH=" + path).getBytes(UTF_8));
  }

  @Test
  void whatTheTargetDoesNotGet() {
    assertThat(DroppedDirectories.of(path("/a:/b:/c:/b"), path("/a:/c")))
        .containsExactly("/b", "/b");
    assertThat(DroppedDirectories.of(path("/a:"), path("/a:"))).isEmpty();
    assertThat(DroppedDirectories.of(path("/a"), List.of())).isEmpty();
  }
}
