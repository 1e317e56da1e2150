package dev.paddock.policy;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Tells which rule of a policy decides about an address. A denial wins over every grant; what
 * nothing grants is refused. Names other than {@code localhost} match nothing here.
 *
 * <p>{@code *} stands for the hosts of a network, not for this machine and what is at hand around
 * it: loopback, link-local and multicast addresses and those at which clouds give out credentials
 * are granted only by being named.
 */
public final class EndpointMatcher {
  private final List<Entry<Endpoint>> allow;
  private final List<Entry<Endpoint>> deny;

  private EndpointMatcher(List<Entry<Endpoint>> allow, List<Entry<Endpoint>> deny) {
    this.allow = allow;
    this.deny = deny;
  }

  /** The rules of a policy. */
  public static EndpointMatcher of(Policy.Network network) {
    return new EndpointMatcher(network.allow(), network.deny());
  }

  /**
   * What is decided about an address.
   *
   * @param allowed whether it may be reached
   * @param rule the rule that says so; empty if none is about it, and it is refused
   */
  public record Decision(boolean allowed, Optional<Entry<Endpoint>> rule) {}

  /**
   * Decides.
   *
   * @param protocol TCP, UDP or ICMP
   * @param address 4 or 16 bytes in network order. An IPv4-mapped one is the IPv4 address, an
   *     unspecified one is loopback, which is where it leads
   * @param port 0 to 65535; has no meaning for ICMP
   */
  public Decision decide(Endpoint.Scheme protocol, byte[] address, int port) {
    byte[] reached = reached(address);
    for (Entry<Endpoint> rule : deny) {
      if (isAbout(rule.value(), protocol, reached, port, true)) {
        return new Decision(false, Optional.of(rule));
      }
    }
    for (Entry<Endpoint> rule : allow) {
      if (isAbout(rule.value(), protocol, reached, port, false)) {
        return new Decision(true, Optional.of(rule));
      }
    }
    return new Decision(false, Optional.empty());
  }

  private static byte[] reached(byte[] address) {
    byte[] bytes = address;
    if (bytes.length == 16 && Addresses.isMapped(bytes)) {
      bytes = java.util.Arrays.copyOfRange(bytes, 12, 16);
    }
    for (byte b : bytes) {
      if (b != 0) {
        return bytes;
      }
    }
    bytes = new byte[bytes.length];
    bytes[bytes.length - 1] = 1;
    if (bytes.length == 4) {
      bytes[0] = 127;
    }
    return bytes;
  }

  private static boolean isAbout(
      Endpoint rule, Endpoint.Scheme protocol, byte[] address, int port, boolean special) {
    boolean schemes =
        rule.scheme() == protocol
            || (rule.scheme() == Endpoint.Scheme.ANY && protocol != Endpoint.Scheme.ICMP);
    return schemes && rule.hasPort(port) && isAbout(rule.host(), address, special);
  }

  private static boolean isAbout(Endpoint.Host host, byte[] address, boolean special) {
    return switch (host) {
      case Endpoint.Host.Any _ -> special || !isSpecial(address);
      case Endpoint.Host.Name name -> name.name().equals("localhost") && isLoopback(address);
      case Endpoint.Host.Network network when network.prefix() == 0 ->
          network.address().length() == 2 * address.length && (special || !isSpecial(address));
      case Endpoint.Host.Network network ->
          isIn(address, HexFormat.of().parseHex(network.address()), network.prefix());
    };
  }

  private static boolean isIn(byte[] address, byte[] network, int prefix) {
    if (address.length != network.length) {
      return false;
    }
    for (int bit = 0; bit < prefix; bit++) {
      if (((address[bit / 8] ^ network[bit / 8]) & 0x80 >> bit % 8) != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLoopback(byte[] address) {
    return address.length == 4 ? address[0] == 127 : isIn(address, LOOPBACK6, 128);
  }

  private static final byte[] LOOPBACK6 = Addresses.parse("::1");

  /** What a grant of every host does not cover: RFC 6890, and where clouds keep credentials. */
  private static final List<Endpoint.Host.Network> SPECIAL =
      List.of(
          network("0.0.0.0", 8),
          network("127.0.0.0", 8),
          network("169.254.0.0", 16), // link-local; Amazon, Google, Azure and most others
          network("100.100.100.200", 32), // Alibaba
          network("168.63.129.16", 32), // Azure
          network("192.0.0.192", 32), // Oracle
          network("224.0.0.0", 4),
          network("255.255.255.255", 32),
          network("::", 127),
          network("fe80::", 10),
          network("ff00::", 8),
          network("fd00:ec2::", 32), // Amazon
          network("fd20:ce::254", 128)); // Google

  private static final byte[] NAT64 = Addresses.parse("64:ff9b::"); // RFC 6052

  private static Endpoint.Host.Network network(String address, int prefix) {
    return new Endpoint.Host.Network(HexFormat.of().formatHex(Addresses.parse(address)), prefix);
  }

  private static boolean isSpecial(byte[] address) {
    if (isIn(address, NAT64, 96)) {
      return isSpecial(java.util.Arrays.copyOfRange(address, 12, 16));
    }
    for (Endpoint.Host.Network one : SPECIAL) {
      if (isIn(address, HexFormat.of().parseHex(one.address()), one.prefix())) {
        return true;
      }
    }
    return false;
  }
}
