package dev.paddock.sandbox.names;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** The name servers that programs of this host ask; resolv.conf(5). */
public final class HostServers {
  private static final byte[] FILE = "/etc/resolv.conf".getBytes(StandardCharsets.US_ASCII);
  private static final int MOST = 1 << 16;
  private static final String KEY = "nameserver";

  private final Set<InetAddress> addresses;

  private HostServers(Set<InetAddress> addresses) {
    this.addresses = Set.copyOf(addresses);
  }

  /** As they are now. */
  public static HostServers read() throws KernelException {
    try {
      return parse(new String(Paths.readAll(FILE, MOST), StandardCharsets.ISO_8859_1));
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.EACCES)) {
        return parse("");
      }
      throw e;
    }
  }

  /** Those of a file's text; without any, it is this machine that is asked. */
  static HostServers parse(String text) {
    Set<InetAddress> found = new HashSet<>();
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split("\\s+", -1);
      if (words.length > 1 && words[0].equals(KEY)) {
        try {
          String address = words[1];
          int scope = address.indexOf('%');
          found.add(InetAddress.ofLiteral(scope < 0 ? address : address.substring(0, scope)));
        } catch (IllegalArgumentException e) {
          // Passed over, as resolvers do.
        }
      }
    }
    if (found.isEmpty()) {
      found.add(InetAddress.ofLiteral("127.0.0.1"));
      found.add(InetAddress.ofLiteral("::1"));
    }
    return new HostServers(found);
  }

  /**
   * Whether an address is one of theirs.
   *
   * @param address 4 or 16 bytes in network order; an IPv4-mapped one is the IPv4 address
   */
  public boolean contains(byte[] address) {
    try {
      return addresses.contains(InetAddress.getByAddress(address));
    } catch (java.net.UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
