package dev.paddock.policy;

import java.util.List;

/** Finds the word that somebody may have meant. */
public final class Spelling {
  private Spelling() {}

  /** The nearest of the words, or an empty string if none is near. */
  public static String nearest(String word, List<String> words) {
    String best = "";
    int bestDistance = Math.max(2, word.length() / 3) + 1;
    for (String candidate : words) {
      int distance = distance(word, candidate);
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** How many letters must be inserted, removed or replaced; Levenshtein 1966. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
