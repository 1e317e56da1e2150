package dev.paddock.sandbox.launch;

import dev.paddock.policy.ByteString;
import java.util.List;

/**
 * What the target has instead of the host's own, as init is told to make it.
 *
 * @param mounts its root, in the order of the making; none for the host's root
 * @param directory its working directory in that root; empty without one
 * @param processes whether it has a pid name space; only with a {@link Mount.Kind#PROC}
 * @param ipc whether it has an IPC name space
 * @param network whose network it has
 */
public record View(
    List<Mount> mounts, ByteString directory, boolean processes, boolean ipc, Network network) {
  /** Everything is the host's. */
  public static final View HOST =
      new View(List.of(), ByteString.of(""), false, false, Network.HOST);

  /** Whose network a target has. */
  public enum Network {
    /** The host's. */
    HOST,
    /** One of its own: a loopback, and nothing else. */
    OWN,
    /** The same with a name server in it, whose questions the supervisor answers. */
    OWN_WITH_NAMES
  }

  /** Copies the list. */
  public View {
    mounts = List.copyOf(mounts);
  }
}
