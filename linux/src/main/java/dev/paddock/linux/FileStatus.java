package dev.paddock.linux;

/**
 * What statx(2) says of a file.
 *
 * @param device major and minor number of the device, as {@code major << 32 | minor}
 * @param inode the inode's number
 * @param mode type and permission bits, as in inode(7)
 * @param uid the owner
 * @param gid the group
 * @param links how many hard links there are
 * @param size in bytes
 */
public record FileStatus(
    long device, long inode, int mode, long uid, long gid, long links, long size) {
  /** Whether it is a directory. */
  public boolean isDirectory() {
    return (mode & Constants.S_IFMT) == Constants.S_IFDIR;
  }

  /** Whether it is a regular file. */
  public boolean isRegular() {
    return (mode & Constants.S_IFMT) == Constants.S_IFREG;
  }

  /** Whether it is a symbolic link. */
  public boolean isSymbolicLink() {
    return (mode & Constants.S_IFMT) == Constants.S_IFLNK;
  }

  /** Whether it is a character or block device. */
  public boolean isDevice() {
    return (mode & Constants.S_IFMT) == Constants.S_IFCHR
        || (mode & Constants.S_IFMT) == Constants.S_IFBLK;
  }

  /** Whether it is a pipe, with a name or without. */
  public boolean isFifo() {
    return (mode & Constants.S_IFMT) == Constants.S_IFIFO;
  }

  /** Whether it is a unix socket's. */
  public boolean isSocket() {
    return (mode & Constants.S_IFMT) == Constants.S_IFSOCK;
  }

  /** Whether both are the same file. */
  public boolean isSameFile(FileStatus other) {
    return device == other.device && inode == other.inode;
  }
}
