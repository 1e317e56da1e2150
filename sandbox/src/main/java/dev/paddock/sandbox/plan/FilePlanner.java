package dev.paddock.sandbox.plan;

import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Glob;
import dev.paddock.policy.Key;
import dev.paddock.policy.Origin;
import dev.paddock.policy.PathPattern;
import dev.paddock.policy.Policy;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Plans which paths Landlock opens: what is granted, and what of that is taken back. */
final class FilePlanner {
  private static final String LANDLOCK_FILES = "Landlock, path beneath";
  private static final String COST_OPEN = "a walk from the file up to the grant, at each open";

  private static final String MOUNTS = "mounts";
  private static final String HIDDEN =
      "hidden if it is there when a run begins; what is made by a free name is not";
  private static final String LAYERED = "changes go to a layer of this workspace";
  private static final String UNCHANGED = "mounted read-only";

  private final PlanDraft draft;

  /** What is denied inside a grant, as the names that lead there. */
  private final Map<Grant, List<List<ByteString>>> exceptions = new LinkedHashMap<>();

  /** What is there and was taken out of a grant. */
  private final Map<ByteString, Grant> closed = new LinkedHashMap<>();

  FilePlanner(PlanDraft draft) {
    this.draft = draft;
  }

  void plan() {
    Policy.Files files = draft.policy.files();
    files
        .mode()
        .ifPresent(
            mode -> {
              if (mode.value() == Policy.FileMode.COPY_ON_WRITE) {
                draft.unserved(mode.origin(), "files.mode = \"copy-on-write\"");
              } else {
                draft.line("files.mode \"direct\"", mode.origin(), "none needed", "");
              }
            });
    for (Entry<PathPattern> entry : files.read()) {
      grant("files.read", entry, Access.Level.READ);
    }
    for (Entry<PathPattern> entry : files.write()) {
      grant("files.write", entry, Access.Level.WRITE);
    }
    for (Entry<PathPattern> entry : files.deny()) {
      deny(entry);
    }
    for (Entry<PathPattern> entry : files.readOnly()) {
      restrict(Key.FILES_READ_ONLY, entry, false, true);
    }
    for (Entry<PathPattern> entry : files.privateTrees()) {
      layer(Key.FILES_PRIVATE, entry, true);
    }
    Policy.View view = draft.policy.view();
    for (Entry<PathPattern> entry : view.privateTrees()) {
      layer(Key.VIEW_PRIVATE, entry, false);
    }
    for (Entry<PathPattern> entry : view.hidden()) {
      restrict(Key.VIEW_HIDDEN, entry, true, false);
    }
    for (Entry<PathPattern> entry : view.readOnly()) {
      restrict(Key.VIEW_READ_ONLY, entry, false, false);
    }
    keepImage();
    draft.visible.addAll(draft.grants);
    exceptions.forEach(this::split);
    removeOtherNames();
    hide();
  }

  /** What runs this program outside is not changed from inside. */
  private void keepImage() {
    ByteString directory = WorkspaceCheck.image();
    if (directory == null || !hasRoot()) {
      return;
    }
    for (ByteString image : draft.root.paths(directory)) {
      for (Grant grant : draft.grants) {
        boolean writable = grant.level() == Access.Level.WRITE;
        boolean around = grant.kind() == Grant.Kind.DIRECTORY && grant.covers(image);
        if (writable && around && !grant.path().equals(image)) {
          draft.restrictions.add(new Restriction(image, false, grant.path(), true, grant.line()));
          draft.unprotected.add(
              "the Paddock that you run lies in the write grant "
                  + grant.path()
                  + ": its image is read-only inside, but not what ./paddock builds the next one"
                  + " from");
        }
      }
    }
  }

  /** A rule holds for a file and not for its name, so another name of it is not to be granted. */
  private void removeOtherNames() {
    for (ByteString path : closed.keySet()) {
      FileStatus status = status(path);
      if (status != null && !status.isDirectory() && status.links() > 1) {
        Predicate<Grant> isAnotherName =
            other ->
                other.found()
                    && other.kind() == Grant.Kind.FILE
                    && isSameFile(status(other.path()), status);
        draft.grants.removeIf(isAnotherName);
        draft.visible.removeIf(isAnotherName);
      }
    }
  }

  private static boolean isSameFile(@Nullable FileStatus one, FileStatus other) {
    return one != null && one.isSameFile(other);
  }

  /** A root of its own hides what was taken out of a grant, unless another one is for it. */
  private void hide() {
    closed.forEach(
        (path, grant) -> {
          FileStatus status = status(path);
          if (status != null && hasRoot() && !isGranted(path)) {
            draft.restrictions.add(new Restriction(path, true, grant.path(), false, grant.line()));
          }
        });
  }

