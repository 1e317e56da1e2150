package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What can be set on a socket that does not yet lead anywhere, so that another one can be given in
 * its place; socket(7), ip(7), ipv6(7), tcp(7), udp(7). What needs privileges, or is about one
 * network's interfaces and addresses, is not of these.
 */
public final class SocketOptions {
  /**
   * One option.
   *
   * @param size of its value, in bytes
   */
  private record Option(int level, int name, int size) {
    Option(int level, int name) {
      this(level, name, 4);
    }
  }

  private static final int LONGEST = 16;

  private static final List<Option> OF_ALL =
      List.of(
          new Option(Constants.SOL_SOCKET, Constants.SO_REUSEADDR),
          new Option(Constants.SOL_SOCKET, Constants.SO_REUSEPORT),
          new Option(Constants.SOL_SOCKET, Constants.SO_KEEPALIVE),
          new Option(Constants.SOL_SOCKET, Constants.SO_OOBINLINE),
          new Option(Constants.SOL_SOCKET, Constants.SO_PRIORITY),
          new Option(Constants.SOL_SOCKET, Constants.SO_LINGER, 8),
          new Option(Constants.SOL_SOCKET, Constants.SO_RCVLOWAT),
          new Option(Constants.SOL_SOCKET, Constants.SO_RCVTIMEO, 16),
          new Option(Constants.SOL_SOCKET, Constants.SO_SNDTIMEO, 16),
          new Option(Constants.IPPROTO_IP, Constants.IP_TOS),
          new Option(Constants.IPPROTO_IP, Constants.IP_TTL));

  private static final List<Option> OF_DATAGRAMS =
      List.of(
          new Option(Constants.SOL_SOCKET, Constants.SO_BROADCAST),
          new Option(Constants.SOL_SOCKET, Constants.SO_TIMESTAMP),
          new Option(Constants.SOL_SOCKET, Constants.SO_TIMESTAMPNS),
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

  private static final Option SENDING = new Option(Constants.SOL_SOCKET, Constants.SO_SNDBUF);
  private static final Option RECEIVING = new Option(Constants.SOL_SOCKET, Constants.SO_RCVBUF);
  private static final Option LOCKED = new Option(Constants.SOL_SOCKET, Constants.SO_BUF_LOCK);

  private final Socket stream;
  private final Socket datagram;

  /** What an untouched socket has, by its protocol and whether it is one of IPv6. */
  private final Map<Integer, MemorySegment> usual = new ConcurrentHashMap<>();

  /**
   * For the sockets of one network. What its own settings give to every socket is not copied.
   *
   * @param stream a TCP socket of that network on which nothing was set; stays the caller's
   * @param datagram a UDP socket, likewise
   */
  public SocketOptions(Socket stream, Socket datagram) {
    this.stream = stream;
    this.datagram = datagram;
  }

  /**
   * Another socket of the same kind in this process's network, with the same options, that leads
   * nowhere yet. Whether its calls wait is as for the first.
   *
   * @param ipv6 whether it is to be one of IPv6, which leads to IPv4 addresses as well
   */
  public Socket likewise(Socket socket, boolean ipv6) throws KernelException {
    int domain = ipv6 ? Constants.AF_INET6 : Constants.AF_INET;
    int flags = socket.isBlocking() ? 0 : Paths.O_NONBLOCK;
    Socket made = Socket.open(domain, socket.type() | flags, socket.protocol());
    int at = 0;
    List<List<Option>> lists = lists(socket);
    MemorySegment untouched = usual(socket, lists);
    for (List<Option> options : lists) {
      for (Option option : options) {
        copy(socket.fd(), made.fd(), option, untouched.asSlice(at, LONGEST));
        at += LONGEST;
      }
    }
    buffers(socket.fd(), made.fd());
    return made;
  }

  private MemorySegment usual(Socket socket, List<List<Option>> lists) throws KernelException {
    int key = socket.protocol() << 1 | (socket.isIpv6() ? 1 : 0);
    MemorySegment known = usual.get(key);
    if (known == null) {
      int count = 0;
      for (List<Option> options : lists) {
        count += options.size();
      }
      known = Arena.ofAuto().allocate((long) count * LONGEST, 16);
      Socket like = socket.isStream() ? stream : datagram;
      int at = 0;
      for (List<Option> options : lists) {
        for (Option option : options) {
          if (get(like.fd(), option)) {
            known.asSlice(at, LONGEST).copyFrom(Kernel.scratch().asSlice(0, LONGEST));
          }
          at += LONGEST;
        }
      }
      usual.put(key, known);
    }
    return known;
  }

  private static List<List<Option>> lists(Socket socket) throws KernelException {
    List<Option> protocol =
        switch (socket.protocol()) {
          case Constants.IPPROTO_TCP -> OF_TCP;
          case Constants.IPPROTO_UDP -> OF_UDP;
          default -> List.of();
        };
    return List.of(
        OF_ALL,
        socket.isStream() ? List.of() : OF_DATAGRAMS,
        socket.isIpv6() ? OF_IPV6 : List.of(),
        protocol);
  }

  private static void copy(Fd from, Fd to, Option option, MemorySegment untouched) {
    if (get(from, option) && Kernel.scratch().asSlice(0, LONGEST).mismatch(untouched) >= 0) {
      set(to, option);
    }
  }

  /**
   * The kernel shows buffers twice as large as they were set, and by itself changes their sizes.
   */
  private static void buffers(Fd from, Fd to) {
    if (!get(from, LOCKED)) {
      return; // Before Linux 5.14.
    }
    int locked = Kernel.scratch().get(ValueLayout.JAVA_INT, 0);
    if ((locked & Constants.SOCK_SNDBUF_LOCK) != 0) {
      half(from, to, SENDING);
    }
    if ((locked & Constants.SOCK_RCVBUF_LOCK) != 0) {
      half(from, to, RECEIVING);
    }
  }

  private static void half(Fd from, Fd to, Option option) {
    if (get(from, option)) {
      MemorySegment value = Kernel.scratch();
      value.set(ValueLayout.JAVA_INT, 0, value.get(ValueLayout.JAVA_INT, 0) / 2);
      set(to, option);
    }
  }

  /** Reads an option into the scratch memory, zeros behind it; false where there is none such. */
  private static boolean get(Fd fd, Option option) {
    MemorySegment scratch = Kernel.scratch();
    scratch.set(ValueLayout.JAVA_LONG, 0, 0);
    scratch.set(ValueLayout.JAVA_LONG, 8, 0);
    scratch.set(ValueLayout.JAVA_INT, LONGEST, option.size());
    return Kernel.call(
            Nr.GETSOCKOPT,
            fd.number(),
            option.level(),
            option.name(),
            scratch.address(),
            scratch.address() + LONGEST)
        == 0;
  }

  /** What this kernel lacks, or lets only the privileged set, is left as it is. */
  private static void set(Fd fd, Option option) {
    long _ =
        Kernel.call(
            Nr.SETSOCKOPT,
            fd.number(),
            option.level(),
            option.name(),
            Kernel.scratch().address(),
            option.size());
  }
}
