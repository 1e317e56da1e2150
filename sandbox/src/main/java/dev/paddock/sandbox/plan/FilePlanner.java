package dev.paddock.sandbox.plan;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Glob;
import dev.paddock.policy.Origin;
import dev.paddock.policy.PathPattern;
import dev.paddock.policy.Policy;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Plans which paths Landlock opens: what is granted, and what of that is taken back. */
final class FilePlanner {
  private static final String LANDLOCK_FILES = "Landlock, path beneath";
  private static final String COST_OPEN = "a walk from the file up to the grant, at each open";

  private final PlanDraft draft;

  /** What is denied inside a grant, as the names that lead there. */
  private final Map<Grant, List<List<ByteString>>> exceptions = new LinkedHashMap<>();

  /** What is there and was taken out of a grant. */
  private final List<ByteString> closed = new ArrayList<>();

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
    exceptions.forEach(this::split);
    removeOtherNames();
  }

  /** A rule holds for a file and not for its name, so another name of it is not to be granted. */
  private void removeOtherNames() {
    for (ByteString path : closed) {
      FileStatus status = status(path);
      if (status != null && !status.isDirectory() && status.links() > 1) {
        draft.grants.removeIf(
            other ->
                other.found()
                    && other.kind() == Grant.Kind.FILE
                    && isSameFile(status(other.path()), status));
      }
    }
  }

  private static boolean isSameFile(@Nullable FileStatus one, FileStatus other) {
    return one != null && one.isSameFile(other);
  }

  private static @Nullable FileStatus status(ByteString path) {
    try {
      return Paths.linkStatus(path.toBytes());
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
        "does not exist here");
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
    try (Fd fd = Paths.open(path.toBytes(), Paths.O_PATH, 0)) {
      FileStatus status = Paths.status(fd);
      Grant.Kind kind =
          status.isDirectory()
              ? Grant.Kind.DIRECTORY
              : status.isDevice() ? Grant.Kind.DEVICE : Grant.Kind.FILE;
      draft.grants.add(
          new Grant(ByteString.of(Paths.ofDescriptor(fd)), level, kind, line, optional));
      return true;
    } catch (KernelException e) {
      boolean missing = e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR);
      if (!(missing && optional)) {
        draft.problem(
            origin,
            rule
                + ": "
                + (missing ? "does not exist; end it in ? if it may be missing" : "" + e.errno()));
      }
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

  private static List<ByteString> below(List<ByteString> directories, ByteString segment) {
    List<ByteString> found = new ArrayList<>();
    for (ByteString directory : directories) {
      ByteString prefix = directory.endsWith('/') ? directory : directory.plus(ByteString.of("/"));
      if (!Glob.isPattern(segment)) {
        found.add(prefix.plus(segment));
        continue;
      }
      Glob glob = Glob.of(segment);
      ByteString beginning = Glob.beginning(segment);
      try (Fd fd = Paths.open(directory.toBytes(), Paths.O_RDONLY | Paths.O_DIRECTORY, 0)) {
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
    List<Grant> taken = new ArrayList<>();
    for (Grant grant : draft.grants) {
      boolean overlaps = Grant.isBelow(real, grant.path()) || Grant.isBelow(grant.path(), real);
      @Nullable List<ByteString> rest =
          deep ? null : Denial.rest(names, Denial.names(grant.path()));
      boolean whole = rest != null && rest.isEmpty();
      boolean inside = rest != null && !whole && grant.kind() != Grant.Kind.FILE;
      if ((deep && overlaps) || (inside && grant.level() == Access.Level.WRITE)) {
        draft.problem(
            entry.origin(),
            rule
                + ": lies inside the grant "
                + grant.line().rule()
                + (deep
                    ? "; ** in a denial inside a grant is not served yet: name what is meant"
                    : "; denials inside a write grant are not served yet: grant its neighbours"
                        + " instead"));
        return;
      }
      if (whole) {
        taken.add(grant);
        note = "takes grants back";
      } else if (inside) {
        exceptions.computeIfAbsent(grant, _ -> new ArrayList<>()).add(rest);
        note = "its neighbours are granted; what appears beside it later is not";
      }
    }
    draft.grants.removeAll(taken);
    taken.forEach(exceptions::remove);
    PlanLine line =
        new PlanLine(
            rule, entry.origin(), Strength.KERNEL, LANDLOCK_FILES, "", PlanDraft.NO_COST, note);
    draft.lines.add(line);
    draft.denials.add(new Denial(names, line));
  }

  private void split(Grant grant, List<List<ByteString>> denied) {
    try {
      List<Grant> neighbours = Neighbours.of(grant, denied, closed);
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

  private static ByteString real(ByteString path) {
    try {
      return ByteString.of(Paths.real(path.toBytes()));
    } catch (KernelException missing) {
      return path; // What does not exist is denied under the name that it would have.
    }
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
