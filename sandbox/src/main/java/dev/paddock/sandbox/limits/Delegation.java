package dev.paddock.sandbox.limits;

import dev.paddock.linux.ControlGroup;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Processes;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A place in the tree of control groups (version 2) that is left to us: there we may make groups,
 * and move into them what we start. What is taken is what somebody gave; nothing of the host's own
 * arrangement is changed.
 *
 * <p>That is the group we are in, or the one above it: a group that holds processes can hand no
 * controller down to groups in it. Where systemd runs, root too takes none: all of them are its own
 * to arrange; see "Delegation" of Documentation/admin-guide/cgroup-v2.rst and systemd's
 * CGROUP_DELEGATION.
 *
 * @param place where groups may be made
 * @param controllers which of those that were asked for the groups have
 */
public record Delegation(ControlGroup place, Set<String> controllers) {
  /** The controller of {@code memory.max}. */
  public static final String MEMORY = "memory";

  /** The controller of {@code cpu.max}. */
  public static final String CPU = "cpu";

  private static final byte[] SYSTEMD = "/run/systemd/system".getBytes(StandardCharsets.US_ASCII);

  /** Copies the controllers. */
  public Delegation {
    controllers = Set.copyOf(controllers);
  }

  /**
   * Finds the place that has the most of what is wanted.
   *
   * @param wanted controllers; none for groups that only freeze
   * @return empty if there is no place, or none that has any of them
   */
  public static Optional<Delegation> find(Set<String> wanted) {
    Optional<Delegation> best = Optional.empty();
    try {
      if (Processes.effectiveUid() == 0 && Paths.accessible(SYSTEMD, 0)) {
        return Optional.empty();
      }
      Optional<ControlGroup> each = ControlGroup.own();
      for (int up = 0; up < 2 && each.isPresent(); up++) {
        ControlGroup place = each.get();
        if (place.isWritable()) {
          Set<String> there = new TreeSet<>(place.granted());
          there.retainAll(wanted);
          boolean enough = wanted.isEmpty() || !there.isEmpty();
          if (enough && (best.isEmpty() || there.size() > best.get().controllers().size())) {
            best = Optional.of(new Delegation(place, there));
          }
        }
        each = place.parent();
      }
    } catch (KernelException e) {
      return Optional.empty(); // What cannot be seen is not left to us.
    }
    return best;
  }
}
