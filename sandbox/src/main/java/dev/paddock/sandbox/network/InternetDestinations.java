package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.HostLookup;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Endpoint;
import dev.paddock.policy.EndpointMatcher;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.names.HostNames;
import dev.paddock.sandbox.names.HostsFile;
import dev.paddock.sandbox.names.NameServer;
import dev.paddock.sandbox.names.NameTable;
import dev.paddock.sandbox.names.PinnedNames;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.plan.CompiledPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Judges where TCP, UDP and ping sockets may lead. */
final class InternetDestinations implements Destinations {
  private static final int TCP = 6; // IPPROTO_TCP of linux/in.h
  private static final int UDP = 17; // IPPROTO_UDP

  private final EndpointMatcher rules;
  private final boolean own;
  private final boolean waysOut;
  private final boolean granted;
  private final HostSockets hostSockets;
  private final NameTable names;
  private final HostNames hosts;
  private final @Nullable PinnedNames pinned;
  private final @Nullable ResolverAddress resolver;
  private final Refusals refusals;

  InternetDestinations(
      CompiledPlan plan,
      EndpointMatcher rules,
      HostSockets hostSockets,
      NameTable names,
      HostNames hosts,
      @Nullable PinnedNames pinned,
      @Nullable ResolverAddress resolver,
      Refusals refusals) {
    this.pinned = pinned;
    this.resolver = resolver;
    this.rules = rules;
    this.own = plan.hasOwnLoopback();
    this.waysOut = plan.hasWaysOut();
    this.granted = plan.policy().network().grantsAnything();
    this.hostSockets = hostSockets;
    this.names = names;
    this.hosts = hosts;
    this.refusals = refusals;
  }

  @Override
  public Destination judge(
      int thread, String call, Socket socket, SocketAddress address, byte[] raw)
      throws KernelException {
    SocketAddress reached = address;
    if (address instanceof SocketAddress.Unspecified any) {
      if (call.equals("connect") || any.inet4().isEmpty()) {
        return Destination.allowed(raw); // Dissolves an association, or is none.
      }
      reached = any.inet4().get();
    }
    int port = reached.internetPort();
    if (port < 0) {
      return Destination.allowed(raw); // Of another family: the kernel says so.
    }
    Endpoint.Scheme protocol = protocol(socket);
    Optional<SocketAddress.Inet4> four =
        inet4(reached).filter(a -> NameTable.isOfNames(a.address()));
    Optional<String> name = four.flatMap(a -> names.name(a.address()));
    if (name.isPresent()) {
      return byName(thread, call, socket, protocol, reached, name.get());
    }
    if (waysOut && NameServer.isAt(reached)) { // Whatever is granted of the host's loopback.
      return inOwnNetwork(thread, call, socket, reached, raw);
    }
    EndpointMatcher.Decision decision = rules.decide(protocol, reached.internetAddress(), port);
    ResolverAddress redirected = resolver;
    if (redirected != null && !isByAddress(decision) && redirected.replaces(reached)) {
      // Whether it answers is what a name server does, so no event says anything.
      return redirected
          .instead(call, protocol, socket)
          .map(Destination::allowed)
          .orElse(Destination.refused(Errno.ECONNREFUSED));
    }
    if (decision.allowed() || (decision.rule().isEmpty() && isNamed(protocol, reached))) {
      return own ? Destination.inHostsNetwork(raw) : Destination.allowed(raw);
    }
    if (own && isOwn(reached)) {
      OptionalInt published =
          protocol == Endpoint.Scheme.TCP ? hostSockets.published(port) : OptionalInt.empty();
      return published.isPresent()
          ? Destination.inHostsNetwork(SocketAddress.withPort(raw, published.getAsInt()))
          : inOwnNetwork(thread, call, socket, reached, raw);
    }
    if (own && !granted) { // As where nothing is judged.
      report(thread, call, protocol, reached, decision, Errno.ENETUNREACH, Strength.KERNEL);
      return Destination.refused(Errno.ENETUNREACH);
    }
    report(thread, call, protocol, reached, decision, Errno.EACCES, Strength.EMULATED);
    return Destination.refused(Errno.EACCES);
  }

