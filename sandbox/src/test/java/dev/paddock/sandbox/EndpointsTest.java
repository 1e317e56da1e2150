package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.policy.Policy;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.policy.PolicyFile;
import dev.paddock.policy.Variables;
import dev.paddock.sandbox.event.Event;
import dev.paddock.sandbox.plan.PolicyPlanner;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints by address: what is granted is reached by every call, and nothing else is. */
final class EndpointsTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private static final String HEAD =
      """
      import errno, os, signal, socket, sys, time
      A, T, U = socket.AF_INET, socket.SOCK_STREAM, socket.SOCK_DGRAM
      def say(what, action):
          try:
              print(what, action(), flush=True)
          except OSError as e:
              print(what, errno.errorcode.get(e.errno, str(e)), flush=True)
      """;

  private static Sandbox.Builder sandbox(ViewMode view, String network) throws Exception {
    // On the host's network; one of the run's own is LoopbackTest's and the image's.
    String text = "extends = \"base\"\nview.loopback = \"host\"\n[network]\n" + network + "\n";
    return Sandbox.builder()
        .policy(PolicyFile.parse("test", text.getBytes(StandardCharsets.UTF_8)))
        .view(view);
  }

  private static String run(Sandbox sandbox, String code, Object... words) throws Exception {
    List<String> argv = new ArrayList<>(List.of("python3", "-I", "-c", HEAD + code));
    for (Object word : words) {
      argv.add("" + word);
    }
    Result result =
        sandbox.run(
            Command.of(argv.toArray(String[]::new))
                .directory("/")
                .stdout(Stdio.capture())
                .stderr(Stdio.capture()));
    return new String(result.stdout(), StandardCharsets.UTF_8)
        + new String(result.stderr(), StandardCharsets.UTF_8);
  }

  private static ServerSocket server() throws Exception {
    return new ServerSocket(0, 50, LOOPBACK);
  }

  private static void assertUntouched(ServerSocket server) throws Exception {
    server.setSoTimeout(1);
    assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = ViewMode.class,
      names = {"OFF", "AUTO"})
  void tcpIsReachedWhereItIsGranted(ViewMode view) throws Exception {
    List<Event> events = new CopyOnWriteArrayList<>();
    try (ServerSocket granted = server();
        ServerSocket refused = server()) {
      Sandbox sandbox =
          sandbox(view, "allow = [\"127.0.0.1:" + granted.getLocalPort() + "\"]")
              .onEvent(events::add)
              .build();
      String code =
          """
          good, bad = int(sys.argv[1]), int(sys.argv[2])
          say("granted", lambda: socket.socket().connect(("127.0.0.1", good)))
          say("other", lambda: socket.socket().connect(("127.0.0.1", bad)))
          say("mapped", lambda: socket.socket(socket.AF_INET6).connect(("::ffff:127.0.0.1", bad)))
          say("unspecified", lambda: socket.socket().connect(("0.0.0.0", bad)))
          s = socket.socket(); s.setblocking(False)
          say("not waiting", lambda: s.connect_ex(("127.0.0.1", good)) in (0, errno.EINPROGRESS))
          say("twice", lambda: [s.getpeername(), s.connect_ex(("127.0.0.1", good)) in (0, errno.EISCONN)][1])
          say("no udp", lambda: socket.socket(A, U).sendto(b"x", ("127.0.0.1", bad)))
          say("fast open", lambda: socket.socket().sendto(b"x", 0x20000000, ("127.0.0.1", bad)))
          say("listening", lambda: socket.socket().listen())
          """;
      assertThat(run(sandbox, code, granted.getLocalPort(), refused.getLocalPort()))
          .isEqualTo(
              """
              granted None
              other EACCES
              mapped EACCES
              unspecified EACCES
              not waiting True
              twice True
              no udp EACCES
              fast open EPERM
              listening EACCES
              """);
      assertThat(granted.accept()).isNotNull();
      assertUntouched(refused);
      assertThat(events)
          .filteredOn(Event.Denied.class::isInstance)
          .extracting(event -> ((Event.Denied) event).hint())
          .contains(
              "--net-allow tcp://127.0.0.1:" + refused.getLocalPort(),
              "--net-allow udp://127.0.0.1:" + refused.getLocalPort());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ViewMode.class,
      names = {"OFF", "AUTO"})
  void datagramsAreJudgedOneByOne(ViewMode view) throws Exception {
    try (DatagramSocket granted = new DatagramSocket(0, LOOPBACK);
        DatagramSocket refused = new DatagramSocket(0, LOOPBACK)) {
      Sandbox sandbox =
          sandbox(view, "allow = [\"udp://127.0.0.1:" + granted.getLocalPort() + "\"]").build();
      String code =
          """
          good, bad = ("127.0.0.1", int(sys.argv[1])), ("127.0.0.1", int(sys.argv[2]))
          s = socket.socket(A, U)
          say("sendto", lambda: s.sendto(b"1", good))
          say("other", lambda: s.sendto(b"x", bad))
          say("sendmsg", lambda: s.sendmsg([b"2", b"3"], [], 0, good))
          say("other", lambda: s.sendmsg([b"x"], [], 0, bad))
          say("other", lambda: s.connect(bad))
          say("connect", lambda: s.connect(good))
          say("send", lambda: s.send(b"4"))
          say("other", lambda: s.sendto(b"x", bad))
          say("tcp", lambda: socket.socket().connect(good))
          say("bind", lambda: socket.socket(A, U).bind(("0.0.0.0", 0)))
          say("bind", lambda: socket.socket(A, U).bind(("127.0.0.1", 5353)))
          """;
      assertThat(run(sandbox, code, granted.getLocalPort(), refused.getLocalPort()))
          .isEqualTo(
              """
              sendto 1
              other EACCES
              sendmsg 2
              other EACCES
              other EACCES
              connect None
              send 1
              other EACCES
              tcp EPERM
              bind None
              bind EACCES
              """);
      DatagramPacket packet = new DatagramPacket(new byte[9], 9);
      for (int length : new int[] {1, 2, 1}) {
        granted.receive(packet);
        assertThat(packet.getLength()).isEqualTo(length);
      }
      refused.setSoTimeout(1);
      assertThatThrownBy(() -> refused.receive(packet)).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void everyHostIsNotThisOne() throws Exception {
    try (ServerSocket server = server()) {
      String code =
          "say('connect', lambda: socket.socket().connect(('127.0.0.1', int(sys.argv[1]))))";
      assertThat(run(sandbox(ViewMode.OFF, "allow = [\"*\"]").build(), code, server.getLocalPort()))
          .isEqualTo("connect EACCES\n");
      assertThat(
              run(
                  sandbox(ViewMode.OFF, "allow = [\"*\", \"localhost\"]\ndeny = [\"127.0.0.0/8\"]")
                      .build(),
                  code,
                  server.getLocalPort()))
          .isEqualTo("connect EACCES\n");
      assertUntouched(server);
      assertThat(
              run(
                  sandbox(ViewMode.OFF, "allow = [\"localhost\"]").build(),
                  code,
                  server.getLocalPort()))
          .isEqualTo("connect None\n");
    }
  }

  @Test
  void whatListensIsOnThePortsThatAreGranted() throws Exception {
    int port;
    try (ServerSocket free = server()) {
      port = free.getLocalPort();
    }
    String code =
        """
        def listen(port):
            s = socket.socket(); s.bind(("127.0.0.1", port)); s.listen(); return s.getsockname()[1] == port
        for port in sys.argv[1:]: say("port", lambda: listen(int(port)))
        say("unbound", lambda: socket.socket().listen())
        """;
    Sandbox sandbox =
        sandbox(
                ViewMode.OFF,
                "bind = [\""
                    + (port - 1)
                    + "-"
                    + port
                    + "\"]\ndeny-bind = [\""
                    + (port - 1)
                    + "\"]")
            .build();
    assertThat(run(sandbox, code, port, port - 1, port + 1, 0))
        .isEqualTo("port True\nport EACCES\nport EACCES\nport EACCES\nunbound EACCES\n");
  }

  /** A server whose queue is full answers no further connection: who waits is not alone. */
  @Test
  void aConnectThatWaitsDelaysNobodyAndGivesWayToSignals() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, LOOPBACK);
        ServerSocket other = server()) {
      String code =
          """
          import threading, struct
          full, other = ("127.0.0.1", int(sys.argv[1])), ("127.0.0.1", int(sys.argv[2]))
          kept = []
          for i in range(4):
              s = socket.socket(); s.setblocking(False); s.connect_ex(full); kept.append(s)
          def wait(): socket.socket().connect(full)
          for i in range(20): threading.Thread(target=wait, daemon=True).start()
          say("others", lambda: socket.socket().connect(other))
          late = socket.socket()
          late.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 30000))
          say("time-out", lambda: late.connect(full))
          class Alarm(Exception): pass
          def ring(*_): raise Alarm()
          signal.signal(signal.SIGALRM, ring)
          signal.setitimer(signal.ITIMER_REAL, 0.05)
          try: socket.socket().connect(full)
          except Alarm: print("interrupted", flush=True)
          os._exit(0)
          """;
      String allow = "allow = [\"127.0.0.1\"]";
      assertThat(
              run(
                  sandbox(ViewMode.OFF, allow).build(),
                  code,
                  full.getLocalPort(),
                  other.getLocalPort()))
          .isEqualTo("others None\ntime-out EINPROGRESS\ninterrupted\n");
    }
  }

  /**
   * The filter cannot see an address: what only the supervisor judges is not granted without it.
   */
  @Test
  void addressesWithoutASupervisorAreRefused() throws Exception {
    for (String rules :
        List.of(
            "allow = [\"udp://127.0.0.1:53\"]",
            "allow = [\"127.0.0.1\"]",
            "allow = [\"example.com:443\"]",
            "publish = [\"8080\"]",
            "allow = [\"icmp://127.0.0.1\"]",
            "allow = [\"tcp://*:443\"]\ndeny = [\"10.0.0.0/8\"]",
            "unix = [\"/tmp\"]")) {
      Policy policy =
          PolicyFile.parse(
              "test",
              ("extends = \"base\"\n[view]\nmode = \"off\"\n[network]\n" + rules)
                  .getBytes(StandardCharsets.UTF_8));
      SupervisionOptions none =
          SupervisionOptions.builder().want(SupervisionOptions.Wish.KERNEL_ONLY).build();
      Variables variables =
          PolicyPlanner.variables("/".getBytes(StandardCharsets.UTF_8), List.of());
      assertThatThrownBy(() -> Planner.plan(policy, variables, Host.probe(), none))
          .as(rules)
          .hasMessageContaining("a supervisor, and there is none: --no-supervisor");
    }
  }

  @Test
  void aPortThatIsTakenIsBoundAsAnotherWhereThatIsAskedFor() throws Exception {
    String server =
        """
        s = socket.socket()
        try:
          s.bind(("0.0.0.0", int(sys.argv[1]))); s.listen()
          print(*s.getsockname(), flush=True)
          sys.stdin.read()
        except OSError as e: print(e.strerror, flush=True)
        """;
    for (ViewMode view : List.of(ViewMode.AUTO, ViewMode.OFF)) {
      try (ServerSocket taken = server()) {
        int port = taken.getLocalPort();
        String bind = "bind = [\"" + port + "\"]";
        assertThat(run(sandbox(view, bind).build(), server, port))
            .isEqualTo("Address already in use\n");
        for (String grant : List.of(bind, bind.replace("bind", "publish"))) {
          Command command =
              Command.of("python3", "-I", "-c", HEAD + server, "" + port)
                  .directory("/")
                  .stdin(Stdio.pipe())
                  .stdout(Stdio.pipe());
          Sandbox sandbox = sandbox(view, grant + "\nport-remap = true").build();
          try (RunningSandbox running = sandbox.start(command);
              BufferedReader lines =
                  new BufferedReader(
                      new InputStreamReader(running.stdout(), StandardCharsets.US_ASCII))) {
            List<String> name = List.of(lines.readLine().split(" ", -1));
            assertThat(name.getFirst()).isEqualTo(grant.equals(bind) ? "0.0.0.0" : "127.0.0.1");
            int another = Integer.parseInt(name.getLast());
            assertThat(another).isNotEqualTo(port);
            assertThat(running.ports()).isEqualTo(Map.of(port, another));
            new Socket(LOOPBACK, another).close();
            running.stdin().close();
            assertThat(running.waitFor().status()).isZero();
          }
        }
      }
    }
  }
}
