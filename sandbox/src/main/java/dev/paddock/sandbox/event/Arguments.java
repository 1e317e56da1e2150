package dev.paddock.sandbox.event;

import dev.paddock.policy.ByteString;
import java.util.ArrayList;
import java.util.List;

/**
 * The arguments of a program as an event keeps them: the first {@value #MOST} of them and no more
 * than {@value #MOST_BYTES} bytes, whatever was given. What was left away is counted.
 *
 * @param values what is kept, beginning with argument 0; the last one may be cut off
 * @param count how many arguments there were
 * @param lostBytes how many bytes of them are not in {@code values}; terminating NULs do not count
 */
public record Arguments(List<ByteString> values, long count, long lostBytes) {
  /** How many arguments are kept. */
  public static final int MOST = 1024;

  /** How many bytes of arguments are kept. */
  public static final int MOST_BYTES = 32768;

  private static final Arguments NONE = new Arguments(List.of(), 0, 0);

  /**
   * What was kept already.
   *
   * @throws IllegalArgumentException if it is more than is kept, or the counts cannot be true; see
   *     {@link #of(List, long, long)}, which cuts
   */
  public Arguments {
    values = List.copyOf(values);
    long kept = 0;
    for (ByteString value : values) {
      kept += value.length();
    }
    if (values.size() > MOST || kept > MOST_BYTES || count < values.size() || lostBytes < 0) {
      throw new IllegalArgumentException(
          values.size() + " arguments of " + count + ", " + kept + " bytes and " + lostBytes);
    }
  }

  /** No arguments at all. */
  public static Arguments none() {
    return NONE;
  }

  /** Keeps what may be kept of these arguments. */
  public static Arguments of(List<ByteString> all) {
    return of(all, all.size(), 0);
  }

  /**
   * Keeps what may be kept of arguments that were not all read.
   *
   * @param read the first ones
   * @param count how many there were; no less than were read
   * @param unread how many bytes were not read
   */
  public static Arguments of(List<ByteString> read, long count, long unread) {
    List<ByteString> kept = new ArrayList<>(Math.min(read.size(), MOST));
    int room = MOST_BYTES;
    long lost = Math.max(0, unread);
    boolean full = false;
    for (int i = 0; i < read.size(); i++) {
      ByteString value = read.get(i);
      int length = value.length();
      // What is kept is a beginning: nothing comes after the first cut.
      full |= i == MOST || (room == 0 && length > 0);
      int taken = full ? 0 : Math.min(length, room);
      if (!full) {
        kept.add(taken == length ? value : value.slice(0, taken));
      }
      room -= taken;
      lost += (long) length - taken;
      full |= taken < length;
    }
    return new Arguments(kept, Math.max(count, read.size()), lost);
  }

  /** Keeps what may be kept of these arguments. */
  public static Arguments of(byte[][] all) {
    List<ByteString> values = new ArrayList<>(all.length);
    for (byte[] value : all) {
      values.add(ByteString.of(value));
    }
    return of(values);
  }

  /** Whether something was left away. */
  public boolean isCut() {
    return lostBytes > 0 || count > values.size();
  }

  /** The same with nothing kept, only counted. */
  Arguments forgotten() {
    long all = lostBytes;
    for (ByteString value : values) {
      all += value.length();
    }
    return new Arguments(List.of(), count, all);
  }

  /** About how many bytes of memory this holds. */
  int weight() {
    int weight = 64;
    for (ByteString value : values) {
      weight += 48 + value.length();
    }
    return weight;
  }
}
