package dev.paddock.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A dynamic loader that is run as a program: {@code ld.so [options] PROGRAM [arguments]} runs
 * PROGRAM; see ld.so(8).
 *
 * @param program PROGRAM as it was given; a path without a slash is relative to the directory
 * @param arguments the arguments that PROGRAM gets, its name first
 * @param environment what the loader's options mean, as the variables that mean the same: {@code
 *     --preload x} is {@code LD_PRELOAD=x}; to be judged with PROGRAM's environment
 */
public record LoaderCommand(
    ByteString program, List<ByteString> arguments, List<ByteString> environment) {
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
    environment = List.copyOf(environment);
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
  public static @Nullable LoaderCommand of(List<ByteString> argv) {
    List<ByteString> environment = new ArrayList<>();
    ByteString name = null;
    int at = 1;
    while (at < argv.size()) {
      ByteString word = argv.get(at);
      String option = word.toString();
      if (!option.startsWith("--")) {
        break;
      }
      at++;
      if (option.equals("--")) {
        break; // for musl; glibc refuses it
      }
      ByteString value;
      int equals = word.indexOf('=', 0);
      if (equals >= 0) { // for musl; glibc refuses it
        option = word.slice(0, equals).toString();
        value = word.slice(equals + 1, word.length());
      } else if (WITH_VALUE.contains(option) && at < argv.size()) {
        value = argv.get(at);
        at++;
      } else {
        continue;
      }
      if (option.equals("--argv0")) {
        name = value;
      }
      String variable = variable(option);
      if (!variable.isEmpty()) {
        environment.add(ByteString.of(variable + "=").plus(value));
      }
    }
    if (at >= argv.size()) {
      return null;
    }
    List<ByteString> arguments = new ArrayList<>(argv.subList(at, argv.size()));
    if (name != null) {
      arguments.set(0, name);
    }
    return new LoaderCommand(argv.get(at), arguments, environment);
  }

  private static String variable(String option) {
    return switch (option) {
      case "--preload" -> "LD_PRELOAD";
      case "--audit" -> "LD_AUDIT";
      case "--library-path" -> "LD_LIBRARY_PATH";
      default -> "";
    };
  }
}
