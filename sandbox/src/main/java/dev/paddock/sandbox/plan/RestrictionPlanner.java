package dev.paddock.sandbox.plan;

import dev.paddock.linux.FileStatus;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Key;
import dev.paddock.policy.PathPattern;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Plans what is taken back of what is granted: denied, hidden, or not to be changed. Inside of a
 * read grant Landlock can hold it, inside of a write grant only mounts.
 */
final class RestrictionPlanner {
  private static final String MOUNTS = "mounts";
  private static final String HIDDEN =
      "hidden if it is there when a run begins; what is made by a free name is not";
  private static final String UNCHANGED = "mounted read-only";

  private final PlanDraft draft;
  private final FileLookup lookup;

  /** What is left out of a grant, as the names that lead there. */
  private final Map<Grant, List<List<ByteString>>> exceptions;

  RestrictionPlanner(
      PlanDraft draft, FileLookup lookup, Map<Grant, List<List<ByteString>>> exceptions) {
    this.draft = draft;
    this.lookup = lookup;
    this.exceptions = exceptions;
  }

  /** What runs this program outside is not changed from inside. */
  void keepImage() {
    ByteString directory = WorkspaceCheck.image();
    if (directory == null || !draft.hasRoot()) {
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

  /**
   * Takes back what is granted of something. Inside of a read grant that is held by granting all
   * the rest of it; inside of a write grant nothing could be made any more, so it is refused.
   */
  void deny(Entry<PathPattern> entry) {
    ByteString pattern = entry.value().text();
    String rule = "files.deny \"" + entry.value() + "\"";
    ByteString literal = FileLookup.literalPart(pattern);
    ByteString real = lookup.real(literal);
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
      if ((deep && overlaps) || (inside && writable && !draft.hasRoot())) {
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
            hiding.isEmpty() ? GrantPlanner.LANDLOCK_FILES : MOUNTS,
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
  void restrict(Key key, Entry<PathPattern> entry, boolean hidden, boolean strict) {
    ByteString pattern = entry.value().text();
    String rule = key.path() + " \"" + entry.value() + "\"";
    ByteString literal = FileLookup.literalPart(pattern);
    ByteString whole = lookup.real(literal).plus(pattern.slice(literal.length(), pattern.length()));
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
    if (!draft.hasRoot()) {
      withheld(entry, rule, hidden, strict, isThere(found));
    } else if (!inside && strict) {
      boolean link =
          !whole.equals(pattern) && draft.isWritable(lookup.place(FileLookup.parent(pattern)));
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
      draft.lines.add(isThere(found) ? line : PlanDraft.absent(line));
      warnOfLink(entry, literal, whole);
    }
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
      found = lookup.below(found, name);
    }
    List<Restriction> restrictions = new ArrayList<>();
    for (ByteString path : found) {
      FileStatus status = lookup.status(path);
      ByteString place = status != null && status.isSymbolicLink() ? lookup.real(path) : path;
      if (Grant.isBelow(place, grant.path())) {
        restrictions.add(new Restriction(place, hidden, grant.path(), true, line));
      }
    }
    return restrictions;
  }

  private boolean isThere(List<Restriction> restrictions) {
    return restrictions.stream().anyMatch(restriction -> lookup.status(restriction.path()) != null);
  }
}
