package dev.paddock.sandbox.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a confined process calls things, in the record of what it did. */
final class EventFuzzTest {
  /** Names, each ended by a zero: a path, a file, and arguments. */
  @FuzzTest
  void exec(byte[] content) {
    List<ByteString> names = names(content);
    // No text of Java's, half a pair of surrogates too.
    String text = new String(content, StandardCharsets.UTF_16LE);
    Event.Exec event =
        new Event.Exec(
            head(text),
            names.getFirst(),
            names.getLast(),
            Arguments.of(names),
            Event.Decision.DENY,
            text,
            text,
            13,
            Strength.VERIFIED,
            Duration.ofNanos(content.length));
    Map<String, Object> object = assertOneLine(event);
    assertThat(EventJson.bytes(string(object, "path"))).isEqualTo(event.path());
    assertThat(EventJson.bytes(string(object, "exe"))).isEqualTo(event.executable());
    List<ByteString> arguments = new ArrayList<>();
    for (Object argument : (List<?>) (Object) List.of(member(object, "argv"))) {
      for (Object word : (List<?>) argument) {
        arguments.add(EventJson.bytes((String) word));
      }
    }
    assertThat(arguments).isEqualTo(event.arguments().values());
  }

  @FuzzTest
  void denied(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8);
    Event.Denied event =
        new Event.Denied(
            head(text), text, ByteString.of(content), 13, text, text, Strength.OBSERVED);
    Map<String, Object> object = assertOneLine(event);
    assertThat(EventJson.bytes(string(object, "arguments"))).isEqualTo(event.arguments());
    assertThat(EventJson.bytes(string(object, "rule"))).isEqualTo(ByteString.of(event.rule()));
    DenialSummary summary = new DenialSummary();
    summary.accept(event);
    for (String line : summary.lines(10)) {
      assertHarmless(line);
    }
  }

  /** The bytes of a string of an event: refused, or a string that gives them. */
  @FuzzTest
  void bytes(byte[] content) {
    try {
      ByteString bytes = EventJson.bytes(new String(content, StandardCharsets.UTF_8));
      assertThat(bytes.length()).isLessThanOrEqualTo(3 * content.length);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static Event.Head head(String name) {
    return new Event.Head(Instant.EPOCH, 1, name, name, 7, 1);
  }

  private static List<ByteString> names(byte[] content) {
    List<ByteString> names = new ArrayList<>();
    ByteString all = ByteString.of(content);
    int start = 0;
    for (int end = all.indexOf('\0', 0); end >= 0; end = all.indexOf('\0', start)) {
      names.add(all.slice(start, end));
      start = end + 1;
    }
    names.add(all.slice(start, all.length()));
    return names;
  }

  private static Map<String, Object> assertOneLine(Event event) {
    assertHarmless(EventLines.of(event));
    String json = EventJson.of(event);
    assertHarmless(json);
    Map<String, Object> object = JsonReader.object(json);
    assertThat(object).containsEntry("sequence", 1L).containsEntry("pid", 7L);
    return object;
  }

  private static void assertHarmless(String line) {
    for (int at = 0; at < line.length(); at++) {
      char c = line.charAt(at);
      assertThat(Character.isISOControl(c) || c == '\u2028' || c == '\u2029').as(line).isFalse();
    }
    // No half of a pair, which an encoder would replace.
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(line)).as(line).isTrue();
  }

  private static Object member(Map<String, Object> object, String name) {
    Object member = object.get(name);
    if (member == null) {
      throw new AssertionError("no " + name + " in " + object);
    }
    return member;
  }

  private static String string(Map<String, Object> object, String name) {
    return (String) member(object, name);
  }
}
