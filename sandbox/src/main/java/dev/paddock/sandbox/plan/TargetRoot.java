package dev.paddock.sandbox.plan;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which file of the host each path of the target's root stands for. All paths of a plan are the
 * target's; only here, and where something is opened or mounted, they become the host's. Mostly
 * both are the same.
 */
final class TargetRoot {
  private static final ByteString SLASH = ByteString.of("/");
  private static final ByteString NOTHING = ByteString.of("");
  private static final ByteString DOT = ByteString.of(".");
  private static final ByteString UP = ByteString.of("..");

  /** As many as the kernel follows: path_resolution(7). */
  private static final int MOST_LINKS = 40;

  /**
   * A path below which the target sees something else of the host.
   *
   * @param path the target's; no symbolic link leads there, whatever is below it
   * @param source the host's, without symbolic links
   * @param readOnly whether nothing below it can be changed
   */
  record Place(ByteString path, ByteString source, boolean readOnly) {}

  private static final Place SAME = new Place(SLASH, SLASH, false);

  /** The host's own root. */
  static final TargetRoot HOST = new TargetRoot(List.of());

  private final List<Place> places;

  /**
   * A root that is made of these places.
   *
   * @param places empty for the host's root; else one of them is of the root itself
   */
  TargetRoot(List<Place> places) {
    this.places = List.copyOf(places);
  }

  /** Whether the paths of both are the same. */
  boolean isHost() {
    return places.isEmpty();
  }

  /** What the target sees at other places than the host has it. */
  List<Place> places() {
    return places;
  }

  /** The innermost place that a path is in. */
  Place place(ByteString path) {
    Place innermost = SAME;
    for (Place place : places) {
      if (Grant.isBelow(path, place.path())
          && (innermost.equals(SAME) || place.path().length() > innermost.path().length())) {
        innermost = place;
      }
    }
    return innermost;
  }

  /** Whether something else of the host begins at a path, or somewhere below it. */
  boolean hasPlaceBelow(ByteString path) {
    for (Place place : places) {
      if (Grant.isBelow(place.path(), path)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The file of the host.
   *
   * @param path the target's, without symbolic links
   */
  ByteString source(ByteString path) {
    if (isHost()) {
      return path;
    }
    Place place = place(path);
    int top = place.path().length() == 1 ? 0 : place.path().length();
    ByteString rest = path.length() == 1 ? NOTHING : path.slice(top, path.length());
    if (rest.isEmpty()) {
      return place.source();
    }
    return place.source().length() == 1 ? rest : place.source().plus(rest);
  }

  /**
   * Where the target finds something of the host: at no path, one, or more.
   *
   * @param source the host's path, without symbolic links
   */
  List<ByteString> paths(ByteString source) {
    if (isHost()) {
      return List.of(source);
    }
    List<ByteString> paths = new ArrayList<>();
    for (Place place : places) {
      if (Grant.isBelow(source, place.source())) {
        ByteString top = place.path().length() == 1 ? NOTHING : place.path();
        int from = place.source().length() == 1 ? 0 : place.source().length();
        boolean same = source.length() == place.source().length();
        ByteString path = same ? top : top.plus(source.slice(from, source.length()));
        if (place(path.isEmpty() ? SLASH : path).equals(place)) {
          paths.add(path.isEmpty() ? SLASH : path);
        }
      }
    }
    return paths;
  }

  /**
   * The path without symbolic links, as the target would find it.
   *
   * @throws KernelException ENOENT if there is nothing, and what else stat(2) says
   */
  ByteString real(ByteString path) throws KernelException {
    if (isHost()) {
      return ByteString.of(Paths.real(path.toBytes()));
    }
    Deque<ByteString> rest = new ArrayDeque<>(Denial.names(path));
    ByteString at = SLASH;
    int links = 0;
    while (!rest.isEmpty()) {
      ByteString name = rest.pop();
      if (name.isEmpty() || name.equals(DOT)) {
        continue;
      }
      if (name.equals(UP)) {
        int slash = at.lastIndexOf('/');
        at = slash <= 0 ? SLASH : at.slice(0, slash);
        continue;
      }
      ByteString next = (at.length() == 1 ? SLASH : at.plus(SLASH)).plus(name);
      if (hasPlaceBelow(next)) {
        at = next; // It is made, if nothing is there.
        continue;
      }
      FileStatus status = linkStatus(next);
      if (!status.isSymbolicLink()) {
        if (!rest.isEmpty() && !status.isDirectory()) {
          throw new KernelException(Errno.of(Errno.ENOTDIR), "stat", "" + path);
        }
        at = next;
        continue;
      }
      if (++links > MOST_LINKS) {
        throw new KernelException(Errno.of(Errno.ELOOP), "readlink", "" + path);
      }
      ByteString text = readLink(next);
      List<ByteString> names =
          Denial.names(text.startsWith(SLASH) ? text : SLASH.plus(text)).reversed();
      names.forEach(rest::push);
      at = text.startsWith(SLASH) ? SLASH : at;
    }
    return at;
  }

  /** As {@link #real}, for what is often not there; null if there is nothing. */
  @Nullable ByteString realIfThere(ByteString path) throws KernelException {
    if (isHost()) {
      byte[] real = Paths.realIfThere(path.toBytes());
      return real == null ? null : ByteString.of(real);
    }
    try {
      return real(path);
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Opens what a path leads to. It may lead over symbolic links, but not over one that was put
   * there in between.
   */
  Fd open(ByteString path, int flags) throws KernelException {
    return isHost()
        ? Paths.open(path.toBytes(), flags, 0)
        : Paths.openReal(source(real(path)).toBytes(), flags);
  }

  /** The status of what a path leads to. */
  FileStatus status(ByteString path) throws KernelException {
    return isHost() ? Paths.status(path.toBytes()) : Paths.linkStatus(source(real(path)).toBytes());
  }

  /** The status of a path itself; no symbolic link is before its last name. */
  FileStatus linkStatus(ByteString path) throws KernelException {
    return Paths.linkStatus(source(path).toBytes());
  }

  /** The text of a symbolic link; no other is before its last name. */
  ByteString readLink(ByteString path) throws KernelException {
    return ByteString.of(Paths.readLink(source(path).toBytes()));
  }

  /** Whether the caller may do something with what a path leads to: access(2). */
  boolean accessible(ByteString path, int rights) {
    try {
      return Paths.accessible((isHost() ? path : source(real(path))).toBytes(), rights);
    } catch (KernelException missing) {
      return false;
    }
  }
}
