package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /data:/srv/data:ro | /data  | /srv/data | true
          /data:/srv/data    | /data  | /srv/data | false
          /data:/srv/data:rw | /data  | /srv/data | false
          /a:/b:c            | /a     | /b:c      | false
          /a:/b:ro:rw        | /a     | /b:ro     | false
          /a:/b:ro:ro        | /a     | /b:ro     | true
          /a:~/b             | /a     | ~/b       | false
          """)
  void readsMounts(String text, String place, String source, boolean readOnly)
      throws ValueException {
    RootMount mount = RootMount.parse(text);
    assertThat(mount.place()).hasToString(place);
    assertThat(mount.source()).hasToString(source);
    assertThat(mount.readOnly()).isEqualTo(readOnly);
    assertThat(RootMount.parse("" + mount)).isEqualTo(mount);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/a", "/a:", ":/a", "a:/b", "/a:b", "/a*:/b", "/a:/b?", "/a/../c:/b", "/a:ro"})
  void refusesMounts(String text) {
    assertThatThrownBy(() -> RootMount.parse(text)).isInstanceOf(ValueException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          api.example.com:443        | api.example.com:443
          TCP-is-a-host:1            | tcp-is-a-host:1
          tcp://*:443,8000-8010      | tcp://*:443,8000-8010
          udp://10.0.0.53:53         | udp://10.0.0.53:53
          10.0.0.0/8:5432            | 10.0.0.0/8:5432
          [2001:db8::/32]:443        | [2001:db8:0:0:0:0:0:0/32]:443
          [::ffff:10.1.2.3]:80       | 10.1.2.3:80
          [::ffff:10.0.0.0/104]      | 10.0.0.0/8
          icmp://*                   | icmp://*
          *                          | *
          [::1]                      | [0:0:0:0:0:0:0:1]
          """)
  void readsEndpoints(String text, String canonical) throws ValueException {
    Endpoint endpoint = Endpoint.parse(text);
    assertThat(endpoint).hasToString(canonical);
    assertThat(Endpoint.parse(endpoint.toString())).isEqualTo(endpoint);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":443",
        "http://x",
        "1.2.3.4.5:1",
        "1.2.3:80",
        "256.1.1.1",
        "01.2.3.4",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "a..b",
        "-a",
        "a-:1",
        "[::1",
        "[::1]x",
        "[1.2.3.4]",
        "::1",
        "[\uff12::1]",
        "x:70000",
        "x:9-1",
        "x:",
        "x:a",
        "icmp://x:1",
        "[fe80::1%eth0]",
        "[1:2:3:4:5:6:7:8:9]",
        "[::1::2]",
        "10.0.0.0/",
        "x/8",
        "a b"
      })
  void refusesWhatIsNoEndpoint(String text) {
    assertThatThrownBy(() -> Endpoint.parse(text)).isInstanceOf(ValueException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "512,512",
    "1K,1024",
    "64k,65536",
    "2G,2147483648",
    "2GiB,2147483648",
    "1T,1099511627776"
  })
  void readsSizes(String text, long bytes) throws ValueException {
    assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    assertThat(ByteSize.parse(ByteSize.parse(text).toString()).bytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-1", "1.5G", "G", "1GG", "1 G", "1B", "9999999999999999999", "9E9", "16E"})
  void refusesWhatIsNoSize(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text)).isInstanceOf(ValueException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "90,90000",
    "500ms,500",
    "1.5s,1500",
    "10m,600000",
    "2h,7200000",
    "1d,86400000",
    "1h30m,5400000"
  })
  void readsDurations(String text, long millis) throws ValueException {
    assertThat(Durations.parse(text).toMillis()).isEqualTo(millis);
    assertThat(Durations.parse(Durations.format(Durations.parse(text))).toMillis())
        .isEqualTo(millis);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-1", "0", "1x", "1.", ".5", "1.2.3s", "1m30", "99999d", "9999999999999"})
  void refusesWhatIsNoDuration(String text) {
    assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(ValueException.class);
  }

  /** Finer than a millisecond is possible: a thousandth of one must not be printed as nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"0.001ms", "1.5ms", "1.999ms", "0.001s", "1h0.001ms"})
  void printsDurationsAsFineAsTheyAre(String text) throws ValueException {
    Duration duration = Durations.parse(text);
    assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
    assertThat(Durations.format(Duration.ofNanos(1))).isEqualTo("0.001ms");
    assertThat(Durations.format(Duration.ofNanos(1_999_999))).isEqualTo("2ms");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/\\x\uff11\uff11", "/\\x1\u0661"})
  void onlyPlainDigitsMakeAByte(String text) {
    assertThatThrownBy(() -> PathPattern.parse(text)).isInstanceOf(ValueException.class);
  }

  @Test
  void expandsVariables() throws ValueException {
    Variables variables =
        new Variables(
            ByteString.of("/w"),
            ByteString.of("/home/u"),
            ByteString.of("/tmp/t"),
            ByteString.of("/w/.git"),
            null,
            List.of(ByteString.of("A=/a"), ByteString.of("EMPTY=")));
    assertThat(expand(variables, "${workspace}/x")).isEqualTo("/w/x");
    assertThat(expand(variables, "~/.ssh")).isEqualTo("/home/u/.ssh");
    assertThat(expand(variables, "~")).isEqualTo("/home/u");
    assertThat(expand(variables, "${env:A}")).isEqualTo("/a");
    assertThat(expand(variables, "${env:B:-${env:EMPTY:-${tmp}}}/y")).isEqualTo("/tmp/t/y");
    for (String wrong : List.of("${env:B}", "${nope}", "${workspace", "${env:}", "${}")) {
      assertThatThrownBy(() -> expand(variables, wrong))
          .as(wrong)
          .isInstanceOf(ValueException.class);
    }
  }

  private static String expand(Variables variables, String text) throws ValueException {
    return variables.expand(ByteString.of(text)).toString();
  }

  @Test
  void globsAgreeWithABacktrackingModel() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      String pattern = word(random, "ab/*?", 7);
      String text = word(random, "ab/", 8);
      assertThat(Glob.of(ByteString.of(pattern)).matches(ByteString.of(text)))
          .as("seed %d: glob %s, text %s", seed, pattern, text)
          .isEqualTo(model(pattern, text));
    }
  }

  private static boolean model(String pattern, String text) {
    if (pattern.isEmpty()) {
      return text.isEmpty();
    }
    if (pattern.startsWith("**")) {
      return model(pattern.substring(2), text)
          || (!text.isEmpty() && model(pattern, text.substring(1)));
    }
    if (pattern.charAt(0) == '*') {
      return model(pattern.substring(1), text)
          || (!text.isEmpty() && text.charAt(0) != '/' && model(pattern, text.substring(1)));
    }
    return !text.isEmpty()
        && (pattern.charAt(0) == '?' ? text.charAt(0) != '/' : pattern.charAt(0) == text.charAt(0))
        && model(pattern.substring(1), text.substring(1));
  }

  private static String word(Random random, String alphabet, int most) {
    StringBuilder word = new StringBuilder();
    for (int n = random.nextInt(most); n > 0; n--) {
      word.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return word.toString();
  }

  @Test
  void pathsKeepTheirBytes() throws ValueException {
    PathPattern path = PathPattern.parse("/a\\xFF\\\\b?");
    assertThat(path.optional()).isTrue();
    assertThat(path.text().toBytes()).isEqualTo(new byte[] {'/', 'a', (byte) 0xff, '\\', 'b'});
    assertThat(PathPattern.parse(path.toString())).isEqualTo(path);
  }

  @Test
  void showsDifferentBytesDifferentlyAndWithoutControls() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 5000; i++) {
      byte[] bytes = new byte[random.nextInt(12)];
      random.nextBytes(bytes);
      String shown = ByteString.of(bytes).toString();
      assertThat(shown.chars().noneMatch(Character::isISOControl)).as("seed %d", seed).isTrue();
      assertThat(unescape(shown)).as("seed %d: %s", seed, shown).isEqualTo(ByteString.of(bytes));
    }
  }

  private static ByteString unescape(String shown) {
    try {
      return PathPattern.unescape(shown);
    } catch (ValueException e) {
      return ByteString.of("?? " + e.problem());
    }
  }

  @Test
  void selectsTheEnvironment() throws ValueException {
    PolicyBuilder builder = new PolicyBuilder();
    Origin origin = Origin.flag("test");
    builder
        .put(Key.ENVIRONMENT_PASS, "MY_*", origin)
        .put(Key.ENVIRONMENT_PASS, "EXACT_TOKEN", origin);
    builder.setVariable("LANG", ByteString.of("C"), origin);
    List<String> selected =
        select(
            builder.build(),
            "PATH=/p",
            "LC_ALL=x",
            "SECRET=1",
            "MY_THING=2",
            "MY_TOKEN=3",
            "EXACT_TOKEN=4",
            "LANG=de",
            "odd");
    assertThat(selected)
        .containsExactly("PATH=/p", "LC_ALL=x", "MY_THING=2", "EXACT_TOKEN=4", "LANG=C");
    builder.put(Key.ENVIRONMENT_INHERIT, "all", origin);
    assertThat(select(builder.build(), "SECRET=1", "LANG=de"))
        .containsExactly("SECRET=1", "LANG=C");
    builder.put(Key.ENVIRONMENT_INHERIT, "clean", origin);
    assertThat(select(builder.build(), "PATH=/p", "HOME=/h", "TERM=t"))
        .containsExactly("PATH=/p", "TERM=t", "LANG=C");
  }

  private static List<String> select(Policy policy, String... inherited) {
    List<byte[]> bytes = new ArrayList<>();
    for (String assignment : inherited) {
      bytes.add(assignment.getBytes(StandardCharsets.UTF_8));
    }
    List<String> selected = new ArrayList<>();
    for (byte[] assignment : policy.environment().select(bytes)) {
      selected.add(new String(assignment, StandardCharsets.UTF_8));
    }
    return selected;
  }

  @Test
  void aDirectoryCanBeNamedWithoutSomeOfIt() throws Exception {
    PathPattern path = PathPattern.parse("/etc/!(shadow*|ssl/./private|\\x41)?");
    assertThat(path)
        .isEqualTo(
            new PathPattern(
                ByteString.of("/etc"),
                true,
                List.of(
                    ByteString.of("shadow*"), ByteString.of("ssl/private"), ByteString.of("A"))));
    assertThat(path.toString()).isEqualTo("/etc/!(shadow*|ssl/private|A)?");
    assertThat(PathPattern.parse(path.toString())).isEqualTo(path);
    PathPattern root = PathPattern.parse("/!(home)");
    assertThat(root)
        .isEqualTo(new PathPattern(ByteString.of("/"), false, List.of(ByteString.of("home"))));
    assertThat(PathPattern.parse(root.toString())).isEqualTo(root);
    assertThat(PathPattern.parse("/a!(b)").text()).isEqualTo(ByteString.of("/a!(b)"));
    for (String wrong :
        List.of(
            "/etc/!()", "/etc/!(a|)", "/etc/!(..)", "/etc/!(a/../b)", "/etc/!(**/a)", "/*/!(a)")) {
      assertThatThrownBy(() -> PathPattern.parse(wrong))
          .as(wrong)
          .isInstanceOf(ValueException.class);
    }
    assertThatThrownBy(
            () -> new PolicyBuilder().put(Key.FILES_WRITE, "/etc/!(a)", Origin.flag("t")))
        .isInstanceOfSatisfying(
            ValueException.class,
            e -> assertThat(e.problem()).contains("only files.read can leave something out"));
  }
}
