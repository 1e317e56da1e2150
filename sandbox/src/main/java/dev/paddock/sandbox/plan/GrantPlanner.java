package dev.paddock.sandbox.plan;

import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Glob;
import dev.paddock.policy.Origin;
import dev.paddock.policy.PathPattern;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Plans what is granted: which paths Landlock opens. */
final class GrantPlanner {
  static final String LANDLOCK_FILES = "Landlock, path beneath";
  private static final String COST_OPEN = "a walk from the file up to the grant, at each open";

  private final PlanDraft draft;
  private final FileLookup lookup;

  /** What is left out of a grant, as the names that lead there. */
  private final Map<Grant, List<List<ByteString>>> exceptions;

  GrantPlanner(PlanDraft draft, FileLookup lookup, Map<Grant, List<List<ByteString>>> exceptions) {
    this.draft = draft;
    this.lookup = lookup;
    this.exceptions = exceptions;
  }

  void grant(String key, Entry<PathPattern> entry, Access.Level level) {
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
    draft.lines.add(there ? line : PlanDraft.absent(line));
    if (!pattern.except().isEmpty() && path.length() == 1 && draft.hasOwnTree()) {
      draft.problem(
          entry.origin(),
          rule + ": view.root grants all that is in it for reading; write files.deny instead");
    } else if (there && !pattern.except().isEmpty()) {
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
      if (level == Access.Level.WRITE && draft.root.place(real).readOnly()) {
        draft.problem(
            origin,
            rule
                + ": lies in the mount at "
                + draft.root.place(real).path()
                + ", which is read-only (:ro); leave out one of the two");
        return false;
      }
      if (real.length() == 1 && draft.hasOwnTree()) {
        new RootPlanner(draft).grantRoot(level, line);
        return true;
      }
      draft.grants.add(new Grant(real, level, Grant.Kind.of(status), line, optional));
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
      found = lookup.below(found, pattern.slice(at, end));
      at = end + 1;
    }
    return found;
  }
}
