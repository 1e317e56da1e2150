package dev.paddock.linux;

import java.util.Set;

/**
 * What this host's kernel can do of landlock(7), as the kernel itself says.
 *
 * @param abi the ABI version, or 0 if there is none
 * @param reason why there is none; empty if there is
 */
public record Landlock(int abi, String reason) {
  private static final int CREATE_RULESET_VERSION = 1;

  /** Asks the kernel. */
  public static Landlock probe() {
    long answer = Kernel.call(Nr.LANDLOCK_CREATE_RULESET, 0, 0, CREATE_RULESET_VERSION);
    if (answer > 0) {
      return new Landlock((int) Math.min(answer, Integer.MAX_VALUE), "");
    }
    int errno = (int) -answer;
    String reason;
    if (errno == Errno.ENOSYS) {
      reason = "the kernel was built without Landlock, or a filter hides it";
    } else if (errno == Errno.EOPNOTSUPP) {
      reason = "Landlock is built in but not enabled: add landlock to the lsm= boot parameter";
    } else {
      reason = "landlock_create_ruleset: " + Errno.of(errno);
    }
    return new Landlock(0, reason);
  }

  /** The file rights that a ruleset can handle here. */
  public Set<LandlockFileRight> fileRights() {
    return LandlockFileRight.of(abi);
  }

  /** The network rights that a ruleset can handle here. */
  public Set<LandlockNetworkRight> networkRights() {
    return LandlockNetworkRight.of(abi);
  }

  /** The scopes that a ruleset can have here. */
  public Set<LandlockScope> scopes() {
    return LandlockScope.of(abi);
  }

  /** Whether landlock_restrict_self(2) knows a flag here. */
  public boolean has(LandlockFlag flag) {
    return flag.abi() <= abi;
  }
}
