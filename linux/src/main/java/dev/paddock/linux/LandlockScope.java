package dev.paddock.linux;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What Landlock can keep inside a domain as a whole; {@code LANDLOCK_SCOPE_*} of linux/landlock.h.
 */
public enum LandlockScope {
  /** Abstract unix sockets that were made outside cannot be connected or sent to. */
  ABSTRACT_UNIX_SOCKET(0, 6, "6.12"),
  /** Processes outside cannot be sent signals, SIGIO of F_SETOWN included. */
  SIGNAL(1, 6, "6.12");

  private final int position;
  private final int abi;
  private final String kernel;

  LandlockScope(int position, int abi, String kernel) {
    this.position = position;
    this.abi = abi;
    this.kernel = kernel;
  }

  /** The scope's bit in {@code scoped}. */
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

  /** The scopes that a kernel of this ABI knows. */
  public static Set<LandlockScope> of(int abi) {
    Set<LandlockScope> scopes = EnumSet.noneOf(LandlockScope.class);
    for (LandlockScope scope : values()) {
      if (scope.abi <= abi) {
        scopes.add(scope);
      }
    }
    return Collections.unmodifiableSet(scopes);
  }
}
