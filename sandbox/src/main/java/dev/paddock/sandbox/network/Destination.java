package dev.paddock.sandbox.network;

import dev.paddock.linux.Fd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of the address that a call names.
 *
 * @param errno 0 if it may be reached, else what the caller is told
 * @param addresses what the call is made with: a {@code struct sockaddr}, or several of which one
 *     is tried after the other; at least one if it may be reached
 * @param pinned what the address leads through, to be kept open until the call was made
 * @param network in which network the call is to be made
 * @param isByName whether it was asked for by its name
 */
record Destination(
    int errno, List<byte[]> addresses, @Nullable Fd pinned, Network network, boolean isByName)
    implements AutoCloseable {

  /** Where an address means what it means. */
  enum Network {
    /** In that of the socket that it is for. */
    ANY,
    /** In the target's own. */
    OWN,
    /** In the host's. */
    HOST
  }

  /** To be made on the caller's socket as it is. */
  static Destination allowed(byte[] address) {
    return new Destination(0, List.of(address), null, Network.ANY, false);
  }

  /** To be made in the target's own network. */
  static Destination inOwnNetwork(byte[] address) {
    return new Destination(0, List.of(address), null, Network.OWN, false);
  }

  /** To be made in the host's network. */
  static Destination inHostsNetwork(byte[] address) {
    return new Destination(0, List.of(address), null, Network.HOST, false);
  }

  /** The same for a host that was asked for by its name, whatever family its addresses are of. */
  static Destination byName(List<byte[]> addresses) {
    return new Destination(0, addresses, null, Network.HOST, true);
  }

  /** Copies the list. */
  Destination {
    addresses = List.copyOf(addresses);
  }

  /** The address that is tried first. */
  byte[] address() {
    return addresses.getFirst();
  }

  static Destination refused(int errno) {
    return new Destination(errno, List.of(), null, Network.ANY, false);
  }

  boolean isAllowed() {
    return errno == 0;
  }

  @Override
  public void close() {
    if (pinned != null) {
      pinned.close();
    }
  }
}