  private boolean isGranted(ByteString path) {
    for (Grant grant : draft.grants) {
      if (grant.covers(path) || Grant.isBelow(grant.path(), path)) {
        return true;
      }
    }
    return false;
  }

  private @Nullable FileStatus status(ByteString path) {
    try {
      return draft.root.linkStatus(path);
    } catch (KernelException e) {
      return null; // Gone meanwhile: then nothing is granted by that name either.
    }
  }

  private void grant(String key, Entry<PathPattern> entry, Access.Level level) {
    PathPattern pattern = entry.value();
    ByteString path = pattern.text();
    String rule = key + " \"" + pattern + "\"";
    if (Glob.isPattern(path)) {
      List<ByteString> matches = matches(rule, entry);
      if (matches.isEmpty() && !pattern.optional()) {
        draft.problem(entry.origin(), rule + " matches nothing; end it in ? if that is meant");
      }
      PlanLine line = grantLine(rule, entry.origin(), matches.size() + " found");
      for (ByteString match : matches) {
        open(rule, match, true, level, line, entry.origin());
      }
      return;
    }
    if (path.equals(draft.variables.tmp())) {
      PlanLine line =
          grantLine(rule, entry.origin(), "made for each run, mode 0700, deleted at its end");
      draft.grants.add(new Grant(path, level, Grant.Kind.TEMPORARY, line, false));
      return;
    }
    PlanLine line =
        new PlanLine(rule, entry.origin(), Strength.KERNEL, LANDLOCK_FILES, "", COST_OPEN, "");
    boolean there = open(rule, path, pattern.optional(), level, line, entry.origin());
    draft.lines.add(there ? line : absent(line));
    if (there && !pattern.except().isEmpty()) {
      leaveOut(entry, draft.grants.getLast());
    }
  }

  private void leaveOut(Entry<PathPattern> entry, Grant grant) {
    if (grant.kind() != Grant.Kind.DIRECTORY) {
      draft.problem(
          entry.origin(),
          grant.line().rule() + ": is no directory, so nothing of it can be left out");
      return;
    }
    List<List<ByteString>> out = exceptions.computeIfAbsent(grant, _ -> new ArrayList<>());
    for (ByteString path : entry.value().except()) {
      out.add(Denial.names(ByteString.of("/").plus(path)));
    }
  }

  private static PlanLine absent(PlanLine line) {
    return new PlanLine(
        line.rule(),
        line.origin(),
        line.strength(),
        "none needed",
        "",
        PlanDraft.NO_COST,
        PlanLine.ABSENT);
  }

  private PlanLine grantLine(String rule, Origin origin, String note) {
    PlanLine line =
        new PlanLine(rule, origin, Strength.KERNEL, LANDLOCK_FILES, "", COST_OPEN, note);
    draft.lines.add(line);
    return line;
  }

  private boolean open(
      String rule,
      ByteString path,
      boolean optional,
      Access.Level level,
      PlanLine line,
      Origin origin) {
    try {
      ByteString real = draft.real(path);
      real = real == null ? draft.root.realIfThere(path) : real;
      // What another root is granted for can all be read there, so nothing is lost.
      if (real == null && (optional || (level == Access.Level.READ && draft.hasOwnTree()))) {
        return false;
      }
      if (real == null) {
        draft.problem(origin, rule + ": does not exist; end it in ? if it may be missing");
        return false;
      }
      FileStatus status = draft.root.linkStatus(real);
      Grant.Kind kind =
          status.isDirectory()
              ? Grant.Kind.DIRECTORY
              : status.isDevice() ? Grant.Kind.DEVICE : Grant.Kind.FILE;
      if (real.length() == 1 && draft.hasOwnTree()) {
        new RootPlanner(draft).grantRoot(level, line);
        return true;
      }
      draft.grants.add(new Grant(real, level, kind, line, optional));
      if (!real.equals(path)) {
        draft.followed.add(path);
      }
      return true;
    } catch (KernelException e) {
      draft.problem(origin, rule + ": " + e.errno());
      return false;
    }
  }

  /** What a glob stands for now. It is looked up once: what appears later is not granted. */
  private List<ByteString> matches(String rule, Entry<PathPattern> entry) {
    ByteString pattern = entry.value().text();
    List<ByteString> found = new ArrayList<>();
    if (pattern.toString().contains("**")) {
      draft.problem(
          entry.origin(),
          rule + ": a grant covers all that is below a directory; leave the ** out");
      return found;
    }
    found.add(ByteString.of("/"));
    int at = 1;
    while (at < pattern.length() && !found.isEmpty()) {
      int slash = pattern.indexOf('/', at);
      int end = slash < 0 ? pattern.length() : slash;
      found = below(found, pattern.slice(at, end));
      at = end + 1;
    }
    return found;
  }

