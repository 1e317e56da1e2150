package dev.paddock.linux;

import dev.paddock.linux.Layouts.SockaddrIn;
import dev.paddock.linux.Layouts.SockaddrIn6;
import dev.paddock.linux.Layouts.SockaddrNl;
import dev.paddock.linux.Layouts.SockaddrUn;
import dev.paddock.linux.Layouts.SockaddrVm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * A socket address as a process hands it to the kernel: a {@code struct sockaddr} and its length,
 * neither of them trusted. Each kind is decoded by the rules by which the kernel's own connect(2)
 * and bind(2) read it (Linux 6.18), so that what is judged is what would be reached.
 */
public sealed interface SocketAddress {
  /** The most that the kernel takes: {@code sizeof(struct sockaddr_storage)}. */
  int MAXIMUM = 128;

  /**
   * An IPv4 address; ip(7).
   *
   * @param address in host order: 127.0.0.1 is 0x7f000001
   * @param port 0 to 65535
   */
  record Inet4(int address, int port) implements SocketAddress {
    @Override
    public String toString() {
      return text(address) + ":" + port;
    }

    private static String text(int address) {
      return (address >>> 24)
          + "."
          + (address >>> 16 & 0xff)
          + "."
          + (address >>> 8 & 0xff)
          + "."
          + (address & 0xff);
    }
  }

  /**
   * An IPv6 address; ipv6(7).
   *
   * @param high its first eight bytes, in host order
   * @param low its last eight bytes
   * @param port 0 to 65535
   * @param flow flow label and traffic class
   * @param scope the interface's index, unsigned; 0 for none
   */
  record Inet6(long high, long low, int port, int flow, int scope) implements SocketAddress {
    /** The IPv4 address that {@code ::ffff:a.b.c.d} really leads to. */
    public Optional<Inet4> mapped() {
      return high == 0 && low >>> 32 == 0xffffL
          ? Optional.of(new Inet4((int) low, port))
          : Optional.empty();
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("[");
      for (int shift = 48; shift >= 0; shift -= 16) {
        text.append(Long.toHexString(high >>> shift & 0xffff)).append(':');
      }
      for (int shift = 48; shift >= 0; shift -= 16) {
        text.append(Long.toHexString(low >>> shift & 0xffff)).append(shift == 0 ? "" : ":");
      }
      if (scope != 0) {
        text.append('%').append(Integer.toUnsignedString(scope));
      }
      return text.append("]:").append(port).toString();
    }
  }

  /**
   * A unix socket in the file system; unix(7).
   *
   * @param path without a NUL, at least one byte, at most 108; may be relative
   */
  @SuppressWarnings("ArrayRecordComponent") // equals and hashCode go by content
  record UnixPath(byte[] path) implements SocketAddress {
    @Override
    public boolean equals(Object other) {
      return other instanceof UnixPath that && Arrays.equals(path, that.path);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(path);
    }

    @Override
    public String toString() {
      return "unix:" + Paths.show(path);
    }
  }

  /**
   * A unix socket with an abstract name; unix(7).
   *
   * @param name what follows the leading NUL; may hold further ones, all of which count
   */
  @SuppressWarnings("ArrayRecordComponent") // equals and hashCode go by content
  record UnixAbstract(byte[] name) implements SocketAddress {
    @Override
    public boolean equals(Object other) {
      return other instanceof UnixAbstract that && Arrays.equals(name, that.name);
    }

    @Override
    public int hashCode() {
      return ~Arrays.hashCode(name);
    }

    @Override
    public String toString() {
      return "unix:@" + Paths.show(name);
    }
  }

  /** A unix socket without a name; for bind(2) it asks the kernel to invent an abstract one. */
  record UnixUnnamed() implements SocketAddress {}

  /**
   * A netlink port; netlink(7).
   *
   * @param port unsigned; 0 is the kernel
   * @param groups multicast groups as a mask
   */
  record Netlink(int port, int groups) implements SocketAddress {}

  /**
   * A port of a virtual machine or its host; vsock(7).
   *
   * @param context who, unsigned
   * @param port unsigned
   */
  record Vsock(int context, int port) implements SocketAddress {}

