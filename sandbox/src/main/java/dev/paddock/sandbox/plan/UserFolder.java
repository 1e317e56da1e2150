package dev.paddock.sandbox.plan;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileLock;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Processes;
import dev.paddock.policy.ByteString;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A folder of this user alone, where what is in use is locked (flock(2)) by the process that uses
 * it. So what a killed process has left can be told from what is in use, and the next one removes
 * it.
 */
public final class UserFolder {
  private static final int GROUP_AND_OTHERS = 077;

  /** What is made here; anything else is left alone. */
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{1,16}(-[0-9]+)?");

  private UserFolder() {}

  /**
   * A path for a new directory below one for temporary files: in the folder of this user, or beside
   * it if somebody else has taken its name.
   *
   * @param secret what nobody can guess
   */
  static ByteString fresh(ByteString temporary, String secret) {
    ByteString place = temporary.plus(ByteString.of(temporary.endsWith('/') ? "" : "/"));
    ByteString folder = place.plus(ByteString.of(name()));
    return isToBeHad(folder)
        ? folder.plus(ByteString.of("/" + secret))
        : place.plus(ByteString.of("paddock-" + secret));
  }

  /** The folder that a path of {@link #fresh} is in; empty if it is in none. */
  public static Optional<ByteString> of(ByteString path) {
    int end = path.lastIndexOf('/');
    ByteString named = ByteString.of("/" + name());
    boolean shared = end >= named.length() && path.slice(end - named.length(), end).equals(named);
    return shared ? Optional.of(path.slice(0, end)) : Optional.empty();
  }

  private static String name() {
    return "paddock-" + Processes.effectiveUid();
  }

  /** Whether something is a directory of this user, and closed to all others. */
  public static boolean isOurs(ByteString path) {
    try {
      FileStatus status = Paths.linkStatus(path.toBytes());
      return status.isDirectory()
          && status.uid() == Processes.effectiveUid()
          && (status.mode() & GROUP_AND_OTHERS) == 0;
    } catch (KernelException e) {
      return false;
    }
  }

  /** Whether it is there or can be made: nobody else has taken its name. */
  static boolean isToBeHad(ByteString path) {
    try {
      FileStatus _ = Paths.linkStatus(path.toBytes());
      return isOurs(path);
    } catch (KernelException e) {
      return e.is(Errno.ENOENT);
    }
  }

  /**
   * Makes it if it is not there.
   *
   * @throws KernelException EPERM if somebody else has taken its name
   */
  public static void make(ByteString path) throws KernelException {
    try {
      Paths.makeDirectory(path.toBytes(), 0700);
    } catch (KernelException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
    if (!isOurs(path)) {
      throw new KernelException(
          Errno.of(Errno.EPERM), "open", path + " (it must be a folder of this user alone)");
    }
  }

  /**
   * Makes a directory in it, which is in use as long as the descriptor is open.
   *
   * @return empty if there is one of that name already, or somebody swept it away
   */
  public static Optional<Fd> makeDirectory(ByteString path) throws KernelException {
    byte[] name = path.toBytes();
    try {
      Paths.makeDirectory(name, 0700);
    } catch (KernelException e) {
      if (e.is(Errno.EEXIST)) {
        return Optional.empty();
      }
      throw e;
    }
    try (Fd made = Paths.open(name, Paths.O_RDONLY | Paths.O_DIRECTORY | Paths.O_NOFOLLOW, 0)) {
      if (isLocked(made) && Paths.status(name).isSameFile(Paths.status(made))) {
        return Optional.of(made.duplicate());
      }
    } catch (KernelException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    return Optional.empty();
  }

  /** Where a file system has no locks nobody can tell what is unused, so nothing is swept away. */
  private static boolean isLocked(Fd directory) {
    try {
      return FileLock.exclusive(directory);
    } catch (KernelException e) {
      return true;
    }
  }

  /** Removes what nobody uses. What cannot be removed stays. */
  public static void sweep(ByteString folder) {
    try (Fd directory = Paths.open(folder.toBytes(), Paths.O_RDONLY | Paths.O_DIRECTORY, 0)) {
      for (byte[] name : Paths.names(directory)) {
        ByteString entry = ByteString.of(name);
        if (NAME.matcher(entry.toString()).matches()) {
          removeUnused(folder.plus(ByteString.of("/")).plus(entry));
        }
      }
    } catch (KernelException e) {
      // There is nothing, or it is not to be read: then it stays.
    }
  }

  private static void removeUnused(ByteString path) {
    byte[] name = path.toBytes();
    try (Fd left = Paths.open(name, Paths.O_RDONLY | Paths.O_NOFOLLOW | Paths.O_NONBLOCK, 0)) {
      if (!FileLock.exclusive(left)) {
        return;
      }
      if (Paths.status(left).isDirectory()) {
        Paths.removeTree(name);
      } else {
        Paths.remove(name, false);
      }
    } catch (KernelException e) {
      // Gone meanwhile, or made unremovable by whoever used it.
    }
  }
}
