package dev.paddock.sandbox;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Resource limits for {@link Sandbox.Builder#limits}: an immutable value, nothing limited at first.
 */
public final class Limits {
  private static final Limits NONE = new Limits(-1, null, null);

  private final int openFiles;
  private final @Nullable Duration time;
  private final @Nullable Boolean coreDumps;

  private Limits(int openFiles, @Nullable Duration time, @Nullable Boolean coreDumps) {
    this.openFiles = openFiles;
    this.time = time;
    this.coreDumps = coreDumps;
  }

  /** No limits. */
  public static Limits none() {
    return NONE;
  }

  /** At most so many open files in each process, 1 or more. */
  public Limits openFiles(int count) {
    return new Limits(count, time, coreDumps);
  }

  /** Each run takes at most so long. */
  public Limits time(Duration limit) {
    return new Limits(openFiles, limit, coreDumps);
  }

  /** No core files are written. */
  public Limits noCoreDumps() {
    return new Limits(openFiles, time, false);
  }

  OptionalInt openFiles() {
    return openFiles < 0 ? OptionalInt.empty() : OptionalInt.of(openFiles);
  }

  Optional<Duration> time() {
    return Optional.ofNullable(time);
  }

  Optional<Boolean> coreDumps() {
    return Optional.ofNullable(coreDumps);
  }
}
