package dev.paddock.sandbox.names;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The addresses that stand for names: each name that is asked for gets one of 198.18.0.0/15, which
 * no network routes (RFC 2544), and keeps it for the run. So what is connected to says by which
 * name it was found, whatever address the host has by then.
 */
public final class NameTable {
  private static final int NETWORK = 0xc6120000; // 198.18.0.0
  private static final int MASK = 0xfffe0000;
  private static final int OWN = NETWORK | 1; // the target's own, by which it is online

  /** All of the network but its own two and the broadcast address. */
  private static final int MOST = ~MASK - 2;

  private final Map<String, Integer> addresses = new HashMap<>();
  private final Map<Integer, String> names = new HashMap<>();

  /** Whether an IPv4 address is of the network whose addresses stand for names. */
  public static boolean isOfNames(int address) {
    return (address & MASK) == NETWORK;
  }

  /** Whether it is the one of that network which the target has itself. */
  public static boolean isOwn(int address) {
    return address == OWN;
  }

  /**
   * The address that stands for a name.
   *
   * @param name in lower case, without a dot at its end
   * @return in host order; empty if there are no more
   */
  public synchronized Optional<Integer> address(String name) {
    Integer known = addresses.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    if (addresses.size() >= MOST) {
      return Optional.empty();
    }
    int made = OWN + 1 + addresses.size();
    addresses.put(name, made);
    names.put(made, name);
    return Optional.of(made);
  }

  /** The name that an address stands for; empty if none does. */
  public synchronized Optional<String> name(int address) {
    return Optional.ofNullable(names.get(address));
  }
}
