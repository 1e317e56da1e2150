package dev.paddock.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MemFdTest {
  @Test
  void holdsItsContentAndNobodyChangesIt() throws Exception {
    byte[] content = new byte[200_000];
    new Random(1).nextBytes(content);
    Map<Integer, String> before = Descriptors.open();
    try (Fd fd = MemFd.sealed("order", content)) {
      byte[] path = ("/proc/self/fd/" + fd.number()).getBytes(UTF_8);
      assertThat(Paths.readAll(path)).isEqualTo(content);
      assertThat(MemFd.isSealed(fd)).isTrue();
      assertThat(Descriptors.isCloseOnExec(fd)).isTrue();
      assertThatThrownBy(() -> fd.writeFully(new byte[1]))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.is(Errno.EPERM)).isTrue());
      assertThat(Kernel.call(Nr.FTRUNCATE, fd.number(), 1)).isEqualTo(-Errno.EPERM);
      assertThat(Kernel.call(Nr.FTRUNCATE, fd.number(), 1 << 20)).isEqualTo(-Errno.EPERM);
      assertThat(Paths.status(fd).size()).isEqualTo(content.length);
    }
    assertThat(Descriptors.open()).isEqualTo(before);
  }

  @Test
  void otherFilesAreNotSealed() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      assertThat(MemFd.isSealed(pipe.readEnd())).isFalse();
    }
  }

  @Test
  void runsAsAProgram() throws Exception {
    byte[] program = Files.readAllBytes(Path.of("/bin/true"));
    try (Fd fd = MemFd.sealedProgram("true", program)) {
      byte[] path = ("/proc/self/fd/" + fd.number()).getBytes(UTF_8);
      int child = Spawn.start(path, List.of("true".getBytes(UTF_8)), List.of(), List.of());
      assertThat(Processes.await(child)).isEqualTo(new Processes.Exit(false, 0, false));
    }
  }
}
