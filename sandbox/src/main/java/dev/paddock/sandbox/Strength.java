package dev.paddock.sandbox;

/** How strongly a line of a policy is enforced on this host. */
public enum Strength {
  /** Landlock, BPF, an rlimit or a cgroup: enforced by the kernel, cannot be raced. */
  KERNEL,
  /** The supervisor does the call itself on pinned objects: cannot be raced. */
  EMULATED,
  /** Judged at entry, the outcome checked before it can act. */
  VERIFIED,
  /** Recorded only: can be raced. */
  OBSERVED;

  /** The word that users see, in lower case. */
  public String label() {
    return switch (this) {
      case KERNEL -> "kernel";
      case EMULATED -> "emulated";
      case VERIFIED -> "verified";
      case OBSERVED -> "observed";
    };
  }
}
