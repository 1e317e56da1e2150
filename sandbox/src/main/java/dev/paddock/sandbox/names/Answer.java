package dev.paddock.sandbox.names;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Makes the answers to {@linkplain Question questions}; RFC 1035. */
final class Answer {
  /** How long an answer may be kept, in seconds: what it says holds for the whole run. */
  static final int LIFE = 60;

  private static final int IS_ANSWER = 0x8000;
  private static final int RECURSION_DESIRED = 0x0100;
  private static final int RECURSION_AVAILABLE = 0x0080;
  private static final int QUESTION = 0xc000 | Question.HEADER; // a pointer to the name in it
  private static final int OPT = 41;
  private static final int UDP_SIZE = 1232;
  private static final int MOST = 8;

  /** What becomes of a question. */
  enum Code {
    /** Answered, perhaps by saying that there is no such record. */
    DONE(0),
    /** It cannot be read. */
    MALFORMED(1),
    /** It could not be found out now. */
    FAILED(2),
    /** There is no such name. */
    NO_NAME(3),
    /** No such kind of question is answered. */
    NOT_IMPLEMENTED(4);

    private final int number;

    Code(int number) {
      this.number = number;
    }
  }

  private Answer() {}

  /** An answer without a record. */
  static byte[] of(Question question, Code code) {
    return message(question, code, List.of());
  }

  /** An answer with one record of the type that was asked for. */
  static byte[] of(Question question, byte[] data) {
    return message(question, Code.DONE, List.of(data));
  }

  /** The same with any number of them; at most 8 are told, which fit into any datagram. */
  static byte[] of(Question question, List<byte[]> records) {
    return message(question, Code.DONE, records.subList(0, Math.min(records.size(), MOST)));
  }

  /** The answer to what could not be read. */
  static byte[] malformed(int id) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put(out, id, IS_ANSWER | Code.MALFORMED.number, 0, 0, 0, 0);
    return out.toByteArray();
  }

  /** A name as a record has it. */
  static byte[] name(String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String label : name.split("\\.", -1)) {
      out.write(label.length());
      out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    out.write(0);
    return out.toByteArray();
  }

  private static byte[] message(Question question, Code code, List<byte[]> records) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int flags =
        IS_ANSWER
            | question.kind() << 11
            | (question.recursion() ? RECURSION_DESIRED : 0)
            | RECURSION_AVAILABLE
            | code.number;
    put(out, question.id(), flags, 1, records.size(), 0, question.extended() ? 1 : 0);
    out.writeBytes(question.raw());
    for (byte[] data : records) {
      put(out, QUESTION, question.type(), question.group(), 0, LIFE, data.length);
      out.writeBytes(data);
    }
    if (question.extended()) {
      out.write(0);
      put(out, OPT, UDP_SIZE, 0, 0, 0);
    }
    return out.toByteArray();
  }

  private static void put(ByteArrayOutputStream out, int... numbers) {
    for (int number : numbers) {
      out.write(number >> 8);
      out.write(number);
    }
  }
}
