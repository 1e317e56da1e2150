package dev.paddock.policy;

import java.util.BitSet;

/**
 * Some of a host's processors, such as {@code 0,2-3}: the kernel's list format, as in cpuset(7).
 *
 * @param text the list, in order, neighbours joined
 */
public record CoreList(String text) {
  /** The most that Linux can be built for; NR_CPUS. */
  private static final int MOST = 8192;

  /**
   * Reads a list.
   *
   * @throws ValueException if it is empty, or something in it is no processor or range of them
   */
  public static CoreList parse(String text) throws ValueException {
    BitSet cores = new BitSet();
    int from = 0;
    while (from <= text.length()) {
      int comma = text.indexOf(',', from);
      int end = comma < 0 ? text.length() : comma;
      add(cores, text, text.substring(from, end));
      from = end + 1;
    }
    return new CoreList(shown(cores));
  }

  private static void add(BitSet cores, String whole, String part) throws ValueException {
    int dash = part.indexOf('-');
    int low = number(whole, dash < 0 ? part : part.substring(0, dash));
    int high = dash < 0 ? low : number(whole, part.substring(dash + 1));
    if (high < low) {
      throw new ValueException("\"" + whole + "\": " + part + " ends before it begins");
    }
    cores.set(low, high + 1);
  }

  private static int number(String whole, String text) throws ValueException {
    boolean digits = !text.isEmpty() && text.length() <= 5;
    for (int i = 0; i < text.length(); i++) {
      digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    int number = digits ? Integer.parseInt(text) : MOST;
    if (number >= MOST) {
      throw new ValueException(
          "\"" + whole + "\" is no list of processors; write numbers and ranges, such as 0,2-3");
    }
    return number;
  }

  private static String shown(BitSet cores) {
    StringBuilder text = new StringBuilder();
    for (int low = cores.nextSetBit(0); low >= 0; ) {
      int end = cores.nextClearBit(low);
      text.append(text.isEmpty() ? "" : ",").append(low);
      if (end - low > 1) {
        text.append('-').append(end - 1);
      }
      low = cores.nextSetBit(end);
    }
    return text.toString();
  }

  /** The processors, by number. */
  public BitSet cores() {
    BitSet cores = new BitSet();
    try {
      int from = 0;
      while (from <= text.length()) {
        int comma = text.indexOf(',', from);
        int end = comma < 0 ? text.length() : comma;
        add(cores, text, text.substring(from, end));
        from = end + 1;
      }
    } catch (ValueException e) {
      throw new IllegalStateException(e); // It was made by parse.
    }
    return cores;
  }

  @Override
  public String toString() {
    return text;
  }
}
