package dev.paddock.sandbox.network;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.policy.Endpoint;
import dev.paddock.sandbox.names.HostServers;
import java.util.Optional;

/**
 * Where the run's own name server is, for a target whose files name the host's: what goes to those
 * is taken to it.
 */
final class ResolverAddress {
  private static final int DOMAIN = 53;

  private final HostServers servers;
  private final SocketAddress datagrams;
  private final SocketAddress listener;

  ResolverAddress(HostServers servers, Socket datagrams, Socket listener) throws KernelException {
    this.servers = servers;
    this.datagrams = datagrams.localAddress();
    this.listener = listener.localAddress();
  }

  /** Whether an address is that of a name server of the host's. */
  boolean replaces(SocketAddress address) {
    return address.internetPort() == DOMAIN && servers.contains(address.internetAddress());
  }

  /**
   * The address that a connect is made with; empty by UDP for what names it with each message,
   * since that looks who has answered.
   */
  Optional<byte[]> instead(String call, Endpoint.Scheme protocol, Socket socket)
      throws KernelException {
    if (protocol == Endpoint.Scheme.UDP && !call.equals("connect")) {
      return Optional.empty();
    }
    SocketAddress found = protocol == Endpoint.Scheme.TCP ? listener : datagrams;
    byte[] four = found.internetAddress();
    byte[] address = socket.isIpv6() ? SocketAddress.mapped(four) : four;
    return Optional.of(SocketAddress.ofInternet(address, found.internetPort(), 0));
  }
}
