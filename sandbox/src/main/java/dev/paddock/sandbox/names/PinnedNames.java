package dev.paddock.sandbox.names;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The true addresses that names were answered by, each for as long as an answer may be kept. */
public final class PinnedNames {
  /** A resolver may hand out an answer until its last second, and a program then connects. */
  private static final long LIFE_NANOS = 2_000_000_000L * Answer.LIFE;

  private static final int MOST = 1 << 14;
  private static final int MOST_NAMES = 256;

  private final Map<InetAddress, Map<String, Long>> pins = new HashMap<>();

  /**
   * Notes an answer.
   *
   * @param address 4 or 16 bytes in network order
   */
  synchronized void pin(byte[] address, String name) {
    long now = System.nanoTime();
    if (pins.size() >= MOST) {
      pins.values().forEach(names -> names.values().removeIf(at -> now - at > LIFE_NANOS));
      pins.values().removeIf(Map::isEmpty);
    }
    if (pins.size() < MOST) { // With more the connect is refused.
      Map<String, Long> names = pins.computeIfAbsent(of(address), _ -> new HashMap<>());
      if (names.size() >= MOST_NAMES) {
        names.clear();
      }
      names.put(name, now);
    }
  }

  /**
   * The names whose answers still hold that an address was in.
   *
   * @param address 4 or 16 bytes in network order; an IPv4-mapped one is the IPv4 address
   */
  public synchronized List<String> names(byte[] address) {
    long now = System.nanoTime();
    List<String> found = new ArrayList<>();
    pins.getOrDefault(of(address), Map.of())
        .forEach(
            (name, at) -> {
              if (now - at <= LIFE_NANOS) {
                found.add(name);
              }
            });
    return found;
  }

  private static InetAddress of(byte[] address) {
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
