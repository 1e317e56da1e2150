package dev.paddock.linux.bpf;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question about one argument of a system call. Only values that stand in registers can be asked
 * for: what an argument points to can change after the filter has run.
 */
public sealed interface ArgumentTest {

  /** The argument that is looked at, 0 to 5. */
  int argument();

  /** How much of the argument counts. */
  Width width();

  /** Whether a whole register passes. */
  default boolean holds(long register) {
    long value = width() == Width.BITS_32 ? register & 0xffff_ffffL : register;
    return switch (this) {
      case In in -> in.values().contains(value & in.mask());
      case Greater greater -> Long.compareUnsigned(value, greater.value()) > 0;
      case AnyBit any -> (value & any.bits()) != 0;
    };
  }

  /**
   * Are the bits of a mask equal to one of the values?
   *
   * @param argument 0 to 5
   * @param width how much of the argument counts
   * @param mask the bits that are compared
   * @param values at least one; no bit outside the mask may be set
   */
  record In(int argument, Width width, long mask, List<Long> values) implements ArgumentTest {
    /**
     * A comparison.
     *
     * @throws IllegalArgumentException if there is no value, or a value or the mask does not fit
     */
    public In {
      values = List.copyOf(values);
      checkArgument(argument);
      checkFits(width, mask);
      if (values.isEmpty()) {
        throw new IllegalArgumentException("nothing to compare with");
      }
      for (long value : values) {
        if ((value & ~mask) != 0) {
          throw new IllegalArgumentException("a value lies outside its mask and is never found");
        }
      }
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof In test
          && argument == test.argument
          && width == test.width
          && mask == test.mask
          && values.equals(test.values);
    }

    @Override
    public int hashCode() {
      return 31 * argument + values.hashCode();
    }
  }

  /**
   * Is the argument greater than a value, as an unsigned number?
   *
   * @param argument 0 to 5
   * @param width how much of the argument counts
   * @param value what it is compared with, unsigned
   */
  record Greater(int argument, Width width, long value) implements ArgumentTest {
    /**
     * A comparison.
     *
     * @throws IllegalArgumentException if the value does not fit
     */
    public Greater {
      checkArgument(argument);
      checkFits(width, value);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Greater test
          && argument == test.argument
          && width == test.width
          && value == test.value;
    }

    @Override
    public int hashCode() {
      return 31 * argument + Long.hashCode(value);
    }
  }

  /**
   * Is any of these bits set?
   *
   * @param argument 0 to 5
   * @param width how much of the argument counts
   * @param bits at least one
   */
  record AnyBit(int argument, Width width, long bits) implements ArgumentTest {
    /**
     * A test for bits.
     *
     * @throws IllegalArgumentException if there is no bit, or one that does not fit
     */
    public AnyBit {
      checkArgument(argument);
      checkFits(width, bits);
      if (bits == 0) {
        throw new IllegalArgumentException("no bit to look for");
      }
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof AnyBit test
          && argument == test.argument
          && width == test.width
          && bits == test.bits;
    }

    @Override
    public int hashCode() {
      return 31 * argument + Long.hashCode(bits);
    }
  }

  /** Is the lower half of an argument, taken as an {@code int}, one of these? */
  static ArgumentTest int32(int argument, int... values) {
    return masked32(argument, -1, values);
  }

  /** Are the bits of a mask in the lower half of an argument equal to one of these? */
  static ArgumentTest masked32(int argument, int mask, int... values) {
    Long[] wide = new Long[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = Integer.toUnsignedLong(values[i]);
    }
    return new In(argument, Width.BITS_32, Integer.toUnsignedLong(mask), List.of(wide));
  }

  /** Is a whole argument one of these? */
  static ArgumentTest int64(int argument, long... values) {
    return masked64(argument, -1L, values);
  }

  /** Are the bits of a mask in a whole argument equal to one of these? */
  static ArgumentTest masked64(int argument, long mask, long... values) {
    Long[] wide = new Long[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return new In(argument, Width.BITS_64, mask, List.of(wide));
  }

  /** Is any of these bits set in the lower half of an argument? */
  static ArgumentTest anyBit32(int argument, int bits) {
    return new AnyBit(argument, Width.BITS_32, Integer.toUnsignedLong(bits));
  }

  /** Is any of these bits set in a whole argument? */
  static ArgumentTest anyBit64(int argument, long bits) {
    return new AnyBit(argument, Width.BITS_64, bits);
  }

  private static void checkArgument(int argument) {
    if (argument < 0 || argument > 5) {
      throw new IllegalArgumentException("a system call has arguments 0 to 5, not " + argument);
    }
  }

  private static void checkFits(Width width, long value) {
    if (width == Width.BITS_32 && value >>> 32 != 0) {
      throw new IllegalArgumentException("0x" + Long.toHexString(value) + " has more than 32 bits");
    }
  }
}
