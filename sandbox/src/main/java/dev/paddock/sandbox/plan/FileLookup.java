package dev.paddock.sandbox.plan;

import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Glob;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks paths up while a plan is made: paths of the target, as all of a plan. */
final class FileLookup {
  private final PlanDraft draft;

  FileLookup(PlanDraft draft) {
    this.draft = draft;
  }

  /** What a path is, a symbolic link not followed; null if there is nothing. */
  @Nullable FileStatus status(ByteString path) {
    try {
      return draft.root.linkStatus(path);
    } catch (KernelException e) {
      return null; // Gone meanwhile: then nothing is granted by that name either.
    }
  }

  /** A path without symbolic links; as it is if there is nothing. */
  ByteString real(ByteString path) {
    ByteString real = draft.real(path);
    return real == null ? path : real; // What does not exist is denied under its future name.
  }

  /** Where something is that may not exist: what of its way exists, without symbolic links. */
  ByteString place(ByteString path) {
    for (int end = path.length(); end > 1; end--) {
      if (end < path.length() && path.at(end) != '/') {
        continue;
      }
      ByteString existing = draft.real(path.slice(0, end));
      if (existing != null) {
        return existing.plus(path.slice(end, path.length()));
      }
    }
    return path;
  }

  /** The directory that a path is in. */
  static ByteString parent(ByteString path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? ByteString.of("/") : path.slice(0, slash);
  }

  /** The paths in directories that a name stands for, which may be a glob. */
  List<ByteString> below(List<ByteString> directories, ByteString segment) {
    List<ByteString> found = new ArrayList<>();
    for (ByteString directory : directories) {
      ByteString prefix = directory.endsWith('/') ? directory : directory.plus(ByteString.of("/"));
      if (!Glob.isPattern(segment)) {
        found.add(prefix.plus(segment));
        continue;
      }
      Glob glob = Glob.of(segment);
      ByteString beginning = Glob.beginning(segment);
      try (Fd fd = draft.root.open(directory, Paths.O_RDONLY | Paths.O_DIRECTORY)) {
        for (byte[] name : Paths.names(fd)) {
          ByteString child = ByteString.of(name);
          if (child.startsWith(beginning)
              && glob.matches(child)
              && (child.at(0) != '.' || segment.at(0) == '.')) {
            found.add(prefix.plus(child));
          }
        }
      } catch (KernelException unreadable) {
        // What we cannot list, a glob does not match: nothing is granted for it.
        found.removeIf(path -> path.equals(prefix));
      }
    }
    return found;
  }

  /** The directory part before the first segment with a glob; all of it if there is none. */
  static ByteString literalPart(ByteString path) {
    int at = 1;
    while (at <= path.length()) {
      int slash = path.indexOf('/', at);
      int end = slash < 0 ? path.length() : slash;
      if (Glob.isPattern(path.slice(at, end))) {
        return at == 1 ? ByteString.of("/") : path.slice(0, at - 1);
      }
      at = end + 1;
    }
    return path;
  }
}
