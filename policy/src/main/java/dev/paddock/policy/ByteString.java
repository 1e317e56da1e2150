package dev.paddock.policy;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An immutable string of bytes, as the kernel has paths, arguments and environments. */
public final class ByteString implements Comparable<ByteString> {
  private final byte[] bytes;

  private ByteString(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A copy of these bytes. */
  public static ByteString of(byte[] bytes) {
    return new ByteString(bytes.clone());
  }

  /** The UTF-8 form of a text. */
  public static ByteString of(String text) {
    return new ByteString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** How many bytes there are. */
  public int length() {
    return bytes.length;
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /** The byte at a place. */
  public byte at(int index) {
    return bytes[index];
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** The part from {@code start} up to, and without, {@code end}. */
  public ByteString slice(int start, int end) {
    return new ByteString(Arrays.copyOfRange(bytes, start, end));
  }

  /** Whether it begins with these bytes. */
  public boolean startsWith(ByteString prefix) {
    return bytes.length >= prefix.bytes.length
        && Arrays.equals(bytes, 0, prefix.bytes.length, prefix.bytes, 0, prefix.bytes.length);
  }

  /** Where a byte stands last; -1 if nowhere. */
  public int lastIndexOf(char c) {
    int at = length() - 1;
    while (at >= 0 && at(at) != c) {
      at--;
    }
    return at;
  }

  /** Whether it ends with another one. */
  public boolean endsWith(ByteString suffix) {
    int from = length() - suffix.length();
    return from >= 0 && slice(from, length()).equals(suffix);
  }

  /** Whether it ends with this ASCII character. */
  public boolean endsWith(char c) {
    return bytes.length > 0 && bytes[bytes.length - 1] == (byte) c;
  }

  /** The place of an ASCII character at or after {@code from}, or -1. */
  public int indexOf(char c, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == (byte) c) {
        return i;
      }
    }
    return -1;
  }

  /** The place of a part at or after {@code from}, or -1. */
  public int indexOf(ByteString part, int from) {
    for (int i = from; i + part.bytes.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + part.bytes.length, part.bytes, 0, part.bytes.length)) {
        return i;
      }
    }
    return -1;
  }

  /** This, followed by another. */
  public ByteString plus(ByteString other) {
    byte[] both = Arrays.copyOf(bytes, bytes.length + other.bytes.length);
    System.arraycopy(other.bytes, 0, both, bytes.length, other.bytes.length);
    return new ByteString(both);
  }

  /** Whether the bytes are well-formed UTF-8. */
  public boolean isUtf8() {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false; // The answer, not an error: the decoder has no other way to say it.
    }
  }

  /**
   * The bytes for a person: UTF-8 as it is, everything that is not printable, and the backslash, as
   * {@code \xNN}. Different byte strings never look the same, and none can move a cursor.
   */
  @Override
  public String toString() {
    if (isPlain()) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    StringBuilder text = new StringBuilder(bytes.length);
    int i = 0;
    while (i < bytes.length) {
      int length = sequenceLength(i);
      if (length > 0) {
        String character = new String(bytes, i, length, StandardCharsets.UTF_8);
        int codePoint = character.codePointAt(0);
        if (codePoint != '\\' && isPrintable(codePoint)) {
          text.append(character);
          i += length;
          continue;
        }
      }
      text.append("\\x");
      text.append(Character.toUpperCase(Character.forDigit((bytes[i] >> 4) & 15, 16)));
      text.append(Character.toUpperCase(Character.forDigit(bytes[i] & 15, 16)));
      i++;
    }
    return text.toString();
  }

  /** Whether nothing is there but printable ASCII that stands for itself, as in most paths. */
  private boolean isPlain() {
    for (byte b : bytes) {
      if (b < ' ' || b > '~' || b == '\\') {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a character is shown to people as it is: it has a shape of its own, does not end a
   * line, move a cursor or turn the text around it, and is not U+FFFD, which a decoder writes for
   * bytes that it could not read, so that whoever meets it in our output knows it for a fault of
   * his own.
   */
  public static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE ->
          false;
      default -> codePoint != 0xfffd;
    };
  }

  /** The length of the well-formed UTF-8 sequence that begins here, or 0; RFC 3629. */
  private int sequenceLength(int at) {
    int first = bytes[at] & 0xff;
    if (first < 0x80) {
      return 1;
    }
    int length =
        first >= 0xc2 && first < 0xe0
            ? 2
            : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (length == 0 || at + length > bytes.length) {
      return 0;
    }
    return slice(at, at + length).isUtf8() ? length : 0;
  }

  @Override
  public int compareTo(ByteString other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ByteString that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /**
   * A word for a shell: as it is if nothing in it is special, else quoted. What is no text is
   * written in the {@code $'...'} form, which bash, zsh and ksh know.
   */
  public String shellWord() {
    String shown = toString();
    if (shown.indexOf('\\') >= 0) {
      return "$'" + shown.replace("'", "\\'") + "'";
    }
    boolean plain = !isEmpty();
    for (int i = 0; i < length(); i++) {
      byte b = at(i);
      plain &= b < 0 || isPlainInShell(b);
    }
    return plain ? shown : "'" + shown.replace("'", "'\\''") + "'";
  }

  private static boolean isPlainInShell(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || "_./:=@%+,-".indexOf(b) >= 0;
  }
}
