package dev.paddock.sandbox.plan;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.bpf.Program;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Policy;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.PolicyProblem;
import dev.paddock.policy.PortRange;
import dev.paddock.policy.UnreachableRules;
import dev.paddock.policy.Variables;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.SystemCallRule;
import dev.paddock.sandbox.launch.View;
import dev.paddock.sandbox.layers.LayerStore;
import dev.paddock.sandbox.limits.Delegation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@link Plan} shows, and what a run is made of. */
public final class CompiledPlan {
  private final Policy policy;
  private final Variables variables;
  private final Host host;
  private final List<Grant> grants;
  private final List<PlanLine> lines;
  private final List<Denial> denials;
  private final List<Grant> split;
  private final List<String> unprotected;
  private final PlannedFilter filter;
  private final SupervisionOptions supervisionOptions;
  private final List<ByteString> unixPaths;
  private final boolean judgesEndpoints;
  private final boolean servesHostsNames;
  private final List<PortRange> published;
  private final boolean remapsPorts;
  private final @Nullable Delegation delegation;
  private final boolean traced;
  private final TargetRoot root;
  private final PlannedView view;
  private final List<Restriction> restrictions;
  private final @Nullable List<PortRange> connect;
  private final @Nullable List<PortRange> bind;

  CompiledPlan(PlanDraft draft) {
    this.policy = draft.policy;
    this.variables = draft.variables;
    this.host = draft.host;
    this.grants = List.copyOf(draft.grants);
    this.lines = List.copyOf(draft.lines);
    this.denials = List.copyOf(draft.denials);
    this.split = List.copyOf(draft.split);
    this.unprotected = List.copyOf(draft.unprotected);
    this.filter = draft.filter();
    this.supervisionOptions = draft.supervisionOptions;
    this.judgesEndpoints = draft.judgesEndpoints;
    this.servesHostsNames = draft.servesHostsNames;
    this.published = List.copyOf(draft.published);
    this.remapsPorts = draft.remapsPorts;
    this.unixPaths = List.copyOf(draft.unixPaths);
    this.delegation = draft.delegation;
    this.traced = draft.traced;
    this.root = draft.root;
    this.view = new PlannedView(draft);
    this.restrictions = List.copyOf(draft.restrictions);
    this.connect = draft.connect == null ? null : List.copyOf(draft.connect);
    this.bind = draft.bind == null ? null : List.copyOf(draft.bind);
  }

  /** The policy, its variables replaced. */
  public Policy policy() {
    return policy;
  }

  /** Each line of the policy, and what holds it. */
  public List<PlanLine> lines() {
    return lines;
  }

  /** What is not protected on this host under this policy, one sentence each. */
  public List<String> unprotected() {
    return unprotected;
  }

  /** The system call filter, for {@code explain --bpf}. */
  public Program filter() {
    return filter.full().program();
  }

  /** What the filter does with each system call that it names, for people. */
  public List<SystemCallRule> systemCalls() {
    List<SystemCallRule> rules = new ArrayList<>();
    for (FilterLine line : filter.full().lines()) {
      rules.add(new SystemCallRule(line.call(), line.effect(), line.reason()));
    }
    return rules;
  }

  /** What this policy lets through beyond the built-in list, one sentence each. */
  public List<String> weakenings() {
    return filter.full().weakenings();
  }

  /**
   * What the target may do with a path.
   *
   * @param path absolute; it need not exist, and symbolic links are followed as the kernel would
   */
  public Access access(byte[] path) {
    return accessOf(realPath(path));
  }

  private Access accessOf(ByteString real) {
    for (Denial denial : denials) {
      if (denial.covers(real)) {
        return new Access(Access.Level.NONE, Optional.of(denial.line()));
      }
    }
    Access best = new Access(Access.Level.NONE, Optional.empty());
    for (Grant grant : grants) {
      if (grant.covers(real) && grant.level().compareTo(best.level()) > 0) {
        best = new Access(grant.level(), Optional.of(grant.line()));
      }
    }
    if (best.writable()) {
      for (Restriction restriction : restrictions) {
        if (Grant.isBelow(real, restriction.path())) {
          return new Access(
              restriction.hidden() ? Access.Level.NONE : Access.Level.READ,
              Optional.of(restriction.line()));
        }
      }
    }
    if (best.writable() && root.place(real).readOnly()) {
      return new Access(Access.Level.READ, best.decidedBy());
    }
    return best.readable() ? best : beside(real);
  }

