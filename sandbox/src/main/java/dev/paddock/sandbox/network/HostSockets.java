package dev.paddock.sandbox.network;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.linux.SocketDiagnostics;
import dev.paddock.linux.SocketOptions;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.supervise.HeldCall;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Ways out of a network of the target's own: a socket that is to lead to a granted endpoint is
 * replaced, in its caller, by one of the host's network, which then leads there. All that is done
 * with it later is the kernel's work again.
 */
final class HostSockets {
  private static final long UNKNOWN = 0; // No network has this number.
  private static final int MOST_OF_A_PORT = 256;
  private static final int CLOSE_ON_EXEC = 02000000; // O_CLOEXEC, as fdinfo shows it

  private final boolean own;
  private final @Nullable SocketOptions options;
  private final Refusals refusals;
  private final Map<Integer, Set<Long>> published = new HashMap<>();
  private final Map<Integer, Integer> ports = new ConcurrentHashMap<>();
  private final EpollSets.Known epollSets = new EpollSets.Known();
  private volatile long host = UNKNOWN;

  /**
   * For one run.
   *
   * @param own whether the target has a network of its own
   * @param options what can be set on sockets of its network; null if none will be replaced
   */
  HostSockets(boolean own, @Nullable SocketOptions options, Refusals refusals) {
    this.own = own;
    this.options = options;
    this.refusals = refusals;
  }

  /** Whether a socket is of the host's network. */
  boolean isHosts(Socket socket) throws KernelException {
    return !own || socket.network() == host();
  }

  private long host() throws KernelException {
    long known = host;
    if (known == UNKNOWN) {
      try (Socket any = Socket.ofUnix()) {
        known = any.network();
        host = known;
      }
    }
    return known;
  }

  /** Whether only a socket of IPv6 can lead to an address. */
  static boolean needsIpv6(byte[] address) {
    return SocketAddress.decode(address, address.length) instanceof SocketAddress.Inet6;
  }

  /**
   * The socket that a call is to be made on.
   *
   * @param address which of the destination's
   * @param number the caller's descriptor
   * @param socket a duplicate of it; taken over if this does not throw
   * @return that duplicate, or what the caller has in its place by now
   * @throws KernelException what the kernel says
   */
  Socket toward(Destination destination, byte[] address, HeldCall call, int number, Socket socket)
      throws KernelException {
    SocketOptions copied = options;
    if (copied == null || !destination.inHostsNetwork()) {
      return socket;
    }
    boolean hosts = isHosts(socket);
    // What is granted by its address is what the caller asked for, also if it does not fit.
    boolean changes = destination.isByName() && needsIpv6(address) && !socket.isIpv6();
    if ((hosts && !changes) || (socket.isStream() && !socket.isClosed())) {
      return socket; // One that is connected already: the kernel says so.
    }
    Socket made;
    try {
      made = copied.likewise(socket, changes || socket.isIpv6());
    } catch (KernelException e) {
      refusals.refused(
          call.thread(),
          "socket",
          ByteString.of(""),
          e.errno().number(),
          "the host gives this user no socket of the kind; for echo requests see"
              + " net.ipv4.ping_group_range",
          "",
          Strength.KERNEL);
      throw e;
    }
    try (EpollSets sets = EpollSets.of(epollSets, call.thread(), number, socket)) {
      put(call, number, made);
      sets.renew(made);
    } catch (KernelException | RuntimeException e) {
      made.close();
      throw e;
    }
    socket.close();
    return made;
  }

  /** Notes that a process of the run makes an epoll set; the kernel does that. */
  Verdict epollMade() {
    epollSets.made();
    return Verdict.CONTINUE;
  }

  /** Notes that the run has bound a port of the host's by TCP. */
  void publish(int granted, Socket socket) throws KernelException {
    int port = socket.localAddress().internetPort();
    ports.put(granted, port);
    long inode = Paths.status(socket.fd()).inode() & 0xffffffffL; // As sock_diag(7) tells it.
    synchronized (published) {
      Set<Long> sockets = published.computeIfAbsent(port, _ -> new HashSet<>());
      if (sockets.size() >= MOST_OF_A_PORT) {
        sockets.retainAll(listeners(port)); // Those of servers that have ended.
      }
      sockets.add(inode);
    }
  }

  /** What was bound, by the port that was granted: the host's port that it has. */
  Map<Integer, Integer> ports() {
    return Map.copyOf(ports);
  }

  /** The granted port that a port of the host's stands for, which is itself for most. */
  int granted(int port) {
    for (Map.Entry<Integer, Integer> each : ports.entrySet()) {
      if (each.getValue() == port) {
        return each.getKey();
      }
    }
    return port;
  }

  /** The port of the host's on which the run alone listens for a granted one; empty if none. */
  OptionalInt published(int granted) throws KernelException {
    int port = ports.getOrDefault(granted, granted);
    return isPublished(port) ? OptionalInt.of(port) : OptionalInt.empty();
  }

  private boolean isPublished(int port) throws KernelException {
    Set<Long> own;
    synchronized (published) {
      own = Set.copyOf(published.getOrDefault(port, Set.of()));
    }
    if (own.isEmpty()) {
      return false;
    }
    Set<Long> found = listeners(port);
    return !found.isEmpty() && own.containsAll(found);
  }

  private static Set<Long> listeners(int port) throws KernelException {
    try (SocketDiagnostics diagnostics = SocketDiagnostics.open()) {
      return diagnostics.tcpListeners(port);
    }
  }

  private static void put(HeldCall call, int number, Socket made) throws KernelException {
    int flags = Procfs.descriptorFlags(call.thread(), number);
    call.replaceDescriptor(number, made.fd(), (flags & CLOSE_ON_EXEC) != 0);
  }
}
