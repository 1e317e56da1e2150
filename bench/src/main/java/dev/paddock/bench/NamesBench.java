package dev.paddock.bench;

import dev.paddock.policy.BuiltIns;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * How long getaddrinfo(3) takes, asked of the network's name server and of ours. Runs in the
 * network of the image's tests, world.sh. Arguments: the program that looks up, an empty folder,
 * and the table to add to.
 */
final class NamesBench {
  private static final int ROUNDS = 7;

  private NamesBench() {}

  /** Adds its row. */
  public static void main(String[] arguments) throws Exception {
    String program = arguments[0];
    Sandbox sandbox =
        Sandbox.builder()
            .policy(BuiltIns.get("agent"))
            .workspace(Path.of(arguments[1]))
            .view(ViewMode.REQUIRE)
            .read(Path.of(program))
            .network("one.test:8001")
            .build();
    String[] words = {program, "name", "one.test", "200"};
    double[] bare = new double[ROUNDS];
    double[] inside = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      Process process = new ProcessBuilder(words).start();
      bare[i] = milliseconds(process.getInputStream().readAllBytes());
      Result result = sandbox.run(Command.of(words));
      inside[i] = milliseconds(result.stdout());
    }
    Series a = new Series("bare", bare);
    Series b = new Series("inside", inside);
    Table table = new Table();
    table.row(
        "a granted name looked up, against dnsmasq on this machine",
        a,
        b,
        "ms",
        "%+.2f ms".formatted(b.moreThan(a)),
        "≤ +0.3 ms");
    Files.write(
        Path.of(arguments[2]),
        List.of(table.toString().stripTrailing()),
        StandardOpenOption.APPEND);
  }

  private static double milliseconds(byte[] text) throws IOException {
    String number = new String(text, StandardCharsets.US_ASCII).strip();
    if (number.isEmpty()) {
      throw new IOException("a name was not found");
    }
    return Double.parseDouble(number) / 1e6;
  }
}
