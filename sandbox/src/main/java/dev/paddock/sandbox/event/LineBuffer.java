package dev.paddock.sandbox.event;

import dev.paddock.policy.ByteString;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * Bytes of lines that are being made. Text goes in so that it stays on its line: printable UTF-8 as
 * it is, every other byte, and the backslash, as {@code \xNN}, just as {@link ByteString#toString}
 * has it.
 */
final class LineBuffer {
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
  };

  /** In a JSON string. */
  private static final int JSON = 0;

  /** For people, so that different names look different. */
  private static final int NAME = 1;

  /** For people, with backslashes as they are. */
  private static final int TEXT = 2;

  /** For each form which bytes stand for themselves. */
  private static final boolean[][] PLAIN = new boolean[3][256];

  static {
    for (int form = 0; form < PLAIN.length; form++) {
      Arrays.fill(PLAIN[form], ' ', 0x7f, true);
    }
    PLAIN[JSON]['"'] = false;
    PLAIN[JSON]['\\'] = false;
    PLAIN[NAME]['\\'] = false;
  }

  private static final int SECONDS_PER_DAY = 86400;

  private byte[] bytes = new byte[4096];
  private int length;

  /** The second that {@link #stamp} was last asked about, and its text. */
  private long stampSecond = Long.MIN_VALUE;

  private final byte[] stamp = new byte[19];

  int length() {
    return length;
  }

  /** The bytes themselves, valid up to {@link #length} until the next change. */
  byte[] bytes() {
    return bytes;
  }

  /** All of it as text. */
  String text() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** Removes bytes at the beginning; returns how many line ends there were among them. */
  int drop(int count) {
    int lines = 0;
    for (int i = 0; i < count; i++) {
      if (bytes[i] == '\n') {
        lines++;
      }
    }
    System.arraycopy(bytes, count, bytes, 0, length - count);
    length -= count;
    return lines;
  }

  /**
   * How many bytes from a place on are whole lines, at most so many; that many if none is whole.
   */
  int wholeLines(int from, int most) {
    int all = Math.min(most, length - from);
    for (int count = all; count > 0; count--) {
      if (bytes[from + count - 1] == '\n') {
        return count;
      }
    }
    return all;
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  /** Appends one ASCII character. */
  LineBuffer put(char c) {
    room(1);
    bytes[length++] = (byte) c;
    return this;
  }

  /** Appends ASCII text as it is. */
  @SuppressWarnings("deprecation") // Just what is meant here: the low byte of each character.
  LineBuffer put(String ascii) {
    int count = ascii.length();
    room(count);
    ascii.getBytes(0, count, bytes, length);
    length += count;
    return this;
  }

  /** Appends a number. */
  LineBuffer put(long number) {
    if (number < 0) {
      if (number == Long.MIN_VALUE) {
        return put("-9223372036854775808");
      }
      put('-');
    }
    long left = Math.abs(number);
    int digits = 1;
    for (long n = left; n >= 10; n /= 10) {
      digits++;
    }
    return padded(left, digits);
  }

  private LineBuffer padded(long number, int digits) {
    room(digits);
    digits(bytes, length, number, digits);
    length += digits;
    return this;
  }

  private static void digits(byte[] into, int at, long number, int digits) {
    long left = number;
    for (int i = at + digits - 1; i >= at; i--) {
      into[i] = (byte) ('0' + left % 10);
      left /= 10;
    }
  }

  /** Appends a time as RFC 3339 has it, in UTC and with six digits of the second. */
  LineBuffer put(Instant time) {
    long second = time.getEpochSecond();
    if (second != stampSecond) {
      stamp(second);
    }
    append(stamp, 0, stamp.length);
    return put('.').padded(time.getNano() / 1000, 6).put('Z');
  }

  private void stamp(long second) {
    long days = Math.floorDiv(second, SECONDS_PER_DAY);
    int ofDay = Math.floorMod(second, SECONDS_PER_DAY);
    // Years that begin in March, in eras of 400: then a leap day is the last of its year.
    long shifted = days + 719_468;
    long era = Math.floorDiv(shifted, 146_097);
    int ofEra = Math.floorMod(shifted, 146_097);
    int yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365;
    int ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int marchMonth = (5 * ofYear + 2) / 153;
    int month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
    long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    digits(stamp, 0, Math.clamp(year, 0, 9999), 4);
    stamp[4] = '-';
    digits(stamp, 5, month, 2);
    stamp[7] = '-';
    digits(stamp, 8, ofYear - (153 * marchMonth + 2) / 5 + 1, 2);
    stamp[10] = 'T';
    digits(stamp, 11, ofDay / 3600, 2);
    stamp[13] = ':';
    digits(stamp, 14, ofDay / 60 % 60, 2);
    stamp[16] = ':';
    digits(stamp, 17, ofDay % 60, 2);
    stampSecond = second;
  }

  /** Appends a JSON string. */
  LineBuffer quoted(ByteString text) {
    put('"');
    escape(text.toBytes(), JSON);
    return put('"');
  }

  /** Appends a JSON string. */
  LineBuffer quoted(String text) {
    put('"');
    escape(text.getBytes(StandardCharsets.UTF_8), JSON);
    return put('"');
  }

  /** Appends a name for people. */
  LineBuffer shown(ByteString text) {
    escape(text.toBytes(), NAME);
    return this;
  }

  /** Appends text for people: a rule, or flags that a shell is to read, keep their backslashes. */
  LineBuffer shown(String text) {
    escape(text.getBytes(StandardCharsets.UTF_8), TEXT);
    return this;
  }

  private void escape(byte[] text, int form) {
    boolean[] plain = PLAIN[form];
    int end = text.length;
    int i = 0;
    while (i < end) {
      int start = i;
      // Nearly all bytes are plain. This loop also runs before it is compiled, so it is short.
      while (i < end && plain[text[i] & 0xff]) {
        i++;
      }
      append(text, start, i - start);
      if (i < end) {
        i += special(text, i, form);
      }
    }
  }

  /** Appends what is not plain; returns how many bytes of the text that was. */
  private int special(byte[] text, int at, int form) {
    byte b = text[at];
    if (b == '"') {
      put("\\\"");
      return 1;
    }
    int size = b < 0 ? printable(text, at) : 0;
    if (size == 0) {
      hex(b, form == JSON);
      return 1;
    }
    append(text, at, size);
    return size;
  }

  private void append(byte[] from, int at, int count) {
    room(count);
    System.arraycopy(from, at, bytes, length, count);
    length += count;
  }

  private void hex(byte b, boolean json) {
    room(5);
    if (json) {
      bytes[length++] = '\\';
    }
    bytes[length++] = '\\';
    bytes[length++] = 'x';
    bytes[length++] = HEX[(b >> 4) & 15];
    bytes[length++] = HEX[b & 15];
  }

  /** The length of the well-formed, printable character of several bytes here, or 0; RFC 3629. */
  private static int printable(byte[] text, int at) {
    int first = text[at] & 0xff;
    int size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size == 0 || at + size > text.length) {
      return 0;
    }
    int point = first & (0xff >> (size + 1));
    for (int i = 1; i < size; i++) {
      int next = text[at + i];
      if ((next & 0xc0) != 0x80) {
        return 0;
      }
      point = point << 6 | (next & 0x3f);
    }
    int least = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
    boolean wellFormed = point >= least && point <= Character.MAX_CODE_POINT;
    return wellFormed && ByteString.isPrintable(point) ? size : 0;
  }
}
