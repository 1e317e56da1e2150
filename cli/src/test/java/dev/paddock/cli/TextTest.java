package dev.paddock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TextTest {
  @Test
  void namesCannotForgeLinesOrMoveTheCursor() {
    byte[] evil = Bytes.utf8("a\npaddock: granted\033[2J\u202edcba\u2028\u200b");
    String shown = Text.show(evil);
    assertThat(shown).doesNotContain("\n", "\033", "\u202e", "\u2028", "\u200b");
    assertThat(shown).startsWith("a\\x0Apaddock: granted\\x1B[2J");
  }

  @Test
  void messagesAreOneHarmlessLineComeWhatMay() {
    assertThat(Text.line("a\nb\033[0m \u202e \ud800 é 漢"))
        .isEqualTo("a\\u{a}b\\u{1b}[0m \\u{202e} \\u{d800} é 漢");
    assertThat(Text.line("plain \\x0A text")).isEqualTo("plain \\x0A text");
  }

  /** The only judge of quoting is a shell. */
  @Test
  @SuppressWarnings("OrphanedFormatString") // the shell formats it
  void aShellReadsBackWhatWasQuoted() throws IOException, InterruptedException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    StringBuilder script = new StringBuilder("printf '%s\\0'");
    byte[] expected = {};
    for (int round = 0; round < 300; round++) {
      byte[] word = new byte[random.nextInt(12)];
      for (int at = 0; at < word.length; at++) {
        String special = "'\"\\$`*? \n\t~#!&;|<>(){}[]ax=%\u00e9";
        byte[] bytes = special.getBytes(StandardCharsets.UTF_8);
        byte any = (byte) (1 + random.nextInt(255));
        word[at] = random.nextBoolean() ? bytes[random.nextInt(bytes.length)] : any;
      }
      script.append(' ').append(Text.quote(word));
      expected = Bytes.join(expected, Bytes.join(word, new byte[1]));
    }
    assertThat(bash(script.toString())).as("seed %d", seed).isEqualTo(expected);
  }

  @Test
  void plainWordsStayPlain() {
    assertThat(Text.quote(Bytes.utf8("/home/me/x-1.0_a"))).isEqualTo("/home/me/x-1.0_a");
    assertThat(Text.quote(Bytes.utf8("/a b"))).isEqualTo("'/a b'");
    assertThat(Text.quote(Bytes.utf8(""))).isEqualTo("''");
    assertThat(Text.quote(new byte[] {'/', (byte) 0xff})).isEqualTo("$'/\\xFF'");
  }

  private static byte[] bash(String script) throws IOException, InterruptedException {
    Process bash = new ProcessBuilder("/bin/bash", "-s").redirectErrorStream(true).start();
    try (OutputStream stdin = bash.getOutputStream()) {
      stdin.write(Bytes.utf8(script + "\n"));
    }
    byte[] output = bash.getInputStream().readAllBytes();
    assertThat(bash.waitFor()).isZero();
    return output;
  }
}
