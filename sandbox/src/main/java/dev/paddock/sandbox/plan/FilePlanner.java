package dev.paddock.sandbox.plan;

import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Key;
import dev.paddock.policy.PathPattern;
import dev.paddock.policy.Policy;
import dev.paddock.sandbox.Access;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Plans which paths the target may use: what is granted, and what of that is taken back. */
final class FilePlanner {
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
    FileLookup lookup = new FileLookup(draft);
    GrantPlanner grants = new GrantPlanner(draft, lookup, exceptions);
    for (Entry<PathPattern> entry : files.read()) {
      grants.grant("files.read", entry, Access.Level.READ);
    }
    for (Entry<PathPattern> entry : files.write()) {
      grants.grant("files.write", entry, Access.Level.WRITE);
    }
    RestrictionPlanner restrictions = new RestrictionPlanner(draft, lookup, exceptions);
    for (Entry<PathPattern> entry : files.deny()) {
      restrictions.deny(entry);
    }
    for (Entry<PathPattern> entry : files.readOnly()) {
      restrictions.restrict(Key.FILES_READ_ONLY, entry, false, true);
    }
    LayerPlanner layers = new LayerPlanner(draft, lookup, grants);
    for (Entry<PathPattern> entry : files.privateTrees()) {
      layers.layer(Key.FILES_PRIVATE, entry, true);
    }
    Policy.View view = draft.policy.view();
    for (Entry<PathPattern> entry : view.privateTrees()) {
      layers.layer(Key.VIEW_PRIVATE, entry, false);
    }
    for (Entry<PathPattern> entry : view.hidden()) {
      restrictions.restrict(Key.VIEW_HIDDEN, entry, true, false);
    }
    for (Entry<PathPattern> entry : view.readOnly()) {
      restrictions.restrict(Key.VIEW_READ_ONLY, entry, false, false);
    }
    restrictions.keepImage();
    draft.visible.addAll(draft.grants);
    exceptions.forEach(this::split);
    removeOtherNames(lookup);
    hide(lookup);
  }

  /** A rule holds for a file and not for its name, so another name of it is not to be granted. */
  private void removeOtherNames(FileLookup lookup) {
    for (ByteString path : closed.keySet()) {
      FileStatus status = lookup.status(path);
      if (status != null && !status.isDirectory() && status.links() > 1) {
        Predicate<Grant> isAnotherName =
            other ->
                other.found()
                    && other.kind() == Grant.Kind.FILE
                    && isSameFile(lookup.status(other.path()), status);
        draft.grants.removeIf(isAnotherName);
        draft.visible.removeIf(isAnotherName);
      }
    }
  }

  private static boolean isSameFile(@Nullable FileStatus one, FileStatus other) {
    return one != null && one.isSameFile(other);
  }

  /** A root of its own hides what was taken out of a grant, unless another one is for it. */
  private void hide(FileLookup lookup) {
    closed.forEach(
        (path, grant) -> {
          FileStatus status = lookup.status(path);
          if (status != null && draft.hasRoot() && !isGranted(path)) {
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
}
