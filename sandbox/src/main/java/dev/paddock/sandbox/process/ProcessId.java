package dev.paddock.sandbox.process;

/**
 * Which process: its id alone may be another's later.
 *
 * @param pid its id, as this process's pid namespace numbers it
 * @param startTime when it started, in clock ticks since boot, unsigned; survives an exec
 */
public record ProcessId(int pid, long startTime) {

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object other) {
    return other instanceof ProcessId that && pid == that.pid && startTime == that.startTime;
  }

  @Override
  public int hashCode() {
    return 31 * pid + Long.hashCode(startTime);
  }
}
