package dev.paddock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What stands on the command line and in the environment. */
final class CommandLineFuzzTest {
  @FuzzTest
  void arguments(byte[] content) {
    List<byte[]> words = Inherited.strings(content);
    for (Verb verb : Verb.values()) {
      try {
        Arguments arguments = Arguments.parse(verb, words);
        assertThat(arguments.operands().size()).isLessThanOrEqualTo(words.size());
      } catch (UsageException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  @FuzzTest
  void environment(byte[] content) {
    List<byte[]> own = Inherited.strings(content);
    boolean _ = Inherited.isDirectoryGone(own);
    try {
      for (byte[] variable : Inherited.environment(own)) {
        assertThat(variable).doesNotContain((byte) 0);
      }
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotNull();
    }
  }

  /** Names in messages: one harmless line, whatever they are, of which the name can be had back. */
  @FuzzTest
  void text(byte[] content) {
    String quoted = Text.quote(content);
    for (String shown : List.of(Text.show(content), quoted, Text.line(latin1(content)))) {
      for (int at = 0; at < shown.length(); at++) {
        assertThat(Character.isISOControl(shown.charAt(at))).as(shown).isFalse();
      }
    }
    assertThat(unquoted(quoted)).isEqualTo(content);
  }

  private static String latin1(byte[] content) {
    return new String(content, StandardCharsets.ISO_8859_1);
  }

  /** What a shell makes of one word. */
  private static byte[] unquoted(String word) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] text = word.getBytes(StandardCharsets.UTF_8);
    boolean inside = false;
    boolean escapes = false;
    for (int at = 0; at < text.length; at++) {
      if (inside && escapes && text[at] == '\\') {
        if (text[at + 1] == 'x') {
          bytes.write(Integer.parseInt(word(text, at + 2, at + 4), 16));
          at += 3;
        } else {
          at++;
          bytes.write(text[at]);
        }
      } else if (!inside && text[at] == '\\') {
        at++;
        bytes.write(text[at]);
      } else if (text[at] == '\'') {
        inside = !inside;
      } else if (!inside && text[at] == '$' && at + 1 < text.length && text[at + 1] == '\'') {
        escapes = true;
      } else {
        bytes.write(text[at]);
      }
    }
    assertThat(inside).isFalse();
    return bytes.toByteArray();
  }

  private static String word(byte[] text, int from, int to) {
    return new String(text, from, to - from, StandardCharsets.US_ASCII);
  }
}
