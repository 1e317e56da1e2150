package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What can be set on a socket that does not yet lead anywhere, so that another one can be given in
 * its place; socket(7), ip(7), ipv6(7), tcp(7), udp(7). What needs privileges, or is about one
 * network's interfaces and addresses, is not of these.
 */
final class SocketOptions {
  /**
   * One option.
   *
   * @param size of its value, in bytes
   * @param share by what a value that was read is divided to be set: the kernel doubles some
   */
  private record Option(int level, int name, int size, int share) {
    Option(int level, int name) {
      this(level, name, 4, 1);
    }

    Option(int level, int name, int size) {
      this(level, name, size, 1);
    }
  }

  /** Which socket a value is the usual one for. */
  private record Kind(int domain, int type, int protocol) {}

  private static final int LONGEST = 16;

  private static final List<Option> OF_ALL =
      List.of(
          new Option(Constants.SOL_SOCKET, Constants.SO_REUSEADDR),
          new Option(Constants.SOL_SOCKET, Constants.SO_REUSEPORT),
          new Option(Constants.SOL_SOCKET, Constants.SO_BROADCAST),
          new Option(Constants.SOL_SOCKET, Constants.SO_SNDBUF, 4, 2),
          new Option(Constants.SOL_SOCKET, Constants.SO_RCVBUF, 4, 2),
          new Option(Constants.SOL_SOCKET, Constants.SO_KEEPALIVE),
          new Option(Constants.SOL_SOCKET, Constants.SO_OOBINLINE),
          new Option(Constants.SOL_SOCKET, Constants.SO_PRIORITY),
          new Option(Constants.SOL_SOCKET, Constants.SO_LINGER, 8),
          new Option(Constants.SOL_SOCKET, Constants.SO_RCVLOWAT),
          new Option(Constants.SOL_SOCKET, Constants.SO_RCVTIMEO, 16),
          new Option(Constants.SOL_SOCKET, Constants.SO_SNDTIMEO, 16),
          new Option(Constants.SOL_SOCKET, Constants.SO_TIMESTAMP),
          new Option(Constants.SOL_SOCKET, Constants.SO_TIMESTAMPNS),
          new Option(Constants.IPPROTO_IP, Constants.IP_TOS),
          new Option(Constants.IPPROTO_IP, Constants.IP_TTL),
          new Option(Constants.IPPROTO_IP, Constants.IP_MTU_DISCOVER),
          new Option(Constants.IPPROTO_IP, Constants.IP_RECVERR),
          new Option(Constants.IPPROTO_IP, Constants.IP_PKTINFO),
          new Option(Constants.IPPROTO_IP, Constants.IP_RECVTTL),
          new Option(Constants.IPPROTO_IP, Constants.IP_RECVTOS),
          new Option(Constants.IPPROTO_IP, Constants.IP_MULTICAST_TTL),
          new Option(Constants.IPPROTO_IP, Constants.IP_MULTICAST_LOOP));

  private static final List<Option> OF_IPV6 =
      List.of(
          new Option(Constants.IPPROTO_IPV6, Constants.IPV6_V6ONLY),
          new Option(Constants.IPPROTO_IPV6, Constants.IPV6_TCLASS),
          new Option(Constants.IPPROTO_IPV6, Constants.IPV6_UNICAST_HOPS),
          new Option(Constants.IPPROTO_IPV6, Constants.IPV6_MTU_DISCOVER),
          new Option(Constants.IPPROTO_IPV6, Constants.IPV6_RECVERR),
          new Option(Constants.IPPROTO_IPV6, Constants.IPV6_RECVPKTINFO),
          new Option(Constants.IPPROTO_IPV6, Constants.IPV6_RECVHOPLIMIT),
          new Option(Constants.IPPROTO_IPV6, Constants.IPV6_RECVTCLASS));

  private static final List<Option> OF_TCP =
      List.of(
          new Option(Constants.IPPROTO_TCP, Constants.TCP_NODELAY),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_CORK),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_KEEPIDLE),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_KEEPINTVL),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_KEEPCNT),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_SYNCNT),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_LINGER2),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_DEFER_ACCEPT),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_MAXSEG),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_WINDOW_CLAMP),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_CONGESTION, LONGEST),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_USER_TIMEOUT),
          new Option(Constants.IPPROTO_TCP, Constants.TCP_NOTSENT_LOWAT));

  private static final List<Option> OF_UDP =
      List.of(
          new Option(Constants.IPPROTO_UDP, Constants.UDP_CORK),
          new Option(Constants.IPPROTO_UDP, Constants.UDP_SEGMENT),
          new Option(Constants.IPPROTO_UDP, Constants.UDP_GRO));

  private static final Map<Kind, byte[][]> USUAL = new ConcurrentHashMap<>();

  private SocketOptions() {}

  /**
   * Gives a new socket what another one of the same kind was given. What this kernel lacks, or does
   * not let an ordinary user set again, is left as it is.
   */
  static void copy(Fd from, Fd to, int domain, int type, int protocol) {
    Kind kind = new Kind(domain, type, protocol);
    byte[][] usual = USUAL.get(kind);
    if (usual == null) {
      usual = read(to, kind);
      USUAL.put(kind, usual);
    }
    int at = 0;
    for (List<Option> options : lists(kind)) {
      for (Option option : options) {
        byte[] value = get(from, option);
        if (value.length > 0 && !Arrays.equals(value, usual[at])) {
          set(to, option, value);
        }
        at++;
      }
    }
  }

  private static byte[][] read(Fd fd, Kind kind) {
    int count = 0;
    for (List<Option> options : lists(kind)) {
      count += options.size();
    }
    byte[][] values = new byte[count][];
    int at = 0;
    for (List<Option> options : lists(kind)) {
      for (Option option : options) {
        values[at] = get(fd, option);
        at++;
      }
    }
    return values;
  }

  private static List<List<Option>> lists(Kind kind) {
    List<Option> protocol =
        switch (kind.protocol()) {
          case Constants.IPPROTO_TCP -> OF_TCP;
          case Constants.IPPROTO_UDP -> OF_UDP;
          default -> List.of();
        };
    return List.of(OF_ALL, kind.domain() == Constants.AF_INET6 ? OF_IPV6 : List.of(), protocol);
  }

  /** An option's value; empty where there is no such option. */
  private static byte[] get(Fd fd, Option option) {
    MemorySegment scratch = Kernel.scratch();
    scratch.set(ValueLayout.JAVA_INT, LONGEST, option.size());
    long result =
        Kernel.call(
            Nr.GETSOCKOPT,
            fd.number(),
            option.level(),
            option.name(),
            scratch.address(),
            scratch.address() + LONGEST);
    if (result != 0) {
      return new byte[0];
    }
    byte[] value = new byte[Math.min(scratch.get(ValueLayout.JAVA_INT, LONGEST), option.size())];
    MemorySegment.copy(scratch, 0, MemorySegment.ofArray(value), 0, value.length);
    return value;
  }

  private static void set(Fd fd, Option option, byte[] value) {
    MemorySegment scratch = Kernel.scratch();
    MemorySegment.copy(MemorySegment.ofArray(value), 0, scratch, 0, value.length);
    if (option.share() > 1) {
      scratch.set(ValueLayout.JAVA_INT, 0, scratch.get(ValueLayout.JAVA_INT, 0) / option.share());
    }
    long _ =
        Kernel.call(
            Nr.SETSOCKOPT,
            fd.number(),
            option.level(),
            option.name(),
            scratch.address(),
            value.length);
  }
}
