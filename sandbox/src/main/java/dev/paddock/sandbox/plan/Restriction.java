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
 * @param directory whether it is one
 * @param hidden whether it is hidden, or else only not to be changed
 * @param within the grant that it lies in
 * @param pinned whether the directories between are mounted on themselves
 * @param line the line of the policy that says so
 */
record Restriction(
    ByteString path,
    boolean directory,
    boolean hidden,
    ByteString within,
    boolean pinned,
    PlanLine line) {

  void addTo(List<Mount> mounts) {
    if (pinned) {
      for (int at = within.length() + 1; at < path.length(); at++) {
        if (path.at(at) == '/') {
          pin(mounts, path.slice(0, at));
        }
      }
    }
    Set<Flag> flags = directory ? Set.of(Flag.OPTIONAL) : Set.of(Flag.OPTIONAL, Flag.FILE);
    if (hidden) {
      mounts.add(new Mount(Kind.COVER, flags, ByteString.of(""), path, 0));
    } else {
      Set<Flag> fixed = directory ? Set.of(Flag.READ_ONLY) : Set.of(Flag.READ_ONLY, Flag.FILE);
      mounts.add(new Mount(Kind.BIND, fixed, path, path, 0));
    }
  }

  private static void pin(List<Mount> mounts, ByteString directory) {
    for (Mount mount : mounts) {
      if (mount.kind() == Kind.BIND && mount.place().equals(directory)) {
        return;
      }
    }
    mounts.add(new Mount(Kind.BIND, Set.of(), directory, directory, 0));
  }
}
