package dev.paddock.sandbox.plan;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Origin;
import dev.paddock.policy.Policy;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.PortRange;
import dev.paddock.policy.Variables;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.Feature;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.limits.Delegation;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A plan in the making: what the planner has found out so far. */
final class PlanDraft {
  /** Of a rule that makes nothing slower. */
  static final String NO_COST = "none";

  final Policy policy;
  final Variables variables;
  final Host host;
  final SupervisionOptions supervisionOptions;
  final List<Grant> grants = new ArrayList<>();
  final List<PlanLine> lines = new ArrayList<>();
  final List<Denial> denials = new ArrayList<>();

  /** Grants of which something was taken out, so that others stand in their place. */
  final List<Grant> split = new ArrayList<>();

  final List<String> unprotected = new ArrayList<>();
  final List<String> problems = new ArrayList<>();

  /** The TCP ports that may be connected to; null for all of them. */
  @Nullable List<PortRange> connect = new ArrayList<>();

  /** The TCP ports that may be bound; null for all of them. */
  @Nullable List<PortRange> bind = new ArrayList<>();

  @Nullable PlannedFilter filter;

  /** The system calls that the supervisor judges. */
  final Set<String> judged = new TreeSet<>();

  /** What the target has of its own instead of the host's. */
  final Set<ViewPart> parts = EnumSet.noneOf(ViewPart.class);

  /** Which files of the host the target's paths stand for; all paths of a plan are the target's. */
  TargetRoot root = TargetRoot.HOST;

  private final Map<ByteString, Optional<ByteString>> looked = new HashMap<>();

  /** Why there is no root of its own, where the policy wants one. */
  String withoutRoot = "view.files is not \"own\", as it is in the built-in policies";

  /** What a root of its own shows: the grants before anything was taken out of them. */
  final List<Grant> visible = new ArrayList<>();

  /** What only mounts can hold. */
  final List<Restriction> restrictions = new ArrayList<>();

  /** What is changed in layers. */
  final List<PrivateTree> privateTrees = new ArrayList<>();

  /** Paths that a policy names and that lead over symbolic links. */
  final List<ByteString> followed = new ArrayList<>();

  /** Symbolic links that a root of its own has too: place and text. */
  final Map<ByteString, ByteString> links = new LinkedHashMap<>();

  /** The home directory that is the run's own; null if none is. */
  @Nullable ByteString home;

  /** Whether the tree keeps to some processors. */
  boolean bound;

  /** Where the runs' control groups are made that hold limits; null for no such limits. */
  @Nullable Delegation delegation;

  /** Whether programs are judged by tracing. */
  boolean traced;

  /** Whether the supervisor judges the making of processes. */
  boolean judgesForks;

  /** Whether there are rules that only the supervisor can judge about where sockets lead. */
  boolean judgesEndpoints;

  /** Ports that are bound on this machine's loopback, whatever address is asked for. */
  final List<PortRange> published = new ArrayList<>();

  /** Whether a granted port that is taken is bound as another one. */
  boolean remapsPorts;

  /** Whether the target has a network of its own, and grants that lead out of it. */
  boolean waysOut;

  /** Whether such a rule grants hosts that can be named, on the host's network. */
  boolean servesHostsNames;

  /** Whether such a rule grants something by TCP. */
  boolean tcp;

  /** Whether one grants something by UDP. */
  boolean udp;

  /** Whether one grants echo requests. */
  boolean icmp;

  /** Whether the supervisor judges where sockets lead. */
  boolean judgesAddresses;

  /** The paths of unix sockets outside that may be reached, and globs over such paths. */
  final List<ByteString> unixPaths = new ArrayList<>();

  PlanDraft(Policy policy, Variables variables, Host host, SupervisionOptions supervisionOptions) {
    this.policy = policy;
    this.variables = variables;
    this.host = host;
    this.supervisionOptions = supervisionOptions;
  }

  /**
   * Where control groups may be made that have any of these controllers, or none if none are
   * wanted: only a place that nothing inside could write to.
   */
  Optional<Delegation> delegation(Set<String> wanted) {
    return outOfReach(Delegation.find(wanted), grants);
  }

