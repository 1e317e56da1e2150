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
    if (flag == Flag.WHY && path[0] == '~' && (path.length == 1 || path[1] == '/')) {
      // As in a policy; a shell has replaced it already where it was not quoted.
      return Bytes.join(home(context), Bytes.slice(path, 1, path.length));
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

  private static byte[] home(Context context) throws UsageException {
    byte[] name = Bytes.utf8("HOME=");
    for (byte[] variable : context.environment()) {
      if (Bytes.startsWith(variable, name) && variable.length > name.length) {
        return Bytes.slice(variable, name.length, variable.length);
      }
    }
    throw new UsageException("~ stands for the home directory, which is not known; set HOME");
  }
}
