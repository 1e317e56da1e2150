package dev.paddock.sandbox.names;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The names that this host's own file gives to an address; hosts(5). A target that has no file of
 * its own finds them there, and asks no name server.
 */
public final class HostsFile {
  private static final byte[] FILE = "/etc/hosts".getBytes(StandardCharsets.US_ASCII);
  private static final int MOST = 1 << 20;

  private HostsFile() {}

  /**
   * The names of an address, as the file is now.
   *
   * @param address 4 or 16 bytes in network order; an IPv4-mapped one is the IPv4 address
   */
  public static List<String> names(byte[] address) {
    try {
      byte[] text = Paths.readAll(FILE, MOST);
      return names(new String(text, StandardCharsets.ISO_8859_1), address);
    } catch (KernelException e) {
      return List.of(); // The target finds none there either.
    }
  }

  static List<String> names(String text, byte[] address) {
    List<String> found = new ArrayList<>();
    for (String line : text.lines().toList()) {
      int comment = line.indexOf('#');
      String[] words = (comment < 0 ? line : line.substring(0, comment)).strip().split("\\s+", -1);
      if (words.length > 1 && is(words[0], address)) {
        for (int i = 1; i < words.length; i++) {
          found.add(words[i].toLowerCase(Locale.ROOT));
        }
      }
    }
    return found;
  }

  private static boolean is(String text, byte[] address) {
    try {
      return InetAddress.ofLiteral(text).equals(InetAddress.getByAddress(address));
    } catch (IllegalArgumentException | java.net.UnknownHostException e) {
      return false; // No address: the C library passes such a line over.
    }
  }
}
