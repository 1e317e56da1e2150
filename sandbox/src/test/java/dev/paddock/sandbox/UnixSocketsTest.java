package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.PolicyException;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.event.Event;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Unix sockets: the run's own work as bare, others only where the policy names them. */
final class UnixSocketsTest {
  /** What programs do with sockets of their own, each line what came of it. */
  private static final String OWN =
      """
      import array, errno, os, signal, socket, struct, sys, threading, time
      S, D, Q = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET
      def unix(kind=S): return socket.socket(socket.AF_UNIX, kind)
      def say(what, action):
          try:
              print(what, action(), flush=True)
          except OSError as e:
              print(what, errno.errorcode.get(e.errno, str(e)), flush=True)
      def bound(name, kind=S, backlog=16):
          s = unix(kind); s.bind(name)
          if kind != D: s.listen(backlog)
          return s
      server = bound("server")
      client = unix(); say("connect", lambda: client.connect("server"))
      peer = server.accept()[0]
      say("name", lambda: client.getpeername())
      say("again", lambda: client.connect("server"))
      for kind in (S, Q):
          name = "kind%d" % kind
          s = bound(name, kind); c = unix(kind); say("kind", lambda: c.connect(name)); a = s.accept()[0]
          say("sent", lambda: c.sendmsg([b"ab", b"cd"])); print(a.recv(9))
      r, w = os.pipe()
      socket.send_fds(client, [b"fd"], [w, w])
      message, fds, _, _ = socket.recv_fds(peer, 9, 3)
      os.write(fds[0], b"through"); print(message, len(fds), os.read(r, 9))
      box = bound("box", D); out = unix(D)
      say("sendto", lambda: out.sendto(b"one", "box")); print(box.recv(9))
      say("sendmsg", lambda: out.sendmsg([b"two"], [], 0, "box")); print(box.recv(9))
      say("long", lambda: out.sendto(bytes(1 << 23), "box"))
      one, two = socket.socketpair(socket.AF_UNIX, D)
      say("pair", lambda: one.sendto(b"three", "box")); print(box.recv(9))
      say("wrong kind", lambda: unix(D).connect("server"))
      say("stream with address", lambda: client.sendto(b"x", "server"))
      say("absent", lambda: unix().connect("absent"))
      say("no directory", lambda: unix().connect("absent/x"))
      say("empty", lambda: unix().connect(""))
      open("file", "w").close(); say("a file", lambda: unix().connect("file"))
      bound("stale").close(); say("stale", lambda: unix().connect("stale"))
      say("bound twice", lambda: bound("server"))
      say("bound nowhere", lambda: bound("absent/x"))
      say("bound to a name with a slash", lambda: bound("x/"))
      say("bound to nothing", lambda: unix().bind(""))
      os.umask(0o027); bound("masked"); print(oct(os.stat("masked").st_mode))
      os.mkdir("inner"); os.symlink("../server", "inner/link"); os.chdir("inner")
      say("by a link", lambda: unix().connect("link")); os.chdir("..")
      say("by a descriptor", lambda: unix().connect("/proc/self/fd/%d" % os.open("server", os.O_PATH)))
      say("absolute", lambda: unix().connect(os.getcwd() + "/server"))
      big = bytes(3 << 20)
      got = []
      def drain():
          while sum(got) < len(big): got.append(len(peer.recv(1 << 16)))
      t = threading.Thread(target=drain); t.start()
      say("three megabytes", lambda: client.sendmsg([big])); t.join()
      client.setblocking(False)
      print("part", 0 < client.sendmsg([big]) < len(big))
      say("full", lambda: [client.sendmsg([big]) for i in range(99)])
      client.setblocking(True); client.settimeout(None)
      client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 20000))
      say("time-out", lambda: client.sendmsg([big]))
      full = bound("full", S, 0); first = unix(); first.connect("full")
      class Alarm(Exception): pass
      def ring(*_): raise Alarm()
      signal.signal(signal.SIGALRM, ring)
      def interrupted(action):
          signal.setitimer(signal.ITIMER_REAL, 0.05)
          try: action()
          except Alarm: return "interrupted"
          finally: signal.setitimer(signal.ITIMER_REAL, 0)
      say("no room", lambda: interrupted(lambda: unix().connect("full")))
      late = unix(); late.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 20000))
      say("no room in time", lambda: late.connect("full"))
      hasty = unix(); hasty.setblocking(False); say("no room now", lambda: hasty.connect("full"))
      waiter = unix(); t = threading.Thread(target=lambda: say("room at last", lambda: waiter.connect("full")))
      t.start(); full.accept(); t.join()
      crowd = unix(D); slow = bound("slow", D); crowd.setblocking(False)
      say("crowded", lambda: [crowd.sendto(b"x" * 9000, "slow") for i in range(999)])
      crowd.setblocking(True); say("wait", lambda: interrupted(lambda: crowd.sendto(b"x" * 9000, "slow")))
      t = threading.Thread(target=lambda: say("space at last", lambda: crowd.sendto(b"x" * 9000, "slow")))
      t.start(); slow.recv(9000); t.join()
      a, b = socket.socketpair(); b.close()
      say("broken pipe", lambda: a.sendmsg([b"x"]))
      if os.fork() == 0:
          signal.signal(signal.SIGPIPE, signal.SIG_DFL); a.sendmsg([b"x"]); os._exit(0)
      print("broken pipe", os.waitstatus_to_exitcode(os.wait()[1]))
      say("bad descriptor", lambda: socket.send_fds(two, [b"x"], [999]))
      ended = unix(); ended.connect("server"); say("dissolved", lambda: ended.sendmsg([b"x"]))
      """;

