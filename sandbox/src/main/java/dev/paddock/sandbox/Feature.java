package dev.paddock.sandbox;

/**
 * One thing that a host's kernel can or cannot do for Paddock.
 *
 * @param name a stable name, also used in {@code protections.degrade}, such as {@code
 *     landlock-network}
 * @param available whether this host has it
 * @param purpose what it protects
 * @param detail what was found, such as {@code Landlock ABI 7}; for a missing one, why
 * @param remedy what to do about a missing one; empty for an available one
 * @param required whether no run is possible without it
 */
public record Feature(
    String name,
    boolean available,
    String purpose,
    String detail,
    String remedy,
    boolean required) {}