  /**
   * Whether a granted name was answered by an address, or leads there by the host's own file, where
   * the target reads that.
   */
  private boolean isNamed(Endpoint.Scheme protocol, SocketAddress address) {
    byte[] bytes = address.internetAddress();
    List<String> found = new ArrayList<>();
    if (pinned != null) {
      found.addAll(pinned.names(bytes));
    }
    if (resolver != null) {
      found.addAll(HostsFile.names(bytes));
    }
    int port = address.internetPort();
    for (String name : found) {
      EndpointMatcher.Decision decision = rules.decide(protocol, name, port);
      if (decision.allowed()
          && decision.rule().isPresent()
          && rules.leadsTo(decision.rule().get(), protocol, bytes, port)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a rule speaks of the very address, or of its network. */
  private static boolean isByAddress(EndpointMatcher.Decision decision) {
    return decision.allowed()
        && decision.rule().isPresent()
        && decision.rule().get().value().host() instanceof Endpoint.Host.Network;
  }

  private static boolean isOwn(SocketAddress address) {
    return address.isLoopback()
        || inet4(address).map(a -> NameTable.isOwn(a.address())).orElse(false);
  }

  /** To an address that the target has itself; a socket that was led out does not lead back. */
  private Destination inOwnNetwork(
      int thread, String call, Socket socket, SocketAddress address, byte[] raw)
      throws KernelException {
    if (!waysOut || !hostSockets.isHosts(socket)) {
      return Destination.allowed(raw);
    }
    refusals.refused(
        thread,
        call,
        ByteString.of(address.toString()),
        Errno.EACCES,
        "this socket leads out of the run's own network since it was used for what is granted",
        "",
        Strength.EMULATED);
    return Destination.refused(Errno.EACCES);
  }

  private static Optional<SocketAddress.Inet4> inet4(SocketAddress address) {
    return switch (address) {
      case SocketAddress.Inet4 four -> Optional.of(four);
      case SocketAddress.Inet6 six -> six.mapped();
      default -> Optional.empty();
    };
  }

  /** By name and port it is judged, and led to where the name leads at this moment. */
  private Destination byName(
      int thread,
      String call,
      Socket socket,
      Endpoint.Scheme protocol,
      SocketAddress address,
      String name)
      throws KernelException {
    if (protocol == Endpoint.Scheme.ICMP) {
      return echo(thread, call, socket, name);
    }
    int port = address.internetPort();
    EndpointMatcher.Decision decision = rules.decide(protocol, name, port);
    ByteString asked = ByteString.of(name + ":" + port + " (" + address + ")");
    if (!decision.allowed() || decision.rule().isEmpty()) {
      String rule = denial(decision);
      String hint = rule.isEmpty() ? "--net-allow " + scheme(protocol) + name + ":" + port : "";
      refusals.refused(thread, call, asked, Errno.EACCES, rule, hint, Strength.EMULATED);
      return Destination.refused(Errno.EACCES);
    }
    HostLookup.Result found = hosts.fresh(name).orElseThrow(() -> new UnresolvedException(name));
    boolean six = socket.isIpv6();
    List<byte[]> four = new ArrayList<>();
    List<byte[]> others = new ArrayList<>();
    for (byte[] one : found.addresses()) {
      if (!rules.leadsTo(decision.rule().get(), protocol, one, port)) {
        String host = Endpoint.host(one);
        refusals.refused(
            thread,
            call,
            ByteString.of(name + ":" + port + " (" + host + ")"),
            Errno.EACCES,
            "the name leads to an address inside, for which its rule does not speak",
            "--net-allow "
                + ByteString.of(scheme(protocol) + name + "=" + host + ":" + port).shellWord(),
            Strength.EMULATED);
      } else if (six || one.length == 16) {
        others.add(
            SocketAddress.ofInternet(one.length == 4 ? SocketAddress.mapped(one) : one, port, 0));
      } else {
        four.add(SocketAddress.ofInternet(one, port, 0));
      }
    }
    four.addAll(others);
    if (four.isEmpty()) {
      return Destination.refused(found.addresses().isEmpty() ? Errno.EHOSTUNREACH : Errno.EACCES);
    }
    return Destination.byName(four);
  }

  /** Echo requests are granted by addresses, whatever name these were found by. */
  private Destination echo(int thread, String call, Socket socket, String name)
      throws KernelException {
    HostLookup.Result found = hosts.fresh(name).orElseThrow(() -> new UnresolvedException(name));
    for (byte[] one : found.addresses()) {
      boolean fits = (one.length == 16) == socket.isIpv6();
      if (fits && rules.decide(Endpoint.Scheme.ICMP, one, 0).allowed()) {
        return Destination.byName(List.of(SocketAddress.ofInternet(one, 0, 0)));
      }
      if (fits) {
        String host = Endpoint.host(one);
        refusals.refused(
            thread,
            call,
            ByteString.of(name + " (" + host + ")"),
            Errno.EACCES,
            "",
            "--net-allow " + ByteString.of("icmp://" + host).shellWord(),
            Strength.EMULATED);
      }
    }
    return Destination.refused(Errno.EACCES);
  }

  private static Endpoint.Scheme protocol(Socket socket) throws KernelException {
    return switch (socket.protocol()) {
      case TCP -> Endpoint.Scheme.TCP;
      case UDP -> Endpoint.Scheme.UDP;
      default -> Endpoint.Scheme.ICMP;
    };
  }

  private void report(
      int thread,
      String call,
      Endpoint.Scheme protocol,
      SocketAddress address,
      EndpointMatcher.Decision decision,
      int errno,
      Strength strength) {
    String rule = denial(decision);
    refusals.refused(
        thread,
        call,
        ByteString.of(address.toString()),
        errno,
        rule,
        rule.isEmpty() ? "--net-allow " + grant(protocol, address) : "",
        strength);
  }

  private static String denial(EndpointMatcher.Decision decision) {
    return decision.rule().map(entry -> "network.deny \"" + entry.value() + "\"").orElse("");
  }

  /** The endpoint that would grant it; one in brackets is quoted for shells. */
  private static String grant(Endpoint.Scheme protocol, SocketAddress address) {
    String host = Endpoint.host(address.internetAddress());
    String ports = protocol == Endpoint.Scheme.ICMP ? "" : ":" + address.internetPort();
    return ByteString.of(scheme(protocol) + host + ports).shellWord();
  }

  private static String scheme(Endpoint.Scheme protocol) {
    return switch (protocol) {
      case TCP -> "tcp://";
      case UDP -> "udp://";
      default -> "icmp://";
    };
  }
}
