package dev.paddock.sandbox.names;

import java.io.ByteArrayOutputStream;
import java.util.Locale;
import java.util.Optional;

/**
 * A question for a name, as a resolver sends it: a message of RFC 1035 with one question. Nothing
 * in it is trusted.
 *
 * @param id by which its sender knows the answer
 * @param recursion whether recursion is desired, which the answer repeats
 * @param kind of message; 0 is a query
 * @param name in lower case, without a dot at its end; empty for the root
 * @param raw the question as it was sent, which the answer repeats
 * @param type of record, such as 1 for an IPv4 address
 * @param group the class; 1 is the internet
 * @param extended whether it has an OPT record, so that the answer needs one; RFC 6891
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
record Question(
    int id,
    boolean recursion,
    int kind,
    String name,
    byte[] raw,
    int type,
    int group,
    boolean extended) {
  static final int HEADER = 12;
  private static final int ANSWER = 0x8000;
  private static final int RECURSION = 0x0100;
  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_LABEL = 63;
  private static final int OPT = 41;

  /**
   * Reads a message.
   *
   * @return empty for what no resolver would answer: an answer, or what has no header
   * @throws MalformedException for a query that cannot be read; it has an id that can be answered
   */
  static Optional<Question> decode(byte[] message) throws MalformedException {
    if (message.length < HEADER) {
      return Optional.empty();
    }
    int id = number(message, 0);
    int flags = number(message, 2);
    if ((flags & ANSWER) != 0) {
      return Optional.empty();
    }
    if (number(message, 4) != 1 || number(message, 6) != 0 || number(message, 8) != 0) {
      throw new MalformedException(id);
    }
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    int at = HEADER;
    while (true) {
      int length = at < message.length ? message[at] & 0xff : LONGEST_LABEL + 1;
      if (length == 0) {
        break;
      }
      // A longer one is a pointer, and a first name has nothing to point at.
      if (length > LONGEST_LABEL || at + 1 + length > message.length) {
        throw new MalformedException(id);
      }
      if (name.size() > 0) {
        name.write('.');
      }
      for (int i = at + 1; i <= at + length; i++) {
        int c = message[i] & 0xff;
        // A dot inside a label would read as two labels.
        name.write(c == '.' || c <= ' ' || c > '~' ? '?' : c);
      }
      at += 1 + length;
    }
    at++;
    if (at - HEADER > LONGEST_NAME || at + 4 > message.length) {
      throw new MalformedException(id);
    }
    byte[] raw = java.util.Arrays.copyOfRange(message, HEADER, at + 4);
    boolean extended =
        number(message, 10) > 0
            && at + 7 <= message.length
            && message[at + 4] == 0
            && number(message, at + 5) == OPT;
    return Optional.of(
        new Question(
            id,
            (flags & RECURSION) != 0,
            flags >> 11 & 0xf,
            name.toString(java.nio.charset.StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT),
            raw,
            number(message, at),
            number(message, at + 2),
            extended));
  }

  private static int number(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  /** A message that is a query and cannot be read. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final int id;

    MalformedException(int id) {
      super("malformed query");
      this.id = id;
    }

    /** By which its sender would know an answer. */
    int id() {
      return id;
    }
  }
}
