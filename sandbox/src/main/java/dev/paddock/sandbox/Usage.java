package dev.paddock.sandbox;

import java.time.Duration;

/**
 * What a run used, summed over its whole tree; see getrusage(2), {@code RUSAGE_CHILDREN}.
 *
 * @param wall from the start of the target until nothing of the tree was left
 * @param user processor time in user mode
 * @param system processor time in the kernel
 * @param peakProcessBytes the largest resident set that any one process of the tree had, in bytes
 * @param peakBytes the most memory that all processes together were seen to have, in bytes, what
 *     several of them share counted once; sampled, and 0 if nobody has asked for it
 * @param peakProcesses the most processes that were seen at a time, threads not counted; sampled,
 *     and 0 if nobody has asked for it
 * @param voluntarySwitches how often a process gave up the processor by itself
 * @param forcedSwitches how often a process was preempted
 * @param minorFaults page faults that needed no input
 * @param majorFaults page faults that did
 */
public record Usage(
    Duration wall,
    Duration user,
    Duration system,
    long peakProcessBytes,
    long peakBytes,
    int peakProcesses,
    long voluntarySwitches,
    long forcedSwitches,
    long minorFaults,
    long majorFaults) {

  /**
   * The most memory that is known to have been in use at a time, in bytes: of the whole tree as far
   * as it was sampled, and of its largest process, which the kernel always tells.
   */
  public long knownPeakBytes() {
    return Math.max(peakBytes, peakProcessBytes);
  }

  /** The same, with peaks that somebody has seen; of two that have, the higher counts. */
  public Usage withPeaks(long bytes, int processes) {
    return new Usage(
        wall,
        user,
        system,
        peakProcessBytes,
        Math.max(peakBytes, bytes),
        Math.max(peakProcesses, processes),
        voluntarySwitches,
        forcedSwitches,
        minorFaults,
        majorFaults);
  }
}
