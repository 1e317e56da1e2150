package dev.paddock.sandbox;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Resource limits for {@link Sandbox.Builder#limits}: an immutable value, nothing limited at first.
 */
public final class Limits {
  private static final Limits NONE = new Limits(-1, -1, null, null);

  private final int openFiles;
  private final int processes;
  private final @Nullable Duration time;
  private final @Nullable Boolean coreDumps;

  private Limits(
      int openFiles, int processes, @Nullable Duration time, @Nullable Boolean coreDumps) {
    this.openFiles = openFiles;
    this.processes = processes;
    this.time = time;
    this.coreDumps = coreDumps;
  }

  /** No limits. */
  public static Limits none() {
    return NONE;
  }

  /** At most so many open files in each process, 1 or more. */
  public Limits openFiles(int count) {
    return new Limits(count, processes, time, coreDumps);
  }

  /** At most so many processes in each run's tree, threads not counted, 1 or more. */
  public Limits processes(int count) {
    return new Limits(openFiles, count, time, coreDumps);
  }

  /** Each run takes at most so long. */
  public Limits time(Duration limit) {
    return new Limits(openFiles, processes, limit, coreDumps);
  }

  /** No core files are written. */
  public Limits noCoreDumps() {
    return new Limits(openFiles, processes, time, false);
  }

  OptionalInt openFiles() {
    return openFiles < 0 ? OptionalInt.empty() : OptionalInt.of(openFiles);
  }

  OptionalInt processes() {
    return processes < 0 ? OptionalInt.empty() : OptionalInt.of(processes);
  }

  Optional<Duration> time() {
    return Optional.ofNullable(time);
  }

  Optional<Boolean> coreDumps() {
    return Optional.ofNullable(coreDumps);
  }
}
