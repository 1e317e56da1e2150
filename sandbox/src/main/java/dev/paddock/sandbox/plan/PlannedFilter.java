package dev.paddock.sandbox.plan;

import dev.paddock.linux.Arch;
import dev.paddock.linux.bpf.Program;
import dev.paddock.sandbox.plan.FilterOptions.Feature;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The filter of a plan. For the options that most policies come to, the build has compiled the
 * program already ({@link FilterCompiler}): a start then does no more than read it, and everything
 * else about the filter is made when somebody asks.
 */
public final class PlannedFilter {
  private final FilterOptions options;
  private final Arch arch;
  private final byte @Nullable [] compiled;
  private @Nullable SystemCallFilter full;

  private PlannedFilter(FilterOptions options, Arch arch, byte @Nullable [] compiled) {
    this.options = options;
    this.arch = arch;
    this.compiled = compiled;
  }

  /**
   * The filter for some options.
   *
   * @param options what the plan asks for
   * @param arch the only architecture whose calls are let through
   * @throws IllegalArgumentException with the first of {@link SystemCallFilter#problems}
   */
  public static PlannedFilter of(FilterOptions options, Arch arch) {
    PlannedFilter planned = new PlannedFilter(options, arch, read(options, arch));
    if (planned.compiled == null) {
      SystemCallFilter _ = planned.full(); // What cannot be compiled is said while planning.
    }
    return planned;
  }

  /** The options that it was made from. */
  public FilterOptions options() {
    return options;
  }

  /** The program as the kernel reads it: an array of {@code struct sock_filter}, 8 bytes each. */
  public byte[] toBytes() {
    return compiled != null ? compiled.clone() : full().program().toBytes();
  }

  /** The filter with everything that is known about it. */
  public synchronized SystemCallFilter full() {
    SystemCallFilter made = full;
    if (made == null) {
      made = SystemCallFilter.of(options, arch);
      full = made;
    }
    return made;
  }

  /** The resource that holds the program for these options, if the build compiles them. */
  static @Nullable String resource(FilterOptions options, Arch arch) {
    String own = "";
    FilterOptions rest = options;
    if (options.has(Feature.OWN_FILES)
        && options.has(Feature.OWN_IPC)
        && options.has(Feature.OWN_TRACING)) {
      own = "-own";
      rest = options.withOwnFiles(false).withOwnIpc(false).withOwnProcesses(false, false);
    }
    if (rest.has(Feature.JUDGED_ADDRESSES) && rest.has(Feature.UNIX_SOCKETS)) {
      own += "-judged";
      rest = rest.withoutJudgedAddresses();
    }
    if (rest.has(Feature.OWN_NETWORK)) {
      if (rest.has(Feature.WAYS_OUT)) {
        own += "-out";
      }
      return rest.withWaysOut(false).equals(FilterOptions.closed().withOwnNetwork())
          ? "filter-" + arch.machine() + own + "-network.bpf"
          : null;
    }
    if (!rest.isTcpOnly()) {
      return null;
    }
    return "filter-"
        + arch.machine()
        + own
        + (options.has(Feature.TCP_CONNECT) ? "-connect" : "")
        + (options.has(Feature.TCP_BIND) ? "-bind" : "")
        + ".bpf";
  }

  private static byte @Nullable [] read(FilterOptions options, Arch arch) {
    String name = resource(options, arch);
    if (name == null) {
      return null;
    }
    try (InputStream resource = PlannedFilter.class.getResourceAsStream(name)) {
      // Without it, as in a build that did not run FilterCompiler, the start is slower.
      return resource == null ? null : checked(resource.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }

  private static byte[] checked(byte[] program) {
    int size = program.length / 8;
    if (program.length % 8 != 0 || size < 1 || size > Program.MAXIMUM) {
      throw new IllegalStateException("a filter of " + program.length + " bytes is none");
    }
    return program;
  }
}
