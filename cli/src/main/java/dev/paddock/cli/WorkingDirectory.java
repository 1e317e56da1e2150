package dev.paddock.cli;

/** Paths of the command line, which are relative to the caller's current directory. */
final class WorkingDirectory {
  private WorkingDirectory() {}

  /**
   * A path made absolute.
   *
   * @throws UsageException if it is empty, or relative to a directory that has been deleted
   */
  static byte[] absolute(Context context, Flag flag, byte[] path) throws UsageException {
    if (path.length == 0) {
      throw new UsageException(flag.shown() + " needs a path, and got an empty one");
    }
    if (path[0] == '/') {
      return path;
    }
    byte[] directory =
        context
            .directory()
            .orElseThrow(
                () ->
                    new UsageException(
                        flag.shown()
                            + " "
                            + Text.show(path)
                            + ": the current directory has been deleted; write an absolute path"));
    byte[] slash = directory.length == 1 ? new byte[0] : new byte[] {'/'};
    return Bytes.join(Bytes.join(directory, slash), path);
  }
}
