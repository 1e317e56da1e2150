package dev.paddock.sandbox.plan;

import dev.paddock.linux.DirectoryEntry;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Key;
import dev.paddock.policy.Origin;
import dev.paddock.policy.PathPattern;
import dev.paddock.policy.Policy;
import dev.paddock.policy.RootMount;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plans {@code view.root} and {@code view.mounts}: what of the host the paths of the target's root
 * are, and that they are granted. A root is not mounted itself, for nothing is made in it: what it
 * has in it is, each at its place in a root in memory, where places can be made.
 */
final class RootPlanner {
  private static final ByteString ROOT = ByteString.of("/");
  private static final String MOUNTS = "mounts";

  /** What is the host's, or the run's own, also in another root. */
  private static final List<ByteString> KERNEL =
      List.of(ByteString.of("/dev"), ByteString.of("/proc"), ByteString.of("/sys"));

  private static final List<ByteString> OWN =
      List.of(ByteString.of("/tmp"), ByteString.of("/var/tmp"));

  private final PlanDraft draft;
  private final FileLookup lookup;
  private final Policy.View view;

  /** Those that can be planned; what is in another one comes after it. */
  private final List<Entry<RootMount>> mounts = new ArrayList<>();

  RootPlanner(PlanDraft draft) {
    this.draft = draft;
    this.lookup = new FileLookup(draft);
    this.view = draft.policy.view();
  }

  /** Finds out which files of the host the target's paths stand for. */
  void choose() {
    if (view.root().isEmpty() && view.mounts().isEmpty()) {
      return;
    }
    List<TargetRoot.Place> places = new ArrayList<>();
    List<Entry<RootMount>> wanted = new ArrayList<>(view.mounts());
    wanted.sort(Comparator.comparingInt(entry -> entry.value().place().text().length()));
    for (Entry<RootMount> entry : wanted) {
      RootMount mount = entry.value();
      ByteString source = source(mount.source(), entry.origin(), rule(entry), false);
      if (source != null && isFree(entry)) {
        places.add(new TargetRoot.Place(mount.place().text(), source, mount.readOnly()));
        mounts.add(entry);
      }
    }
    ByteString root = ROOT;
    if (view.root().isPresent()) {
      Entry<PathPattern> entry = view.root().get();
      ByteString found = source(entry.value(), entry.origin(), rule(entry.value()), true);
      root = found == null ? ROOT : found;
      for (ByteString path : KERNEL) {
        add(places, path, path);
      }
      keep(places, draft.variables.workspace());
      keep(places, draft.variables.git());
    }
    places.add(new TargetRoot.Place(ROOT, root, false));
    draft.root = new TargetRoot(places);
  }

  /** What the policy grants of the host's own, under a path of its own, stays where it is. */
  private void keep(List<TargetRoot.Place> places, @Nullable ByteString path) {
    if (path == null || path.equals(ROOT) || !isNamed(path)) {
      return;
    }
    try {
      add(places, path, ByteString.of(Paths.real(path.toBytes())));
    } catch (KernelException e) {
      // It does not exist: what grants it says so.
    }
  }

  private boolean isNamed(ByteString path) {
    Policy.Files files = draft.policy.files();
    for (List<Entry<PathPattern>> grants : List.of(files.read(), files.write())) {
      for (Entry<PathPattern> grant : grants) {
        if (grant.value().text().equals(path)) {
          return true;
        }
      }
    }
    return false;
  }

  private static void add(List<TargetRoot.Place> places, ByteString path, ByteString source) {
    for (TargetRoot.Place place : places) {
      if (place.path().equals(path)) {
        return; // A mount of the policy is meant to be there instead.
      }
    }
    places.add(new TargetRoot.Place(path, source, false));
  }

  private @Nullable ByteString source(
      PathPattern path, Origin origin, String rule, boolean directory) {
    try {
      ByteString real = ByteString.of(Paths.real(path.text().toBytes()));
      if (directory && !Paths.status(real.toBytes()).isDirectory()) {
        draft.problem(origin, rule + ": is no directory");
        return null;
      }
      return real;
    } catch (KernelException e) {
      draft.problem(
          origin,
          rule
              + ": "
              + (e.is(Errno.ENOENT) ? path + " does not exist" : path + ": " + e.errno().text()));
      return null;
    }
  }

  private boolean isFree(Entry<RootMount> entry) {
    ByteString path = entry.value().place().text();
    for (Entry<RootMount> other : mounts) {
      if (other.value().place().text().equals(path)) {
        draft.problem(
            entry.origin(), rule(entry) + ": " + other.value() + " is mounted there already");
        return false;
      }
    }
    for (ByteString kernel : KERNEL) {
      if (Grant.isBelow(path, kernel)) {
        draft.problem(
            entry.origin(),
            rule(entry) + ": " + kernel + " is the kernel's; choose a place outside of it");
        return false;
      }
    }
    return true;
  }

  private static String rule(Entry<RootMount> entry) {
    return Key.VIEW_MOUNTS.path() + " \"" + entry.value() + "\"";
  }

  private static String rule(PathPattern root) {
    return Key.VIEW_ROOT.path() + " \"" + root + "\"";
  }

