package dev.paddock.sandbox.event;

import dev.paddock.policy.ByteString;

/** Keeps what an event holds small, whoever chose it. */
final class EventLimits {
  private static final String MARK = "...";
  private static final ByteString BYTES_MARK = ByteString.of(MARK);

  private EventLimits() {}

  static String cut(String text) {
    int most = Event.MOST_CHARACTERS;
    if (text.length() <= most) {
      return text;
    }
    int end = most - MARK.length();
    // Half a pair is no character.
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end)
        .concat(MARK);
  }

  static ByteString cut(ByteString name) {
    int most = Event.MOST_BYTES;
    return name.length() <= most ? name : name.slice(0, most - MARK.length()).plus(BYTES_MARK);
  }
}
