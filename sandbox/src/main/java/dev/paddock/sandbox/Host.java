package dev.paddock.sandbox;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Landlock;
import dev.paddock.linux.LandlockFileRight;
import dev.paddock.linux.LandlockNetworkRight;
import dev.paddock.linux.LandlockScope;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Seccomp;
import dev.paddock.linux.Uname;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.sandbox.limits.Delegation;
import dev.paddock.sandbox.view.ViewProbe;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What this host's kernel can enforce: found out by asking it, never by its version. */
public final class Host {
  /** The feature without which nothing can be held. */
  public static final String LANDLOCK = "landlock";

  /** Landlock ABI 3: emptying files. */
  public static final String TRUNCATE = "landlock-truncate";

  /** Landlock ABI 4: TCP ports. */
  public static final String NETWORK = "landlock-network";

  /** Landlock ABI 5: ioctl on devices. */
  public static final String IOCTL = "landlock-ioctl";

  /** Landlock ABI 6: signals and abstract sockets. */
  public static final String SCOPES = "landlock-scopes";

  /** User notifications of seccomp, with waits that only a fatal signal ends (Linux 5.19). */
  public static final String NOTIFICATION = "seccomp-notification";

  /** The supervisor may trace what it starts. */
  public static final String TRACING = "tracing";

  private static final String NEWER = "run a kernel of Linux ";

  private final Landlock landlock;
  private final List<Feature> features;
  private @Nullable Map<ViewPart, Feature> view;

  private Host(Landlock landlock, List<Feature> features) {
    this.landlock = landlock;
    this.features = List.copyOf(features);
  }

  /** Asks the kernel. */
  public static Host probe() {
    Landlock landlock = Landlock.probe();
    List<Feature> features = new ArrayList<>();
    features.add(landlock(landlock));
    features.add(
        since(
            landlock,
            TRUNCATE,
            landlock.fileRights().contains(LandlockFileRight.TRUNCATE),
            "emptying files outside the write grants",
            LandlockFileRight.TRUNCATE.kernel()));
    features.add(
        since(
            landlock,
            NETWORK,
            landlock.networkRights().contains(LandlockNetworkRight.CONNECT_TCP),
            "TCP ports, where a policy grants some",
            LandlockNetworkRight.CONNECT_TCP.kernel()));
    features.add(
        since(
            landlock,
            IOCTL,
            landlock.fileRights().contains(LandlockFileRight.IOCTL_DEV),
            "ioctl on device files that the target opens",
            LandlockFileRight.IOCTL_DEV.kernel()));
    features.add(
        since(
            landlock,
            SCOPES,
            landlock.scopes().contains(LandlockScope.SIGNAL),
            "signals and abstract sockets to processes outside; ending the tree at once",
            LandlockScope.SIGNAL.kernel()));
    features.add(
        feature(
            "seccomp-filter",
            Seccomp.hasAction(Seccomp.KILL_PROCESS),
            "every system call that programs do not need; the network",
            "seccomp filters are available",
            "the kernel knows no seccomp filters (CONFIG_SECCOMP_FILTER), or a container forbids"
                + " them",
            NEWER + "4.14 or newer with CONFIG_SECCOMP_FILTER",
            true));
    features.add(notification());
    features.add(tracing());
    features.add(
        feature(
            "proc",
            Paths.accessible("/proc/self/fd".getBytes(StandardCharsets.US_ASCII), Paths.R_OK),
            "starting init, which is executed from memory",
            "/proc is mounted",
            "/proc is not mounted or not readable",
            "mount it: mount -t proc proc /proc",
            true));
    return new Host(landlock, features);
  }

  private static Feature notification() {
    boolean known = Seccomp.hasNotifications();
    Seccomp.Availability listener = known ? Seccomp.listener() : Seccomp.Availability.FORBIDDEN;
    boolean taken = listener == Seccomp.Availability.TAKEN;
    return feature(
        NOTIFICATION,
        listener == Seccomp.Availability.FREE,
        "rules that only the supervisor can judge: programs and their arguments, processes, where"
            + " sockets lead",
        "user notifications are available",
        taken
            ? "there can be one listener, and one is there already, of a sandbox that this runs in"
            : known
                ? "the sandbox that this runs in allows no second supervisor"
                : "the kernel has no user notifications",
        taken
            ? "judge programs by tracing (--traced), and leave out what else needs a supervisor"
            : known ? "ask the outer run for what needs one" : NEWER + "5.19 or newer",
        false);
  }

