package dev.paddock.linux;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * The file rights of Landlock; {@code LANDLOCK_ACCESS_FS_*} of linux/landlock.h and landlock(7). A
 * right that a ruleset handles is refused everywhere but where a rule allows it.
 */
public enum LandlockFileRight {
  /** Execute a file. */
  EXECUTE(0, 1, "5.13", false),
  /** Open a file for writing. */
  WRITE_FILE(1, 1, "5.13", false),
  /** Open a file for reading. */
  READ_FILE(2, 1, "5.13", false),
  /** Open a directory or list it. */
  READ_DIR(3, 1, "5.13", true),
  /** Remove an empty directory, or rename one. */
  REMOVE_DIR(4, 1, "5.13", true),
  /** Unlink a file, or rename one. */
  REMOVE_FILE(5, 1, "5.13", true),
  /** Create a character device. */
  MAKE_CHAR(6, 1, "5.13", true),
  /** Create a directory, or rename one to here. */
  MAKE_DIR(7, 1, "5.13", true),
  /** Create a regular file, or rename or link one to here. */
  MAKE_REG(8, 1, "5.13", true),
  /** Create a unix socket by binding to it. */
  MAKE_SOCK(9, 1, "5.13", true),
  /** Create a named pipe. */
  MAKE_FIFO(10, 1, "5.13", true),
  /** Create a block device. */
  MAKE_BLOCK(11, 1, "5.13", true),
  /** Create a symbolic link. */
  MAKE_SYM(12, 1, "5.13", true),
  /** Link or rename between directories. Refused below ABI 2, whatever a ruleset says. */
  REFER(13, 2, "5.19", true),
  /** Truncate a file: truncate(2), ftruncate(2), {@code O_TRUNC}. */
  TRUNCATE(14, 3, "6.2", false),
  /** Give commands to a device by ioctl(2). */
  IOCTL_DEV(15, 5, "6.10", false),
  /** Connect or send to a unix socket by its path. */
  RESOLVE_UNIX(16, 9, "7.1", false);

  private final int position;
  private final int abi;
  private final String kernel;
  private final boolean directoryOnly;

  LandlockFileRight(int position, int abi, String kernel, boolean directoryOnly) {
    this.position = position;
    this.abi = abi;
    this.kernel = kernel;
    this.directoryOnly = directoryOnly;
  }

  /** The right's bit in {@code handled_access_fs} and {@code allowed_access}. */
  public long bit() {
    return 1L << position;
  }

  /** The Landlock ABI that brought it. */
  public int abi() {
    return abi;
  }

  /** The Linux version that brought it. */
  public String kernel() {
    return kernel;
  }

  /** Whether it only means something for a directory; a rule for a file may not carry it. */
  public boolean directoryOnly() {
    return directoryOnly;
  }

  /** The rights that a kernel of this ABI knows. */
  public static Set<LandlockFileRight> of(int abi) {
    Set<LandlockFileRight> rights = EnumSet.noneOf(LandlockFileRight.class);
    for (LandlockFileRight right : values()) {
      if (right.abi <= abi) {
        rights.add(right);
      }
    }
    return Collections.unmodifiableSet(rights);
  }
}