  private static final String ADDRESS =
      """
      import errno, socket, sys
      for path in sys.argv[1:]:
          try:
              socket.socket(socket.AF_UNIX).connect(path)
              print("connected")
          except OSError as e:
              print(errno.errorcode[e.errno])
      """;

  @TempDir private Path folder = Path.of("");

  private static Command python(Path directory, String... words) {
    List<String> argv = new ArrayList<>(List.of("python3", "-I", "-c"));
    argv.addAll(List.of(words));
    return Command.of(argv.toArray(String[]::new))
        .directory(directory.toString())
        .stdout(Stdio.capture())
        .stderr(Stdio.capture());
  }

  private static String output(Result result) {
    return new String(result.stdout(), StandardCharsets.UTF_8)
        + new String(result.stderr(), StandardCharsets.UTF_8);
  }

  /** Without a view, and with a network of the run's own. */
  private static Sandbox.Builder sandbox(ViewMode view, String network) throws PolicyException {
    String own = view == ViewMode.OFF ? "" : "[view]\nloopback = \"own\"\n";
    String text = "extends = \"base\"\n[network]\n" + network + "\n" + own;
    return Sandbox.builder()
        .policy(PolicyFile.parse("test", text.getBytes(StandardCharsets.UTF_8)))
        .view(view);
  }

  @ParameterizedTest
  @EnumSource(
      value = ViewMode.class,
      names = {"OFF", "AUTO"})
  void whatTheRunMakesItself(ViewMode view) throws Exception {
    Path bare = Files.createDirectory(folder.resolve("bare"));
    Path inside = Files.createDirectory(folder.resolve("inside"));
    Process process =
        new ProcessBuilder("python3", "-I", "-c", OWN)
            .directory(bare.toFile())
            .redirectErrorStream(true)
            .start();
    String expected = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(expected).hasLineCount(47).contains("no room interrupted");
    Result result = sandbox(view, "").write(inside).build().run(python(inside, OWN));
    assertThat(output(result)).isEqualTo(expected);
  }

  /** A server outside; what connects to it is never accepted, but counted. */
  private static ServerSocketChannel outside(Path path) throws Exception {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    server.configureBlocking(false);
    return server;
  }

  @ParameterizedTest
  @EnumSource(
      value = ViewMode.class,
      names = {"OFF", "AUTO"})
  void thoseOfOthersOnlyWhereTheyAreNamed(ViewMode view) throws Exception {
    Path named = folder.resolve("named");
    Path other = folder.resolve("other.sock");
    Path docker = folder.resolve("docker.sock");
    List<Event> events = new CopyOnWriteArrayList<>();
    try (ServerSocketChannel granted = outside(named);
        ServerSocketChannel refused = outside(other);
        ServerSocketChannel powerful = outside(docker)) {
      Sandbox sandbox =
          sandbox(view, "unix = [\"" + named + "\", \"" + folder + "/dock*\"]")
              .read(folder)
              .onEvent(events::add)
              .build();
      Result result =
          sandbox.run(
              python(folder, ADDRESS, named.toString(), other.toString(), docker.toString()));
      assertThat(output(result)).isEqualTo("connected\nEACCES\nEACCES\n");
      assertThat(granted.accept()).isNotNull();
      assertThat(refused.accept()).isNull();
      assertThat(powerful.accept()).isNull();
    }
    assertThat(events)
        .filteredOn(Event.Denied.class::isInstance)
        .extracting(event -> ((Event.Denied) event).hint())
        .containsExactly("--unix-allow " + other, "--unix-allow " + docker);
    assertThat(events.toString()).contains("who reaches Docker is root");
  }

  @Test
  void aPathThatIsNotThereIsAnErrorOfThePolicy() throws Exception {
    Path absent = folder.resolve("absent");
    assertThatThrownBy(() -> sandbox(ViewMode.OFF, "unix = [\"" + absent + "\"]").build())
        .hasMessageContaining("network.unix \"" + absent + "\": " + absent + " does not exist");
    Sandbox sandbox = sandbox(ViewMode.OFF, "unix = [\"" + absent + "?\"]").build();
    assertThat(output(sandbox.run(python(folder, ADDRESS, absent.toString()))))
        .isEqualTo("ENOENT\n");
  }

  @Test
  void abstractNamesAreTheNetworksOfWhichTheyAre() throws Exception {
    String code =
        """
        import errno, socket
        try:
            s = socket.socket(socket.AF_UNIX); s.bind("\\0paddock-test"); s.listen()
            socket.socket(socket.AF_UNIX).connect("\\0paddock-test"); print("connected")
        except OSError as e:
            print(errno.errorcode[e.errno])
        """;
    assertThat(output(sandbox(ViewMode.OFF, "").build().run(python(folder, code))))
        .isEqualTo("EACCES\n");
    Feature loopback = Host.probe().view(ViewPart.LOOPBACK);
    assumeTrue(loopback.available(), loopback.detail());
    assertThat(output(sandbox(ViewMode.AUTO, "").build().run(python(Path.of("/"), code))))
        .isEqualTo("connected\n");
  }
}
