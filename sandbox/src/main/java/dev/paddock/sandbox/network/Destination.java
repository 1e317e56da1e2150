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
 * @param inHostsNetwork whether the call is to be made in the host's network, or else in that of
 *     the socket
 * @param isByName whether it was asked for by its name
 */
record Destination(
    int errno,
    List<byte[]> addresses,
    @Nullable Fd pinned,
    boolean inHostsNetwork,
    boolean isByName)
    implements AutoCloseable {

  /** To be made on the caller's socket as it is. */
  static Destination allowed(byte[] address) {
    return new Destination(0, List.of(address), null, false, false);
  }

  /** To be made in the host's network. */
  static Destination inHostsNetwork(byte[] address) {
    return new Destination(0, List.of(address), null, true, false);
  }

  /** The same for a host that was asked for by its name, whatever family its addresses are of. */
  static Destination byName(List<byte[]> addresses) {
    return new Destination(0, addresses, null, true, true);
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
    return new Destination(errno, List.of(), null, false, false);
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