  /** A directory on the way to what is denied has no grant of its own if that is a directory. */
  private Access beside(ByteString real) {
    boolean wasGranted = split.stream().anyMatch(grant -> grant.covers(real));
    for (Denial denial : denials) {
      if (wasGranted && denial.isBelow(real)) {
        return new Access(Access.Level.NONE, Optional.of(denial.line()));
      }
    }
    return new Access(Access.Level.NONE, Optional.empty());
  }

  /**
   * What the target may do with a path of its own root, in which some of the host's places are the
   * run's own.
   *
   * @param path absolute, without symbolic links
   */
  public Access accessInside(ByteString path) {
    return view.isOwn(path)
        ? new Access(Access.Level.WRITE, Optional.empty())
        : access(path.toBytes());
  }

  /** The workspace, without symbolic links where it exists. */
  public ByteString workspace() {
    try {
      return ByteString.of(Paths.real(variables.workspace().toBytes()));
    } catch (KernelException missing) {
      return variables.workspace();
    }
  }

  /** Where the layers of private trees are kept; empty if there is no place. */
  public Optional<LayerStore> layerStore() {
    return LayerStore.of(variables.environment(), variables.home());
  }

  /** What the target has instead of the host's own. */
  public PlannedView view() {
    return view;
  }

  /** Whether the target gets a network of its own: a loopback, and nothing else. */
  public boolean hasOwnLoopback() {
    return view.has(ViewPart.LOOPBACK);
  }

  /** Whether a port may be bound on this machine's loopback, by TCP. */
  public boolean publishes(int port) {
    return contains(published, port);
  }

  /** Whether a port that may be bound, and that is taken, is bound as another one. */
  public boolean remapsPorts() {
    return remapsPorts;
  }

  /** Whether the supervisor gives sockets of the host's network to a target that has its own. */
  public boolean hasWaysOut() {
    return view.hasWaysOut();
  }

  /** Whether names are answered by the supervisor. */
  public boolean servesNames() {
    return judgesAddresses() && (hasWaysOut() || servesHostsNames);
  }

  /**
   * Whether it is the supervisor that leads the target to its name server, since the target's files
   * name others.
   */
  public boolean redirectsNames() {
    return servesNames() && !(hasWaysOut() && view.has(ViewPart.FILES));
  }

  /** Whether there are grants that only the supervisor can judge. */
  public boolean judgesEndpoints() {
    return judgesEndpoints;
  }

  /** The paths of unix sockets outside that may be reached, and globs over such paths. */
  public List<ByteString> unixPaths() {
    return unixPaths;
  }

  /** Whether the supervisor judges where sockets lead. */
  public boolean judgesAddresses() {
    return filter.options().judgesAddresses();
  }

  /** Whether Landlock lets the target connect to a TCP port. */
  public boolean mayConnect(int port) {
    return hasOwnLoopback() || contains(connect, port);
  }

  /** Whether Landlock lets the target bind a TCP port. */
  public boolean mayBind(int port) {
    return hasOwnLoopback() || contains(bind, port);
  }

  /** Whether a port of the host's may be bound by TCP. */
  public boolean grantsBind(int port) {
    return contains(bind, port);
  }

  private static boolean contains(@Nullable List<PortRange> ports, int port) {
    if (ports == null) {
      return true;
    }
    for (PortRange range : ports) {
      if (range.contains(port)) {
        return true;
      }
    }
    return false;
  }

  /** Where a path leads: the real path of what exists, and the rest as it is written. */
  private ByteString realPath(byte[] path) {
    ByteString whole = ByteString.of(path);
    ByteString rest = ByteString.of("");
    ByteString existing = whole;
    while (true) {
      try {
        ByteString real = root.real(existing);
        return rest.isEmpty() || real.length() > 1 ? real.plus(rest) : rest;
      } catch (KernelException e) {
        int slash = existing.lastIndexOf('/');
        if (slash <= 0) {
          return whole; // Nothing of it exists: as written is all there is to say.
        }
        rest = existing.slice(slash, existing.length()).plus(rest);
        existing = existing.slice(0, slash);
      }
    }
  }

