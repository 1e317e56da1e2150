package dev.paddock.sandbox.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Pipe;
import dev.paddock.linux.Poll;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class StreamSinkTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path folder;
  private List<String> before = List.of();

  @BeforeEach
  void look() throws IOException {
    before = descriptors();
  }

  @AfterEach
  void nothingLeaks() throws IOException {
    // What others have left may go meanwhile; nothing may be new.
    assertThat(before).containsAll(descriptors());
  }

  /** Pipes, counters and files of the test, by what they lead to. */
  private List<String> descriptors() throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      for (Path entry : entries.toList()) {
        String target = target(entry);
        if (target.startsWith("pipe:")
            || target.startsWith("anon_inode:[eventfd]")
            || target.startsWith("/dev/full")
            || target.startsWith(folder.toString())) {
          open.add(entry.getFileName() + " " + target);
        }
      }
    }
    open.sort(null);
    return open;
  }

  private static String target(Path entry) {
    try {
      return Files.readSymbolicLink(entry).toString();
    } catch (IOException e) {
      return ""; // The descriptor of the listing itself, closed by now.
    }
  }

  private static Event exec(EventBus bus, int number, String argument) {
    return new Event.Exec(
        bus.head("s", number, 1),
        ByteString.of("/bin/x"),
        ByteString.of("/bin/x"),
        Arguments.of(List.of(ByteString.of("x"), ByteString.of(argument))),
        Event.Decision.ALLOW,
        "",
        "",
        0,
        Strength.VERIFIED,
        Duration.ZERO);
  }

  private static byte[] bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void assertLines(String text, int count) {
    assertThat(text).endsWith("\n");
    String[] lines = text.split("\n", -1);
    assertThat(lines).hasSize(count + 1);
    for (int i = 0; i < count; i++) {
      Map<String, Object> object = JsonReader.object(lines[i]);
      assertThat(object).containsEntry("sequence", i + 1L).containsEntry("pid", (long) i + 1);
    }
  }

  @Test
  void aFileGetsOneLineForEach() throws Exception {
    Path file = folder.resolve("ev.jsonl");
    EventBus bus = new EventBus("x", List.of(EventSink.file(bytes(file))));
    for (int i = 1; i <= 5000; i++) {
      bus.post(exec(bus, i, "a\nb"));
    }
    assertThat(bus.close(LONG).getFirst()).isEqualTo(new SinkReport("file", 5000, 0, 0, ""));
    assertLines(Files.readString(file), 5000);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aFileKeepsWhatItHad() throws Exception {
    Path file = folder.resolve("ev.jsonl");
    Files.writeString(file, "first\n");
    try (EventBus bus = new EventBus("x", List.of(EventSink.file(bytes(file))))) {
      bus.post(exec(bus, 1, "a"));
    }
    assertThat(Files.readString(file)).startsWith("first\n{");
  }

  @Test
  void aSymbolicLinkDoesNotChooseTheFile() throws Exception {
    Path victim = folder.resolve("victim");
    Files.writeString(victim, "mine\n");
    Path link = folder.resolve("ev.jsonl");
    Files.createSymbolicLink(link, victim);
    assertThatThrownBy(() -> EventSink.file(bytes(link)))
        .isInstanceOfSatisfying(KernelException.class, e -> assertThat(e.is(Errno.ELOOP)).isTrue());
    assertThat(Files.readString(victim)).isEqualTo("mine\n");
  }

  @Test
  void aFullDiskIsSaidAndHoldsUpNobody() throws Exception {
    byte[] full = "/dev/full".getBytes(StandardCharsets.US_ASCII);
    Ledger other = new Ledger();
    EventBus bus = new EventBus("x", List.of(EventSink.file(full), other));
    for (int i = 1; i <= 3000; i++) {
      bus.post(exec(bus, i, "a"));
    }
    List<SinkReport> reports = bus.close(LONG);
    assertThat(reports.get(0).delivered()).isZero();
    assertThat(reports.get(0).lost()).isEqualTo(3000);
    assertThat(reports.get(0).problem()).contains("ENOSPC");
    assertThat(reports.get(1).lost()).isZero();
    other.assertWhole("beside a full disk", 3000);
  }

  @Test
  void aClosedPipeIsSaid() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.readEnd().close();
    EventBus bus = new EventBus("x", List.of(EventSink.lines(pipe.writeEnd())));
    for (int i = 1; i <= 100; i++) {
      bus.post(exec(bus, i, "a"));
    }
    SinkReport report = bus.close(LONG).getFirst();
    assertThat(report.delivered()).isZero();
    assertThat(report.lost()).isEqualTo(100);
    assertThat(report.problem()).contains("EPIPE");
  }

  @Test
  void aPipeWithAReaderGetsAll() throws Exception {
    try (ExecutorService readers =
            Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory());
        Pipe pipe = Pipe.open()) {
      Future<String> text = readers.submit(() -> readAll(pipe.readEnd()));
      EventBus bus = new EventBus("x", List.of(EventSink.lines(pipe.writeEnd())));
      String large = "y".repeat(9000); // Longer than what a pipe takes at once.
      for (int i = 1; i <= 2000; i++) {
        bus.post(exec(bus, i, i % 10 == 0 ? large : "a"));
      }
      assertThat(bus.close(LONG).getFirst())
          .isEqualTo(new SinkReport("descriptor", 2000, 0, 0, ""));
      assertLines(text.get(), 2000);
    }
  }

  private static String readAll(Fd fd) throws IOException {
    try (InputStream in = fd.inputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aPipeThatNobodyReadsIsGivenUpAndEndsInAWholeLine() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      EventBus bus = new EventBus("x", List.of(EventSink.lines(pipe.writeEnd())));
      for (int i = 1; i <= 5000; i++) {
        bus.post(exec(bus, i, "a"));
      }
      try (Poll poll = new Poll(1)) {
        poll.set(0, pipe.readEnd(), Poll.IN);
        assertThat(poll.await(Poll.FOREVER)).isEqualTo(1);
      }
      SinkReport report = bus.close(Duration.ofMillis(1)).getFirst();
      assertThat(report.delivered() + report.lost()).isEqualTo(5000);
      assertThat(report.lost()).isPositive();
      // The sink has closed its end, or will: what it wrote are whole lines, as many as it says.
      String text = readAll(pipe.readEnd());
      assertLines(text, (int) text.chars().filter(c -> c == '\n').count());
      assertThat(bus.reports().getFirst().delivered())
          .isEqualTo(text.chars().filter(c -> c == '\n').count());
    }
  }

  @Test
  void aPipeThatDoesNotWaitIsWaitedFor() throws Exception {
    try (ExecutorService readers =
            Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory());
        Pipe pipe = Pipe.open()) {
      pipe.writeEnd().nonBlocking();
      EventBus bus = new EventBus("x", List.of(EventSink.lines(pipe.writeEnd())));
      for (int i = 1; i <= 3000; i++) {
        bus.post(exec(bus, i, "a"));
      }
      Future<String> text = readers.submit(() -> readAll(pipe.readEnd()));
      assertThat(bus.close(LONG).getFirst().lost()).isZero();
      assertLines(text.get(), 3000);
    }
  }

  @Test
  void aNamedPipeWithoutReaderIsAnError() throws Exception {
    Path fifo = folder.resolve("fifo");
    // Without pipes to it, which the library closes some time after the process has ended.
    Process mkfifo =
        new ProcessBuilder("mkfifo", fifo.toString())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(mkfifo.waitFor()).isZero();
    assertThatThrownBy(() -> EventSink.file(bytes(fifo)))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("ENXIO");
  }

  @Test
  void theConsoleShowsLinesForPeople() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      EventBus bus = new EventBus("x", List.of(EventSink.console(pipe.writeEnd())));
      bus.post(exec(bus, 7, "two words\u001b[31m"));
      bus.post(
          new Event.Denied(
              bus.head("", 7, 1),
              "openat",
              ByteString.of("/etc/shadow"),
              Errno.EACCES,
              "files.deny \"/etc/shadow\"",
              "-r /etc/shadow",
              Strength.OBSERVED));
      assertThat(bus.close(LONG).getFirst().problem()).isEmpty();
      assertThat(readAll(pipe.readEnd()))
          .isEqualTo(
              "paddock: [7] exec: /bin/x 'two words\\x1B[31m'\n"
                  + "paddock: [7] refused: openat /etc/shadow -> EACCES"
                  + " by files.deny \"/etc/shadow\"; granted by -r /etc/shadow\n");
    }
  }

  @Test
  void aBorrowedDescriptorStaysOpen() throws Exception {
    try (Fd fd =
        Paths.open(
            bytes(folder.resolve("f")), Paths.O_WRONLY | Paths.O_CREAT | Paths.O_APPEND, 0600)) {
      try (EventBus bus = new EventBus("x", List.of(EventSink.lines(Fd.borrowed(fd.number()))))) {
        bus.post(exec(bus, 1, "a"));
      }
      assertThat(fd.isOpen()).isTrue();
      assertLines(Files.readString(folder.resolve("f")), 1);
    }
  }
}
