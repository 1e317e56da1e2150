package dev.paddock.sandbox;

import java.time.Duration;

/**
 * What a tree uses while it runs.
 *
 * @param bytes the memory of all its processes, what several of them share counted once
 * @param peakBytes the most that was seen of it
 * @param processes how many there are, threads not counted
 * @param peakProcesses the most that were seen
 * @param processor the time that they have used so far, in steps of 10 ms
 */
public record TreeUsage(
    long bytes, long peakBytes, int processes, int peakProcesses, Duration processor) {}