  /**
   * No family: connect(2) dissolves the association. But an IPv4 UDP socket's sendto(2), and
   * bind(2) for 0.0.0.0, read the rest as an IPv4 address.
   *
   * @param inet4 that reading, where it is long enough for it
   */
  record Unspecified(Optional<Inet4> inet4) implements SocketAddress {}

  /**
   * A family that is not decoded.
   *
   * @param family its number, 0 to 65535
   */
  record Unknown(int family) implements SocketAddress {}

  /**
   * What no kernel takes as an address of its family.
   *
   * @param family 0 to 65535, or -1 if it is too short to hold one
   * @param length in bytes, as the process gave it
   */
  record Malformed(int family, int length) implements SocketAddress {}

  /** The port of an IPv4 or IPv6 address; -1 for all others. */
  default int internetPort() {
    return switch (this) {
      case Inet4 four -> four.port();
      case Inet6 six -> six.port();
      default -> -1;
    };
  }

  /** The bytes of an IPv4 or IPv6 address in network order, 4 or 16; none for all others. */
  default byte[] internetAddress() {
    return switch (this) {
      case Inet4 four -> ByteBuffer.allocate(4).putInt(four.address()).array();
      case Inet6 six -> ByteBuffer.allocate(16).putLong(six.high()).putLong(six.low()).array();
      default -> new byte[0];
    };
  }

  /** Whether it is 0.0.0.0 or ::, which for what is bound to it stands for every address. */
  default boolean isUnspecified() {
    return switch (this) {
      case Inet4 four -> four.address() == 0;
      case Inet6 six -> six.high() == 0 && (six.low() == 0 || six.low() == 0xffff_0000_0000L);
      default -> false;
    };
  }

  /** Whether it leads to this very host: 127.0.0.0/8 and ::1, or unspecified; also mapped. */
  default boolean isLoopback() {
    return switch (this) {
      case Inet4 four -> four.address() >>> 24 == 127 || four.address() == 0;
      case Inet6 six ->
          six.mapped()
              .map(SocketAddress::isLoopback)
              .orElse(six.high() == 0 && (six.low() == 0 || six.low() == 1));
      default -> false;
    };
  }

  /**
   * The address of a path, as the kernel takes it.
   *
   * @param path without a NUL; one that is too long the kernel refuses
   */
  static byte[] ofPath(byte[] path) {
    byte[] raw = new byte[SockaddrUn.SUN_PATH + path.length + 1];
    raw[SockaddrUn.SUN_FAMILY] = Constants.AF_UNIX;
    System.arraycopy(path, 0, raw, SockaddrUn.SUN_PATH, path.length);
    return raw;
  }

  /**
   * An IPv4 or IPv6 address as the kernel takes it: a {@code struct sockaddr_in} or {@code
   * sockaddr_in6}.
   *
   * @param address 4 or 16 bytes in network order
   * @param port 0 to 65535
   * @param scope the interface's index for an IPv6 address; 0 for none
   */
  static byte[] ofInternet(byte[] address, int port, int scope) {
    boolean four = address.length == 4;
    ByteBuffer raw = ByteBuffer.allocate(four ? SockaddrIn.SIZE : SockaddrIn6.SIZE);
    raw.putShort(2, (short) port);
    raw.order(ByteOrder.LITTLE_ENDIAN);
    raw.putShort(0, (short) (four ? Constants.AF_INET : Constants.AF_INET6));
    raw.put(four ? SockaddrIn.SIN_ADDR : SockaddrIn6.SIN6_ADDR, address);
    if (!four) {
      raw.putInt(SockaddrIn6.SIN6_SCOPE_ID, scope);
    }
    return raw.array();
  }

  /**
   * An address of IPv4 or IPv6 with another port.
   *
   * @param raw as {@link #ofInternet} makes it; it stays as it is
   */
  static byte[] withPort(byte[] raw, int port) {
    byte[] other = raw.clone();
    ByteBuffer.wrap(other).putShort(SockaddrIn.SIN_PORT, (short) port); // SIN6_PORT is the same.
    return other;
  }

