package dev.paddock.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@link Epoll}, and what it is for: the ends of processes that are not our children. */
final class EpollTest {
  private Map<Integer, String> before = Map.of();

  @BeforeEach
  void look() {
    before = Descriptors.open();
  }

  @AfterEach
  void nothingLeaks() {
    assertThat(Descriptors.open()).isEqualTo(before);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void reportsThoseThatAreReadyByTheirKeys() throws Exception {
    List<EventFd> all = new ArrayList<>();
    try (Epoll epoll = Epoll.open()) {
      for (int i = 0; i < 200; i++) {
        EventFd one = EventFd.open();
        all.add(one);
        epoll.add(one.fd(), 0x1_0000_0000L + i);
      }
      all.get(7).signal();
      assertThat(epoll.await()).isEqualTo(1);
      assertThat(epoll.ready(0)).isEqualTo(0x1_0000_0007L);
      epoll.remove(all.get(7).fd());
      all.get(8).signal();
      all.get(199).signal();
      assertThat(epoll.await()).isEqualTo(2);
      assertThat(Set.of(epoll.ready(0), epoll.ready(1)))
          .isEqualTo(Set.of(0x1_0000_0008L, 0x1_0000_00c7L));
      for (EventFd one : all) {
        one.signal();
      }
      Set<Long> seen = new HashSet<>();
      while (seen.size() < 199) {
        int count = epoll.await();
        assertThat(count).isBetween(1, 64);
        for (int i = 0; i < count; i++) {
          seen.add(epoll.ready(i));
        }
      }
    } finally {
      all.forEach(EventFd::close);
    }
  }

  @Test
  void aProcessIsPresentUntilItIsReapedAndThenSaysHowItEnded() throws Exception {
    int child =
        Spawn.start(
            bytes("/bin/sh"),
            List.of(bytes("sh"), bytes("-c"), bytes("exit 7")),
            List.of(),
            List.of());
    try (Fd handle = Processes.pidFd(child);
        Epoll epoll = Epoll.open()) {
      epoll.add(handle, 1);
      assertThat(epoll.await()).isEqualTo(1);
      assertThat(Processes.isPresent(handle)).isTrue();
      assertThat(Processes.exit(handle)).isEmpty();
      assertThat(Procfs.exit(child)).contains(new Processes.Exit(false, 7, false));
      assertThat(Processes.await(child).value()).isEqualTo(7);
      assertThat(Processes.isPresent(handle)).isFalse();
      // Linux 6.15; an older kernel does not know.
      assertThat(Processes.exit(handle))
          .isIn(Optional.empty(), Optional.of(new Processes.Exit(false, 7, false)));
    }
  }

  @Test
  void aRunningProcessHasNotEndedAndASignalSaysSo() throws Exception {
    int child =
        Spawn.start(
            bytes("/bin/sleep"), List.of(bytes("sleep"), bytes("1000")), List.of(), List.of());
    try (Fd handle = Processes.pidFd(child)) {
      assertThat(Procfs.exit(child)).isEmpty();
      assertThat(Processes.exit(handle)).isEmpty();
      Processes.signal(handle, Signals.SIGKILL);
      assertThat(Processes.await(child)).isEqualTo(new Processes.Exit(true, 9, false));
      assertThat(Processes.exit(handle))
          .isIn(Optional.empty(), Optional.of(new Processes.Exit(true, 9, false)));
    }
  }

  @Test
  void aDescriptorOfAnotherProcessIsCopied() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      int child =
          Spawn.start(
              bytes("/bin/sleep"),
              List.of(bytes("sleep"), bytes("1000")),
              List.of(),
              List.of(new Spawn.Given(pipe.readEnd(), 9)));
      try (Fd handle = Processes.pidFd(child);
          Fd copy = Processes.descriptor(handle, 9)) {
        pipe.writeEnd().writeFully(bytes("x"));
        assertThat(copy.read(new byte[1], 0, 1)).isEqualTo(1);
        Processes.signal(handle, Signals.SIGKILL);
        assertThat(Processes.await(child).value()).isEqualTo(Signals.SIGKILL);
      }
    }
  }
}
