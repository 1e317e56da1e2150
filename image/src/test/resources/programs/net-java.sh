# Java: HttpClient, URLConnection, NIO channels, threads
# policy: build
# network: --net-allow one.test:80,443,8001
# needs: openssl java
cat >T.java <<'EOF'
import java.net.*; import java.net.http.*; import java.nio.*; import java.nio.channels.*; import java.util.concurrent.*; import java.util.*;
class T {
  public static void main(String[] a) throws Exception {
    var client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.ALWAYS).build();
    System.out.print(client.send(HttpRequest.newBuilder(URI.create("http://one.test/elsewhere")).build(), HttpResponse.BodyHandlers.ofString()).body());
    System.out.print(new String(URI.create("http://one.test/").toURL().openStream().readAllBytes()));
    { var pool = Executors.newCachedThreadPool();
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) all.add(pool.submit(() -> { try (var s = new Socket("one.test", 8001)) { return s.getInputStream().readAllBytes().length; } }));
      int sum = 0; for (var one : all) sum += one.get();
      System.out.println(sum); pool.shutdown();
    }
    var channel = SocketChannel.open(); channel.configureBlocking(false); var selector = Selector.open();
    channel.register(selector, SelectionKey.OP_CONNECT); channel.connect(new InetSocketAddress("one.test", 8001)); selector.select();
    System.out.println(channel.finishConnect() + " " + ((InetSocketAddress) channel.getRemoteAddress()).getPort());
    try { new Socket("one.test", 82).close(); } catch (SocketException e) { System.out.println("refused"); }
  }
}
EOF
java T.java
