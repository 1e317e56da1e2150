package dev.paddock.sandbox.launch;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.LandlockFileRight;
import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Terminal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The files behind descriptors that a target is given. By way of /dev/stdout and /proc/self/fd it
 * may open them once more, for what the descriptor is open for and nothing else.
 *
 * <p>Landlock cannot say "only to append", so what was opened with O_APPEND may not be opened again
 * for writing.
 */
public final class HandedFiles {
  private static final int ACCESS_MODE = 3;

  private record One(Fd fd, FileStatus status, Set<LandlockFileRight> rights) {}

  private final List<One> files = new ArrayList<>();

  /** No files. */
  public HandedFiles() {}

  /** Adds the file behind a descriptor, if it is a regular one, a terminal or a named pipe. */
  public void add(Fd fd) throws KernelException {
    FileStatus status = Paths.status(fd);
    boolean terminal = status.isDevice() && Terminal.isTerminal(fd);
    // Other devices may make something new of each open, wider than what the descriptor is.
    if (!status.isRegular() && !terminal && !(status.isFifo() && hasPath(fd))) {
      return;
    }
    Set<LandlockFileRight> rights = rights(fd.flags(), terminal);
    if (!rights.isEmpty()) {
      files.add(new One(fd, status, rights));
    }
  }

  private static boolean hasPath(Fd fd) throws KernelException {
    byte[] path = Paths.ofDescriptor(fd);
    return path.length > 0 && path[0] == '/'; // Else "pipe:[4711]", which Landlock leaves open.
  }

  private static Set<LandlockFileRight> rights(int flags, boolean terminal) {
    Set<LandlockFileRight> rights = EnumSet.noneOf(LandlockFileRight.class);
    if ((flags & Paths.O_PATH) != 0) {
      return rights;
    }
    int mode = flags & ACCESS_MODE;
    if (mode == Paths.O_RDONLY || mode == Paths.O_RDWR) {
      rights.add(LandlockFileRight.READ_FILE);
    }
    if (mode != Paths.O_RDONLY && (flags & Paths.O_APPEND) == 0) {
      rights.add(LandlockFileRight.WRITE_FILE);
      rights.add(LandlockFileRight.TRUNCATE);
    }
    if (terminal && !rights.isEmpty()) {
      rights.add(LandlockFileRight.IOCTL_DEV);
    }
    return rights;
  }

  /** Whether there is nothing to allow. */
  public boolean isEmpty() {
    return files.isEmpty();
  }

  /** Allows each of them in a ruleset. */
  public void allow(LandlockRuleset ruleset) throws KernelException {
    for (One file : files) {
      try {
        boolean _ = ruleset.allowPath(file.fd(), false, file.rights());
      } catch (KernelException e) {
        if (!e.is(Errno.EBADFD)) {
          throw e;
        }
        // A file of the kernel's own mounts, such as a memfd: Landlock does not restrict it.
      }
    }
  }

  /** Whether a file may be opened because it is one of these. */
  public boolean allows(FileStatus status, boolean change) {
    LandlockFileRight needed = change ? LandlockFileRight.WRITE_FILE : LandlockFileRight.READ_FILE;
    for (One file : files) {
      if (file.status().isSameFile(status) && file.rights().contains(needed)) {
        return true;
      }
    }
    return false;
  }
}
