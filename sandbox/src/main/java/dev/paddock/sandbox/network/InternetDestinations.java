package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Endpoint;
import dev.paddock.policy.EndpointMatcher;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.plan.CompiledPlan;

/** Judges where TCP, UDP and ping sockets may lead. */
final class InternetDestinations implements Destinations {
  private static final int TCP = 6; // IPPROTO_TCP of linux/in.h
  private static final int UDP = 17; // IPPROTO_UDP

  private final EndpointMatcher rules;
  private final boolean own;
  private final Refusals refusals;

  InternetDestinations(CompiledPlan plan, Refusals refusals) {
    this.rules = EndpointMatcher.of(plan.policy().network());
    this.own = plan.hasOwnLoopback();
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
    if (own) {
      return inOwnNetwork(thread, call, socket, reached, raw);
    }
    Endpoint.Scheme protocol = protocol(socket);
    EndpointMatcher.Decision decision = rules.decide(protocol, reached.internetAddress(), port);
    if (decision.allowed()) {
      return Destination.allowed(raw);
    }
    report(thread, call, protocol, reached, decision, Errno.EACCES, Strength.EMULATED);
    return Destination.refused(Errno.EACCES);
  }

  /** Everything is the target's own there, and there is no way out: the kernel says so itself. */
  private Destination inOwnNetwork(
      int thread, String call, Socket socket, SocketAddress address, byte[] raw)
      throws KernelException {
    if (!address.isLoopback()) {
      Endpoint.Scheme protocol = protocol(socket);
      EndpointMatcher.Decision decision =
          rules.decide(protocol, address.internetAddress(), address.internetPort());
      report(thread, call, protocol, address, decision, Errno.ENETUNREACH, Strength.KERNEL);
    }
    return Destination.allowed(raw);
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
    String rule = decision.rule().map(entry -> "network.deny \"" + entry.value() + "\"").orElse("");
    refusals.refused(
        thread,
        call,
        ByteString.of(address.toString()),
        errno,
        rule,
        rule.isEmpty() ? "--net-allow " + grant(protocol, address) : "",
        strength);
  }

  /** The endpoint that would grant it; one in brackets is quoted for shells. */
  private static String grant(Endpoint.Scheme protocol, SocketAddress address) {
    String scheme =
        switch (protocol) {
          case TCP -> "tcp://";
          case UDP -> "udp://";
          default -> "icmp://";
        };
    String host = Endpoint.host(address.internetAddress());
    String ports = protocol == Endpoint.Scheme.ICMP ? "" : ":" + address.internetPort();
    return ByteString.of(scheme + host + ports).shellWord();
  }
}
