package dev.paddock.cli;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.GrantFlags;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.Plan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a failed command may have been refused: arguments of it that exist but lie in no grant, or
 * its directory. Nobody knows whether that was why it failed, so these are hints, and worded as
 * such.
 */
final class Hints {
  private static final int MOST = 5;

  /** Longer ones are no path that the kernel would take; see path_resolution(7). */
  private static final int PATH_MAX = 4096;

  /** With a megabyte of arguments, looking at each would cost more than the run. */
  private static final int LOOKED_AT = 1000;

  private final Plan plan;
  private final byte[] directory;
  private final Set<String> seen = new HashSet<>();
  private final List<String> lines = new ArrayList<>();

  private Hints(Plan plan, byte[] directory) {
    this.plan = plan;
    this.directory = directory;
  }

  /**
   * The hints for a command that failed.
   *
   * @param plan what was granted
   * @param directory where it started, absolute
   * @param argv its name and its arguments
   * @param ofDirectory whether its directory is worth a word, if nothing else is
   */
  static List<String> of(Plan plan, byte[] directory, List<byte[]> argv, boolean ofDirectory) {
    Hints hints = new Hints(plan, directory);
    if (Bytes.indexOf(argv.getFirst(), '/', 0) >= 0) {
      hints.path(argv.getFirst());
    }
    int last = Math.min(argv.size(), LOOKED_AT);
    for (int index = 1; index < last; index++) {
      hints.argument(argv.get(index));
    }
    if (hints.lines.isEmpty() && ofDirectory && isAboutDirectory(argv)) {
      hints.directory();
    }
    if (hints.lines.size() <= MOST) {
      return hints.lines;
    }
    List<String> first = new ArrayList<>(hints.lines.subList(0, MOST));
    first.add((hints.lines.size() - MOST) + " more arguments are in no grant of this policy");
    return first;
  }

  /** Not a script, which may be about anything, and not a command about paths from the root. */
  private static boolean isAboutDirectory(List<byte[]> argv) {
    for (byte[] argument : argv.subList(1, argv.size())) {
      boolean script = argument.length == 2 && argument[0] == '-' && argument[1] == 'c';
      if (script || (argument.length > 0 && argument[0] == '/')) {
        return false;
      }
    }
    return true;
  }

  /** A path as it stands, after {@code --option=}, or after a letter: {@code -I/usr/local}. */
  private void argument(byte[] argument) {
    if (argument.length == 0 || argument.length > PATH_MAX) {
      return;
    }
    if (argument[0] != '-') {
      path(argument);
      int equals = Bytes.indexOf(argument, '=', 0);
      if (equals > 0) {
        path(Bytes.slice(argument, equals + 1, argument.length));
      }
      return;
    }
    int equals = Bytes.indexOf(argument, '=', 1);
    if (equals > 0) {
      path(Bytes.slice(argument, equals + 1, argument.length));
    } else if (argument.length > 2 && argument[1] != '-') {
      path(Bytes.slice(argument, 2, argument.length));
    }
  }

  private void path(byte[] name) {
    if (name.length == 0 || name.length >= PATH_MAX) {
      return;
    }
    byte[] path = absolute(name);
    try {
      judge(Paths.real(path), false);
    } catch (KernelException e) {
      if (e.errno().name().equals("ENOENT") && Bytes.indexOf(name, '/', 0) >= 0) {
        parent(path);
      }
    }
  }

  /** A file that is yet to be made: what matters is the directory it would be made in. */
  private void parent(byte[] path) {
    int slash = path.length - 1;
    while (slash > 0 && path[slash] != '/') {
      slash--;
    }
    if (slash == 0) {
      return;
    }
    try {
      judge(Paths.real(Bytes.slice(path, 0, slash)), true);
    } catch (KernelException e) {
      // That does not exist either: the command's own message says so.
    }
  }

  private void directory() {
    Access access = plan.access(directory);
    if (access.readable()) {
      return;
    }
    String shown = Text.show(directory);
    lines.add(
        access.decidedBy().isPresent()
            ? denied("the current directory " + shown, access)
            : "the current directory "
                + shown
                + " is in no grant of this policy"
                + suggestion(
                    GrantFlags.reading(ByteString.of(directory)),
                    "reading it, -w changing it too"));
  }

  private void judge(byte[] path, boolean toMake) {
    if (!seen.add(Bytes.latin1(path, 0, path.length))) {
      return;
    }
    Access access = plan.access(path);
    if ((toMake ? access.writable() : access.readable()) || (toMake && plan.isOwn(path))) {
      return;
    }
    String shown = Text.show(path);
    Optional<String> denial =
        access.decidedBy().isPresent() && !access.readable()
            ? Optional.of(denied(shown, access))
            : Optional.empty();
    if (denial.isPresent()) {
      lines.add(denial.get());
    } else if (access.readable()) {
      lines.add(
          shown
              + " is granted for reading only"
              + suggestion(GrantFlags.writing(ByteString.of(path)), "making files in it"));
    } else {
      ByteString name = ByteString.of(path);
      lines.add(
          shown
              + " is in no grant of this policy"
              + (toMake
                  ? suggestion(GrantFlags.writing(name), "making files in it")
                  : suggestion(GrantFlags.reading(name), "reading it")));
    }
  }

  private static String suggestion(String flag, String what) {
    return flag.isEmpty() ? "" : "; \"" + flag + "\" would grant " + what;
  }

  private static String denied(String what, Access access) {
    return what
        + " is denied by "
        + access.decidedBy().map(line -> line.rule() + " (" + line.origin() + ")").orElseThrow();
  }

  private byte[] absolute(byte[] name) {
    return name[0] == '/' ? name : Bytes.join(Bytes.join(directory, new byte[] {'/'}), name);
  }
}