  /**
   * The environment that the target gets.
   *
   * @param inherited the caller's, as {@code NAME=value}
   */
  public List<byte[]> environment(List<byte[]> inherited) {
    List<byte[]> selected =
        withResolver(
            SearchPath.reachable(
                root, policy.environment().select(inherited), grants, this::accessOf));
    if (usesTemporary() && !policy.environment().set().containsKey("TMPDIR")) {
      List<byte[]> withTmp = new ArrayList<>();
      for (byte[] assignment : selected) {
        if (!ByteString.of(assignment).startsWith(ByteString.of("TMPDIR="))) {
          withTmp.add(assignment);
        }
      }
      withTmp.add(ByteString.of("TMPDIR=").plus(view.inside(variables.tmp())).toBytes());
      return withTmp;
    }
    return selected;
  }

  /**
   * By UDP resolvers see that it was not the server of their files that answered, and drop what it
   * said; by TCP they do not look. See resolv.conf(5), {@code use-vc}.
   */
  private List<byte[]> withResolver(List<byte[]> environment) {
    if (!redirectsNames()) {
      return environment;
    }
    List<byte[]> changed = new ArrayList<>();
    ByteString options = ByteString.of("RES_OPTIONS=");
    ByteString before = ByteString.of("");
    for (byte[] assignment : environment) {
      ByteString text = ByteString.of(assignment);
      if (text.startsWith(options)) {
        before = text.slice(options.length(), text.length()).plus(ByteString.of(" "));
      } else {
        changed.add(assignment);
      }
    }
    changed.add(options.plus(before).plus(ByteString.of("use-vc")).toBytes());
    return changed;
  }

  /** How long the policy lets a run take. */
  public Optional<Duration> timeLimit() {
    return policy.limits().time().map(entry -> entry.value());
  }

  /** Lines of the policy that never decide, and why; for people. */
  public List<String> unreachable() {
    List<String> lines = new ArrayList<>();
    for (PolicyProblem line : UnreachableRules.of(policy)) {
      lines.add(line.toString());
    }
    return lines;
  }

  /** Whether the kernel itself keeps the signals of the tree inside (Landlock ABI 6). */
  public boolean keepsSignalsInside() {
    return host.has(Host.SCOPES);
  }

  /** What it was compiled against. */
  public Host host() {
    return host;
  }

  /** What the supervisor does beyond the policy. */
  public SupervisionOptions supervisionOptions() {
    return supervisionOptions;
  }

  /** Whether a run under this plan has a supervisor: something in it only a program can judge. */
  public boolean isSupervised() {
    return filter.options().notifies();
  }

  /** Whether the supervisor is asked about addresses and nothing else. */
  public boolean judgesOnlyAddresses() {
    return filter.options().judgesOnlyAddresses() && supervisionOptions.sinks().isEmpty();
  }

  /** Whether programs are judged by tracing: a run has no supervisor then. */
  public boolean isTraced() {
    return traced;
  }

  /** Whether every exec is judged: by a rule, by somebody who decides, or for the events. */
  public boolean judgesExecs() {
    Policy.Exec exec = policy.exec();
    return !exec.deny().isEmpty()
        || !exec.rules().isEmpty()
        || exec.nameless().map(e -> e.value() == Policy.Nameless.DENY).orElse(false)
        || supervisionOptions.decider() != null
        || supervisionOptions.seesTree();
  }

  /** How many processes a tree may have; empty for any number. */
  public OptionalInt processes() {
    return policy
        .limits()
        .processes()
        .map(entry -> OptionalInt.of(entry.value()))
        .orElse(OptionalInt.empty());
  }

  /** The system call filter, with the reason for each line. */
  public SystemCallFilter systemCallFilter() {
    return filter.full();
  }

  /**
   * The filter as the kernel reads it.
   *
   * @param view what a run has of its own: without process numbers of its own, a filter that counts
   *     on them would let it reach others
   */
  public byte[] filterBytes(View view) {
    return view.processes() || !this.view.has(ViewPart.PROCESSES)
        ? filter.toBytes()
        : PlannedFilter.of(filter.options().withOwnProcesses(false, false), Arch.current())
            .toBytes();
  }

  /** Which files of the host the target's paths stand for. */
  TargetRoot root() {
    return root;
  }

