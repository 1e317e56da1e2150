package dev.paddock.sandbox;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Resource limits for {@link Sandbox.Builder#limits}: an immutable value, nothing limited at first.
 */
public final class Limits {
  private static final Limits NONE = new Limits();

  private int openFiles = -1;
  private int processes = -1;
  private int cpuPercent = -1;
  private long memory = -1;
  private @Nullable String cpuCores;
  private @Nullable Duration time;
  private @Nullable Boolean coreDumps;

  private Limits() {}

  /** No limits. */
  public static Limits none() {
    return NONE;
  }

  private Limits with(Consumer<Limits> change) {
    Limits copy = new Limits();
    copy.openFiles = openFiles;
    copy.processes = processes;
    copy.cpuPercent = cpuPercent;
    copy.memory = memory;
    copy.cpuCores = cpuCores;
    copy.time = time;
    copy.coreDumps = coreDumps;
    change.accept(copy);
    return copy;
  }

  /** At most so many open files in each process, 1 or more. */
  public Limits openFiles(int count) {
    return with(limits -> limits.openFiles = count);
  }

  /** At most so many processes in each run's tree, threads not counted, 1 or more. */
  public Limits processes(int count) {
    return with(limits -> limits.processes = count);
  }

  /**
   * At most so much memory in each run's tree: each process is refused more of its own (ENOMEM),
   * and the tree is killed if all of them together are seen to have more ({@link Outcome.Stopped}).
   *
   * @param bytes 1 or more
   */
  public Limits memory(long bytes) {
    return with(limits -> limits.memory = bytes);
  }

  /**
   * At most this share of processor time for each run's tree.
   *
   * @param percent of one processor, 1 or more: 150 is one and a half
   */
  public Limits cpuPercent(int percent) {
    return with(limits -> limits.cpuPercent = percent);
  }

  /**
   * Each run's tree uses these processors only.
   *
   * @param list such as {@code 0,2-3}
   */
  public Limits cpuCores(String list) {
    return with(limits -> limits.cpuCores = list);
  }

  /** Each run takes at most so long. */
  public Limits time(Duration limit) {
    return with(limits -> limits.time = limit);
  }

  /** No core files are written. */
  public Limits noCoreDumps() {
    return with(limits -> limits.coreDumps = false);
  }

  OptionalInt openFiles() {
    return openFiles < 0 ? OptionalInt.empty() : OptionalInt.of(openFiles);
  }

  OptionalInt processes() {
    return processes < 0 ? OptionalInt.empty() : OptionalInt.of(processes);
  }

  OptionalInt cpuPercent() {
    return cpuPercent < 0 ? OptionalInt.empty() : OptionalInt.of(cpuPercent);
  }

  OptionalLong memory() {
    return memory < 0 ? OptionalLong.empty() : OptionalLong.of(memory);
  }

  Optional<String> cpuCores() {
    return Optional.ofNullable(cpuCores);
  }

  Optional<Duration> time() {
    return Optional.ofNullable(time);
  }

  Optional<Boolean> coreDumps() {
    return Optional.ofNullable(coreDumps);
  }
}
