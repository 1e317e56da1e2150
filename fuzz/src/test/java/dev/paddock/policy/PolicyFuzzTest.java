package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What authors of policies write: refused in words, or understood and printed so that it is read
 * back.
 */
final class PolicyFuzzTest {
  private static final Origin ORIGIN = Origin.flag("fuzzed");
  private static final List<Key> KEYS = List.of(Key.values());

  @FuzzTest
  void file(byte[] content) throws PolicyException {
    Policy policy;
    try {
      policy = PolicyFile.parse("fuzzed", content);
    } catch (PolicyException e) {
      assertThat(e.problems()).isNotEmpty();
      return;
    }
    assertPrints(policy);
    ExecMatcher matcher = ExecMatcher.of(policy);
    boolean _ = matcher.isEmpty();
  }

  /** A flag: which one it is, and its value. */
  @FuzzTest
  void value(byte[] content) throws PolicyException {
    if (content.length == 0) {
      return;
    }
    Key key = KEYS.get((content[0] & 0xff) % KEYS.size());
    String text = text(Arrays.copyOfRange(content, 1, content.length));
    if (key == Key.EXTENDS
        || key == Key.EXEC_RULES
        || key == Key.ENVIRONMENT_SET
        || key == Key.GROUPS) {
      return; // no flag is put so
    }
    PolicyBuilder builder = new PolicyBuilder();
    try {
      builder.put(key, text, ORIGIN);
    } catch (ValueException e) {
      assertThat(e.problem()).isNotBlank();
      return;
    }
    assertPrints(builder.build());
  }

  private static void assertPrints(Policy policy) throws PolicyException {
    String printed = PolicyPrinter.print(policy);
    Policy again = PolicyFile.parse("printed", printed.getBytes(StandardCharsets.UTF_8));
    assertThat(PolicyPrinter.print(again)).isEqualTo(printed);
    assertThat(again)
        .usingRecursiveComparison()
        .ignoringFieldsOfTypes(Origin.class)
        .isEqualTo(policy);
  }

  @FuzzTest
  void path(byte[] content) throws ValueException {
    Variables variables =
        new Variables(
            ByteString.of("/w"),
            ByteString.of("/home/u"),
            ByteString.of("/tmp/t"),
            ByteString.of("/w/.git"),
            null,
            List.of(ByteString.of("A=/a"), ByteString.of("B=${A}")));
    PathPattern pattern;
    try {
      pattern = PathPattern.parse(text(content));
    } catch (ValueException e) {
      assertThat(e.problem()).isNotBlank();
      return;
    }
    assertThat(PathPattern.parse(pattern.toString())).isEqualTo(pattern);
    try {
      PathPattern expanded = pattern.expand(variables);
      assertThat(expanded.text().startsWith(ByteString.of("/"))).isTrue();
      assertThat(expanded.text().indexOf('\0', 0)).isNegative();
      assertThat(PathPattern.normal(expanded.text())).isEqualTo(expanded.text());
    } catch (ValueException e) {
      assertThat(e.problem()).isNotBlank();
    }
  }

