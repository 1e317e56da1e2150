package dev.paddock.linux;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Empties a directory whose content is not trusted, with three descriptors and little memory
 * however deep or large it is: directories found inside others are first moved up to the top.
 */
final class TreeRemoval {
  private final Fd top;
  private long moved;

  TreeRemoval(Fd top) {
    this.top = top;
  }

  void run() throws KernelException {
    empty(top);
  }

  /** Removes all that is in a directory of the top, or in the top itself. */
  private void empty(Fd directory) throws KernelException {
    // Names may be passed over while others vanish, and moving fills the top anew: until none is
    // left. A round that could remove or move nothing has thrown.
    while (true) {
      Kernel.check(Kernel.call(Nr.LSEEK, directory.number(), 0, 0), "lseek", "");
      List<byte[]> names = Paths.someNames(directory);
      if (names.isEmpty()) {
        return;
      }
      while (!names.isEmpty()) {
        for (byte[] name : names) {
          remove(directory, name);
        }
        names = Paths.someNames(directory);
      }
    }
  }

  private void remove(Fd directory, byte[] name) throws KernelException {
    long removed = Paths.unlink(directory.number(), name, false);
    if (removed == 0 || removed == -Errno.ENOENT) {
      return;
    }
    // EISDIR for a directory; POSIX and some file systems say EPERM.
    boolean isDirectory = removed == -Errno.EISDIR || removed == -Errno.EPERM;
    if (isDirectory && Paths.unlink(directory.number(), name, true) == 0) {
      return; // It was empty, as most are.
    }
    Optional<Fd> opened =
        isDirectory ? Paths.openForRemoval(directory.number(), name) : Optional.empty();
    if (opened.isEmpty()) {
      Kernel.check(removed, "unlink", Paths.show(name));
      return;
    }
    try (Fd child = opened.get()) {
      if (directory != top) {
        moveUp(directory, name);
        return;
      }
      empty(child);
    }
    long gone = Paths.unlink(directory.number(), name, true);
    if (gone != -Errno.ENOENT) {
      Kernel.check(gone, "rmdir", Paths.show(name));
    }
  }

  private void moveUp(Fd directory, byte[] name) throws KernelException {
    while (true) {
      byte[] place = (".removed-" + moved++).getBytes(StandardCharsets.US_ASCII);
      long result = Paths.rename(directory, name, top, place);
      if (result == 0) {
        return;
      }
      // The place is taken, which can be so as often as the tree has entries, and they get fewer.
      if (result != -Errno.EEXIST && result != -Errno.ENOTEMPTY && result != -Errno.ENOTDIR) {
        Kernel.check(result, "rename", Paths.show(name));
      }
    }
  }
}
