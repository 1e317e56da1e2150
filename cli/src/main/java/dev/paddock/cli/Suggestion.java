package dev.paddock.cli;

import dev.paddock.policy.Spelling;
import java.util.ArrayList;
import java.util.List;

/** What somebody may have meant, among the words of the command line. */
final class Suggestion {
  private Suggestion() {}

  /** A half sentence that names the flag that may have been meant, or nothing. */
  static String flag(Verb verb, String typed) {
    if (!typed.startsWith("--")) {
      return "";
    }
    String bare = typed.substring(2);
    for (Verb other : Verb.values()) {
      if (Flag.named(bare, other) != null) {
        return ", which belongs to paddock " + other.word();
      }
    }
    List<String> names = new ArrayList<>();
    for (Flag flag : Flag.values()) {
      if (verb.knows(flag)) {
        names.addAll(flag.names());
      }
    }
    return didYouMean(bare, Spelling.nearest(bare, names), "--");
  }

  /** A half sentence that names the command closest to what was typed, or nothing. */
  static String verb(String typed) {
    List<String> words = new ArrayList<>();
    for (Verb verb : Verb.values()) {
      words.add(verb.word());
    }
    return didYouMean(typed, Spelling.nearest(typed, words), "");
  }

  /** Among short words everything is near: there, the first letter has to be right. */
  private static String didYouMean(String typed, String nearest, String dashes) {
    boolean likely =
        !nearest.isEmpty() && (typed.length() > 5 || nearest.charAt(0) == typed.charAt(0));
    return likely ? ", did you mean " + dashes + nearest + "?" : "";
  }
}
