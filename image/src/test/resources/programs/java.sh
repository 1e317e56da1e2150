# Java: javac, jar, threads, an HTTP server and client, jshell
# policy: build
# needs: javac java jar
# no view: there is no loopback of the run's own
cat >Hello.java <<'J'
import com.sun.net.httpserver.HttpServer;
import java.net.*;
import java.net.http.*;
public class Hello {
  public static void main(String[] a) throws Exception {
    HttpServer s = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    s.createContext("/", x -> { x.sendResponseHeaders(200, 2); x.getResponseBody().write("hi".getBytes()); x.close(); });
    s.start();
    HttpRequest q = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + s.getAddress().getPort())).build();
    System.out.println(HttpClient.newHttpClient().send(q, HttpResponse.BodyHandlers.ofString()).body());
    s.stop(0);
    Process p = new ProcessBuilder("echo", "child").inheritIO().start();
    System.exit(p.waitFor());
  }
}
J
javac Hello.java && jar cfe h.jar Hello *.class && java -jar h.jar && java Hello.java