  /** Yama's word on ptrace, which reading a target's memory needs too; its LSM documentation. */
  private static Feature tracing() {
    int scope = 0;
    try {
      byte[] value =
          Paths.readAll("/proc/sys/kernel/yama/ptrace_scope".getBytes(StandardCharsets.US_ASCII));
      scope = value.length == 0 ? 0 : value[0] - '0';
    } catch (KernelException absent) {
      scope = 0; // No Yama: descendants may be traced.
    }
    return feature(
        TRACING,
        scope < 2 || (scope == 2 && Processes.effectiveUid() == 0),
        "judging programs by their arguments, registering processes at birth",
        "the supervisor may trace what it starts (Yama ptrace_scope " + scope + ")",
        "Yama forbids it: ptrace_scope is " + scope,
        "sysctl kernel.yama.ptrace_scope=1",
        false);
  }

  private static Feature landlock(Landlock landlock) {
    return feature(
        LANDLOCK,
        landlock.abi() > 0,
        "files and directories outside the grants",
        "Landlock ABI " + landlock.abi(),
        "Landlock is not available: " + landlock.reason(),
        "run a kernel with CONFIG_SECURITY_LANDLOCK and landlock in the lsm= boot parameter;"
            + " in a container, allow the landlock_* system calls",
        true);
  }

  private static Feature since(
      Landlock landlock, String name, boolean available, String purpose, String kernel) {
    return feature(
        name,
        available,
        purpose,
        "Landlock ABI " + landlock.abi(),
        "Landlock ABI " + landlock.abi() + " does not have it",
        NEWER
            + kernel
            + " or newer, or accept its absence: protections.degrade = [\""
            + name
            + "\"]",
        false);
  }

  private static Feature feature(
      String name,
      boolean available,
      String purpose,
      String found,
      String missing,
      String remedy,
      boolean required) {
    return new Feature(
        name, available, purpose, available ? found : missing, available ? "" : remedy, required);
  }

  /** What plans may need, in a stable order. */
  public List<Feature> features() {
    return features;
  }

  /** A part of a view; all are asked for at the first call, for only some plans need one. */
  public synchronized Feature view(ViewPart part) {
    Map<ViewPart, Feature> known = view;
    if (known == null) {
      known = ViewProbe.ask();
      view = known;
    }
    return Objects.requireNonNull(known.get(part));
  }

  /** Everything that can be asked about, in a stable order. */
  public List<Feature> inventory() {
    List<Feature> all = new ArrayList<>(features);
    for (ViewPart part :
        List.of(ViewPart.FILES, ViewPart.PROCESSES, ViewPart.IPC, ViewPart.LOOPBACK)) {
      all.add(view(part));
    }
    all.add(controlGroups());
    return all;
  }

  /** Asked only to be shown: a plan asks for what it needs. */
  private static Feature controlGroups() {
    Set<String> wanted = Set.of(Delegation.MEMORY, Delegation.CPU);
    Optional<Delegation> limits = Delegation.find(wanted);
    Optional<Delegation> found = limits.isPresent() ? limits : Delegation.find(Set.of());
    boolean all = limits.isPresent() && limits.get().controllers().containsAll(wanted);
    String place =
        found
            .map(each -> "groups can be made in " + each.place().path())
            .orElse("none can be made");
    String controllers =
        limits.map(each -> String.join(", ", new TreeSet<>(each.controllers()))).orElse("neither");
    return feature(
        "control-groups",
        all,
        "limits of a whole tree's memory and processor time by the kernel, freezing at once",
        place + ", with " + controllers,
        place
            + (found.isPresent() ? ", which has " + controllers + " of memory, cpu" : "")
            + "; the supervisor holds these limits, and freezes "
            + (found.isPresent() ? "by the group" : "by tracing"),
        "systemd-run --user --scope paddock run …",
        false);
  }

  /** The kernel, for people: its name, release and machine. */
  public String kernel() {
    try {
      Uname uname = Uname.read(); // Asked only when it is shown: a start has no use for it.
      return uname.system() + " " + uname.release() + " " + uname.machine();
    } catch (KernelException e) {
      return "unknown kernel"; // Only shown; nothing is decided by it.
    }
  }

  /** Whether Paddock runs as root here, for people: root's target loses its capabilities. */
  public boolean isRoot() {
    return Processes.effectiveUid() == 0;
  }

  /** What Landlock can do here. */
  public Landlock landlock() {
    return landlock;
  }

  /**
   * Whether a feature is there.
   *
   * @throws IllegalArgumentException if none is called so
   */
  public boolean has(String name) {
    for (Feature feature : features) {
      if (feature.name().equals(name)) {
        return feature.available();
      }
    }
    throw new IllegalArgumentException("there is no feature " + name);
  }

  /**
   * A feature by its name.
   *
   * @throws IllegalArgumentException if none is called so
   */
  public Feature feature(String name) {
    for (Feature feature : features) {
      if (feature.name().equals(name)) {
        return feature;
      }
    }
    throw new IllegalArgumentException("there is no feature " + name);
  }
}