  /** Whether not all that the target sees is where the host has it. */
  public boolean hasOtherRoot() {
    return !root.isHost();
  }

  /**
   * A path without symbolic links.
   *
   * @param path the target's, absolute
   * @throws KernelException ENOENT if there is nothing that it could be granted
   */
  public ByteString real(ByteString path) throws KernelException {
    return root.real(path);
  }

  /**
   * Where a command starts.
   *
   * @param directory absolute; as the target has it, or else where the caller is: where the target
   *     does not see that, it starts in its root
   * @param named whether it was asked for
   * @return the path without symbolic links, as the target has it
   */
  public ByteString directory(byte[] directory, boolean named) throws KernelException {
    if (named || root.isHost()) {
      return root.real(ByteString.of(directory));
    }
    for (ByteString path : root.paths(ByteString.of(Paths.real(directory)))) {
      if (access(path.toBytes()).readable() || !policy.view().root().isPresent()) {
        return path;
      }
    }
    return ByteString.of("/");
  }

  /** The host's file or directory of a path that the target has without symbolic links. */
  public Fd open(ByteString path, int flags) throws KernelException {
    return root.open(path, flags);
  }

  List<Grant> grants() {
    return grants;
  }

  /** What a run's private directory is called; a run adds a number. */
  public ByteString temporary() {
    return variables.tmp();
  }

  /** Whether a run has a private directory. */
  public boolean usesTemporary() {
    if (view.usesTemporary()) {
      return true;
    }
    for (Grant grant : grants) {
      if (grant.kind() == Grant.Kind.TEMPORARY) {
        return true;
      }
    }
    return false;
  }

  /** The TCP ports that may be connected to; null for all of them. */
  @Nullable List<PortRange> connect() {
    return connect;
  }

  /** The TCP ports that may be bound; null for all of them. */
  @Nullable List<PortRange> bind() {
    return bind;
  }

  /** How many descriptors a process may have. */
  public OptionalInt openFiles() {
    return policy
        .limits()
        .openFiles()
        .map(entry -> OptionalInt.of(entry.value()))
        .orElse(OptionalInt.empty());
  }

  /** The memory that a tree may have, in bytes. */
  public OptionalLong memoryBytes() {
    return policy
        .limits()
        .memory()
        .map(entry -> OptionalLong.of(entry.value().bytes()))
        .orElse(OptionalLong.empty());
  }

  /** The share of processor time that a tree may use, in percent of one processor. */
  public OptionalInt cpuPercent() {
    return policy
        .limits()
        .cpuPercent()
        .map(entry -> OptionalInt.of(entry.value()))
        .orElse(OptionalInt.empty());
  }

  /** Whether the kernel counts the memory of a whole tree, in a control group. */
  public boolean groupsMemory() {
    return memoryBytes().isPresent() && groups(Delegation.MEMORY);
  }

  /** Whether the kernel counts the processor time of a whole tree, in a control group. */
  public boolean groupsShare() {
    return cpuPercent().isPresent() && groups(Delegation.CPU);
  }

  private boolean groups(String controller) {
    return delegation != null && delegation.controllers().contains(controller);
  }

  /** Where a run's control group is made: for its limits, or else only to freeze it. */
  public Optional<Delegation> delegation() {
    return delegation != null
        ? Optional.of(delegation)
        : PlanDraft.outOfReach(Delegation.find(Set.of()), grants);
  }

  /** The processors that a tree may use; null for any. */
  public @Nullable BitSet cores() {
    return policy.limits().cpuCores().map(entry -> entry.value().cores()).orElse(null);
  }

  /** Whether the tree is killed when what was judged is not what happened. */
  public boolean killsOnAlert() {
    return policy
        .protections()
        .alerts()
        .map(entry -> entry.value() == Policy.Alerts.KILL)
        .orElse(true);
  }

  /** Whether what a tree has is looked at even if nothing limits it. */
  public boolean samplesUsage() {
    return supervisionOptions.wants(SupervisionOptions.Wish.USAGE)
        || !supervisionOptions.sinks().isEmpty();
  }

  /** The largest core file, in bytes. */
  public OptionalLong coreBytes() {
    return policy
        .limits()
        .coreDumps()
        .filter(entry -> !entry.value())
        .map(_ -> OptionalLong.of(0))
        .orElse(OptionalLong.empty());
  }
}
