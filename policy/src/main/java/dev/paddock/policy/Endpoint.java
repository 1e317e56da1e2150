package dev.paddock.policy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Where a program may connect: {@code [tcp://|udp://|icmp://]host|address|network|*[:ports]}, where
 * a host is a name, {@code *.name} for all names below one, or {@code name=network} for a name
 * whose address must lie in a network, and may be a private one then. {@code @name} is a group of
 * them. Without a scheme, TCP and UDP; without ports, all of them. An IPv4-mapped IPv6 address is
 * the IPv4 address.
 *
 * @param scheme which protocols
 * @param host which hosts
 * @param ports which ports; empty for all
 */
public record Endpoint(Scheme scheme, Host host, List<PortRange> ports) {

  /** Which protocols an endpoint is about. */
  public enum Scheme {
    /** TCP and UDP: no scheme was written. */
    ANY(""),
    /** TCP only. */
    TCP("tcp://"),
    /** UDP only. */
    UDP("udp://"),
    /** ICMP echo, which has no ports. */
    ICMP("icmp://");

    private final String prefix;

    Scheme(String prefix) {
      this.prefix = prefix;
    }
  }

  /** Which hosts an endpoint is about. */
  public sealed interface Host {
    /** Every host: {@code *}. */
    record Any() implements Host {
      @Override
      public String toString() {
        return "*";
      }
    }

    /**
     * A network, or one address of it.
     *
     * @param address 4 or 16 bytes in network order, as lower-case hexadecimal digits
     * @param prefix how many bits of it count, 0 to 32 or 128; the others are zero
     */
    record Network(String address, int prefix) implements Host {
      @Override
      public String toString() {
        byte[] bytes = HexFormat.of().parseHex(address);
        StringBuilder text = new StringBuilder();
        if (bytes.length == 4) {
          for (int i = 0; i < 4; i++) {
            text.append(i == 0 ? "" : ".").append(bytes[i] & 0xff);
          }
        } else {
          text.append('[');
          for (int i = 0; i < 16; i += 2) {
            text.append(i == 0 ? "" : ":")
                .append(Integer.toHexString((bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff)));
          }
        }
        if (prefix < bytes.length * 8) {
          text.append('/').append(prefix);
        }
        return bytes.length == 4 ? text.toString() : text.append(']').toString();
      }
    }

    /**
     * The hosts of a group, which {@link Policy#expand} replaces by them.
     *
     * @param name without its {@code @}
     */
    record Group(String name) implements Host {
      @Override
      public String toString() {
        return "@" + name;
      }
    }

    /**
     * A host by name, or all hosts below one.
     *
     * @param name in lower case; {@code *.} before it stands for one or more labels
     * @param within where its address must lie, which may be private then; empty for anywhere
     *     public
     */
    record Name(String name, Optional<Network> within) implements Host {
      private static final String BELOW = "*.";

      /** Whether a host's name is one of these. */
      public boolean covers(String host) {
        return name.startsWith(BELOW)
            ? host.length() >= name.length() && host.endsWith(name.substring(1))
            : host.equals(name);
      }

      /** Whether it stands for more than one name. */
      public boolean isWildcard() {
        return name.startsWith(BELOW);
      }

      @Override
      public String toString() {
        return within.map(network -> name + "=" + network).orElse(name);
      }
    }
  }

  /** An endpoint whose ports cannot be changed later. */
  public Endpoint {
    ports = List.copyOf(ports);
  }

  /** Whether a port is one of its own. */
  public boolean hasPort(int port) {
    if (ports.isEmpty()) {
      return true;
    }
    for (PortRange range : ports) {
      if (range.contains(port)) {
        return true;
      }
    }
    return false;
  }

  /**
   * How one address is written in an endpoint.
   *
   * @param address 4 or 16 bytes in network order; an IPv4-mapped one is the IPv4 address
   */
  public static String host(byte[] address) {
    byte[] bytes =
        address.length == 16 && Addresses.isMapped(address)
            ? java.util.Arrays.copyOfRange(address, 12, 16)
            : address;
    return new Host.Network(HexFormat.of().formatHex(bytes), bytes.length * 8).toString();
  }

  /** Reads an endpoint. */
  public static Endpoint parse(String text) throws ValueException {
    if (text.startsWith("@")) {
      return new Endpoint(Scheme.ANY, new Host.Group(groupName(text.substring(1))), List.of());
    }
    Scheme scheme = Scheme.ANY;
    String rest = text;
    int slashes = text.indexOf("://");
    if (slashes >= 0) {
      scheme =
          switch (text.substring(0, slashes)) {
            case "tcp" -> Scheme.TCP;
            case "udp" -> Scheme.UDP;
            case "icmp" -> Scheme.ICMP;
            default ->
                throw new ValueException(
                    "\"" + text + "\": the schemes are tcp://, udp:// and icmp://");
          };
      rest = text.substring(slashes + 3);
    }
    String host;
    String ports;
    int equals = rest.indexOf('=');
    String named = equals < 0 ? null : rest.substring(0, equals);
    rest = rest.substring(equals + 1);
    if (rest.startsWith("[")) {
      int close = rest.indexOf(']');
      if (close < 0 || (close + 1 < rest.length() && rest.charAt(close + 1) != ':')) {
        throw new ValueException(
            "\"" + text + "\": an IPv6 address stands in brackets, such as [2001:db8::1]:443");
      }
      host = rest.substring(1, close);
      ports = close + 1 < rest.length() ? rest.substring(close + 2) : null;
      if (host.indexOf(':') < 0) {
        throw new ValueException("\"" + text + "\": only an IPv6 address stands in brackets");
      }
    } else {
      int colon = rest.indexOf(':');
      if (colon >= 0 && rest.indexOf(':', colon + 1) >= 0) {
        throw new ValueException(
            "\"" + text + "\": put an IPv6 address in brackets, such as [2001:db8::1]:443");
      }
      host = colon < 0 ? rest : rest.substring(0, colon);
      ports = colon < 0 ? null : rest.substring(colon + 1);
    }
    if (scheme == Scheme.ICMP && ports != null) {
      throw new ValueException("\"" + text + "\": ICMP has no ports");
    }
    Host where = host(text, host);
    if (named != null) {
      where = within(text, named, where);
    }
    if (scheme == Scheme.ICMP && where instanceof Host.Name) {
      throw new ValueException(
          "\"" + text + "\": ICMP is granted by addresses, such as icmp://192.0.2.1 or icmp://*");
    }
    return new Endpoint(scheme, where, ports == null ? List.of() : ports(ports));
  }

  /** The name of a group: lower-case letters, digits and hyphens. */
  static String groupName(String name) throws ValueException {
    if (!name.matches("[a-z0-9]+(-[a-z0-9]+)*")) {
      throw new ValueException(
          "\"@"
              + name
              + "\": a group's name is of lower-case letters, digits and hyphens; its"
              + " protocols and ports are its own");
    }
    return name;
  }

  private static Host within(String text, String name, Host where) throws ValueException {
    if (host(text, name) instanceof Host.Name host && where instanceof Host.Network network) {
      return new Host.Name(host.name(), Optional.of(network));
    }
    throw new ValueException(
        "\""
            + text
            + "\": before = stands a name, and an address or network behind it, such as"
            + " db.example.com=10.0.0.0/8:5432");
  }

  private static List<PortRange> ports(String text) throws ValueException {
    List<PortRange> ranges = new ArrayList<>();
    if (text.equals("*")) {
      return ranges;
    }
    int start = 0;
    while (true) {
      int comma = text.indexOf(',', start);
      ranges.add(PortRange.parse(comma < 0 ? text.substring(start) : text.substring(start, comma)));
      if (comma < 0) {
        return ranges;
      }
      start = comma + 1;
    }
  }

  private static Host host(String whole, String text) throws ValueException {
    if (text.equals("*")) {
      return new Host.Any();
    }
    if (text.isEmpty()) {
      throw new ValueException(
          "\"" + whole + "\" names no host; write * for every host, such as tcp://*:443");
    }
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    byte[] bytes = Addresses.parse(address);
    if (bytes.length == 0) {
      if (slash >= 0 || !isHostName(text.startsWith("*.") ? text.substring(2) : text)) {
        throw new ValueException(
            "\"" + whole + "\": \"" + text + "\" is no host, address or network");
      }
      return new Host.Name(text.toLowerCase(java.util.Locale.ROOT), Optional.empty());
    }
    int prefix = bytes.length * 8;
    if (slash >= 0) {
      String length = text.substring(slash + 1);
      int most = prefix;
      prefix = length.length() > 3 ? -1 : Addresses.number(length, most);
      if (prefix < 0) {
        throw new ValueException(
            "\"" + whole + "\": a network ends in /0 to /" + most + ", not in /" + length);
      }
    }
    if (bytes.length == 16 && Addresses.isMapped(bytes) && prefix >= 96) {
      bytes = java.util.Arrays.copyOfRange(bytes, 12, 16);
      prefix -= 96;
    }
    for (int bit = prefix; bit < bytes.length * 8; bit++) {
      if ((bytes[bit / 8] & (0x80 >> (bit % 8))) != 0) {
        throw new ValueException(
            "\""
                + whole
                + "\": the address has bits beyond its /"
                + prefix
                + "; clear them or widen it");
      }
    }
    return new Host.Network(HexFormat.of().formatHex(bytes), prefix);
  }

  /**
   * Whether a text is a host's name, by RFC 1123: labels of letters, digits and inner hyphens; the
   * last one is no number.
   */
  public static boolean isHostName(String text) {
    if (text.length() > 253) {
      return false;
    }
    boolean lastIsNumber = true;
    int labelStart = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : '.';
      if (c == '.') {
        int length = i - labelStart;
        if (length == 0
            || length > 63
            || text.charAt(labelStart) == '-'
            || text.charAt(i - 1) == '-') {
          return false;
        }
        labelStart = i + 1;
        if (i < text.length()) {
          lastIsNumber = true;
        }
      } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_') {
        lastIsNumber = false;
      } else if (c < '0' || c > '9') {
        return false;
      }
    }
    return !lastIsNumber;
  }

  /** The form that {@link #parse} reads back. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(scheme.prefix).append(host);
    for (int i = 0; i < ports.size(); i++) {
      text.append(i == 0 ? ':' : ',').append(ports.get(i));
    }
    return text.toString();
  }
}