  private List<ByteString> below(List<ByteString> directories, ByteString segment) {
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

  /**
   * Takes back what is granted of something. Inside of a read grant that is held by granting all
   * the rest of it; inside of a write grant nothing could be made any more, so it is refused.
   */
  private void deny(Entry<PathPattern> entry) {
    ByteString pattern = entry.value().text();
    String rule = "files.deny \"" + entry.value() + "\"";
    ByteString literal = literalPart(pattern);
    ByteString real = real(literal);
    boolean deep = pattern.toString().contains("**");
    List<ByteString> names =
        Denial.names(deep ? real : real.plus(pattern.slice(literal.length(), pattern.length())));
    String note = "nothing grants it";
    Map<Grant, List<ByteString>> hiding = new LinkedHashMap<>();
    List<Grant> taken = new ArrayList<>();
    for (Grant grant : draft.grants) {
      boolean overlaps = Grant.isBelow(real, grant.path()) || Grant.isBelow(grant.path(), real);
      @Nullable List<ByteString> rest =
          deep ? null : Denial.rest(names, Denial.names(grant.path()));
      boolean whole = rest != null && rest.isEmpty();
      boolean inside = rest != null && !whole && grant.kind() != Grant.Kind.FILE;
      boolean writable = grant.level() == Access.Level.WRITE;
      if ((deep && overlaps) || (inside && writable && !hasRoot())) {
        draft.problem(
            entry.origin(),
            rule
                + ": lies inside the grant "
                + grant.line().rule()
                + (deep
                    ? "; ** in a denial inside a grant is not served yet: name what is meant"
                    : "; only a view can hold a denial inside a write grant ("
                        + draft.withoutRoot()
                        + "): grant its neighbours instead"));
        return;
      }
      if (whole) {
        taken.add(grant);
        note = "takes grants back";
      } else if (inside && writable) {
        hiding.put(grant, rest);
      } else if (inside) {
        exceptions.computeIfAbsent(grant, _ -> new ArrayList<>()).add(rest);
        note = "its neighbours are granted; what appears beside it later is not";
      }
    }
    draft.grants.removeAll(taken);
    taken.forEach(exceptions::remove);
    PlanLine line =
        new PlanLine(
            rule,
            entry.origin(),
            Strength.KERNEL,
            hiding.isEmpty() ? LANDLOCK_FILES : MOUNTS,
            "",
            PlanDraft.NO_COST,
            hiding.isEmpty() ? note : HIDDEN);
    draft.lines.add(line);
    draft.denials.add(new Denial(names, line));
    hiding.forEach((grant, rest) -> draft.restrictions.addAll(found(grant, rest, true, line)));
  }

  /**
   * Hides something inside a write grant, or keeps it from being changed.
   *
   * @param strict whether there is no plan without that, or else only a word about it
   */
  private void restrict(Key key, Entry<PathPattern> entry, boolean hidden, boolean strict) {
    ByteString pattern = entry.value().text();
    String rule = key.path() + " \"" + entry.value() + "\"";
    ByteString literal = literalPart(pattern);
    ByteString whole = real(literal).plus(pattern.slice(literal.length(), pattern.length()));
    List<ByteString> names = Denial.names(whole);
    PlanLine line =
        new PlanLine(
            rule,
            entry.origin(),
            Strength.KERNEL,
            MOUNTS,
            "",
            PlanDraft.NO_COST,
            hidden ? HIDDEN : UNCHANGED);
    List<Restriction> found = new ArrayList<>();
    boolean inside = false;
    for (Grant grant : draft.grants) {
      List<ByteString> rest = Denial.rest(names, Denial.names(grant.path()));
      if (grant.kind() == Grant.Kind.DIRECTORY
          && grant.level() == Access.Level.WRITE
          && rest != null) {
        inside = true;
        found.addAll(found(grant, rest, hidden, line));
      }
    }
    if (!hasRoot()) {
      withheld(entry, rule, hidden, strict, isThere(found));
    } else if (!inside && strict) {
      boolean link = !whole.equals(pattern) && isWritable(place(parent(pattern)));
      draft.problem(
          entry.origin(),
          rule
              + (link
                  ? ": is a symbolic link that leads out of the write grant, to "
                      + whole
                      + "; remove it if it is not yours"
                  : ": lies inside no write grant; files.read is enough for it"));
    } else if (!isThere(found) && strict && !entry.value().optional()) {
      draft.problem(entry.origin(), rule + ": does not exist; end it in ? if it may be missing");
    } else {
      draft.restrictions.addAll(found);
      draft.lines.add(isThere(found) ? line : absent(line));
      warnOfLink(entry, literal, whole);
    }
  }

  /** A directory that is changed in a layer; without a view it is read, unless that is strict. */
  private void layer(Key key, Entry<PathPattern> entry, boolean strict) {
    ByteString path = entry.value().text();
    String rule = key.path() + " \"" + entry.value() + "\"";
    ByteString real = real(path);
    FileStatus status = draft.real(path) == null ? null : status(real);
    PlanLine line =
        new PlanLine(
            rule, entry.origin(), Strength.KERNEL, "overlayfs", "", PlanDraft.NO_COST, LAYERED);
    if (Glob.isPattern(path) || (status != null && !status.isDirectory())) {
      draft.problem(entry.origin(), rule + ": name one directory");
    } else if (!hasRoot()) {
      if (strict) {
        draft.problem(
            entry.origin(), rule + ": only a view can hold it (" + draft.withoutRoot() + ")");
      } else if (status != null) {
        grant(key.path(), entry, Access.Level.READ);
      }
    } else if (!draft.root.source(real).equals(real)) {
      if (strict) {
        draft.problem(
            entry.origin(),
            rule + ": a layer of what lies in view.root or view.mounts is not served yet");
      } else if (status != null) {
        grant(key.path(), entry, Access.Level.READ);
      }
    } else if (status == null && (entry.value().optional() || !isBelowHome(path))) {
      draft.lines.add(absent(line));
    } else if (!isWritable(real)) {
      draft.lines.add(line);
      draft.privateTrees.add(new PrivateTree(place(path), status != null, line));
      draft.followed.add(path);
    }
  }

  private static ByteString parent(ByteString path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? ByteString.of("/") : path.slice(0, slash);
  }

  private boolean isBelowHome(ByteString path) {
    ByteString home = draft.variables.home();
    return home != null && Grant.isBelow(path, home);
  }

  private boolean isWritable(ByteString path) {
    for (Grant grant : draft.grants) {
      if (grant.level() == Access.Level.WRITE && grant.covers(path)) {
        return true;
      }
    }
    return false;
  }

  /** Where something is that may not exist: what of its way exists, without symbolic links. */
  private ByteString place(ByteString path) {
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

  private void withheld(
      Entry<PathPattern> entry, String rule, boolean hidden, boolean strict, boolean exists) {
    if (strict) {
      draft.problem(
          entry.origin(),
          rule
              + ": only a view can hold it ("
              + draft.withoutRoot()
              + "); or grant its neighbours");
    } else if (exists) {
      draft.unprotected.add(
          entry.value()
              + (hidden ? " is not hidden: " : " is not kept from being changed: ")
              + draft.withoutRoot());
    }
  }

  /** A mount holds a file, and not the name of a link to it. */
  private void warnOfLink(Entry<PathPattern> entry, ByteString literal, ByteString whole) {
    if (!literal.equals(whole) && literal.equals(entry.value().text())) {
      draft.unprotected.add(
          literal
              + " is reached over a symbolic link, which can be replaced: only what it leads to, "
              + whole
              + ", is read-only");
    }
  }

  /**
   * What a path with globs stands for now; without globs also what is not there yet, for a run may
   * begin later. Of a symbolic link, what it leads to.
   */
  private List<Restriction> found(
      Grant grant, List<ByteString> rest, boolean hidden, PlanLine line) {
    List<ByteString> found = List.of(grant.path());
    for (ByteString name : rest) {
      found = below(found, name);
    }
    List<Restriction> restrictions = new ArrayList<>();
    for (ByteString path : found) {
      FileStatus status = status(path);
      ByteString place = status != null && status.isSymbolicLink() ? real(path) : path;
      if (Grant.isBelow(place, grant.path())) {
        restrictions.add(new Restriction(place, hidden, grant.path(), true, line));
      }
    }
    return restrictions;
  }

  private boolean isThere(List<Restriction> restrictions) {
    return restrictions.stream().anyMatch(restriction -> status(restriction.path()) != null);
  }

  private boolean hasRoot() {
    return draft.parts.contains(ViewPart.FILES);
  }

  private void split(Grant grant, List<List<ByteString>> denied) {
    try {
      List<ByteString> taken = new ArrayList<>();
      List<Grant> neighbours = Neighbours.of(draft.root, grant, denied, taken);
      taken.forEach(path -> closed.put(path, grant));
      draft.grants.removeIf(grant::equals); // A glob may have found it by two names.
      draft.grants.addAll(neighbours);
      draft.split.add(grant);
    } catch (KernelException e) {
      draft.problem(
          grant.line().origin(),
          grant.line().rule()
              + ": too many files lie beside what files.deny takes out of it; grant less");
    }
  }

  private ByteString real(ByteString path) {
    ByteString real = draft.real(path);
    return real == null ? path : real; // What does not exist is denied under its future name.
  }

  /** The directory part before the first segment with a glob; all of it if there is none. */
  private static ByteString literalPart(ByteString path) {
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
