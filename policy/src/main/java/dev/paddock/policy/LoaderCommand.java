package dev.paddock.policy;

import java.util.List;
import java.util.Set;

/**
 * A dynamic loader that is run as a program: {@code ld.so [options] PROGRAM [arguments]} runs
 * PROGRAM; see ld.so(8).
 *
 * @param program PROGRAM as it was given; a path without a slash is relative to the directory
 * @param arguments the arguments that PROGRAM gets, its name first
 */
public record LoaderCommand(ByteString program, List<ByteString> arguments) {
  /** Options that a value follows, as the next argument. */
  private static final Set<String> WITH_VALUE =
      Set.of(
          "--library-path",
          "--glibc-hwcaps-prepend",
          "--glibc-hwcaps-mask",
          "--inhibit-rpath",
          "--audit",
          "--preload",
          "--argv0");

  /** Copies. */
  public LoaderCommand {
    arguments = List.copyOf(arguments);
  }

  /**
   * Whether an executable is a dynamic loader: {@code ld-linux-x86-64.so.2}, {@code ld-musl-*},
   * {@code ld.so} and the like.
   *
   * @param name a base name, or a path that ends in one
   */
  public static boolean isLoader(ByteString name) {
    int start = 0;
    for (int slash = name.indexOf('/', 0); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      start = slash + 1;
    }
    ByteString base = name.slice(start, name.length());
    ByteString library = ByteString.of(".so");
    if (!base.startsWith(ByteString.of("ld"))
        || base.length() < 5
        || (base.at(2) != '-' && base.at(2) != '.' && base.at(2) != '6')) {
      return false;
    }
    for (int i = 2; i + library.length() <= base.length(); i++) {
      if (base.slice(i, i + library.length()).equals(library)) {
        return true;
      }
    }
    return false;
  }

  /**
   * What a loader is told to run.
   *
   * @param argv the loader's arguments, its own name first
   * @return null if it is told to run nothing, such as {@code --help}
   */
  public static @org.jspecify.annotations.Nullable LoaderCommand of(List<ByteString> argv) {
    int at = 1;
    ByteString name = null;
    while (at < argv.size()) {
      String option = argv.get(at).toString();
      if (!option.startsWith("--")) {
        break;
      }
      boolean value = WITH_VALUE.contains(option);
      if (value && option.equals("--argv0") && at + 1 < argv.size()) {
        name = argv.get(at + 1);
      }
      at += value ? 2 : 1;
    }
    if (at >= argv.size()) {
      return null;
    }
    List<ByteString> arguments = new java.util.ArrayList<>(argv.subList(at, argv.size()));
    if (name != null) {
      arguments.set(0, name);
    }
    return new LoaderCommand(argv.get(at), arguments);
  }
}
