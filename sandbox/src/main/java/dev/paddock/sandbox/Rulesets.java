package dev.paddock.sandbox;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Landlock;
import dev.paddock.linux.LandlockFileRight;
import dev.paddock.linux.LandlockNetworkRight;
import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.LandlockScope;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.PortRange;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the Landlock ruleset of a plan. Every right that the kernel knows is taken, then granted.
 */
final class Rulesets {
  private static final Set<LandlockFileRight> READ =
      EnumSet.of(
          LandlockFileRight.EXECUTE, LandlockFileRight.READ_FILE, LandlockFileRight.READ_DIR);

  /** What a write grant adds; device nodes and sockets are not among it. */
  private static final Set<LandlockFileRight> CHANGE =
      EnumSet.of(
          LandlockFileRight.WRITE_FILE,
          LandlockFileRight.REMOVE_DIR,
          LandlockFileRight.REMOVE_FILE,
          LandlockFileRight.MAKE_DIR,
          LandlockFileRight.MAKE_REG,
          LandlockFileRight.MAKE_FIFO,
          LandlockFileRight.MAKE_SYM,
          LandlockFileRight.REFER,
          LandlockFileRight.TRUNCATE);

  private Rulesets() {}

  /**
   * A ruleset for one or many runs.
   *
   * @param temporary the run's private directory, or null if the plan has none
   */
  static LandlockRuleset make(Plan plan, @Nullable ByteString temporary)
      throws KernelException, SandboxException {
    Landlock host = plan.host().landlock();
    Set<LandlockFileRight> files = host.fileRights();
    Set<LandlockNetworkRight> network = EnumSet.noneOf(LandlockNetworkRight.class);
    if (plan.connect() != null) {
      network.add(LandlockNetworkRight.CONNECT_TCP);
    }
    if (plan.bind() != null) {
      network.add(LandlockNetworkRight.BIND_TCP);
    }
    network.retainAll(host.networkRights());
    Set<LandlockScope> scopes = host.scopes();
    LandlockRuleset ruleset = LandlockRuleset.create(host, files, network, scopes);
    try {
      for (Grant grant : plan.grants()) {
        if (grant.kind() != Grant.Kind.TEMPORARY) {
          allow(ruleset, files, grant, grant.path());
        } else if (temporary != null) {
          allow(ruleset, files, grant, temporary);
        }
      }
      allow(ruleset, network, plan.connect(), LandlockNetworkRight.CONNECT_TCP);
      allow(ruleset, network, plan.bind(), LandlockNetworkRight.BIND_TCP);
      return ruleset;
    } catch (KernelException | SandboxException | RuntimeException e) {
      ruleset.close();
      throw e;
    }
  }

  private static void allow(
      LandlockRuleset ruleset, Set<LandlockFileRight> handled, Grant grant, ByteString path)
      throws KernelException, SandboxException {
    Set<LandlockFileRight> rights = EnumSet.copyOf(READ);
    if (grant.level() == Access.Level.WRITE) {
      rights.addAll(CHANGE);
      if (grant.kind() == Grant.Kind.DEVICE) {
        rights.add(LandlockFileRight.IOCTL_DEV);
      }
    }
    rights.retainAll(handled);
    try (Fd fd = Paths.open(path.toBytes(), Paths.O_PATH | Paths.O_NOFOLLOW, 0)) {
      FileStatus status = Paths.status(fd);
      if (status.isSymbolicLink()) {
        throw new SandboxException(
            SandboxException.FAILED,
            path + " has become a symbolic link since it was planned; nothing was run");
      }
      boolean _ = ruleset.allowPath(fd, status.isDirectory(), rights);
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT)) {
        throw new SandboxException(
            SandboxException.FAILED,
            path + " has gone since it was planned (" + grant.line().rule() + "); nothing was run",
            e);
      }
      throw e;
    }
  }

  private static void allow(
      LandlockRuleset ruleset,
      Set<LandlockNetworkRight> handled,
      @Nullable List<PortRange> ports,
      LandlockNetworkRight right)
      throws KernelException {
    if (ports == null || !handled.contains(right)) {
      return;
    }
    for (PortRange range : ports) {
      for (int port = range.low(); port <= range.high(); port++) {
        boolean _ = ruleset.allowPort(port, EnumSet.of(right));
      }
    }
  }
}
