package dev.paddock.sandbox.plan;

import dev.paddock.linux.Errno;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Where the git repository of a directory is: in it, or where its file {@code .git} says, for a
 * linked work tree and a submodule; see gitrepository-layout(5).
 *
 * <p>What runs inside can write that file, and so name any place to be opened to the next run. So
 * it is believed only where the place points back: to this very file, or to this directory.
 *
 * @param directory of the repository, for a work tree the one that it shares with the others
 * @param link the file that leads there; null if the repository is in the directory
 */
record GitDirectory(ByteString directory, @Nullable ByteString link) {
  private static final int LONGEST = 64 << 10;
  private static final ByteString SLASH = ByteString.of("/");
  private static final ByteString WORK_TREE = ByteString.of("worktree = ");
  private static final ByteString LEADS_TO = ByteString.of("gitdir: ");

  /** That of a workspace, or null if it has none or not one that it belongs to. */
  static @Nullable GitDirectory of(ByteString workspace) {
    ByteString git = workspace.plus(ByteString.of("/.git"));
    try {
      FileStatus status = Paths.linkStatus(git.toBytes());
      if (status.isDirectory()) {
        return new GitDirectory(real(git), null);
      }
      ByteString text = line(git);
      if (!status.isRegular() || !text.startsWith(LEADS_TO)) {
        return null;
      }
      ByteString place = real(resolve(workspace, text.slice(LEADS_TO.length(), text.length())));
      ByteString common = workTree(place, git);
      if (common == null && isSubmodule(place, workspace)) {
        common = place;
      }
      return common == null ? null : new GitDirectory(common, git);
    } catch (KernelException e) {
      return null; // Not there, or not readable by us: there is no repository to open.
    }
  }

  /** The repository that a work tree's directory belongs to, if that points back. */
  private static @Nullable ByteString workTree(ByteString place, ByteString git) {
    try {
      ByteString back = resolve(place, line(place.plus(ByteString.of("/gitdir"))));
      ByteString common = real(resolve(place, line(place.plus(ByteString.of("/commondir")))));
      boolean ours = Paths.status(back.toBytes()).isSameFile(Paths.status(git.toBytes()));
      return ours && isRepository(common) ? common : null;
    } catch (KernelException e) {
      return null;
    }
  }

  private static boolean isSubmodule(ByteString place, ByteString workspace) {
    try {
      if (!isRepository(place)) {
        return false;
      }
      ByteString config =
          ByteString.of(Paths.readAll(place.plus(ByteString.of("/config")).toBytes(), LONGEST));
      int at = 0;
      while (at < config.length()) {
        int newline = config.indexOf('\n', at);
        int end = newline < 0 ? config.length() : newline;
        while (at < end && (config.at(at) == '\t' || config.at(at) == ' ')) {
          at++;
        }
        ByteString line = config.slice(at, end);
        if (line.startsWith(WORK_TREE) && line.indexOf('\0', 0) < 0) {
          ByteString back = resolve(place, line.slice(WORK_TREE.length(), line.length()));
          return Paths.status(back.toBytes()).isSameFile(Paths.status(workspace.toBytes()));
        }
        at = end + 1;
      }
    } catch (KernelException e) {
      return false;
    }
    return false;
  }

  private static boolean isRepository(ByteString place) throws KernelException {
    return Paths.status(place.plus(ByteString.of("/objects")).toBytes()).isDirectory()
        && Paths.status(place.plus(ByteString.of("/HEAD")).toBytes()).isRegular();
  }

  private static ByteString line(ByteString file) throws KernelException {
    ByteString text = ByteString.of(Paths.readAll(file.toBytes(), LONGEST));
    int newline = text.indexOf('\n', 0);
    ByteString line = newline < 0 ? text : text.slice(0, newline);
    if (line.indexOf('\0', 0) >= 0) {
      throw new KernelException(Errno.of(Errno.EINVAL), "read", file + " (no line of text)");
    }
    return line;
  }

  private static ByteString resolve(ByteString directory, ByteString path) {
    return !path.isEmpty() && path.at(0) == '/' ? path : directory.plus(SLASH).plus(path);
  }

  private static ByteString real(ByteString path) throws KernelException {
    return ByteString.of(Paths.real(path.toBytes()));
  }
}
