package dev.paddock.sandbox.view;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Spawn;
import dev.paddock.linux.Tracee;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.sandbox.Feature;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.launch.InitProgram;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Asks which parts of a view this host gives, by having a child make each as init would; {@code
 * enum pk_probe} of {@code native/protocol.h}.
 */
public final class ViewProbe {
  private static final byte[] NAME = ascii("paddock-probe");
  private static final byte[] NULL_DEVICE = ascii("/dev/null");

  /** One thing that the kernel gives or not. */
  private enum Probe {
    LOOPBACK(
        1,
        "loopback",
        "a 127.0.0.1 and ::1 of the run's own, where a policy grants no other network",
        "network name spaces can be made",
        "a network name space cannot be made"),
    ROOT(
        1 << 1,
        "root",
        "a root in which nothing is but what is granted, with its own /tmp, home and terminals",
        "mount name spaces with a root of their own can be made",
        "a root of its own cannot be made"),
    PROCESSES(
        1 << 2,
        "processes",
        "process numbers and a /proc of the run's own; the kernel ends the tree with init",
        "pid name spaces with their own /proc can be made",
        "a pid name space with its own /proc cannot be made"),
    IPC(
        1 << 3,
        "ipc",
        "System V IPC and POSIX message queues of the run's own",
        "IPC name spaces can be made",
        "an IPC name space cannot be made");

    private final int bit;
    private final String word;
    private final String purpose;
    private final String found;
    private final String missing;

    Probe(int bit, String word, String purpose, String found, String missing) {
      this.bit = bit;
      this.word = word;
      this.purpose = purpose;
      this.found = found;
      this.missing = missing;
    }

    static Probe of(ViewPart part) {
      return switch (part) {
        case FILES, TEMPORARY, HOME, TERMINALS -> ROOT;
        case PROCESSES -> PROCESSES;
        case IPC -> IPC;
        case LOOPBACK -> LOOPBACK;
      };
    }
  }

  private ViewProbe() {}

  /** The answer for each part; where a child cannot even be asked, none is there. */
  public static Map<ViewPart, Feature> ask() {
    int there;
    String untried = "";
    try {
      there = status("view");
    } catch (KernelException | SandboxException e) {
      there = 0;
      untried = "it could not be tried: " + e.getMessage();
    }
    Map<Probe, Feature> found = new EnumMap<>(Probe.class);
    for (Probe probe : Probe.values()) {
      boolean available = (there & probe.bit) != 0;
      found.put(probe, available ? there(probe) : missing(probe, untried));
    }
    Map<ViewPart, Feature> parts = new EnumMap<>(ViewPart.class);
    for (ViewPart part : ViewPart.values()) {
      parts.put(part, found.get(Probe.of(part)));
    }
    return parts;
  }

  private static Feature there(Probe probe) {
    return new Feature("view-" + probe.word, true, probe.purpose, probe.found, "", false);
  }

  private static Feature missing(Probe probe, String untried) {
    int errno = Errno.EPERM;
    String reason = untried;
    if (untried.isEmpty()) {
      try {
        errno = status(probe.word);
        reason = probe.missing + ": " + Errno.of(errno);
      } catch (KernelException | SandboxException e) {
        reason = probe.missing + ": " + e.getMessage();
      }
    }
    return new Feature("view-" + probe.word, false, probe.purpose, reason, remedy(errno), false);
  }

  /** What a child leaves with that tries what a word says; EPERM if it was killed. */
  private static int status(String word) throws KernelException, SandboxException {
    try (Fd nothing = Paths.open(NULL_DEVICE, Paths.O_RDWR, 0)) {
      int child =
          Spawn.start(
              InitProgram.path(), List.of(NAME, ascii("probe-" + word)), List.of(), nothing, 3);
      Tracee.Change end = Ptrace.await(child);
      if (end instanceof Tracee.Exited exited) {
        return exited.status();
      }
      return word.equals("view") ? 0 : Errno.EPERM;
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String remedy(int errno) {
    return switch (errno) {
      case Errno.ENOSPC -> "sysctl user.max_user_namespaces=1000 user.max_net_namespaces=1000";
      case Errno.EPERM, Errno.EACCES ->
          "let ordinary users make user name spaces (sysctl"
              + " kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile with"
              + " \"userns\"), or in a container allow unshare and mount (seccomp) and mask"
              + " nothing of /proc";
      default -> "run a kernel of Linux 5.12 or newer with CONFIG_USER_NS and its name spaces";
    };
  }
}
