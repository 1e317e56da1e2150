package dev.paddock.sandbox.plan;

import dev.paddock.linux.DirectoryEntry;
import dev.paddock.linux.FileStatus;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.PlanLine;

/**
 * One path that a plan grants.
 *
 * @param path absolute, without symbolic links
 * @param level what may be done
 * @param kind what it is
 * @param line the line of the policy that grants it
 * @param found whether it was only found, and not named: then it may have gone when a run begins
 */
record Grant(ByteString path, Access.Level level, Kind kind, PlanLine line, boolean found) {

  /** What a granted path is, which decides the rights that can be given. */
  enum Kind {
    DIRECTORY,
    FILE,
    DEVICE,
    /** A directory that may be listed, while what is in it has grants of its own. */
    LISTING,
    /** The run's private directory, which does not exist before the run. */
    TEMPORARY;

    static Kind of(FileStatus status) {
      return status.isDirectory() ? DIRECTORY : status.isDevice() ? DEVICE : FILE;
    }

    static Kind of(DirectoryEntry entry) {
      return entry.isDirectory() ? DIRECTORY : entry.isDevice() ? DEVICE : FILE;
    }
  }

  /** Whether a path is this one or lies below it. */
  boolean covers(ByteString other) {
    return kind == Kind.LISTING ? other.equals(path) : isBelow(other, path);
  }

  /** Whether {@code path} is {@code directory} or lies below it. */
  static boolean isBelow(ByteString path, ByteString directory) {
    if (!path.startsWith(directory)) {
      return false;
    }
    return path.length() == directory.length()
        || directory.endsWith('/')
        || path.at(directory.length()) == '/';
  }
}
