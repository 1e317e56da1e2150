package dev.paddock.linux;

/**
 * An entry of a directory; see getdents(2).
 *
 * @param name its name
 * @param type what it is, {@code DT_*}; never unknown
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record DirectoryEntry(byte[] name, int type) {
  static final int UNKNOWN = 0;
  private static final int CHARACTER_DEVICE = 2;
  private static final int DIRECTORY = 4;
  private static final int BLOCK_DEVICE = 6;
  private static final int SYMBOLIC_LINK = 10;

  /** Whether it is a directory. */
  public boolean isDirectory() {
    return type == DIRECTORY;
  }

  /** Whether it is a symbolic link. */
  public boolean isSymbolicLink() {
    return type == SYMBOLIC_LINK;
  }

  /** Whether it is a character or block device. */
  public boolean isDevice() {
    return type == CHARACTER_DEVICE || type == BLOCK_DEVICE;
  }
}
