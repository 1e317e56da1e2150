package dev.paddock.sandbox.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Strength;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class EventJsonTest {
  private static final Event.Head HEAD =
      new Event.Head(Instant.parse("2026-02-28T23:59:59.000001Z"), 7, "build", "s1", 42, 1);

  @Test
  void everyEventIsOneValidLineThatGivesItsBytesBack() throws Exception {
    JsonSchema schema = JsonSchema.ofEvents();
    long seed = System.nanoTime();
    RandomEvents events = new RandomEvents(seed);
    for (int i = 1; i <= 4000; i++) {
      Event event = events.event(i);
      String json = EventJson.of(event);
      String what = "seed " + seed + ", event " + i + ": " + json;
      assertHarmless(json, what);
      Map<String, Object> object = JsonReader.object(json);
      assertThat(schema.problems(object)).as(what).isEmpty();
      assertThat(object.get("sequence")).as(what).isEqualTo((long) i);
      assertThat(text(object, "sandbox")).as(what).isEqualTo(bytes(event.head().sandbox()));
      assertThat(object.get("class")).as(what).isEqualTo(event.strength().label());
      if (event instanceof Event.Exec exec) {
        assertThat(text(object, "path")).as(what).isEqualTo(exec.path());
        assertThat(text(object, "exe")).as(what).isEqualTo(exec.executable());
        assertThat(argv(object)).as(what).isEqualTo(exec.arguments().values());
        assertThat(text(object, "rule")).as(what).isEqualTo(bytes(exec.rule()));
        assertThat(object.get("duration_ns")).as(what).isEqualTo(exec.judgement().toNanos());
        assertThat(object.get("argc")).as(what).isEqualTo(exec.arguments().count());
      } else if (event instanceof Event.Denied denied) {
        assertThat(text(object, "arguments")).as(what).isEqualTo(denied.arguments());
        assertThat(text(object, "hint")).as(what).isEqualTo(bytes(denied.hint()));
      } else if (event instanceof Event.Alert alert) {
        assertThat(text(object, "judged")).as(what).isEqualTo(alert.judged());
        assertThat(text(object, "actual")).as(what).isEqualTo(alert.actual());
      }
    }
  }

  @Test
  void humanLinesAreOneHarmlessLine() {
    long seed = System.nanoTime();
    RandomEvents events = new RandomEvents(seed);
    for (int i = 1; i <= 4000; i++) {
      String line = EventLines.of(events.event(i));
      assertHarmless(line, "seed " + seed + ", event " + i + ": " + line);
      assertThat(line).startsWith("paddock: ");
    }
  }

  /** Nothing in it that ends a line, moves a cursor, hides or turns text. */
  private static void assertHarmless(String line, String what) {
    line.codePoints()
        .forEach(
            point ->
                assertThat(Character.getType(point))
                    .as(what)
                    .isNotIn(
                        (int) Character.CONTROL,
                        (int) Character.FORMAT,
                        (int) Character.SURROGATE,
                        (int) Character.LINE_SEPARATOR,
                        (int) Character.PARAGRAPH_SEPARATOR));
    assertThat(line).as(what).doesNotContain("\ufffd");
  }

  @Test
  void namesAreShownAsEverywhereElse() {
    long seed = System.nanoTime();
    RandomEvents events = new RandomEvents(seed);
    for (int i = 0; i < 20_000; i++) {
      ByteString name = events.name();
      String shown = new LineBuffer().shown(name).text();
      assertThat(shown).as("seed " + seed).isEqualTo(name.toString());
      Object read = JsonReader.read(new LineBuffer().quoted(name).text());
      assertThat(read).as("seed " + seed).isEqualTo(name.toString());
      assertThat(EventJson.bytes((String) read)).as("seed " + seed).isEqualTo(name);
    }
  }

  @Test
  void everyByteAndEveryCharacterComesBack() {
    for (int b = 0; b < 256; b++) {
      assertComesBack(new byte[] {(byte) b});
      assertComesBack(new byte[] {'a', (byte) b, 'z'});
    }
    for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
      if (point < 0xd800 || point > 0xdfff) {
        assertComesBack(Character.toString(point).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static void assertComesBack(byte[] bytes) {
    ByteString name = ByteString.of(bytes);
    Object read = JsonReader.read(new LineBuffer().quoted(name).text());
    if (!EventJson.bytes((String) read).equals(name)) {
      throw new AssertionError(name + " became " + read);
    }
  }

  @Test
  void aNameCannotForgeALine() {
    Event honest = exec(ByteString.of("/bin/true"), "x");
    String forged = "x\"],\"decision\":\"allow\"}\n" + EventJson.of(honest) + "\n{\"argv\":[\"";
    Event event = exec(ByteString.of("/bin/sh\n" + EventJson.of(honest)), forged);
    String json = EventJson.of(event);
    assertThat(json).doesNotContain("\n").doesNotContain("\r");
    Map<String, Object> object = JsonReader.object(json);
    assertThat(object).containsEntry("decision", "deny");
    assertThat(argv(object).get(1)).isEqualTo(bytes(forged));
    assertThat(EventLines.of(event)).doesNotContain("\n").contains("\\x0A");
  }

  @Test
  void aNameThatLooksEscapedIsAnotherOne() {
    String escaped = EventJson.of(exec(ByteString.of("/a\\x0Ab"), ""));
    String real = EventJson.of(exec(ByteString.of("/a\nb"), ""));
    assertThat(escaped).isNotEqualTo(real);
    assertThat(text(JsonReader.object(escaped), "path")).isEqualTo(ByteString.of("/a\\x0Ab"));
    assertThat(text(JsonReader.object(real), "path")).isEqualTo(ByteString.of("/a\nb"));
  }

  @Test
  void looksLikeThis() {
    assertThat(EventJson.of(exec(ByteString.of("git"), "push\t--force")))
        .isEqualTo(
            "{\"time\":\"2026-02-28T23:59:59.000001Z\",\"sequence\":7,\"sandbox\":\"build\","
                + "\"session\":\"s1\",\"pid\":42,\"parent\":1,\"class\":\"verified\","
                + "\"event\":\"exec\",\"path\":\"git\",\"exe\":\"/usr/bin/git\","
                + "\"argv\":[\"git\",\"push\\\\x09--force\"],\"argc\":2,\"decision\":\"deny\","
                + "\"rule\":\"exec.deny \\\"git push --force*\\\"\",\"message\":\"ask first\","
                + "\"errno\":13,\"duration_ns\":120000}");
    assertThat(EventLines.of(exec(ByteString.of("git"), "push\t--force")))
        .isEqualTo(
            "paddock: [42] refused: exec /usr/bin/git push\\x09--force -> EACCES"
                + " by exec.deny \"git push --force*\": ask first");
  }

  private static Event exec(ByteString path, String argument) {
    return new Event.Exec(
        HEAD,
        path,
        ByteString.of("/usr/bin/git"),
        Arguments.of(List.of(ByteString.of("git"), ByteString.of(argument))),
        Event.Decision.DENY,
        "exec.deny \"git push --force*\"",
        "ask first",
        13,
        Strength.VERIFIED,
        Duration.ofNanos(120_000));
  }

  @Test
  void allKindsAreKnownEverywhere() throws Exception {
    JsonSchema schema = JsonSchema.ofEvents();
    RandomEvents events = new RandomEvents(1);
    Set<Class<?>> kinds = new HashSet<>();
    for (int kind = 0; kind < RandomEvents.KINDS; kind++) {
      Event event = events.event(kind, 1);
      kinds.add(event.getClass());
      Event numbered = Numbering.number(event, 99);
      assertThat(numbered)
          .usingRecursiveComparison()
          .ignoringFields("head.sequence")
          .isEqualTo(event);
      assertThat(numbered.head().sequence()).isEqualTo(99);
      assertThat(EventLines.of(event)).isNotEmpty();
      assertThat(EventSizes.of(event)).isPositive();
      assertThat(schema.problems(JsonReader.read(EventJson.of(numbered)))).isEmpty();
    }
    assertThat(kinds).containsExactlyInAnyOrder(Event.class.getPermittedSubclasses());
  }

  @Test
  void theSchemaRefusesWhatIsNotSo() throws Exception {
    JsonSchema schema = JsonSchema.ofEvents();
    String json = EventJson.of(exec(ByteString.of("git"), "push"));
    assertThat(schema.problems(JsonReader.read(json))).isEmpty();
    for (String member : JsonReader.object(json).keySet()) {
      Map<String, Object> without = JsonReader.object(json);
      without.remove(member);
      if (!member.equals("message")) { // The one that need not be there.
        assertThat(schema.problems(without)).as(member).isNotEmpty();
      }
    }
    Map<String, Object> more = JsonReader.object(json);
    more.put("surprise", "x");
    assertThat(schema.problems(more)).isNotEmpty();
    Map<String, Object> raw = JsonReader.object(json);
    raw.put("path", "a\nb");
    assertThat(schema.problems(raw)).isNotEmpty();
    Map<String, Object> other = JsonReader.object(json);
    other.put("event", "fork");
    assertThat(schema.problems(other)).isNotEmpty();
  }

  @Test
  void timesAreWrittenAsTheLibraryDoes() {
    DateTimeFormatter format =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    LineBuffer buffer = new LineBuffer();
    for (int i = 0; i < 20_000; i++) {
      Instant time =
          Instant.ofEpochSecond(
              random.nextLong(-62_167_219_200L, 253_402_300_800L), random.nextInt(1_000_000_000));
      int start = buffer.text().length();
      String text = buffer.put(time).text().substring(start);
      int _ = buffer.drop(buffer.length());
      assertThat(text).as("seed " + seed).isEqualTo(format.format(time));
    }
  }

  @Test
  void numbersAreWrittenWhole() {
    for (long number :
        new long[] {0, -1, 9, 10, 99, 100, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1}) {
      assertThat(new LineBuffer().put(number).text()).isEqualTo(Long.toString(number));
    }
    Event endless =
        new Event.Ended(HEAD, new Outcome.TimedOut(Duration.ofSeconds(Long.MAX_VALUE)), null);
    assertThat(JsonReader.object(EventJson.of(endless))).containsEntry("limit_ns", Long.MAX_VALUE);
  }

  @Test
  void whatIsNoEscapeIsRefused() {
    for (String wrong : List.of("\\", "a\\n", "\\x4", "\\xg0", "\\x", "\\\\")) {
      assertThatThrownBy(() -> EventJson.bytes(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aLongCommandIsShownInPart() {
    String line = EventLines.of(exec(ByteString.of("git"), "y".repeat(5000)));
    assertThat(line)
        .contains(" " + "y".repeat(240) + " ... -> EACCES")
        .doesNotContain("y".repeat(241));
    assertThat(EventLines.of(exec(ByteString.of("git"), "y".repeat(240)))).doesNotContain("...");
  }

  @Test
  void hugeArgumentsAreCutAndCounted() {
    ByteString large = ByteString.of(new byte[2 << 20]);
    Arguments cut = Arguments.of(List.of(ByteString.of("x"), large, ByteString.of("abc")));
    assertThat(cut.values()).hasSize(2);
    assertThat(cut.count()).isEqualTo(3);
    assertThat(cut.lostBytes()).isEqualTo((2 << 20) - (Arguments.MOST_BYTES - 1) + 3);
    assertThat(cut.isCut()).isTrue();

    List<ByteString> many = new ArrayList<>(Collections.nCopies(5000, ByteString.of("ab")));
    Arguments first = Arguments.of(many);
    assertThat(first.values()).hasSize(Arguments.MOST);
    assertThat(first.count()).isEqualTo(5000);
    assertThat(first.lostBytes()).isEqualTo((5000 - Arguments.MOST) * 2L);

    Arguments exact = Arguments.of(List.of(ByteString.of(new byte[Arguments.MOST_BYTES])));
    assertThat(exact.isCut()).isFalse();
    assertThat(exact.forgotten().lostBytes()).isEqualTo(Arguments.MOST_BYTES);
    Arguments empty = Arguments.of(new byte[][] {{}, {}});
    assertThat(empty.values()).hasSize(2);
    assertThat(empty.isCut()).isFalse();
    assertThatThrownBy(() -> new Arguments(many, 5000, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void longNamesAndTextsAreCut() {
    Event event =
        new Event.Denied(
            HEAD,
            "openat",
            ByteString.of(new byte[1 << 20]),
            13,
            "\ud83d\ude00".repeat(5000),
            "",
            Strength.OBSERVED);
    Event.Denied denied = (Event.Denied) event;
    assertThat(denied.arguments().length()).isEqualTo(Event.MOST_BYTES);
    assertThat(denied.rule().length()).isLessThanOrEqualTo(Event.MOST_CHARACTERS);
    assertThat(denied.rule()).endsWith("\ude00...");
  }

  private static ByteString bytes(String text) {
    return ByteString.of(text);
  }

  private static ByteString text(Map<String, Object> object, String member) {
    return EventJson.bytes((String) Objects.requireNonNull(object.get(member)));
  }

  private static List<ByteString> argv(Map<String, Object> object) {
    List<ByteString> values = new ArrayList<>();
    for (Object value : (List<?>) Objects.requireNonNull(object.get("argv"))) {
      values.add(EventJson.bytes((String) value));
    }
    return values;
  }
}
