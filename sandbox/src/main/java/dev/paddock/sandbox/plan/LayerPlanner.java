package dev.paddock.sandbox.plan;

import dev.paddock.linux.FileStatus;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Glob;
import dev.paddock.policy.Key;
import dev.paddock.policy.PathPattern;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;

/** Plans the trees that are changed in layers. */
final class LayerPlanner {
  private static final String LAYERED = "changes go to a layer of this workspace";

  private final PlanDraft draft;
  private final FileLookup lookup;
  private final GrantPlanner grants;

  LayerPlanner(PlanDraft draft, FileLookup lookup, GrantPlanner grants) {
    this.draft = draft;
    this.lookup = lookup;
    this.grants = grants;
  }

  /** A directory that is changed in a layer; without a view it is read, unless that is strict. */
  void layer(Key key, Entry<PathPattern> entry, boolean strict) {
    ByteString path = entry.value().text();
    String rule = key.path() + " \"" + entry.value() + "\"";
    ByteString real = lookup.real(path);
    FileStatus status = draft.real(path) == null ? null : lookup.status(real);
    PlanLine line =
        new PlanLine(
            rule, entry.origin(), Strength.KERNEL, "overlayfs", "", PlanDraft.NO_COST, LAYERED);
    if (Glob.isPattern(path) || (status != null && !status.isDirectory())) {
      draft.problem(entry.origin(), rule + ": name one directory");
    } else if (!draft.hasRoot()) {
      if (strict) {
        draft.problem(
            entry.origin(), rule + ": only a view can hold it (" + draft.withoutRoot() + ")");
      } else if (status != null) {
        grants.grant(key.path(), entry, Access.Level.READ);
      }
    } else if (!draft.root.source(real).equals(real)) {
      if (strict) {
        draft.problem(
            entry.origin(),
            rule + ": a layer of what lies in view.root or view.mounts is not served yet");
      } else if (status != null) {
        grants.grant(key.path(), entry, Access.Level.READ);
      }
    } else if (status == null && (entry.value().optional() || !isBelowHome(path))) {
      draft.lines.add(PlanDraft.absent(line));
    } else if (!draft.isWritable(real)) {
      draft.lines.add(line);
      draft.privateTrees.add(new PrivateTree(lookup.place(path), status != null, line));
      draft.followed.add(path);
    }
  }

  private boolean isBelowHome(ByteString path) {
    ByteString home = draft.variables.home();
    return home != null && Grant.isBelow(path, home);
  }
}
