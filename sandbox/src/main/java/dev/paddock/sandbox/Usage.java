package dev.paddock.sandbox;

import java.time.Duration;

/**
 * What a run used, summed over its whole tree; see getrusage(2), {@code RUSAGE_CHILDREN}.
 *
 * @param wall from the start of the target until nothing of the tree was left
 * @param user processor time in user mode
 * @param system processor time in the kernel
 * @param peakProcessBytes the largest resident set that any one process of the tree had, in bytes
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
    long voluntarySwitches,
    long forcedSwitches,
    long minorFaults,
    long majorFaults) {}
