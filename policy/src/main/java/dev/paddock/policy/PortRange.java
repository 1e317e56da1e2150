package dev.paddock.policy;

/**
 * One or more neighbouring ports.
 *
 * @param low the first, 0 to 65535; 0 asks the kernel for any free port when binding
 * @param high the last, not below the first
 */
public record PortRange(int low, int high) {
  /** Every port. */
  public static final PortRange ALL = new PortRange(0, 65535);

  /** A range within 0 to 65535. */
  public PortRange {
    if (low < 0 || high > 65535 || low > high) {
      throw new IllegalArgumentException("ports " + low + "-" + high);
    }
  }

  /** Reads {@code 8080} or {@code 9000-9005}. */
  public static PortRange parse(String text) throws ValueException {
    int dash = text.indexOf('-');
    if (dash < 0) {
      int port = port(text, text);
      return new PortRange(port, port);
    }
    int low = port(text, text.substring(0, dash));
    int high = port(text, text.substring(dash + 1));
    if (low > high) {
      throw new ValueException(
          "the port range \"" + text + "\" ends before it begins; write " + high + "-" + low);
    }
    return new PortRange(low, high);
  }

  private static int port(String whole, String text) throws ValueException {
    boolean number = !text.isEmpty() && text.length() <= 9;
    for (int i = 0; i < text.length(); i++) {
      number &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    if (!number) {
      throw new ValueException(
          "\""
              + whole
              + "\" is no port; write a number from 0 to 65535 or a range such as 9000-9005");
    }
    int port = Integer.parseInt(text);
    if (port > 65535) {
      throw new ValueException("port " + port + " does not exist; ports go from 0 to 65535");
    }
    return port;
  }

  /** Whether the port is one of them. */
  public boolean contains(int port) {
    return port >= low && port <= high;
  }

  @Override
  public String toString() {
    return low == high ? "" + low : low + "-" + high;
  }
}
