package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Socket;

/** Who judges the addresses of which sockets. */
record Families(Destinations unix, Destinations internet) {
  Destinations of(Socket.Family family) {
    return switch (family) {
      case UNIX -> unix;
      case INTERNET -> internet;
      // Leads to the kernel alone; what it is sent is looked at where it is sent.
      case NETLINK -> (_, _, _, _, raw) -> Destination.allowed(raw);
      case OTHER -> (_, _, _, _, _) -> Destination.refused(Errno.EPERM);
    };
  }
}
