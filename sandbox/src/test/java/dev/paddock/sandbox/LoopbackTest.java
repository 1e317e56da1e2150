package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.event.Event;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A loopback of the run's own: servers inside are reached inside, nothing outside is. */
final class LoopbackTest {
  /** A server on a fixed port, and a client of it; holds the port until its input ends. */
  private static final String SERVE =
      """
      import os, socket, sys
      places = [(socket.AF_INET, "127.0.0.1")]
      if os.path.exists("/proc/net/if_inet6"): # the kernel has IPv6
          places.append((socket.AF_INET6, "::1"))
      for family, address in places:
          server = socket.socket(family)
          server.bind((address, 8000))
          server.listen()
          client = socket.create_connection((address, 8000))
          peer = server.accept()[0]
          peer.sendall(b"hello")
          print(client.recv(5).decode())
      one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      one.bind(("127.0.0.1", 0))
      socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"datagram", one.getsockname())
      print(one.recv(100).decode(), flush=True)
      sys.stdin.read()
      """;

  private static final String CONNECT =
      """
      import errno, socket, sys
      try:
          socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
          print("connected")
      except OSError as e:
          print(errno.errorcode[e.errno])
      """;

  @BeforeEach
  void needsTheView() {
    Feature loopback = Host.probe().view(ViewPart.LOOPBACK);
    assumeTrue(loopback.available(), loopback.detail());
  }

  private static Sandbox.Builder builder(String view) throws Exception {
    String text = "extends = \"base\"\n[view]\n" + view + "\n";
    return Sandbox.builder()
        .policy(PolicyFile.parse("test", text.getBytes(StandardCharsets.UTF_8)));
  }

  private static Command python(String... words) {
    String[] argv = new String[words.length + 3];
    argv[0] = "python3";
    argv[1] = "-I";
    argv[2] = "-c";
    System.arraycopy(words, 0, argv, 3, words.length);
    return Command.of(argv).directory("/").stdout(Stdio.capture()).stderr(Stdio.capture());
  }

  private static String output(Result result) {
    return new String(result.stdout(), StandardCharsets.UTF_8)
        + new String(result.stderr(), StandardCharsets.UTF_8);
  }

  @Test
  void twoRunsServeTheSamePortAtTheSameTime() throws Exception {
    Sandbox sandbox = builder("loopback = \"own\"").build();
    try (RunningSandbox first = sandbox.start(python(SERVE).stdin(Stdio.pipe()));
        RunningSandbox second = sandbox.start(python(SERVE).stdin(Stdio.pipe()))) {
      first.stdin().close();
      second.stdin().close();
      for (RunningSandbox running : List.of(first, second)) {
        Result result = running.waitFor();
        String served = Files.exists(Path.of("/proc/net/if_inet6")) ? "hello\nhello\n" : "hello\n";
        assertThat(output(result)).isEqualTo(served + "datagram\n");
        assertThat(result.status()).isZero();
      }
    }
  }

  @Test
  void aServerOutsideIsNotReached() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String port = "" + server.getLocalPort();
      Sandbox sandbox = builder("loopback = \"own\"").build();
      assertThat(output(sandbox.run(python(CONNECT, "127.0.0.1", port))))
          .isEqualTo("ECONNREFUSED\n");
      Sandbox granted = builder("loopback = \"own\"").network("tcp://localhost:" + port).build();
      assertThat(output(granted.run(python(CONNECT, "127.0.0.1", port)))).isEqualTo("connected\n");
      assertThat(output(granted.run(python(CONNECT, "127.0.0.1", "1"))))
          .isEqualTo("ECONNREFUSED\n");
      assertThat(output(granted.run(python(SERVE, "hello")))).contains("hello\n");
    }
  }

  @Test
  void whoRequiresItBesideGrantsAndHasNobodyToLeadOutIsRefused() throws Exception {
    Sandbox.Builder both =
        builder("mode = \"require\"\nloopback = \"own\"")
            .network("tcp://*:443")
            .denyExec("sudo")
            .traced();
    assertThatThrownBy(both::build)
        .isInstanceOf(PlanException.class)
        .hasMessageContaining("view.loopback");
  }

  @Test
  void withoutAViewItIsAsBefore() throws Exception {
    for (String view : new String[] {"mode = \"off\"\nloopback = \"own\"", "loopback = \"host\""}) {
      Sandbox sandbox = builder(view).build();
      assertThat(output(sandbox.run(python(CONNECT, "127.0.0.1", "1")))).isEqualTo("EPERM\n");
    }
  }

  @Test
  void whatLeadsOutIsToldWithWhatWouldGrantIt() throws Exception {
    List<Event> events = new CopyOnWriteArrayList<>();
    Sandbox sandbox = builder("loopback = \"own\"").denials().onEvent(events::add).build();
    assertThat(output(sandbox.run(python(CONNECT, "192.0.2.1", "443")))).isEqualTo("ENETUNREACH\n");
    assertThat(events.toString()).contains("192.0.2.1:443").contains("tcp://192.0.2.1:443");
    events.clear();
    assertThat(output(sandbox.run(python(CONNECT, "127.0.0.1", "1")))).isEqualTo("ECONNREFUSED\n");
    assertThat(events.toString()).doesNotContain("127.0.0.1:1");
  }

  @Test
  void theTargetIsTheCallerAndHasNoCapabilities() throws Exception {
    Sandbox sandbox = builder("loopback = \"own\"").build();
    Command command =
        Command.of("sh", "-c", "id -u; id -g; grep CapEff /proc/self/status; unshare -n true")
            .directory("/")
            .stdout(Stdio.capture());
    List<String> lines = output(sandbox.run(command)).lines().toList();
    ProcessBuilder bare = new ProcessBuilder("sh", "-c", "id -u; id -g");
    Process process = bare.start();
    String ids = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(lines.get(0) + "\n" + lines.get(1) + "\n").isEqualTo(ids);
    assertThat(lines.get(2)).isEqualTo("CapEff:\t0000000000000000");
    assertThat(lines.get(3)).contains("unshare failed");
  }
}