  /** Grants the root for reading, and each mount; or says that only a view can have them. */
  void grant() {
    if (draft.root.isHost()) {
      return;
    }
    if (!draft.parts.contains(Policy.ViewPart.FILES)) {
      String missing = ": only a view can hold it (" + draft.withoutRoot() + ")";
      view.root().ifPresent(e -> draft.problem(e.origin(), rule(e.value()) + missing));
      mounts.forEach(entry -> draft.problem(entry.origin(), rule(entry) + missing));
      return;
    }
    if (view.root().isPresent()) {
      Entry<PathPattern> root = view.root().get();
      String note = "what is in it can be read and executed at /; files.write changes it";
      grantRoot(Access.Level.READ, line(rule(root.value()), root.origin(), note));
    }
    for (Entry<RootMount> entry : mounts) {
      RootMount mount = entry.value();
      String note = mount.readOnly() ? "can be read" : "can be changed";
      Access.Level level = mount.readOnly() ? Access.Level.READ : Access.Level.WRITE;
      grantMount(mount.place().text(), level, line(rule(entry), entry.origin(), note));
    }
  }

  private PlanLine line(String rule, Origin origin, String note) {
    PlanLine line =
        new PlanLine(rule, origin, Strength.KERNEL, MOUNTS, "", PlanDraft.NO_COST, note);
    draft.lines.add(line);
    return line;
  }

  private void grantMount(ByteString path, Access.Level level, PlanLine line) {
    FileStatus status = lookup.status(path);
    if (status == null) {
      draft.problem(line.origin(), line.rule() + ": has gone since it was planned");
      return;
    }
    draft.grants.add(new Grant(path, level, Grant.Kind.of(status), line, false));
    ByteString around = path;
    while (around.lastIndexOf('/') > 0) {
      around = FileLookup.parent(around);
      FileStatus above = lookup.status(around);
      if (above != null && above.isSymbolicLink()) {
        draft.problem(
            line.origin(),
            line.rule() + ": " + around + " is a symbolic link; name the place without it");
        return;
      }
      if (isShownWhole(around) && !isThere(path)) {
        draft.problem(
            line.origin(),
            line.rule()
                + ": in "
                + around
                + " there is nothing of that name to mount it on, and nothing is made on the host;"
                + " choose a place that is in no grant, such as /mnt/data");
        return;
      }
    }
  }

  /** Whether a directory is mounted with all that it has in it. */
  private boolean isShownWhole(ByteString directory) {
    for (Grant grant : draft.grants) {
      if (grant.kind() == Grant.Kind.DIRECTORY && grant.path().equals(directory)) {
        return true;
      }
    }
    return isNamed(directory) && lookup.status(directory) != null;
  }

  /** Whether what a place is in has something of the same kind there, to mount it on. */
  private boolean isThere(ByteString path) {
    ByteString name = path.slice(path.lastIndexOf('/'), path.length());
    ByteString above = draft.root.source(FileLookup.parent(path));
    ByteString below = above.length() == 1 ? name : above.plus(name);
    FileStatus mounted = lookup.status(path);
    boolean directory = mounted == null || mounted.isDirectory();
    try {
      FileStatus status = Paths.linkStatus(below.toBytes());
      return !status.isSymbolicLink() && status.isDirectory() == directory;
    } catch (KernelException missing) {
      return false;
    }
  }

  // ------------------------------------------------------------------ what a root has in it

  /** Grants everything in the root, but what has a place of its own. */
  void grantRoot(Access.Level level, PlanLine line) {
    grantAllIn(ROOT, places(), level, line);
  }

  private void grantAllIn(
      ByteString directory, List<ByteString> places, Access.Level level, PlanLine line) {
    ByteString prefix = directory.length() == 1 ? ROOT : directory.plus(ROOT);
    try (Fd fd = draft.root.open(directory, Paths.O_RDONLY | Paths.O_DIRECTORY)) {
      for (DirectoryEntry entry : Paths.entries(fd)) {
        ByteString path = prefix.plus(ByteString.of(entry.name()));
        if (places.contains(path)) {
          continue;
        }
        if (entry.isSymbolicLink()) {
          draft.links.put(path, draft.root.readLink(path));
        } else if (entry.isDirectory() && lacksPlaces(path, places)) {
          grantAllIn(path, places, level, line);
        } else {
          draft.grants.add(new Grant(path, level, Grant.Kind.of(entry), line, true));
        }
      }
    } catch (KernelException e) {
      draft.problem(line.origin(), line.rule() + ": " + directory + " in it: " + e.errno().text());
    }
  }

  /** Whether a directory lacks what something is to be mounted on. */
  private boolean lacksPlaces(ByteString directory, List<ByteString> places) {
    for (ByteString place : places) {
      boolean below = place.length() > directory.length() && Grant.isBelow(place, directory);
      if (below && !isThere(place)) {
        return true;
      }
    }
    return false;
  }

  private List<ByteString> places() {
    List<ByteString> places = new ArrayList<>(OWN);
    for (TargetRoot.Place place : draft.root.places()) {
      places.add(place.path());
    }
    ByteString home = draft.variables.home();
    if (home != null) {
      places.add(home);
    }
    return places;
  }
}
