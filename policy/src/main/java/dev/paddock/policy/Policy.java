package dev.paddock.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What its author wrote: grants and rules. Says nothing about mechanisms, and nothing about this
 * host.
 *
 * @param name a name for people
 * @param description one line for {@code paddock policy list}
 * @param files paths
 * @param network endpoints, ports, unix sockets
 * @param exec programs
 * @param signals signals that the target's processes may not send
 * @param limits resources
 * @param environment variables of the target
 * @param systemCalls weakenings and tightenings of the system call filter
 * @param protections what a host may lack, and what an alert does
 * @param attach how processes that run already are taken over
 * @param view what the target sees instead of the host's own
 */
public record Policy(
    Optional<String> name,
    Optional<String> description,
    Files files,
    Network network,
    Exec exec,
    Signals signals,
    Limits limits,
    Environment environment,
    SystemCalls systemCalls,
    Protections protections,
    Attach attach,
    View view) {

  /** Nothing granted, nothing limited. */
  public static final Policy EMPTY =
      new Policy(
          Optional.empty(),
          Optional.empty(),
          new Files(List.of(), List.of(), List.of(), List.of(), List.of(), Optional.empty()),
          new Network(
              List.of(),
              List.of(),
              List.of(),
              List.of(),
              List.of(),
              Optional.empty(),
              Optional.empty(),
              List.of(),
              Map.of()),
          new Exec(List.of(), List.of(), Optional.empty()),
          new Signals(List.of()),
          new Limits(
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty()),
          new Environment(List.of(), Map.of(), Optional.empty()),
          new SystemCalls(List.of(), List.of()),
          new Protections(List.of(), Optional.empty()),
          new Attach(Optional.empty()),
          new View(
              Optional.empty(),
              Map.of(),
              Optional.empty(),
              List.of(),
              List.of(),
              List.of(),
              List.of()));

  /** How changes below writable paths are made. */
  public enum FileMode {
    /** At once, in place. */
    DIRECT("direct"),
    /** Staged, then committed or dropped. */
    COPY_ON_WRITE("copy-on-write");

    private final String label;

    FileMode(String label) {
      this.label = label;
    }

    /** The word in a policy. */
    public String label() {
      return label;
    }
  }

  /**
   * Paths.
   *
   * @param read may be read, listed and executed
   * @param write may also be changed
   * @param deny may not, whatever else is granted
   * @param readOnly may be read and not changed, inside what may be changed
   * @param privateTrees seen as they are; what is changed of them goes to a layer of the workspace
   * @param mode how changes are made
   */
  public record Files(
      List<Entry<PathPattern>> read,
      List<Entry<PathPattern>> write,
      List<Entry<PathPattern>> deny,
      List<Entry<PathPattern>> readOnly,
      List<Entry<PathPattern>> privateTrees,
      Optional<Entry<FileMode>> mode) {
    /** Lists that cannot be changed later. */
    public Files {
      read = List.copyOf(read);
      write = List.copyOf(write);
      deny = List.copyOf(deny);
      readOnly = List.copyOf(readOnly);
      privateTrees = List.copyOf(privateTrees);
    }
  }

  /**
   * Endpoints, ports, unix sockets.
   *
   * @param allow where the target may connect or send
   * @param deny where it may not
   * @param bind ports that it may bind
   * @param denyBind ports that it may not
   * @param publish ports that it may bind, to be found from this machine alone
   * @param portRemap whether a port that it may bind, and that is taken, is bound as another one
   * @param names what a name that may be reached is answered by; {@link NameAnswers#OWN} if nothing
   *     is said
   * @param unix pathname sockets that it may connect to
   * @param groups what is granted or denied together, by the name that stands for it
   */
  public record Network(
      List<Entry<Endpoint>> allow,
      List<Entry<Endpoint>> deny,
      List<Entry<PortRange>> bind,
      List<Entry<PortRange>> denyBind,
      List<Entry<PortRange>> publish,
      Optional<Entry<Boolean>> portRemap,
      Optional<Entry<NameAnswers>> names,
      List<Entry<PathPattern>> unix,
      Map<String, List<Entry<Endpoint>>> groups) {
    /** Lists that cannot be changed later. */
    public Network {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
      bind = List.copyOf(bind);
      denyBind = List.copyOf(denyBind);
      publish = List.copyOf(publish);
      unix = List.copyOf(unix);
      Map<String, List<Entry<Endpoint>>> copy = new LinkedHashMap<>();
      groups.forEach((name, endpoints) -> copy.put(name, List.copyOf(endpoints)));
      groups = Collections.unmodifiableMap(copy);
    }

    /** Whether anything of the host's network is granted. */
    public boolean grantsAnything() {
      return !allow.isEmpty() || !bind.isEmpty() || !publish.isEmpty();
    }
  }

  /** What a host's name is answered by. */
  public enum NameAnswers {
    /** An address of the name's own, which no network routes. */
    OWN,
    /** The host's addresses, which may be connected to as long as the answer holds. */
    PINNED;

    /** The word in a policy. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** What an exec rule says. */
  public enum Decision {
    /** Run it. */
    ALLOW,
    /** Refuse it. */
    DENY,
    /** Ask a person. */
    APPROVE,
    /** Run something else. */
    REDIRECT,
    /** Run it and record that. */
    AUDIT;

    /** The word in a policy. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * One of the ordered exec rules.
   *
   * @param match a glob over a program's base name; with a slash in it, over its path
   * @param args globs over arguments: each matches one, in their order; others may stand between
   * @param env globs over {@code NAME=value}, of which one must match; none for any environment
   * @param decision what happens
   * @param message for whoever reads why
   * @param tell whether the target may read the message too
   * @param origin where the rule stands
   */
  public record ExecRule(
      ByteString match,
      List<ByteString> args,
      List<ByteString> env,
      Decision decision,
      Optional<String> message,
      boolean tell,
      Origin origin) {
    /** Lists that cannot be changed later. */
    public ExecRule {
      args = List.copyOf(args);
      env = List.copyOf(env);
    }

    private ExecRule matching(ByteString expanded) {
      return new ExecRule(expanded, args, env, decision, message, tell, origin);
    }
  }

  /** Whether a file without a name may be executed. */
  public enum Nameless {
    ALLOW,
    DENY;

    /** As it is written. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * Programs.
   *
   * @param deny what may not be executed: a name, a glob over paths, or a command line such as
   *     {@code git push --force*}
   * @param rules the first that matches decides
   * @param nameless whether a file without a name may be executed that no rule is about; if nothing
   *     is said, only where nothing is denied
   */
  public record Exec(
      List<Entry<ByteString>> deny, List<ExecRule> rules, Optional<Entry<Nameless>> nameless) {
    /** Lists that cannot be changed later. */
    public Exec {
      deny = List.copyOf(deny);
      rules = List.copyOf(rules);
    }
  }

  /**
   * Signals.
   *
   * @param deny which may not be sent, and to whom
   */
  public record Signals(List<Entry<SignalRule>> deny) {
    /** A list that cannot be changed later. */
    public Signals {
      deny = List.copyOf(deny);
    }
  }

  /**
   * Resources.
   *
   * @param memory of the whole tree
   * @param processes in the whole tree
   * @param openFiles of each process
   * @param cpuPercent of one processor, for the whole tree
   * @param cpuCores processors that the tree may use
   * @param time of the run
   * @param coreDumps whether core files may be written
   */
  public record Limits(
      Optional<Entry<ByteSize>> memory,
      Optional<Entry<Integer>> processes,
      Optional<Entry<Integer>> openFiles,
      Optional<Entry<Integer>> cpuPercent,
      Optional<Entry<CoreList>> cpuCores,
      Optional<Entry<Duration>> time,
      Optional<Entry<Boolean>> coreDumps) {}

  /** Which variables of the caller's environment are passed. */
  public enum Inherit {
    /** The safe list and what {@code pass} adds. */
    SAFE,
    /** All of them. */
    ALL,
    /** PATH and TERM only, and what {@code pass} adds. */
    CLEAN;

    /** The word in a policy. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * System calls beside the built-in list.
   *
   * @param allow names or groups that are let through, each a weakening
   * @param deny names or groups that are refused
   */
  public record SystemCalls(List<Entry<String>> allow, List<Entry<String>> deny) {
    /** Lists that cannot be changed later. */
    public SystemCalls {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
    }
  }

  /** What happens to a process that does what only an attack does. */
  public enum Alerts {
    /** Its run is killed. */
    KILL,
    /** It is refused, and the event tells. */
    REPORT;

    /** The word in a policy. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * What a host may lack, and what an alert does.
   *
   * @param degrade names of protections that {@code paddock check} lists
   * @param alerts what an alert does; {@link Alerts#KILL} if nothing is said
   */
  public record Protections(List<Entry<String>> degrade, Optional<Entry<Alerts>> alerts) {
    /** A list that cannot be changed later. */
    public Protections {
      degrade = List.copyOf(degrade);
    }
  }

  /**
   * How processes that run already are taken over.
   *
   * @param sessionless whether that may be done without a session; not if nothing is said
   */
  public record Attach(Optional<Entry<Boolean>> sessionless) {}

  /** Whether the target gets a place of its own, made of the kernel's name spaces. */
  public enum ViewMode {
    /** Each part that the host gives. */
    AUTO,
    /** No part. */
    OFF,
    /** Each part that the policy names, or no run. */
    REQUIRE;

    /** The word in a policy. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** What of the host a target may have of its own instead. */
  public enum ViewPart {
    /** The file tree: in its own one only what is granted exists. */
    FILES(Key.VIEW_FILES),
    /** /tmp and /dev/shm. */
    TEMPORARY(Key.VIEW_TEMPORARY),
    /** The home directory. */
    HOME(Key.VIEW_HOME),
    /** Pseudo-terminals. */
    TERMINALS(Key.VIEW_TERMINALS),
    /** Processes, in /proc and by their numbers. */
    PROCESSES(Key.VIEW_PROCESSES),
    /** System V IPC and POSIX message queues. */
    IPC(Key.VIEW_IPC),
    /** The network 127.0.0.1 and ::1. */
    LOOPBACK(Key.VIEW_LOOPBACK);

    private final Key key;

    ViewPart(Key key) {
      this.key = key;
    }

    /** The key of a policy that says whose it is. */
    public Key key() {
      return key;
    }
  }

  /** Whose something is that the target sees. */
  public enum Owner {
    /** The run's own. */
    OWN,
    /** The host's. */
    HOST;

    /** The word in a policy. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * What the target sees instead of the host's own.
   *
   * @param mode what happens where the host does not give it; {@link ViewMode#AUTO} if nothing is
   *     said
   * @param owners whose each part is; {@link Owner#HOST} of what is not in it
   * @param root the host's directory that is the target's root, where it is not the host's root
   * @param mounts what of the host is seen at another place
   * @param privateTrees seen as they are, changed in a layer; without a view they are only read
   * @param hidden inside what may be changed, not to be seen; without a view it can be
   * @param readOnly inside what may be changed, not to be changed; without a view it can be
   */
  public record View(
      Optional<Entry<ViewMode>> mode,
      Map<ViewPart, Entry<Owner>> owners,
      Optional<Entry<PathPattern>> root,
      List<Entry<RootMount>> mounts,
      List<Entry<PathPattern>> privateTrees,
      List<Entry<PathPattern>> hidden,
      List<Entry<PathPattern>> readOnly) {
    /** A map that cannot be changed later, in the order of the parts. */
    public View {
      owners =
          Collections.unmodifiableMap(
              owners.isEmpty() ? new EnumMap<>(ViewPart.class) : new EnumMap<>(owners));
      mounts = List.copyOf(mounts);
      privateTrees = List.copyOf(privateTrees);
      hidden = List.copyOf(hidden);
      readOnly = List.copyOf(readOnly);
    }

    private View over(View base) {
      Map<ViewPart, Entry<Owner>> all = new EnumMap<>(ViewPart.class);
      all.putAll(base.owners);
      all.putAll(owners);
      return new View(
          mode.or(() -> base.mode),
          all,
          root.or(() -> base.root),
          join(base.mounts, mounts),
          join(base.privateTrees, privateTrees),
          join(base.hidden, hidden),
          join(base.readOnly, readOnly));
    }
  }

  /**
   * This policy on top of another: grants and denials add up, scalars of this one win.
   *
   * @param base what this one extends
   */
  public Policy over(Policy base) {
    Map<String, Entry<ByteString>> set = new LinkedHashMap<>(base.environment.set());
    set.putAll(environment.set());
    Map<String, List<Entry<Endpoint>>> groups = new LinkedHashMap<>(base.network.groups);
    groups.putAll(network.groups);
    return new Policy(
        name.or(() -> base.name),
        description,
        new Files(
            join(base.files.read, files.read),
            join(base.files.write, files.write),
            join(base.files.deny, files.deny),
            join(base.files.readOnly, files.readOnly),
            join(base.files.privateTrees, files.privateTrees),
            files.mode.or(() -> base.files.mode)),
        new Network(
            join(base.network.allow, network.allow),
            join(base.network.deny, network.deny),
            join(base.network.bind, network.bind),
            join(base.network.denyBind, network.denyBind),
            join(base.network.publish, network.publish),
            network.portRemap.or(() -> base.network.portRemap),
            network.names.or(() -> base.network.names),
            join(base.network.unix, network.unix),
            groups),
        // Its own first, since the first rule decides. All denials come before all rules.
        new Exec(
            join(exec.deny, base.exec.deny),
            join(exec.rules, base.exec.rules),
            exec.nameless.or(() -> base.exec.nameless)),
        new Signals(join(base.signals.deny, signals.deny)),
        new Limits(
            limits.memory.or(() -> base.limits.memory),
            limits.processes.or(() -> base.limits.processes),
            limits.openFiles.or(() -> base.limits.openFiles),
            limits.cpuPercent.or(() -> base.limits.cpuPercent),
            limits.cpuCores.or(() -> base.limits.cpuCores),
            limits.time.or(() -> base.limits.time),
            limits.coreDumps.or(() -> base.limits.coreDumps)),
        new Environment(
            join(base.environment.pass(), environment.pass()),
            set,
            environment.inherit().or(() -> base.environment.inherit())),
        new SystemCalls(
            join(base.systemCalls.allow, systemCalls.allow),
            join(base.systemCalls.deny, systemCalls.deny)),
        new Protections(
            join(base.protections.degrade, protections.degrade),
            protections.alerts.or(() -> base.protections.alerts)),
        new Attach(attach.sessionless.or(() -> base.attach.sessionless)),
        view.over(base.view));
  }

  private static <T> List<T> join(List<T> first, List<T> second) {
    List<T> both = new ArrayList<>(first);
    both.addAll(second);
    return both;
  }

  /**
   * The same policy with the variables of its paths and environment replaced.
   *
   * @throws PolicyException with every variable that has no value, and every path that is not
   *     absolute
   */
  public Policy expand(Variables variables) throws PolicyException {
    List<PolicyProblem> problems = new ArrayList<>();
    Map<String, Entry<ByteString>> set = new LinkedHashMap<>();
    for (Map.Entry<String, Entry<ByteString>> variable : environment.set().entrySet()) {
      Entry<ByteString> entry = variable.getValue();
      try {
        set.put(variable.getKey(), new Entry<>(variables.expand(entry.value()), entry.origin()));
      } catch (ValueException e) {
        problems.add(new PolicyProblem(entry.origin(), e.problem()));
      }
    }
    Entry<PathPattern> root = null;
    if (view.root.isPresent()) {
      List<Entry<PathPattern>> expandedRoot = expand(List.of(view.root.get()), variables, problems);
      root = expandedRoot.isEmpty() ? null : expandedRoot.getFirst();
    }
    List<Entry<RootMount>> mounts = new ArrayList<>(view.mounts.size());
    for (Entry<RootMount> mount : view.mounts) {
      try {
        mounts.add(new Entry<>(mount.value().expand(variables), mount.origin()));
      } catch (ValueException e) {
        problems.add(new PolicyProblem(mount.origin(), "view.mounts: " + e.problem()));
      }
    }
    Policy expanded =
        new Policy(
            name,
            description,
            new Files(
                expand(files.read, variables, problems),
                expand(files.write, variables, problems),
                expand(files.deny, variables, problems),
                expand(files.readOnly, variables, problems),
                expand(files.privateTrees, variables, problems),
                files.mode),
            new Network(
                EndpointGroups.expand(network.allow, network.groups, problems),
                EndpointGroups.expand(network.deny, network.groups, problems),
                network.bind,
                network.denyBind,
                network.publish,
                network.portRemap,
                network.names,
                expand(network.unix, variables, problems),
                network.groups),
            expand(exec, variables, problems),
            signals,
            limits,
            new Environment(environment.pass(), set, environment.inherit()),
            systemCalls,
            protections,
            attach,
            new View(
                view.mode,
                view.owners,
                Optional.ofNullable(root),
                mounts,
                expand(view.privateTrees, variables, problems),
                expand(view.hidden, variables, problems),
                expand(view.readOnly, variables, problems)));
    if (!problems.isEmpty()) {
      throw new PolicyException(problems);
    }
    return expanded;
  }

  private static Exec expand(Exec exec, Variables variables, List<PolicyProblem> problems) {
    List<Entry<ByteString>> deny = new ArrayList<>(exec.deny.size());
    for (Entry<ByteString> entry : exec.deny) {
      try {
        ByteString line = ExecPattern.parse(entry.value()).expand(variables).line();
        deny.add(new Entry<>(line, entry.origin()));
      } catch (ValueException e) {
        problems.add(new PolicyProblem(entry.origin(), "exec.deny: " + e.problem()));
      }
    }
    List<ExecRule> rules = new ArrayList<>(exec.rules.size());
    for (ExecRule rule : exec.rules) {
      try {
        rules.add(rule.matching(ExecPattern.expand(rule.match, variables)));
      } catch (ValueException e) {
        problems.add(new PolicyProblem(rule.origin, "exec.rules: " + e.problem()));
      }
    }
    return new Exec(deny, rules, exec.nameless);
  }

  private static List<Entry<PathPattern>> expand(
      List<Entry<PathPattern>> entries, Variables variables, List<PolicyProblem> problems) {
    List<Entry<PathPattern>> expanded = new ArrayList<>(entries.size());
    for (Entry<PathPattern> entry : entries) {
      try {
        expanded.add(new Entry<>(entry.value().expand(variables), entry.origin()));
      } catch (ValueException e) {
        problems.add(new PolicyProblem(entry.origin(), e.problem()));
      }
    }
    return expanded;
  }
}
