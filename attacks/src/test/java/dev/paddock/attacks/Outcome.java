package dev.paddock.attacks;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an attack said about itself.
 *
 * @param step the call that decided
 * @param word {@code worked}, {@code tried}, the name of an error, or how else it failed
 * @param reached whether it only came past every permission check
 */
record Outcome(String step, String word, boolean reached) {
  static final String WORKED = "worked";
  static final String TRIED = "tried";
  static final String NO_EFFECT = "no-effect";

  private static final Pattern LINE =
      Pattern.compile(
          "attack=(\\S+) step=(.+) result=(worked|worked \\(reached\\)|tried|unavailable"
              + " reason=.*|blocked (?:errno|as)=(\\S+))\n");

  /** Reads the one line; anything else is an error of the program, which is never a verdict. */
  static Outcome parse(Attack attack, Run run) {
    Matcher matcher = LINE.matcher(run.output());
    if (!matcher.matches() || !matcher.group(1).equals(attack.id())) {
      throw new AssertionError("no outcome from " + attack.id() + ": " + run.describe());
    }
    String result = matcher.group(3);
    int status;
    String word;
    if (result.startsWith(WORKED)) {
      status = 0;
      word = WORKED;
    } else if (result.equals(TRIED)) {
      status = 20;
      word = TRIED;
    } else if (result.startsWith("unavailable")) {
      status = 77;
      word = result;
    } else {
      status = result.startsWith("blocked errno") ? 10 : 11;
      word = matcher.group(4);
    }
    if (run.status() != status) {
      throw new AssertionError(attack.id() + " says one thing twice: " + run.describe());
    }
    return new Outcome(matcher.group(2), word, result.endsWith("(reached)"));
  }

  boolean worked() {
    return word.equals(WORKED);
  }

  /** What a call that was let through came to, now that the canaries have been looked at. */
  Outcome judgedBy(boolean touched) {
    return word.equals(TRIED) ? new Outcome(step, touched ? WORKED : NO_EFFECT, false) : this;
  }

  @Override
  public String toString() {
    return step + ": " + word + (reached ? " (reached)" : "");
  }
}
