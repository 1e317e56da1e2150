package dev.paddock.sandbox.launch;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;

/**
 * A script whose first line names no interpreter. execve(2) refuses it with ENOEXEC; shells and
 * execvp(3) then run it with {@code /bin/sh}.
 */
final class PlainScript {
  /** As much as shells look at before they take a file for a script. */
  private static final int LOOKED_AT = 80;

  private PlainScript() {}

  /** Whether a file is text without {@code #!}; not if it cannot be read. */
  static boolean is(byte[] path) {
    byte[] start = new byte[LOOKED_AT];
    int length;
    try {
      if (!Paths.status(path).isRegular()) {
        return false; // Opening a pipe or a device could already do something.
      }
    } catch (KernelException e) {
      return false; // As below.
    }
    try (Fd file = Paths.open(path, Paths.O_RDONLY | Paths.O_NONBLOCK | Paths.O_NOCTTY, 0)) {
      length = file.read(start, 0, start.length);
    } catch (KernelException e) {
      return false; // Then execve(2) alone decides, and says what it finds.
    }
    if (length >= 2 && start[0] == '#' && start[1] == '!') {
      return false;
    }
    for (int i = 0; i < length && start[i] != '\n'; i++) {
      if (start[i] == 0) {
        return false; // A program, if for another machine.
      }
    }
    return true;
  }
}
