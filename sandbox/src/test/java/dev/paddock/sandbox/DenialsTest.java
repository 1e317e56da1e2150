package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.sandbox.event.Event;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, is refused as ever, and said. */
final class DenialsTest {
  @TempDir private Path outside = Path.of("");

  private List<Event.Denied> denied(Sandbox.Builder builder, String script) throws Exception {
    List<Event> events = new ArrayList<>();
    Sandbox sandbox = builder.denials().onEvent(events::add).build();
    Result result =
        sandbox.run(
            Command.of("python3", "-I", "-c", script)
                .directory("/usr")
                .stdout(Stdio.capture())
                .stderr(Stdio.capture()));
    String errors = new String(result.stderr(), StandardCharsets.UTF_8);
    assertThat(result.status()).as(errors).isZero();
    assertThat(result.events()).singleElement().satisfies(r -> assertThat(r.lost()).isZero());
    assertThat(events.getFirst()).isInstanceOf(Event.Started.class);
    assertThat(events.getLast()).isInstanceOf(Event.Ended.class);
    List<Event.Denied> denied = new ArrayList<>();
    for (Event event : events) {
      if (event instanceof Event.Denied one) {
        denied.add(one);
      }
    }
    return denied;
  }

  /** A script that makes each call and insists on its errno. */
  private static String script(String... lines) {
    StringBuilder script =
        new StringBuilder(
            """
            import os, ctypes
            c = ctypes.CDLL(None, use_errno=True)
            def refused(errno, call, *args):
              try: call(*args)
              except OSError as e:
                assert e.errno == errno, e
                return
              raise AssertionError('worked')
            """);
    for (String line : lines) {
      script.append(line).append('\n');
    }
    return script.toString();
  }

