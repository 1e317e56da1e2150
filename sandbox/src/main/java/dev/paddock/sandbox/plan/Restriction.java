package dev.paddock.sandbox.plan;

import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.launch.Mount;
import dev.paddock.sandbox.launch.Mount.Flag;
import dev.paddock.sandbox.launch.Mount.Kind;
import java.util.List;
import java.util.Set;

/**
 * Something that is there inside a grant, and hidden or not to be changed: which only a mount can
 * hold. A mount keeps its own place from being renamed or removed, but not the directories above
 * it: where these may be changed, each is mounted on itself.
 *
 * @param path without symbolic links
 * @param hidden whether it is hidden, or else only not to be changed
 * @param within the grant that it lies in
 * @param pinned whether the directories between are mounted on themselves
 * @param line the line of the policy that says so
 */
record Restriction(
    ByteString path, boolean hidden, ByteString within, boolean pinned, PlanLine line) {

  void addTo(List<Mount> mounts, TargetRoot root) {
    if (pinned) {
      for (int at = within.length() + 1; at < path.length(); at++) {
        if (path.at(at) == '/') {
          pin(mounts, root, path.slice(0, at));
        }
      }
    }
    mounts.add(
        hidden
            ? new Mount(Kind.COVER, Set.of(Flag.OPTIONAL), ByteString.of(""), path, 0)
            : new Mount(
                Kind.BIND, Set.of(Flag.OPTIONAL, Flag.READ_ONLY), root.source(path), path, 0));
  }

  private static void pin(List<Mount> mounts, TargetRoot root, ByteString directory) {
    for (Mount mount : mounts) {
      if (mount.kind() == Kind.BIND && mount.place().equals(directory)) {
        return;
      }
    }
    mounts.add(new Mount(Kind.BIND, Set.of(Flag.OPTIONAL), root.source(directory), directory, 0));
  }
}