  static Optional<Delegation> outOfReach(Optional<Delegation> found, List<Grant> grants) {
    if (found.isEmpty()) {
      return found;
    }
    ByteString mount = ByteString.of(found.get().place().mount());
    for (Grant grant : grants) {
      boolean writes = grant.level() == Access.Level.WRITE;
      if (writes && (grant.covers(mount) || Grant.isBelow(grant.path(), mount))) {
        return Optional.empty();
      }
    }
    return found;
  }

  /**
   * The path without symbolic links, or null if it cannot be looked up. A plan is of one moment:
   * what was looked up once is so until it is made.
   */
  @Nullable ByteString real(ByteString path) {
    Optional<ByteString> known = looked.get(path);
    if (known == null) {
      int slash = path.lastIndexOf('/');
      boolean gone = slash > 0 && isGone(path.slice(0, slash));
      known = gone ? Optional.empty() : look(path);
      looked.put(path, known);
    }
    return known.orElse(null);
  }

  private Optional<ByteString> look(ByteString path) {
    try {
      return Optional.ofNullable(root.realIfThere(path));
    } catch (KernelException e) {
      if (!e.is(Errno.EACCES) && !e.is(Errno.ELOOP) && !e.is(Errno.ENAMETOOLONG)) {
        problems.add("cannot look up " + e.getMessage()); // A denial could miss what it is about.
      }
      return Optional.empty(); // Not to be seen by us: what is to be granted of it is refused.
    }
  }

  private boolean isGone(ByteString directory) {
    Optional<ByteString> known = looked.get(directory);
    return known != null && known.isEmpty();
  }

  /** Whether the target has a root of its own. */
  boolean hasRoot() {
    return parts.contains(ViewPart.FILES);
  }

  /** Whether a path is in a write grant. */
  boolean isWritable(ByteString path) {
    for (Grant grant : grants) {
      if (grant.level() == Access.Level.WRITE && grant.covers(path)) {
        return true;
      }
    }
    return false;
  }

  /** A line of the plan for what is not there. */
  static PlanLine absent(PlanLine line) {
    return new PlanLine(
        line.rule(), line.origin(), line.strength(), "none needed", "", NO_COST, PlanLine.ABSENT);
  }

  /** Whether "/" is a directory of the policy's choice. */
  boolean hasOwnTree() {
    return policy.view().root().isPresent();
  }

  /** Why no root of its own holds a rule, where one would have to. */
  String withoutRoot() {
    boolean off =
        policy.view().mode().map(mode -> mode.value() == Policy.ViewMode.OFF).orElse(false);
    return off ? "view.mode is \"off\"" : withoutRoot;
  }

  PlannedFilter filter() {
    PlannedFilter made = filter;
    if (made == null) {
      throw new IllegalStateException("the filter has not been planned");
    }
    return made;
  }

  /** A rule that the kernel holds, at no cost. */
  void line(String rule, Origin origin, String mechanism, String note) {
    lines.add(new PlanLine(rule, origin, Strength.KERNEL, mechanism, "", NO_COST, note));
  }

  /** Something that is wrong with the policy, or cannot be held here: there will be no plan. */
  void problem(Origin origin, String message) {
    problems.add(origin + ": " + message);
  }

  /** Refuses to plan without a feature, unless the policy accepts its absence by name. */
  void need(String name) {
    Feature feature = host.feature(name);
    if (feature.available() || !host.has(Host.LANDLOCK)) {
      return; // Without Landlock itself, that is the one thing to say.
    }
    for (Entry<String> entry : policy.protections().degrade()) {
      if (entry.value().equals(name)) {
        unprotected.add(feature.purpose() + ": " + feature.detail());
        return;
      }
    }
    problems.add(name + ": " + feature.detail() + "; " + feature.remedy());
  }

  /** A rule that nothing here holds. */
  void unserved(Origin origin, String rule) {
    problem(origin, rule + " is not served yet; take the rule out");
  }
}
