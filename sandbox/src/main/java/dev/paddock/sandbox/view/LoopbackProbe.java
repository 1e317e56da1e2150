package dev.paddock.sandbox.view;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Spawn;
import dev.paddock.linux.Tracee;
import dev.paddock.sandbox.Feature;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.launch.InitProgram;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Asks whether a network name space can be had, by having a child make one as init would. */
public final class LoopbackProbe {
  private static final byte[] NAME = "paddock-probe".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WORD = "loopback".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NULL_DEVICE = "/dev/null".getBytes(StandardCharsets.US_ASCII);

  private LoopbackProbe() {}

  /** The answer; where a child cannot even be asked, the part is not there. */
  public static Feature ask() {
    String missing;
    int errno = 0;
    try (Fd nothing = Paths.open(NULL_DEVICE, Paths.O_RDWR, 0)) {
      int child = Spawn.start(InitProgram.path(), List.of(NAME, WORD), List.of(), nothing, 3);
      Tracee.Change end = Ptrace.await(child);
      if (end instanceof Tracee.Exited exited) {
        errno = exited.status();
        missing = "a network name space cannot be made: " + Errno.of(errno);
      } else {
        errno = Errno.EPERM;
        missing = "a network name space cannot be made: the attempt was killed";
      }
    } catch (KernelException | SandboxException e) {
      errno = Errno.EPERM;
      missing = "it could not be tried: " + e.getMessage();
    }
    return new Feature(
        "view-loopback",
        errno == 0,
        "a 127.0.0.1 and ::1 of the run's own, where a policy grants no other network",
        errno == 0 ? "network name spaces can be made" : missing,
        errno == 0 ? "" : remedy(errno),
        false);
  }

  private static String remedy(int errno) {
    return switch (errno) {
      case Errno.ENOSPC -> "sysctl user.max_user_namespaces=1000 user.max_net_namespaces=1000";
      case Errno.EPERM, Errno.EACCES ->
          "let ordinary users make user name spaces (sysctl"
              + " kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile with"
              + " \"userns\"), or in a container allow unshare (seccomp)";
      default -> "run a kernel with CONFIG_USER_NS and CONFIG_NET_NS";
    };
  }
}
