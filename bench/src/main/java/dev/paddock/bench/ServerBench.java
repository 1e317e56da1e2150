package dev.paddock.bench;

import dev.paddock.policy.BuiltIns;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.RunningSandbox;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.Stdio;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server spends of its processor on a request: inside, in the view of {@code agent} with a
 * granted port, and bare. Its clients are bare, and have another processor.
 */
final class ServerBench {
  private static final int ROUNDS = 7;
  private static final String PORT = "25872";

  /**
   * A server and its client.
   *
   * @param server the command that serves until it is killed, in one process
   * @param client the command that makes requests
   * @param requests finds in the client's output how many
   */
  private record Pair(String name, List<String> server, List<String> client, Pattern requests) {}

  private final Table table;

  ServerBench(Table table) {
    this.table = table;
  }

  void run() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("paddock-bench");
    try {
      redis(folder);
      nginx(folder);
    } finally {
      Bench.delete(folder);
    }
  }

  private void redis(Path folder) throws IOException, InterruptedException {
    String[] server = {"--port", PORT, "--save", "", "--protected-mode", "no"};
    String[] client = {"-p", PORT, "-n", "100000", "-c", "16", "-t", "get"};
    measure(
        new Pair(
            "a GET of Redis",
            on(0, "/usr/bin/redis-server", server),
            on(1, "/usr/bin/redis-benchmark", client),
            Pattern.compile("(\\d+) requests completed")),
        folder);
  }

  private void nginx(Path folder) throws IOException, InterruptedException {
    Path configuration = folder.resolve("nginx.conf");
    StringBuilder temporary = new StringBuilder();
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      temporary.append(kind).append("_temp_path ").append(folder).append('/').append(kind);
      temporary.append("; ");
    }
    Files.writeString(folder.resolve("index.html"), "x".repeat(1000));
    Files.writeString(
        configuration,
        """
        daemon off; master_process off; pid %1$s/pid; error_log %1$s/log;
        events {}
        http { access_log off; %2$s server { listen 127.0.0.1:%3$s; root %1$s; } }
        """
            .formatted(folder, temporary, PORT));
    measure(
        new Pair(
            "a page of nginx",
            on(0, "/usr/sbin/nginx", "-c", configuration.toString(), "-e", folder + "/log"),
            on(1, "/usr/bin/wrk", "-t1", "-c16", "-d2s", "http://127.0.0.1:" + PORT + "/"),
            Pattern.compile("(\\d+) requests in")),
        folder);
  }

  private static List<String> on(int processor, String program, String... arguments) {
    List<String> words =
        new java.util.ArrayList<>(List.of("/usr/bin/taskset", "-c", "" + processor, program));
    words.addAll(List.of(arguments));
    return words;
  }

  private void measure(Pair pair, Path folder) throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of(pair.server().get(3)))
        || !Files.isExecutable(Path.of(pair.client().get(3)))) {
      return;
    }
    Sandbox sandbox =
        Sandbox.builder()
            .policy(BuiltIns.get("agent"))
            .workspace(folder)
            .view(ViewMode.REQUIRE)
            .bind(PORT)
            .build();
    double[] bare = new double[ROUNDS];
    double[] inside = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      Process process =
          new ProcessBuilder(pair.server())
              .directory(folder.toFile())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      bare[i] = perRequest(pair, process.pid());
      process.destroyForcibly().waitFor();
      Command command =
          Command.of(pair.server().toArray(String[]::new))
              .directory(folder.toString())
              .stdout(Stdio.none())
              .stderr(Stdio.none());
      try (RunningSandbox running = sandbox.start(command)) {
        inside[i] = perRequest(pair, running.pid());
      }
    }
    Series a = new Series("bare", bare);
    Series b = new Series("inside", inside);
    table.row(
        pair.name() + ", processor time of the server",
        a,
        b,
        "µs",
        "%.2f × bare's speed".formatted(1 / b.ratioTo(a)),
        "≥ 0.98 ×");
  }

  private static double perRequest(Pair pair, long server)
      throws IOException, InterruptedException {
    awaitPort();
    long before = spent(server);
    Process client = new ProcessBuilder(pair.client()).redirectErrorStream(true).start();
    String output = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    client.waitFor();
    long after = spent(server);
    Matcher matcher = pair.requests().matcher(output);
    if (!matcher.find()) {
      throw new IOException(pair.client() + " says: " + output);
    }
    return (after - before) / 1e3 / Long.parseLong(matcher.group(1));
  }

  private static void awaitPort() throws IOException, InterruptedException {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(PORT));
    for (int i = 0; ; i++) {
      try (Socket socket = new Socket()) {
        socket.connect(address);
        return;
      } catch (IOException e) {
        if (i == 500) {
          throw e;
        }
        Thread.sleep(10);
      }
    }
  }

  /** Nanoseconds on a processor, of the first thread: Documentation/scheduler/sched-stats.rst. */
  private static long spent(long process) throws IOException {
    String times = Files.readString(Path.of("/proc/" + process + "/schedstat"));
    return Long.parseLong(times.substring(0, times.indexOf(' ')));
  }
}