  /**
   * The IPv6 address by which a socket of IPv6 leads to an IPv4 address; RFC 4291, 2.5.5.2.
   *
   * @param four 4 bytes in network order
   */
  static byte[] mapped(byte[] four) {
    byte[] six = new byte[16];
    six[10] = (byte) 0xff;
    six[11] = (byte) 0xff;
    System.arraycopy(four, 0, six, 12, 4);
    return six;
  }

  /** What dissolves an association; connect(2), {@code AF_UNSPEC}. */
  static byte[] unspecified() {
    return new byte[SockaddrIn.SIZE];
  }

  /**
   * Decodes an address.
   *
   * @param bytes a copy of the process's memory, at least {@code length} bytes unless that is more
   *     than {@link #MAXIMUM}
   * @param length as the process gave it: anything, also negative
   * @return always something; never throws for what a process gave
   */
  static SocketAddress decode(byte[] bytes, int length) {
    if (length < 2 || length > MAXIMUM) {
      return new Malformed(-1, length);
    }
    Objects.checkFromIndexSize(0, length, bytes.length);
    // Both architectures are little-endian; ports and IP addresses are in network order.
    int family = (bytes[0] & 0xff) | (bytes[1] & 0xff) << 8;
    return switch (family) {
      case Constants.AF_UNSPEC ->
          new Unspecified(length < SockaddrIn.SIZE ? Optional.empty() : Optional.of(inet4(bytes)));
      case Constants.AF_UNIX -> unix(bytes, length);
      case Constants.AF_INET ->
          length < SockaddrIn.SIZE ? new Malformed(family, length) : inet4(bytes);
      case Constants.AF_INET6 ->
          length < SockaddrIn6.SIN6_SCOPE_ID // RFC 2133's form has no scope yet.
              ? new Malformed(family, length)
              : inet6(bytes, length);
      case Constants.AF_NETLINK ->
          length < SockaddrNl.SIZE
              ? new Malformed(family, length)
              : new Netlink(
                  littleEndian(bytes, SockaddrNl.NL_PID),
                  littleEndian(bytes, SockaddrNl.NL_GROUPS));
      case Constants.AF_VSOCK ->
          length < SockaddrVm.SIZE
              ? new Malformed(family, length)
              : new Vsock(
                  littleEndian(bytes, SockaddrVm.SVM_CID),
                  littleEndian(bytes, SockaddrVm.SVM_PORT));
      default -> new Unknown(family);
    };
  }

  private static SocketAddress unix(byte[] bytes, int length) {
    if (length > SockaddrUn.SIZE) {
      return new Malformed(Constants.AF_UNIX, length);
    }
    int start = SockaddrUn.SUN_PATH;
    if (length == start) {
      return new UnixUnnamed();
    }
    if (bytes[start] == 0) {
      return new UnixAbstract(Arrays.copyOfRange(bytes, start + 1, length));
    }
    int end = start;
    while (end < length && bytes[end] != 0) {
      end++;
    }
    return new UnixPath(Arrays.copyOfRange(bytes, start, end));
  }

  private static Inet4 inet4(byte[] bytes) {
    return new Inet4(
        (int) bigEndian(bytes, SockaddrIn.SIN_ADDR, 4),
        (int) bigEndian(bytes, SockaddrIn.SIN_PORT, 2));
  }

  private static Inet6 inet6(byte[] bytes, int length) {
    // The kernel looks at the scope only if all of it is there.
    boolean scoped = length >= SockaddrIn6.SIZE;
    return new Inet6(
        bigEndian(bytes, SockaddrIn6.SIN6_ADDR, 8),
        bigEndian(bytes, SockaddrIn6.SIN6_ADDR + 8, 8),
        (int) bigEndian(bytes, SockaddrIn6.SIN6_PORT, 2),
        (int) bigEndian(bytes, SockaddrIn6.SIN6_FLOWINFO, 4),
        scoped ? littleEndian(bytes, SockaddrIn6.SIN6_SCOPE_ID) : 0);
  }

  private static long bigEndian(byte[] bytes, int at, int size) {
    long value = 0;
    for (int i = at; i < at + size; i++) {
      value = value << 8 | (bytes[i] & 0xff);
    }
    return value;
  }

  private static int littleEndian(byte[] bytes, int at) {
    return Integer.reverseBytes((int) bigEndian(bytes, at, 4));
  }
}
