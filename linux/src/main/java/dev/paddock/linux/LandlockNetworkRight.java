package dev.paddock.linux;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** The network rights of Landlock; {@code LANDLOCK_ACCESS_NET_*} of linux/landlock.h. */
public enum LandlockNetworkRight {
  /** Bind a TCP socket to a port. Listening without binding is not covered. */
  BIND_TCP(0, 4, "6.7"),
  /** Connect a TCP socket to a port. Fast open by sendmsg(2) and MPTCP are not covered. */
  CONNECT_TCP(1, 4, "6.7"),
  /** Bind a UDP socket to a port. */
  BIND_UDP(2, 10, "7.2"),
  /** Connect a UDP socket to a port, or send a datagram to one. */
  CONNECT_SEND_UDP(3, 10, "7.2");

  private final int position;
  private final int abi;
  private final String kernel;

  LandlockNetworkRight(int position, int abi, String kernel) {
    this.position = position;
    this.abi = abi;
    this.kernel = kernel;
  }

  /** The right's bit in {@code handled_access_net} and {@code allowed_access}. */
  public long bit() {
    return 1L << position;
  }

  /** The Landlock ABI that brought it. */
  public int abi() {
    return abi;
  }

  /** The Linux version that brought it. */
  public String kernel() {
    return kernel;
  }

  /** The rights that a kernel of this ABI knows. */
  public static Set<LandlockNetworkRight> of(int abi) {
    Set<LandlockNetworkRight> rights = EnumSet.noneOf(LandlockNetworkRight.class);
    for (LandlockNetworkRight right : values()) {
      if (right.abi <= abi) {
        rights.add(right);
      }
    }
    return Collections.unmodifiableSet(rights);
  }
}
