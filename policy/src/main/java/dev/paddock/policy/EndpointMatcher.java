package dev.paddock.policy;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Tells which rule of a policy decides about an address or a name. A denial wins over every grant;
 * what nothing grants is refused.
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

  /**
   * Decides about a host that is asked for by its name.
   *
   * @param protocol TCP or UDP
   * @param name in lower case, without a dot at its end
   * @param port 0 to 65535
   */
  public Decision decide(Endpoint.Scheme protocol, String name, int port) {
    for (Entry<Endpoint> rule : deny) {
      if (isAbout(rule.value(), protocol, port) && isAbout(rule.value().host(), name)) {
        return new Decision(false, Optional.of(rule));
      }
    }
    for (Entry<Endpoint> rule : allow) {
      if (isAbout(rule.value(), protocol, port) && isAbout(rule.value().host(), name)) {
        return new Decision(true, Optional.of(rule));
      }
    }
    return new Decision(false, Optional.empty());
  }

  /**
   * Whether anything of a host may be reached that is asked for by its name, so that the name may
   * be looked up.
   *
   * @param name in lower case, without a dot at its end
   */
  public boolean grantsName(String name) {
    for (Entry<Endpoint> rule : deny) {
      Endpoint endpoint = rule.value();
      if (endpoint.ports().isEmpty()
          && endpoint.scheme() == Endpoint.Scheme.ANY
          && isAbout(endpoint.host(), name)) {
        return false;
      }
    }
    for (Entry<Endpoint> rule : allow) {
      if (rule.value().scheme() != Endpoint.Scheme.ICMP && isAbout(rule.value().host(), name)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether an address to which a granted name leads may be connected to: whoever serves the name
   * must not open the inside of a network by it.
   *
   * @param grant the rule that grants the name
   * @param address 4 or 16 bytes in network order
   */
  public boolean leadsTo(
      Entry<Endpoint> grant, Endpoint.Scheme protocol, byte[] address, int port) {
    byte[] reached = reached(address);
    for (Entry<Endpoint> rule : deny) {
      if (isAbout(rule.value(), protocol, reached, port, true)) {
        return false;
      }
    }
    if (grant.value().host() instanceof Endpoint.Host.Name name && name.within().isPresent()) {
      return isAbout(name.within().get(), reached, false);
    }
    if (grant.value().host() instanceof Endpoint.Host.Any) {
      return !isSpecial(reached) || decide(protocol, address, port).allowed();
    }
    return !isInside(reached) || isGrantedByAddress(protocol, reached, port);
  }

  private boolean isGrantedByAddress(Endpoint.Scheme protocol, byte[] address, int port) {
    for (Entry<Endpoint> rule : allow) {
      if (!(rule.value().host() instanceof Endpoint.Host.Any)
          && isAbout(rule.value(), protocol, address, port, false)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAbout(Endpoint.Host host, String name) {
    return switch (host) {
      case Endpoint.Host.Any _ -> true;
      case Endpoint.Host.Name rule -> rule.covers(name);
      case Endpoint.Host.Network _, Endpoint.Host.Group _ -> false;
    };
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
    return isAbout(rule, protocol, port) && isAbout(rule.host(), address, special);
  }

  private static boolean isAbout(Endpoint rule, Endpoint.Scheme protocol, int port) {
    boolean schemes =
        rule.scheme() == protocol
            || (rule.scheme() == Endpoint.Scheme.ANY && protocol != Endpoint.Scheme.ICMP);
    return schemes && rule.hasPort(port);
  }

  private static boolean isAbout(Endpoint.Host host, byte[] address, boolean special) {
    return switch (host) {
      case Endpoint.Host.Any _ -> special || !isSpecial(address);
      case Endpoint.Host.Group _ -> false;
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

  /** A network whose address is not parsed again each time. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Block(byte[] address, int prefix) {
    static Block of(String address, int prefix) {
      return new Block(Addresses.parse(address), prefix);
    }
  }

  private static boolean isLoopback(byte[] address) {
    return address.length == 4 ? address[0] == 127 : isIn(address, LOOPBACK6, 128);
  }

  private static final byte[] LOOPBACK6 = Addresses.parse("::1");

  /** What a grant of every host does not cover: RFC 6890, and where clouds keep credentials. */
  private static final List<Block> SPECIAL =
      List.of(
          Block.of("0.0.0.0", 8),
          Block.of("127.0.0.0", 8),
          Block.of("169.254.0.0", 16), // link-local; Amazon, Google, Azure and most others
          Block.of("100.100.100.200", 32), // Alibaba
          Block.of("168.63.129.16", 32), // Azure
          Block.of("192.0.0.192", 32), // Oracle
          Block.of("224.0.0.0", 4),
          Block.of("255.255.255.255", 32),
          Block.of("::", 127),
          Block.of("fe80::", 10),
          Block.of("ff00::", 8),
          Block.of("fd00:ec2::", 32), // Amazon
          Block.of("fd20:ce::254", 128)); // Google

  /** What a name does not lead to unless its rule says so: RFC 1918, 6598, 4193, 2544. */
  private static final List<Block> PRIVATE =
      List.of(
          Block.of("10.0.0.0", 8),
          Block.of("172.16.0.0", 12),
          Block.of("192.168.0.0", 16),
          Block.of("100.64.0.0", 10),
          Block.of("198.18.0.0", 15),
          Block.of("fc00::", 7),
          Block.of("fec0::", 10));

  private static final byte[] NAT64 = Addresses.parse("64:ff9b::"); // RFC 6052
  private static final byte[] NAT64_LOCAL = Addresses.parse("64:ff9b:1::"); // RFC 8215
  private static final byte[] TO4 = Addresses.parse("2002::"); // RFC 3056

  private static boolean isSpecial(byte[] address) {
    return isIn(address, SPECIAL)
        || embedded(address).map(inner -> isIn(inner, SPECIAL)).orElse(false);
  }

  private static boolean isInside(byte[] address) {
    return isIn(address, SPECIAL)
        || isIn(address, PRIVATE)
        || embedded(address).map(EndpointMatcher::isInside).orElse(false);
  }

  /** The IPv4 address to which an IPv6 one is translated. */
  private static Optional<byte[]> embedded(byte[] address) {
    if (isIn(address, NAT64, 96)) {
      return Optional.of(java.util.Arrays.copyOfRange(address, 12, 16));
    }
    if (isIn(address, NAT64_LOCAL, 48)) { // Where in it, only the network's owner knows.
      return Optional.of(new byte[] {127, 0, 0, 1});
    }
    return isIn(address, TO4, 16)
        ? Optional.of(java.util.Arrays.copyOfRange(address, 2, 6))
        : Optional.empty();
  }

  private static boolean isIn(byte[] address, List<Block> blocks) {
    for (Block block : blocks) {
      if (isIn(address, block.address(), block.prefix())) {
        return true;
      }
    }
    return false;
  }
}