  @FuzzTest
  void endpoint(byte[] content) throws ValueException {
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(text(content));
    } catch (ValueException e) {
      assertThat(e.problem()).isNotBlank();
      return;
    }
    assertThat(Endpoint.parse(endpoint.toString())).isEqualTo(endpoint);
  }

  @FuzzTest
  void ports(byte[] content) throws ValueException {
    PortRange range;
    try {
      range = PortRange.parse(text(content));
    } catch (ValueException e) {
      assertThat(e.problem()).isNotBlank();
      return;
    }
    assertThat(PortRange.parse(range.toString())).isEqualTo(range);
  }

  @FuzzTest
  void size(byte[] content) throws ValueException {
    ByteSize size;
    try {
      size = ByteSize.parse(text(content));
    } catch (ValueException e) {
      assertThat(e.problem()).isNotBlank();
      return;
    }
    assertThat(size.bytes()).isNotNegative();
    assertThat(ByteSize.parse(size.toString())).isEqualTo(size);
  }

  @FuzzTest
  void duration(byte[] content) throws ValueException {
    Duration duration;
    try {
      duration = Durations.parse(text(content));
    } catch (ValueException e) {
      assertThat(e.problem()).isNotBlank();
      return;
    }
    assertThat(duration).isPositive();
    assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
  }

  @FuzzTest
  void signalRule(byte[] content) throws ValueException {
    SignalRule rule;
    try {
      rule = SignalRule.parse(text(content));
    } catch (ValueException e) {
      assertThat(e.problem()).isNotBlank();
      return;
    }
    assertThat(SignalRule.parse(rule.toString())).isEqualTo(rule);
  }

  /** A pattern, a zero, and what it is matched with; compared with the plainest way to match. */
  @FuzzTest
  void glob(byte[] content) {
    List<byte[]> two = split(content, 2);
    byte[] pattern = Arrays.copyOf(two.getFirst(), Math.min(40, two.getFirst().length));
    byte[] subject = Arrays.copyOf(two.getLast(), Math.min(40, two.getLast().length));
    for (boolean text : new boolean[] {false, true}) {
      ByteString bytes = ByteString.of(pattern);
      Glob glob = text ? Glob.ofText(bytes) : Glob.of(bytes);
      assertThat(glob.matches(ByteString.of(subject)))
          .isEqualTo(matches(pattern, 0, subject, 0, text, new Boolean[41][41]));
    }
  }

  private static boolean matches(
      byte[] pattern, int p, byte[] subject, int s, boolean text, Boolean[][] known) {
    Boolean before = known[p][s];
    if (before != null) {
      return before;
    }
    boolean result;
    if (p == pattern.length) {
      result = s == subject.length;
    } else if (pattern[p] == '*') {
      boolean twice = p + 1 < pattern.length && pattern[p + 1] == '*';
      result =
          matches(pattern, p + (twice ? 2 : 1), subject, s, text, known)
              || (s < subject.length
                  && (twice || text || subject[s] != '/')
                  && matches(pattern, p, subject, s + 1, text, known));
    } else if (s < subject.length) {
      boolean one = pattern[p] == '?' ? text || subject[s] != '/' : pattern[p] == subject[s];
      result = one && matches(pattern, p + 1, subject, s + 1, text, known);
    } else {
      result = false;
    }
    known[p][s] = result;
    return result;
  }

  /** A line of exec.deny. */
  @FuzzTest
  void execPattern(byte[] content) throws ValueException {
    ExecPattern pattern;
    try {
      pattern = ExecPattern.parse(ByteString.of(content));
    } catch (ValueException e) {
      assertThat(e.problem()).isNotBlank();
      return;
    }
    assertThat(ExecPattern.parse(pattern.line())).isEqualTo(pattern);
    assertThat(pattern.line().isUtf8()).isTrue();
  }

  /** The words of a shell: those that are quoted come out, and what else is read is no surprise. */
  @FuzzTest
  void shellWords(byte[] content) {
    List<ByteString> words = ShellWords.read(ByteString.of(content));
    if (words != null) {
      int total = 0;
      for (ByteString word : words) {
        total += word.length();
      }
      assertThat(total).isLessThanOrEqualTo(content.length);
    }
    List<ByteString> plain = words(content);
    ByteString line = ByteString.of("");
    for (ByteString word : plain) {
      line = line.plus(quoted(word)).plus(ByteString.of(" "));
    }
    assertThat(ShellWords.read(line)).isEqualTo(plain);
  }

  private static ByteString quoted(ByteString word) {
    ByteString all = ByteString.of("'");
    for (int i = 0; i < word.length(); i++) {
      all = all.plus(word.at(i) == '\'' ? ByteString.of("'\\''") : word.slice(i, i + 1));
    }
    return all.plus(ByteString.of("'"));
  }

  /** A command line by words: a loader's. */
  @FuzzTest
  void loader(byte[] content) {
    List<ByteString> words = words(content);
    for (ByteString word : words) {
      boolean _ = LoaderVariables.injects(words.getFirst(), word);
      boolean _ = LoaderCommand.isLoader(word);
    }
    LoaderCommand command = LoaderCommand.of(words);
    if (command != null) {
      assertThat(words.subList(1, words.size())).contains(command.program());
      // Behind the program stands its own command line, and nothing else.
      List<ByteString> behind = command.arguments().subList(1, command.arguments().size());
      assertThat(words.subList(words.size() - behind.size(), words.size())).isEqualTo(behind);
    }
  }

  /** A command line by words: what it runs, and what rules say about it. */
  @FuzzTest
  void wrappers(byte[] content) throws PolicyException {
    List<ByteString> words = words(content);
    List<List<ByteString>> nested = Wrappers.nested(words);
    for (List<ByteString> command : nested) {
      assertThat(command).isNotEmpty();
    }
    Policy policy =
        PolicyFile.parse(
            "rules",
            """
            [exec]
            deny = ["sudo", "git push --force*", "/bin/*sh -c *", "**/x ?"]
            [[exec.rules]]
            match = "python*"
            args = ["-c", "*"]
            env = ["LD_PRELOAD=*"]
            decision = "deny"
            """
                .getBytes(StandardCharsets.UTF_8));
    ExecMatcher matcher = ExecMatcher.of(policy);
    boolean foreseen = matcher.foresee(words).isPresent();
    assertThat(foreseen && nested.isEmpty()).isFalse();
    boolean _ = matcher.judge(new Fuzzed(words)).isPresent();
  }

  /** A program whose words are its path, its environment and its arguments at once. */
  private record Fuzzed(List<ByteString> words) implements ExecMatcher.Program {
    @Override
    public ByteString path() {
      return words.getFirst();
    }

    @Override
    public ByteString executable() {
      return words.getLast();
    }

    @Override
    public List<ByteString> arguments() {
      return words;
    }

    @Override
    public List<ByteString> environment() {
      return words;
    }
  }

  /** Names, as they are shown. */
  @FuzzTest
  void shown(byte[] content) throws ValueException {
    String shown = ByteString.of(content).toString();
    for (int at = 0; at < shown.length(); at++) {
      assertThat(Character.isISOControl(shown.charAt(at))).as(shown).isFalse();
    }
    if (content.length > 0) {
      assertThat(PathPattern.unescape(shown)).isEqualTo(ByteString.of(content));
    }
  }

  private static String text(byte[] content) {
    return new String(content, StandardCharsets.UTF_8);
  }

  private static List<ByteString> words(byte[] content) {
    List<ByteString> words = new ArrayList<>();
    for (byte[] word : split(content, 100)) {
      words.add(ByteString.of(word));
    }
    return words;
  }

  private static List<byte[]> split(byte[] content, int most) {
    List<byte[]> parts = new ArrayList<>();
    int start = 0;
    for (int at = 0; at < content.length && parts.size() < most - 1; at++) {
      if (content[at] == 0) {
        parts.add(Arrays.copyOfRange(content, start, at));
        start = at + 1;
      }
    }
    parts.add(Arrays.copyOfRange(content, start, content.length));
    return parts;
  }
}