  @Test
  void aFileInNoGrant() throws Exception {
    Path secret = Files.writeString(outside.toRealPath().resolve("secret"), "x");
    List<Event.Denied> denied =
        denied(Sandbox.builder().view(ViewMode.OFF), script("refused(13, open, '" + secret + "')"));
    assertThat(denied)
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.call()).isEqualTo("openat");
              assertThat(one.arguments()).isEqualTo(ByteString.of(secret.toString()));
              assertThat(one.errno()).isEqualTo(Errno.EACCES);
              assertThat(one.hint()).isEqualTo("-r " + secret);
              assertThat(one.strength()).isEqualTo(Strength.OBSERVED);
              assertThat(one.head().pid()).isPositive();
            });
  }

  @Test
  void aGrantForReadingOnly() throws Exception {
    Path folder = outside.toRealPath();
    List<Event.Denied> denied =
        denied(
            Sandbox.builder().view(ViewMode.OFF).read(folder),
            script(
                "refused(13, open, '" + folder + "/new', 'w')",
                "refused(13, os.mkdir, '" + folder + "/dir')"));
    assertThat(denied).extracting(Event.Denied::hint).containsOnly("-w " + folder);
    assertThat(denied).extracting(Event.Denied::call).containsExactly("openat", "mkdir");
    assertThat(denied).extracting(Event.Denied::rule).containsOnly("granted for reading only");
  }

  @Test
  void whatIsGrantedOrMissingIsNoDenial() throws Exception {
    Path folder = outside.toRealPath();
    List<Event.Denied> denied =
        denied(
            Sandbox.builder().view(ViewMode.OFF).write(folder),
            script(
                "open('" + folder + "/new', 'w').close()",
                "os.rename('" + folder + "/new', '" + folder + "/newer')",
                "os.unlink('" + folder + "/newer')",
                "refused(2, open, '/no/such/file')",
                "refused(2, open, '" + folder + "/missing')",
                "os.listdir('/proc/self/fd')",
                "open('/dev/null', 'w').close()"));
    assertThat(denied).isEmpty();
  }

  @Test
  void whatTheFilterRefuses() throws Exception {
    List<Event.Denied> denied =
        denied(
            Sandbox.builder().view(ViewMode.OFF),
            script(
                "import socket",
                "refused(1, socket.socket)",
                "assert c.syscall(101, 0, 0, 0, 0) == -1 and ctypes.get_errno() == 1",
                "assert c.syscall(425, 0, 0) == -1 and ctypes.get_errno() == 38"));
    assertThat(denied)
        .extracting(Event.Denied::call)
        .containsExactly("socket", "ptrace", "io_uring_setup");
    assertThat(denied).extracting(Event.Denied::strength).containsOnly(Strength.KERNEL);
    assertThat(denied).extracting(Event.Denied::errno).containsExactly(1, 1, 38);
  }

  @Test
  void aPortThatIsNotGranted() throws Exception {
    List<Event.Denied> denied =
        denied(
            Sandbox.builder().view(ViewMode.OFF).network("tcp://127.0.0.1:1"),
            script(
                "import socket",
                "s = socket.socket()",
                "refused(13, s.connect, ('127.0.0.1', 2))",
                "refused(13, s.bind, ('127.0.0.1', 3))",
                "refused(111, s.connect, ('127.0.0.1', 1))"));
    assertThat(denied)
        .extracting(Event.Denied::hint)
        .containsExactly("--net-allow tcp://127.0.0.1:2", "--net-allow-bind 3");
    assertThat(denied)
        .extracting(one -> one.arguments().toString())
        .containsExactly("127.0.0.1:2", "127.0.0.1:3");
  }

  /** What a shell writes to /dev/stdout, and what is said of it. */
  @Test
  void standardStreamsMayBeOpenedAgainAsTheyWereOpened() throws Exception {
    Path folder = outside.toRealPath();
    Path out = folder.resolve("out");
    Path appended = Files.writeString(folder.resolve("appended"), "before\n");
    Path in = Files.writeString(folder.resolve("in"), "input\n");
    String script =
        """
        cat /dev/stdin > /dev/stdout
        (: > /dev/stdin) 2> /dev/null || echo r >> /proc/self/fd/1
        head -c1 /proc/$$/fd/1 2> /dev/null || echo w >> /dev/fd/1
        (: > /proc/$$/fd/2) 2> /dev/null || echo a >> /dev/stdout
        (: >> /proc/$$/fd/2) 2> /dev/null || echo b >> /dev/stdout
        """;
    List<Event> events = new ArrayList<>();
    try (Fd input = open(in, Paths.O_RDONLY);
        Fd output = open(out, Paths.O_WRONLY | Paths.O_CREAT);
        Fd error = open(appended, Paths.O_WRONLY | Paths.O_APPEND)) {
      Result result =
          Sandbox.builder()
              .view(ViewMode.OFF)
              .denials()
              .onEvent(events::add)
              .build()
              .run(
                  Command.of("sh", "-c", script)
                      .directory("/usr")
                      .stdin(Stdio.descriptor(input))
                      .stdout(Stdio.descriptor(output))
                      .stderr(Stdio.descriptor(error)));
      assertThat(result.status()).isZero();
    }
    assertThat(Files.readString(out)).isEqualTo("input\nr\nw\na\nb\n");
    assertThat(Files.readString(appended)).isEqualTo("before\n");
    assertThat(Files.readString(in)).isEqualTo("input\n");
    List<ByteString> denied = new ArrayList<>();
    for (Event event : events) {
      if (event instanceof Event.Denied one && one.errno() == Errno.EACCES) {
        denied.add(one.arguments());
      }
    }
    assertThat(denied)
        .containsExactly(
            ByteString.of(in.toString()),
            ByteString.of(out.toString()),
            ByteString.of(appended.toString()),
            ByteString.of(appended.toString()));
  }

  private static Fd open(Path path, int flags) throws Exception {
    return Paths.open(path.toString().getBytes(StandardCharsets.UTF_8), flags, 0600);
  }

  @Test
  void whatLandlockDoesNotRefuseIsNoDenial() throws Exception {
    Path folder = outside.toRealPath();
    List<Event.Denied> denied =
        denied(
            Sandbox.builder().view(ViewMode.OFF).read(folder),
            script(
                "refused(17, os.mkdir, '" + folder + "')",
                "refused(17, os.open, '" + folder + "', os.O_CREAT | os.O_EXCL)",
                "refused(17, os.symlink, 'x', '/usr/bin')",
                "r, w = os.pipe()",
                "os.close(os.open('/proc/self/fd/' + str(w), os.O_WRONLY))",
                "m = os.memfd_create('x')",
                "os.close(os.open('/dev/fd/' + str(m), os.O_RDWR))"));
    assertThat(denied).isEmpty();
  }

  /** Each suggestion is handed to a shell as it stands, and the file is then read. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "a b", "it's", "what?", "a*b", "\\b$HOME", "\u001b[31m", "ä"})
  void suggestionsNameExactlyWhatWasRefused(String name) throws Exception {
    Path secret = Files.writeString(outside.toRealPath().resolve(name), "x");
    List<Event.Denied> denied =
        denied(
            Sandbox.builder().view(ViewMode.OFF),
            "import os\ntry: os.open(bytes.fromhex('"
                + java.util.HexFormat.of()
                    .formatHex(secret.toString().getBytes(StandardCharsets.UTF_8))
                + "'), 0)\nexcept PermissionError: pass");
    String hint = denied.getFirst().hint();
    Process shell =
        new ProcessBuilder("bash", "-c", "printf %s\\\\n " + hint)
            .redirectErrorStream(true)
            .start();
    String[] words =
        new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\n");
    assertThat(words).hasSize(2).startsWith("-r");
    dev.paddock.policy.PathPattern pattern =
        dev.paddock.policy.PathPattern.of(ByteString.of(words[1]));
    assertThat(pattern.text()).isEqualTo(ByteString.of(secret.toString()));
  }
}
