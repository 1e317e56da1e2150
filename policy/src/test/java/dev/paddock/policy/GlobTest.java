package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Globs match what their definition says, which is written here a second time, slowly. */
final class GlobTest {
  private static boolean defined(String pattern, String subject, boolean text) {
    if (pattern.isEmpty()) {
      return subject.isEmpty();
    }
    if (pattern.charAt(0) == '*') {
      boolean twice = pattern.startsWith("**");
      String rest = pattern.substring(twice ? 2 : 1);
      for (int i = 0; i <= subject.length(); i++) {
        if (defined(rest, subject.substring(i), text)) {
          return true;
        }
        if (i < subject.length() && subject.charAt(i) == '/' && !twice && !text) {
          return false;
        }
      }
      return false;
    }
    if (subject.isEmpty()) {
      return false;
    }
    char c = pattern.charAt(0);
    boolean same = c == '?' ? text || subject.charAt(0) != '/' : c == subject.charAt(0);
    return same && defined(pattern.substring(1), subject.substring(1), text);
  }

  private static String random(Random random, String alphabet, int most) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(most); n > 0; n--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  @Test
  void matchesAsDefined() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 50_000; i++) {
      String pattern = random(random, "ab/**?", 8);
      String subject = random(random, "aab/", 9);
      ByteString bytes = ByteString.of(subject);
      assertThat(Glob.of(ByteString.of(pattern)).matches(bytes))
          .as("seed %d: %s in %s", seed, pattern, subject)
          .isEqualTo(defined(pattern, subject, false));
      assertThat(Glob.ofText(ByteString.of(pattern)).matches(bytes))
          .as("seed %d: %s in the text %s", seed, pattern, subject)
          .isEqualTo(defined(pattern, subject, true));
      int start = random.nextInt(subject.length() + 1);
      assertThat(Glob.of(ByteString.of(pattern)).matches(bytes, start))
          .as("seed %d: %s in %s from %d", seed, pattern, subject, start)
          .isEqualTo(defined(pattern, subject.substring(start), false));
    }
  }
}
