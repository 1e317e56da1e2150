package dev.paddock.sandbox;

import java.util.Map;
import java.util.TreeMap;

/**
 * What the caller of a sandbox wants to see or to decide itself, beyond the policy.
 *
 * @param handlers who judges further system calls, by the kernel's name of the call
 */
public record Oversight(Map<String, SystemCallHandler> handlers) {
  /** Nothing: the policy decides alone. */
  public static final Oversight NONE = new Oversight(Map.of());

  /** Copies. */
  public Oversight {
    handlers = java.util.Collections.unmodifiableMap(new TreeMap<>(handlers));
  }
}
