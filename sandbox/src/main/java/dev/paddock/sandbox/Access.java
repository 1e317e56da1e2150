package dev.paddock.sandbox;

import java.util.Optional;

/**
 * What a plan lets the target do with a path.
 *
 * @param level the strongest grant that holds for it
 * @param decidedBy the line that grants it, or that denies it; empty if no line names it
 */
public record Access(Level level, Optional<PlanLine> decidedBy) {

  /** From nothing to everything; each level includes the ones before it. */
  public enum Level {
    /** Not granted. */
    NONE,
    /** Reading, listing and executing. */
    READ,
    /** Reading and changing. */
    WRITE
  }

  /** Whether the path may be read, listed and executed. */
  public boolean readable() {
    return level != Level.NONE;
  }

  /** Whether the path may be changed. */
  public boolean writable() {
    return level == Level.WRITE;
  }
}
