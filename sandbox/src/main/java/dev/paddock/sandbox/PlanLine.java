package dev.paddock.sandbox;

import dev.paddock.policy.Origin;

/**
 * One line of a policy and what holds it on this host.
 *
 * @param rule the line as the policy says it, such as {@code files.read "/usr"}
 * @param origin where it stands
 * @param strength how strongly it is enforced
 * @param mechanism what enforces it
 * @param traps the system calls that are held for it; empty if none
 * @param cost what it costs per call
 * @param note what a reader should know besides; may be empty
 */
public record PlanLine(
    String rule,
    Origin origin,
    Strength strength,
    String mechanism,
    String traps,
    String cost,
    String note) {
  /** The note of a line about a path that may be missing, and is. */
  public static final String ABSENT = "does not exist here";

  /** Whether it is about a path that does not exist here. */
  public boolean isAbsent() {
    return note.equals(ABSENT);
  }
}
