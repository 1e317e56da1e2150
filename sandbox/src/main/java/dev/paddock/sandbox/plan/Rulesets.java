package dev.paddock.sandbox.plan;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Landlock;
import dev.paddock.linux.LandlockFileRight;
import dev.paddock.linux.LandlockNetworkRight;
import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.LandlockScope;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.PortRange;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.launch.HandedFiles;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the Landlock ruleset of a plan. Every right that the kernel knows is taken, then granted.
 */
public final class Rulesets {
  private static final Set<LandlockFileRight> READ =
      EnumSet.of(
          LandlockFileRight.EXECUTE, LandlockFileRight.READ_FILE, LandlockFileRight.READ_DIR);

  /** What a write grant adds; device nodes are not among it. */
  private static final Set<LandlockFileRight> CHANGE =
      EnumSet.of(
          LandlockFileRight.WRITE_FILE,
          LandlockFileRight.REMOVE_DIR,
          LandlockFileRight.REMOVE_FILE,
          LandlockFileRight.MAKE_DIR,
          LandlockFileRight.MAKE_REG,
          LandlockFileRight.MAKE_FIFO,
          LandlockFileRight.MAKE_SOCK,
          LandlockFileRight.MAKE_SYM,
          LandlockFileRight.REFER,
          LandlockFileRight.TRUNCATE);

  /**
   * Below it a directory is granted for the devices in it, such as the pseudo-terminals of
   * /dev/pts, which are of no use without ioctl(2).
   */
  private static final ByteString DEVICES = ByteString.of("/dev");

  private Rulesets() {}

  /** The right to list directories, as the kernel's bits. */
  static long listing(Set<LandlockFileRight> handled) {
    return bits(EnumSet.of(LandlockFileRight.READ_DIR), handled);
  }

  /** The rights of a read grant, as the kernel's bits. */
  static long reading(Set<LandlockFileRight> handled) {
    return bits(READ, handled);
  }

  /** The right to read a file, as the kernel's bits. */
  static long readingFile(Set<LandlockFileRight> handled) {
    return bits(EnumSet.of(LandlockFileRight.READ_FILE), handled);
  }

  /** The rights of a write grant, as the kernel's bits. */
  static long changing(Set<LandlockFileRight> handled) {
    return bits(READ, handled) | bits(CHANGE, handled);
  }

  /** The rights that pseudo-terminals are of use with, as the kernel's bits. */
  static long terminals(Set<LandlockFileRight> handled) {
    return bits(
        EnumSet.of(
            LandlockFileRight.READ_DIR,
            LandlockFileRight.READ_FILE,
            LandlockFileRight.WRITE_FILE,
            LandlockFileRight.TRUNCATE,
            LandlockFileRight.IOCTL_DEV),
        handled);
  }

  private static long bits(Set<LandlockFileRight> rights, Set<LandlockFileRight> handled) {
    long bits = 0;
    for (LandlockFileRight right : rights) {
      bits |= handled.contains(right) ? right.bit() : 0;
    }
    return bits;
  }

  /**
   * A ruleset for one or many runs.
   *
   * @param temporary the run's private directory, or null if the plan has none
   * @param handed what the target may open again, because it is given descriptors of it
   */
  public static LandlockRuleset make(
      CompiledPlan plan, @Nullable ByteString temporary, HandedFiles handed)
      throws KernelException, SandboxException {
    Landlock host = plan.host().landlock();
    Set<LandlockFileRight> files = host.fileRights();
    Set<LandlockNetworkRight> network = EnumSet.noneOf(LandlockNetworkRight.class);
    boolean hosts = !plan.hasOwnLoopback();
    if (hosts && plan.connect() != null) {
      network.add(LandlockNetworkRight.CONNECT_TCP);
    }
    if (hosts && plan.bind() != null) {
      network.add(LandlockNetworkRight.BIND_TCP);
    }
    network.retainAll(host.networkRights());
    Set<LandlockScope> scopes = host.scopes();
    LandlockRuleset ruleset = LandlockRuleset.create(host, files, network, scopes);
    try {
      for (Grant grant : plan.grants()) {
        if (grant.kind() != Grant.Kind.TEMPORARY) {
          allow(ruleset, files, grant, plan.root().source(grant.path()));
        } else if (temporary != null) {
          allow(ruleset, files, grant, temporary);
        }
      }
      handed.allow(ruleset);
      allow(ruleset, network, plan.connect(), LandlockNetworkRight.CONNECT_TCP);
      allow(ruleset, network, plan.bind(), LandlockNetworkRight.BIND_TCP);
      return ruleset;
    } catch (KernelException | SandboxException | RuntimeException e) {
      ruleset.close();
      throw e;
    }
  }

  /** Opens one more file to be read. */
  public static void allowReading(LandlockRuleset ruleset, ByteString path) throws KernelException {
    try (Fd fd = Paths.openReal(path.toBytes(), Paths.O_PATH)) {
      boolean _ = ruleset.allowPath(fd, false, EnumSet.of(LandlockFileRight.READ_FILE));
    }
  }

  private static void allow(
      LandlockRuleset ruleset, Set<LandlockFileRight> handled, Grant grant, ByteString path)
      throws KernelException, SandboxException {
    Set<LandlockFileRight> rights =
        grant.kind() == Grant.Kind.LISTING
            ? EnumSet.of(LandlockFileRight.READ_DIR)
            : EnumSet.copyOf(READ);
    if (grant.level() == Access.Level.WRITE) {
      rights.addAll(CHANGE);
      if (grant.kind() == Grant.Kind.DEVICE || Grant.isBelow(path, DEVICES)) {
        rights.add(LandlockFileRight.IOCTL_DEV);
      }
    }
    rights.retainAll(handled);
    boolean directory = grant.kind() != Grant.Kind.FILE && grant.kind() != Grant.Kind.DEVICE;
    int flags = Paths.O_PATH | (directory ? Paths.O_DIRECTORY : 0);
    try (Fd fd = open(grant, path, flags)) {
      if (!directory && Paths.status(fd).isDirectory()) {
        // A rule would hold for all that is in it by now, what is denied there too.
        throw new KernelException(Errno.of(Errno.ENOTDIR), "open", "" + path);
      }
      boolean _ = ruleset.allowPath(fd, directory, rights);
    } catch (KernelException e) {
      boolean another = e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP);
      if (grant.found() && (another || e.is(Errno.ENOENT))) {
        return; // Less is granted than could be: /etc is not to stand still for us.
      }
      if (another) {
        throw changed(path);
      }
      if (e.is(Errno.ENOENT)) {
        throw new SandboxException(
            SandboxException.FAILED,
            path + " has gone since it was planned (" + grant.line().rule() + "); nothing was run",
            e);
      }
      throw e;
    }
  }

  /** A grant's path is real: where it leads elsewhere by now, somebody has put a link there. */
  private static Fd open(Grant grant, ByteString path, int flags) throws KernelException {
    return grant.kind() == Grant.Kind.TEMPORARY
        ? Paths.open(path.toBytes(), flags | Paths.O_NOFOLLOW, 0)
        : Paths.openReal(path.toBytes(), flags);
  }

  private static SandboxException changed(ByteString path) {
    return new SandboxException(
        SandboxException.FAILED,
        path + " has become something else since it was planned; nothing was run");
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
