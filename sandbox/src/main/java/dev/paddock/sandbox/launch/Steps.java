package dev.paddock.sandbox.launch;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Signals;
import dev.paddock.sandbox.SandboxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a failed step of the launch means to a person; {@code enum pk_step} of {@code protocol.h}.
 */
final class Steps {
  private static final int LISTENER = 22;
  private static final int EXEC = 26;
  private static final int DIED = 27;
  private static final int VIEW = 32;

  private Steps() {}

  /**
   * The exception for a failure that init reports.
   *
   * @param path the executable, as it is shown
   * @param mounts of the view that was ordered
   * @param refusal why the supervisor refused it, if it did
   */
  static SandboxException exception(
      Message.Failed failed, String path, List<Mount> mounts, Optional<String> refusal) {
    String errno = failed.errno() == 0 ? "" : ": " + Errno.of(failed.errno());
    if (failed.step() == EXEC) {
      if (refusal.isPresent()) {
        return new SandboxException(
            SandboxException.NOT_EXECUTABLE, "exec " + path + errno + ": " + refusal.get());
      }
      boolean missing = failed.errno() == Errno.ENOENT;
      String hint =
          switch (failed.errno()) {
            case Errno.EACCES ->
                "; it, or the interpreter that it names, may not be executed under this policy";
            case Errno.ENOENT -> "; the interpreter that its first line names does not exist";
            case Errno.ENOEXEC -> "; it is no program for this machine";
            case Errno.E2BIG -> "; its arguments and environment are too long";
            default -> "";
          };
      return new SandboxException(
          missing ? SandboxException.NOT_FOUND : SandboxException.NOT_EXECUTABLE,
          "exec " + path + errno + hint);
    }
    if (failed.step() == DIED) {
      return new SandboxException(
          SandboxException.FAILED,
          "the target was ended by " + Signals.name(failed.index()) + " before its exec");
    }
    if (failed.step() == LISTENER && failed.errno() == Errno.EPERM) {
      return new SandboxException(
          SandboxException.FAILED,
          "the sandbox that this runs in allows no second supervisor: leave out what needs one"
              + " (--no-supervisor says which), or ask the outer run for it");
    }
    return new SandboxException(
        SandboxException.FAILED,
        "cannot "
            + (failed.step() == VIEW
                ? "make the view: " + part(failed.index(), mounts)
                : text(failed.step(), failed.index()))
            + errno
            + (failed.step() == VIEW ? " (--view off does without)" : ""));
  }

  /** {@code enum pk_view_part}. */
  private static String part(int index, List<Mount> mounts) {
    return switch (index % 256) {
      case 1 -> "user name space";
      case 2 -> "ids in the user name space";
      case 3 -> "network name space";
      case 4 -> "loopback up";
      case 5 -> "pid name space";
      case 6 -> "IPC name space";
      case 7 -> "mount name space";
      case 8 -> "root";
      case 9 -> index / 256 < mounts.size() ? shown(mounts.get(index / 256)) : "a mount";
      default -> "part " + index;
    };
  }

  private static String shown(Mount mount) {
    String kind = mount.kind().name().toLowerCase(Locale.ROOT);
    boolean elsewhere = !mount.source().isEmpty() && !mount.source().equals(mount.place());
    return kind + " " + mount.place() + (elsewhere ? " (" + mount.source() + ")" : "");
  }

  private static String text(int step, int index) {
    return switch (step) {
      case 1 -> "start init";
      case 2 -> "enter the outer Landlock domain";
      case 3 -> "fork init";
      case 4 -> "have the order accepted (fault " + index + ")";
      case 5 -> "hand over the order in time";
      case 6 -> "place descriptor " + index;
      case 7 -> "map memory for the arguments";
      case 8 -> "make a pipe to the target";
      case 9 -> "make a signalfd";
      case 10 -> "fork the target";
      case 11 -> "make a session (setsid)";
      case 12 -> "make a process group (setpgid)";
      case 13 -> "hand over the terminal";
      case 14 -> "change the directory (chdir)";
      case 15 -> "set resource limit " + index;
      case 16 -> "set no_new_privs";
      case 17 -> "enter the Landlock domain";
      case 18 -> "drop capability " + index + " from the bounding set";
      case 19 -> "drop capabilities";
      case 20 -> "clear ambient capability " + index;
      case 21 -> "load the system call filter";
      case 22 ->
          "make the notification listener (one is there already, of a sandbox that this runs in;"
              + " --no-supervisor needs none, and --traced judges programs without one)";
      case 23 -> "make the notification listener; the kernel must be Linux 5.19 or newer";
      case 24 -> "watch init";
      case 25 -> "set the target up in time";
      case 28 -> "understand message " + index;
      case 29 -> "keep the partner of init: it was killed, and so was the tree";
      case 30 -> "wait for events";
      default -> "do step " + step;
    };
  }
}
