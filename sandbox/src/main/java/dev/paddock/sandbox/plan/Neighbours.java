package dev.paddock.sandbox.plan;

import dev.paddock.linux.DirectoryEntry;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Glob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Grants a directory without some of what is in it. Landlock can only grant, and a grant holds for
 * all that is below; so instead of the directory everything in it is granted one by one, but for
 * what is denied, and the same on the way down to that. What appears there later is not granted.
 *
 * <p>The directories on the way may be listed, unless a directory is denied in them: the right to
 * list holds for all that is below, too.
 */
final class Neighbours {
  /** Each costs a rule of Landlock and a descriptor for a moment. */
  private static final int MOST = 20_000;

  private static final ByteString SLASH = ByteString.of("/");

  private final TargetRoot root;
  private final Grant grant;
  private final List<Grant> grants = new ArrayList<>();
  private final List<ByteString> denied;

  private Neighbours(TargetRoot root, Grant grant, List<ByteString> denied) {
    this.root = root;
    this.grant = grant;
    this.denied = denied;
  }

  /**
   * What is granted instead of a directory.
   *
   * @param root whose path that is
   * @param grant of a directory, for reading
   * @param exceptions what is denied in it: for each the names that lead there, which may be globs
   * @param denied gets what of that is there
   * @throws KernelException E2BIG if that is more than can sensibly be granted
   */
  static List<Grant> of(
      TargetRoot root, Grant grant, List<List<ByteString>> exceptions, List<ByteString> denied)
      throws KernelException {
    Neighbours split = new Neighbours(root, grant, denied);
    boolean _ = split.directory(grant.path(), exceptions);
    return split.grants;
  }

  /** Whether a directory is denied in it. What we cannot list, the target cannot either. */
  private boolean directory(ByteString path, List<List<ByteString>> exceptions)
      throws KernelException {
    ByteString prefix = path.endsWith('/') ? path : path.plus(SLASH);
    Exceptions here = new Exceptions(exceptions);
    boolean closed = false;
    try (Fd directory = root.open(path, Paths.O_RDONLY | Paths.O_DIRECTORY)) {
      for (DirectoryEntry entry : Paths.entries(directory)) {
        ByteString name = ByteString.of(entry.name());
        closed |= entry(prefix.plus(name), name, entry, here);
      }
    } catch (KernelException e) {
      if (e.is(Errno.E2BIG)) {
        throw e;
      }
      return false;
    }
    if (!closed) {
      add(path, Grant.Kind.LISTING);
    }
    return closed;
  }

  private boolean entry(
      ByteString path, ByteString name, DirectoryEntry entry, Exceptions exceptions)
      throws KernelException {
    if (entry.isSymbolicLink()) {
      return false; // It needs no grant; what it leads to does.
    }
    List<List<ByteString>> below = exceptions.below(name);
    for (List<ByteString> rest : below) {
      if (rest.isEmpty()) {
        denied.add(path);
        return entry.isDirectory();
      }
    }
    if (!entry.isDirectory()) {
      add(path, Grant.Kind.of(entry));
      return false;
    }
    if (below.isEmpty()) {
      add(path, Grant.Kind.DIRECTORY);
      return false;
    }
    return directory(path, below);
  }

  /** What is denied in one directory: plain names are looked up, globs are tried. */
  private static final class Exceptions {
    private record Pattern(ByteString beginning, Glob glob, List<ByteString> rest) {}

    private final Map<ByteString, List<List<ByteString>>> plain = new HashMap<>();
    private final List<Pattern> globs = new ArrayList<>();

    Exceptions(List<List<ByteString>> exceptions) {
      for (List<ByteString> names : exceptions) {
        ByteString first = names.getFirst();
        List<ByteString> rest = names.subList(1, names.size());
        if (Glob.isPattern(first)) {
          globs.add(new Pattern(Glob.beginning(first), Glob.of(first), rest));
        } else {
          plain.computeIfAbsent(first, _ -> new ArrayList<>(1)).add(rest);
        }
      }
    }

    /** What is left to follow behind a name: nothing, if that itself is denied. */
    List<List<ByteString>> below(ByteString name) {
      List<List<ByteString>> below = new ArrayList<>(plain.getOrDefault(name, List.of()));
      for (Pattern pattern : globs) {
        if (name.startsWith(pattern.beginning()) && pattern.glob().matches(name)) {
          below.add(pattern.rest());
        }
      }
      return below;
    }
  }

  private void add(ByteString path, Grant.Kind kind) throws KernelException {
    if (grants.size() == MOST) {
      throw new KernelException(Errno.of(Errno.E2BIG), "landlock_add_rule", "" + grant.path());
    }
    grants.add(new Grant(path, grant.level(), kind, grant.line(), true));
  }
}
