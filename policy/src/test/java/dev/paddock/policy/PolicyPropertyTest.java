package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Printing gives back an equal policy, and nothing that is read brings anything but a clear error.
 */
class PolicyPropertyTest {
  private static final Origin ORIGIN = Origin.flag("random");

  @Test
  void whatIsPrintedReadsBackEqual() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 100; i++) {
      Policy policy = policy(random);
      String printed = PolicyPrinter.print(policy);
      Policy read = PolicyFile.parse("printed", printed.getBytes(StandardCharsets.UTF_8));
      assertThat(PolicyPrinter.print(read)).as("seed %d", seed).isEqualTo(printed);
      assertThat(read)
          .usingRecursiveComparison()
          .ignoringFieldsOfTypes(Origin.class)
          .as("seed %d:\n%s", seed, printed)
          .isEqualTo(policy);
    }
  }

  @Test
  void onlyClearErrorsComeOutOfDamagedFiles() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<byte[]> corpus = new ArrayList<>();
    for (String name : BuiltIns.names()) {
      corpus.add(BuiltIns.source(name).getBytes(StandardCharsets.UTF_8));
    }
    corpus.add(PolicyPrinter.print(policy(random)).getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < 800; i++) {
      byte[] damaged = corpus.get(random.nextInt(corpus.size())).clone();
      for (int n = random.nextInt(8); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] =
            (byte) " \"[]{}=.\\\n#\0\377x9".charAt(random.nextInt(15));
      }
      try {
        PolicyFile.parse("damaged", damaged);
      } catch (PolicyException e) {
        assertThat(e.problems()).as("seed %d", seed).isNotEmpty();
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError(
            "seed " + seed + ":\n" + new String(damaged, StandardCharsets.ISO_8859_1), e);
      }
    }
  }

  @Test
  void onlyClearErrorsComeOutOfDamagedValues() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String alphabet = "tcpudi:/*[].,-%0123456789abfGMK mshd${}~?\\x'\"treslfKIL";
    for (int i = 0; i < 10_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(24); n > 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String value = text.toString();
      for (Key key : Key.values()) {
        if (key != Key.EXTENDS
            && key != Key.EXEC_RULES
            && key != Key.ENVIRONMENT_SET
            && key != Key.GROUPS) {
          try {
            new PolicyBuilder().put(key, value, ORIGIN);
          } catch (ValueException expected) {
            assertThat(expected.problem()).as("seed %d, %s", seed, value).isNotBlank();
          }
        }
      }
    }
  }

  private static Policy policy(Random random) {
    List<Policy.Decision> decisions = List.of(Policy.Decision.values());
    PolicyBuilder builder = new PolicyBuilder();
    try {
      for (Key key : List.of(Key.FILES_READ, Key.FILES_WRITE, Key.FILES_DENY, Key.NETWORK_UNIX)) {
        for (int n = random.nextInt(6); n > 0; n--) {
          builder.putPath(key, path(random), ORIGIN);
        }
      }
      put(
          builder,
          random,
          Key.NETWORK_ALLOW,
          "tcp://*:443",
          "udp://10.0.0.0/8:53,60-70",
          "a.example:1",
          "[2001:db8::1]:5");
      put(builder, random, Key.NETWORK_DENY, "*", "icmp://*");
      put(builder, random, Key.NETWORK_BIND, "8080", "9000-9005", "*");
      put(builder, random, Key.NETWORK_DENY_BIND, "1", "2-3");
      put(
          builder,
          random,
          Key.EXEC_DENY,
          "sudo",
          "/usr/bin/*-setup",
          "q\\\"uo\\x5cte",
          "git push --f*",
          "'a b' \\xff");
      put(builder, random, Key.LIMITS_MEMORY, "2G", "64K");
      put(builder, random, Key.LIMITS_PROCESSES, "256");
      put(builder, random, Key.LIMITS_OPEN_FILES, "1024");
      put(builder, random, Key.LIMITS_CPU, "150%");
      put(builder, random, Key.LIMITS_CPU_CORES, "0", "1,3-5");
      put(builder, random, Key.LIMITS_TIME, "10m", "1500ms");
      put(builder, random, Key.LIMITS_CORE_DUMPS, "true", "false");
      put(builder, random, Key.ATTACH_SESSIONLESS, "false");
      put(builder, random, Key.FILES_MODE, "direct", "copy-on-write");
      put(builder, random, Key.ENVIRONMENT_PASS, "A", "B_*");
      put(builder, random, Key.ENVIRONMENT_INHERIT, "safe", "all", "clean");
      put(builder, random, Key.SYSCALLS_ALLOW, "io_uring_setup", "@io");
      put(builder, random, Key.SYSCALLS_DENY, "mlock");
      put(builder, random, Key.PROTECTIONS_DEGRADE, "landlock-network");
      put(builder, random, Key.PROTECTIONS_ALERTS, "kill", "report");
      put(builder, random, Key.VIEW_MODE, "auto", "off", "require");
      put(builder, random, Key.VIEW_LOOPBACK, "own", "host");
      put(builder, random, Key.VIEW_ROOT, "/srv/root", "${workspace}/root", "~/r\\x20t");
      put(builder, random, Key.VIEW_MOUNTS, "/data:/srv/data:ro", "/w:${workspace}", "/a:/b:ro:rw");
      put(builder, random, Key.SIGNALS_DENY, "tree:SIGKILL", "children:*", "self:0", "others:34");
      put(builder, random, Key.NAME, "n", "name with \"quotes\" and \\ and\ttab");
      put(builder, random, Key.DESCRIPTION, "d", "ünï ☃");
      for (int n = random.nextInt(3); n > 0; n--) {
        builder.setVariable("V" + n, ByteString.of("x\n\"" + random.nextInt()), ORIGIN);
        Optional<String> message =
            random.nextBoolean() ? Optional.empty() : Optional.of("say \u0007 \"no\"");
        builder.rule(
            new Policy.ExecRule(
                random.nextBoolean() ? ByteString.of("git\\" + n) : path(random),
                random.nextBoolean()
                    ? List.of()
                    : List.of(ByteString.of("push"), ByteString.of("--f*"), path(random)),
                random.nextBoolean()
                    ? List.of()
                    : List.of(ByteString.of("LD_PRELOAD=*"), path(random).plus(ByteString.of("="))),
                decisions.get(random.nextInt(decisions.size())),
                message,
                message.isPresent() && random.nextBoolean(),
                ORIGIN));
        builder.putExecDeny(
            ExecPattern.parse(ByteString.of("x 'a b' ''")).line(), Origin.flag("random"));
        builder.putExecDeny(new ExecPattern(path(random), List.of(path(random))).line(), ORIGIN);
      }
    } catch (ValueException e) {
      throw new AssertionError(e);
    }
    return builder.build();
  }

  /** Any bytes but NUL after a slash, and no variable. */
  private static ByteString path(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(10)];
    random.nextBytes(bytes);
    bytes[0] = '/';
    for (int i = 0; i < bytes.length; i++) {
      boolean variable = bytes[i] == '{' && i > 0 && bytes[i - 1] == '$';
      bytes[i] = bytes[i] == 0 || variable ? (byte) 'z' : bytes[i];
    }
    return ByteString.of(bytes);
  }

  private static void put(PolicyBuilder builder, Random random, Key key, String... values)
      throws ValueException {
    for (String value : values) {
      if (random.nextInt(3) == 0) {
        builder.put(key, value, ORIGIN);
      }
    }
  }
}
