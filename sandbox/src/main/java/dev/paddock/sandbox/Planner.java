package dev.paddock.sandbox;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.RandomBytes;
import dev.paddock.linux.SystemCalls;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Endpoint;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Environment;
import dev.paddock.policy.Glob;
import dev.paddock.policy.Origin;
import dev.paddock.policy.PathPattern;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyException;
import dev.paddock.policy.PolicyProblem;
import dev.paddock.policy.PortRange;
import dev.paddock.policy.SignalRule;
import dev.paddock.policy.Variables;
import dev.paddock.sandbox.observe.Observed;
import dev.paddock.sandbox.plan.FilterOptions;
import dev.paddock.sandbox.plan.PlannedFilter;
import dev.paddock.sandbox.plan.SystemCallFilter;
import dev.paddock.sandbox.process.SignalGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a policy against a host: every rule goes to the cheapest mechanism that holds it without
 * a race. A rule that nothing here holds is refused by name, never ignored and never widened.
 */
public final class Planner {
  private static final String LANDLOCK_FILES = "Landlock, path beneath";
  private static final String COST_OPEN = "a walk from the file up to the grant, at each open";
  private static final String NO_COST = "none";

  /** The calls that run a program. */
  private static final List<String> EXECS = List.of("execve", "execveat");

  /** The calls that send a signal. */
  private static final List<String> SIGNALS = List.of(SignalGuard.calls());

  /** The calls that make a process; clone3 is not let through at all. */
  static final List<String> FORKS = List.of("fork", "vfork", "clone");

  /** Calls that end threads, return from signals, or are made all the time; see ARCHITECTURE.md. */
  private static final Set<String> NEVER_HELD =
      Set.of(
          "exit",
          "exit_group",
          "rt_sigreturn",
          "restart_syscall",
          "close",
          "read",
          "write",
          "futex",
          "wait4",
          "munmap");

  private final PlanDraft draft;

  private Planner(PlanDraft draft) {
    this.draft = draft;
  }

  /**
   * Compiles a policy.
   *
   * @param policy with its variables as they were written
   * @param variables what they stand for
   * @param host what this kernel can do
   * @throws PlanException with every rule that cannot be held, and every path that does not exist
   */
  public static Plan plan(Policy policy, Variables variables, Host host) throws PlanException {
    return plan(policy, variables, host, Oversight.NONE);
  }

  /**
   * Compiles a policy, and what its user wants to see and decide beside it.
   *
   * @param policy with its variables as they were written
   * @param variables what they stand for
   * @param host what this kernel can do
   * @param oversight what the supervisor does beyond the policy
   * @throws PlanException with every rule that cannot be held, and every path that does not exist
   */
  public static Plan plan(Policy policy, Variables variables, Host host, Oversight oversight)
      throws PlanException {
    Policy expanded;
    try {
      expanded = policy.expand(variables);
    } catch (PolicyException e) {
      List<String> problems = new ArrayList<>();
      for (PolicyProblem problem : e.problems()) {
        problems.add(problem.toString());
      }
      throw new PlanException(problems);
    }
    Planner planner = new Planner(new PlanDraft(expanded, variables, host, oversight));
    planner.host();
    planner.files();
    planner.network();
    planner.exec();
    planner.signals();
    new LimitPlanner(planner.draft).plan();
    planner.environment();
    planner.oversight();
    planner.systemCalls();
    planner.gaps();
    if (!planner.draft.problems.isEmpty()) {
      throw new PlanException(planner.draft.problems);
    }
    return new Plan(planner.draft);
  }

  /**
   * What the variables of a policy stand for in a run.
   *
   * @param workspace the directory that the command works in, absolute
   * @param environment the caller's, as {@code NAME=value}
   */
  public static Variables variables(byte[] workspace, List<byte[]> environment) {
    ByteString home = null;
    ByteString parent = ByteString.of("/tmp");
    List<ByteString> strings = new ArrayList<>(environment.size());
    for (byte[] assignment : environment) {
      ByteString string = ByteString.of(assignment);
      strings.add(string);
      if (string.startsWith(ByteString.of("HOME=/"))) {
        home = string.slice(5, string.length());
      } else if (string.startsWith(ByteString.of("TMPDIR=/"))) {
        parent = string.slice(7, string.length());
      }
    }
    ByteString slash = ByteString.of(parent.endsWith('/') ? "" : "/");
    ByteString name = ByteString.of("paddock-" + secret());
    return new Variables(ByteString.of(workspace), home, parent.plus(slash).plus(name), strings);
  }

  private static String secret() {
    try {
      return Long.toHexString(RandomBytes.next());
    } catch (KernelException e) {
      throw new IllegalStateException("the kernel gives no random numbers", e);
    }
  }

  // ------------------------------------------------------------------ the host

  private void host() {
    List<String> known = new ArrayList<>();
    for (Feature feature : draft.host.features()) {
      known.add(feature.name());
      if (feature.required() && !feature.available()) {
        draft.problems.add(feature.detail() + "; " + feature.remedy());
      }
    }
    for (Entry<String> entry : draft.policy.protections().degrade()) {
      if (known.contains(entry.value())) {
        boolean there = draft.host.has(entry.value());
        line(
            "protections.degrade \"" + entry.value() + "\"",
            entry.origin(),
            "the planner",
            there ? "this host has it, so nothing is lost" : "absent on this host, and accepted");
      } else {
        problem(
            entry.origin(),
            "protections.degrade: there is no protection \""
                + entry.value()
                + "\"; paddock check lists them");
      }
    }
    need(Host.TRUNCATE);
    need(Host.IOCTL);
    need(Host.SCOPES);
  }

  /** Refuses to plan without a feature, unless the policy accepts its absence by name. */
  private void need(String name) {
    Feature feature = draft.host.feature(name);
    if (feature.available() || !draft.host.has(Host.LANDLOCK)) {
      return; // Without Landlock itself, that is the one thing to say.
    }
    for (Entry<String> entry : draft.policy.protections().degrade()) {
      if (entry.value().equals(name)) {
        draft.unprotected.add(feature.purpose() + ": " + feature.detail());
        return;
      }
    }
    draft.problems.add(name + ": " + feature.detail() + "; " + feature.remedy());
  }

  // ------------------------------------------------------------------ files

  private void files() {
    Policy.Files files = draft.policy.files();
    files
        .mode()
        .ifPresent(
            mode -> {
              if (mode.value() == Policy.FileMode.COPY_ON_WRITE) {
                unserved(mode.origin(), "files.mode = \"copy-on-write\"");
              } else {
                line("files.mode \"direct\"", mode.origin(), "none needed", "");
              }
            });
    for (Entry<PathPattern> entry : files.read()) {
      grant("files.read", entry, Access.Level.READ);
    }
    for (Entry<PathPattern> entry : files.write()) {
      grant("files.write", entry, Access.Level.WRITE);
    }
    for (Entry<PathPattern> entry : files.deny()) {
      deny(entry);
    }
  }

  private void grant(String key, Entry<PathPattern> entry, Access.Level level) {
    PathPattern pattern = entry.value();
    ByteString path = pattern.text();
    String rule = key + " \"" + pattern + "\"";
    if (Glob.isPattern(path)) {
      List<ByteString> matches = matches(rule, entry);
      if (matches.isEmpty() && !pattern.optional()) {
        problem(entry.origin(), rule + " matches nothing; end it in ? if that is meant");
      }
      PlanLine line = grantLine(rule, entry.origin(), matches.size() + " found");
      for (ByteString match : matches) {
        open(rule, match, true, level, line, entry.origin());
      }
      return;
    }
    if (path.equals(draft.variables.tmp())) {
      PlanLine line =
          grantLine(rule, entry.origin(), "made for each run, mode 0700, deleted at its end");
      draft.grants.add(new Grant(path, level, Grant.Kind.TEMPORARY, line));
      return;
    }
    PlanLine line =
        new PlanLine(rule, entry.origin(), Strength.KERNEL, LANDLOCK_FILES, "", COST_OPEN, "");
    boolean there = open(rule, path, pattern.optional(), level, line, entry.origin());
    draft.lines.add(there ? line : absent(line));
  }

  private static PlanLine absent(PlanLine line) {
    return new PlanLine(
        line.rule(),
        line.origin(),
        line.strength(),
        "none needed",
        "",
        NO_COST,
        "does not exist here");
  }

  private PlanLine grantLine(String rule, Origin origin, String note) {
    PlanLine line =
        new PlanLine(rule, origin, Strength.KERNEL, LANDLOCK_FILES, "", COST_OPEN, note);
    draft.lines.add(line);
    return line;
  }

  private boolean open(
      String rule,
      ByteString path,
      boolean optional,
      Access.Level level,
      PlanLine line,
      Origin origin) {
    try (Fd fd = Paths.open(path.toBytes(), Paths.O_PATH, 0)) {
      FileStatus status = Paths.status(fd);
      Grant.Kind kind =
          status.isDirectory()
              ? Grant.Kind.DIRECTORY
              : status.isDevice() ? Grant.Kind.DEVICE : Grant.Kind.FILE;
      draft.grants.add(new Grant(ByteString.of(Paths.ofDescriptor(fd)), level, kind, line));
      return true;
    } catch (KernelException e) {
      boolean missing = e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR);
      if (!(missing && optional)) {
        problem(
            origin,
            rule
                + ": "
                + (missing ? "does not exist; end it in ? if it may be missing" : "" + e.errno()));
      }
      return false;
    }
  }

  /** What a glob stands for now. It is looked up once: what appears later is not granted. */
  private List<ByteString> matches(String rule, Entry<PathPattern> entry) {
    ByteString pattern = entry.value().text();
    List<ByteString> found = new ArrayList<>();
    if (pattern.toString().contains("**")) {
      problem(
          entry.origin(),
          rule + ": a grant covers all that is below a directory; leave the ** out");
      return found;
    }
    found.add(ByteString.of("/"));
    int at = 1;
    while (at < pattern.length() && !found.isEmpty()) {
      int slash = pattern.indexOf('/', at);
      int end = slash < 0 ? pattern.length() : slash;
      found = below(found, pattern.slice(at, end));
      at = end + 1;
    }
    return found;
  }

  private static List<ByteString> below(List<ByteString> directories, ByteString segment) {
    List<ByteString> found = new ArrayList<>();
    for (ByteString directory : directories) {
      ByteString prefix = directory.endsWith('/') ? directory : directory.plus(ByteString.of("/"));
      if (!Glob.isPattern(segment)) {
        found.add(prefix.plus(segment));
        continue;
      }
      Glob glob = Glob.of(segment);
      ByteString beginning = beginning(segment);
      try (Fd fd = Paths.open(directory.toBytes(), Paths.O_RDONLY | Paths.O_DIRECTORY, 0)) {
        for (byte[] name : Paths.names(fd)) {
          ByteString child = ByteString.of(name);
          if (child.startsWith(beginning)
              && glob.matches(child)
              && (child.at(0) != '.' || segment.at(0) == '.')) {
            found.add(prefix.plus(child));
          }
        }
      } catch (KernelException unreadable) {
        // What we cannot list, a glob does not match: nothing is granted for it.
        found.removeIf(path -> path.equals(prefix));
      }
    }
    return found;
  }

  /** What stands before the first * or ? of a glob: most names of a directory differ there. */
  private static ByteString beginning(ByteString glob) {
    int length = 0;
    while (glob.at(length) != '*' && glob.at(length) != '?') {
      length++;
    }
    return glob.slice(0, length);
  }

  private void deny(Entry<PathPattern> entry) {
    PathPattern pattern = entry.value();
    String rule = "files.deny \"" + pattern + "\"";
    ByteString literal = literalPart(pattern.text());
    boolean glob = Glob.isPattern(pattern.text());
    ByteString real = real(literal);
    for (Grant grant : draft.grants) {
      boolean inside = Grant.isBelow(real, grant.path()) && !real.equals(grant.path());
      boolean overlaps = glob && (inside || Grant.isBelow(grant.path(), real));
      if (overlaps || (!glob && inside)) {
        problem(
            entry.origin(),
            rule
                + ": lies inside the grant "
                + grant.line().rule()
                + "; denials inside a grant are not served yet: grant its neighbours instead");
        return;
      }
    }
    int before = draft.grants.size();
    draft.grants.removeIf(grant -> Grant.isBelow(grant.path(), real));
    PlanLine line =
        new PlanLine(
            rule,
            entry.origin(),
            Strength.KERNEL,
            LANDLOCK_FILES,
            "",
            NO_COST,
            before == draft.grants.size() ? "nothing grants it" : "takes grants back");
    draft.lines.add(line);
    draft.denials.add(line);
    draft.denied.add(real);
  }

  private static ByteString real(ByteString path) {
    try {
      return ByteString.of(Paths.real(path.toBytes()));
    } catch (KernelException missing) {
      return path; // What does not exist is denied under the name that it would have.
    }
  }

  /** The directory part before the first segment with a glob; all of it if there is none. */
  private static ByteString literalPart(ByteString path) {
    int at = 1;
    while (at <= path.length()) {
      int slash = path.indexOf('/', at);
      int end = slash < 0 ? path.length() : slash;
      if (Glob.isPattern(path.slice(at, end))) {
        return at == 1 ? ByteString.of("/") : path.slice(0, at - 1);
      }
      at = end + 1;
    }
    return path;
  }

  // ------------------------------------------------------------------ network

  private void network() {
    Policy.Network network = draft.policy.network();
    for (Entry<Endpoint> entry : network.allow()) {
      Endpoint endpoint = entry.value();
      String rule = "network.allow \"" + endpoint + "\"";
      if (endpoint.scheme() != Endpoint.Scheme.TCP) {
        unserved(
            entry.origin(),
            rule
                + (endpoint.scheme() == Endpoint.Scheme.ANY
                    ? " (without a scheme it means UDP too; write tcp://" + endpoint + ")"
                    : ""));
      } else if (!(endpoint.host() instanceof Endpoint.Host.Any)) {
        unserved(entry.origin(), rule + " (only ports can be held so far, as in tcp://*:443)");
      } else {
        draft.connect = widen(draft.connect, endpoint.ports());
        ports(rule, entry.origin(), endpoint.ports().isEmpty());
      }
    }
    for (Entry<Endpoint> entry : network.deny()) {
      unserved(entry.origin(), "network.deny \"" + entry.value() + "\"");
    }
    for (Entry<PortRange> entry : network.bind()) {
      boolean all = entry.value().equals(PortRange.ALL);
      draft.bind = widen(draft.bind, all ? List.of() : List.of(entry.value()));
      ports("network.bind \"" + entry.value() + "\"", entry.origin(), all);
    }
    for (Entry<PortRange> entry : network.denyBind()) {
      unserved(entry.origin(), "network.deny-bind \"" + entry.value() + "\"");
    }
    for (Entry<PathPattern> entry : network.unix()) {
      unserved(entry.origin(), "network.unix \"" + entry.value() + "\"");
    }
  }

  private static @Nullable List<PortRange> widen(
      @Nullable List<PortRange> ports, List<PortRange> more) {
    if (ports == null || more.isEmpty()) {
      return null;
    }
    ports.addAll(more);
    return ports;
  }

  private void ports(String rule, Origin origin, boolean all) {
    if (!all) {
      need(Host.NETWORK);
    }
    draft.lines.add(
        new PlanLine(
            rule,
            origin,
            Strength.KERNEL,
            all ? "BPF: TCP sockets may be made" : "Landlock, TCP port; BPF: TCP sockets only",
            "",
            "under 1 µs at each connect or bind",
            "any host: names and addresses cannot be held so far"));
  }

  // ------------------------------------------------------------------ exec, limits, environment

  private void exec() {
    for (Entry<ByteString> entry : draft.policy.exec().deny()) {
      judgedExec("exec.deny \"" + entry.value() + "\"", entry.origin(), "");
    }
    for (Policy.ExecRule rule : draft.policy.exec().rules()) {
      String shown = "exec.rules for \"" + rule.match() + "\"";
      Policy.Decision decision = rule.decision();
      if (decision == Policy.Decision.APPROVE || decision == Policy.Decision.REDIRECT) {
        unserved(rule.origin(), shown + " with decision \"" + decision.label() + "\"");
      } else {
        judgedExec(shown, rule.origin(), decision.label());
      }
    }
  }

  private void judgedExec(String rule, Origin origin, String note) {
    draft.judged.addAll(EXECS);
    draft.lines.add(
        new PlanLine(
            rule,
            origin,
            Strength.VERIFIED,
            "judged at execve, the new program compared before its first instruction",
            "execve, execveat",
            "about 0.4 ms at each exec",
            note));
  }

  private void signals() {
    draft
        .policy
        .protections()
        .alerts()
        .ifPresent(
            e ->
                draft.lines.add(
                    new PlanLine(
                        "protections.alerts \"" + e.value().label() + "\"",
                        e.origin(),
                        Strength.VERIFIED,
                        "what a new program is, compared with what was judged",
                        "",
                        "",
                        e.value() == Policy.Alerts.KILL
                            ? "the whole tree is killed"
                            : "an event tells; what is denied is killed alone")));
    for (Entry<SignalRule> entry : draft.policy.signals().deny()) {
      draft.judged.addAll(SIGNALS);
      draft.births = true; // Whose child a receiver is, only its birth tells.
      draft.lines.add(
          new PlanLine(
              "signals.deny \"" + entry.value() + "\"",
              entry.origin(),
              Strength.EMULATED,
              "sent by the supervisor, to the very process that was judged",
              String.join(", ", SIGNALS),
              "about 20 µs a signal",
              ""));
    }
    if (!draft.policy.signals().deny().isEmpty()
        || draft.host.has(Host.SCOPES)
        || !draft.oversight.supervised()) {
      return;
    }
    // Without the scope, only a supervisor keeps signals inside.
    draft.judged.addAll(SIGNALS);
  }

  private void environment() {
    Environment environment = draft.policy.environment();
    String mechanism = "given to execve, nothing else is";
    environment
        .inherit()
        .ifPresent(
            e ->
                line(
                    "environment.inherit \"" + e.value().label() + "\"",
                    e.origin(),
                    mechanism,
                    e.value() == Policy.Inherit.ALL ? "secrets are passed too" : ""));
    for (Entry<String> entry : environment.pass()) {
      line("environment.pass \"" + entry.value() + "\"", entry.origin(), mechanism, "");
    }
    for (Map.Entry<String, Entry<ByteString>> variable : environment.set().entrySet()) {
      line("environment.set " + variable.getKey(), variable.getValue().origin(), mechanism, "");
    }
  }

  // ------------------------------------------------------------------ the supervisor

  private void oversight() {
    for (String call : draft.oversight.handlers().keySet()) {
      if (SystemCalls.byName(call).isEmpty()) {
        draft.problems.add("there is no system call \"" + call + "\" to handle");
      } else if (EXECS.contains(call)) {
        draft.problems.add("system call \"" + call + "\" is judged by onExec, not by a handler");
      } else if (FORKS.contains(call)) {
        draft.problems.add(
            "system call \""
                + call
                + "\" cannot be handled: processes are registered at their birth");
      } else if (NEVER_HELD.contains(call)) {
        draft.problems.add(
            "system call \"" + call + "\" cannot be handled: programs could not run with it held");
      } else {
        draft.judged.add(call);
      }
    }
    if (draft.oversight.denials()) {
      draft.judged.addAll(Observed.calls());
    }
    if (draft.oversight.decider() != null) {
      draft.judged.addAll(EXECS);
    }
    if (!draft.oversight.sinks().isEmpty()) {
      draft.judged.addAll(EXECS);
      draft.births = true;
    }
    draft.births |= draft.oversight.forkHold();
    if (draft.judged.isEmpty() && !draft.births) {
      return;
    }
    need(Host.NOTIFICATION);
    need(Host.TRACING);
    if (!draft.oversight.supervised()) {
      Set<String> calls = new TreeSet<>(draft.judged);
      if (draft.births) {
        calls.addAll(FORKS);
      }
      draft.problems.add(
          "something in this plan needs the supervisor, which --no-supervisor leaves out: "
              + String.join(", ", calls)
              + " would have to be judged");
    }
  }

  // ------------------------------------------------------------------ system calls

  private void systemCalls() {
    Policy.SystemCalls calls = draft.policy.systemCalls();
    List<String> denied = new ArrayList<>(values(calls.deny()));
    if (draft.bound) {
      denied.add("sched_setaffinity");
    }
    FilterOptions options =
        FilterOptions.closed()
            .withTcp(
                draft.connect == null || !draft.connect.isEmpty(),
                draft.bind == null || !draft.bind.isEmpty())
            .withSystemCalls(values(calls.allow()), denied)
            .withJudged(List.copyOf(draft.judged));
    if (draft.births) {
      options = options.withBirths();
    }
    if (draft.births || !draft.judged.isEmpty()) {
      options = options.withOthers(); // There is a supervisor, which can tell who is of the tree.
    }
    if (draft.oversight.denials()) {
      options = options.withObserved();
    }
    List<String> problems = SystemCallFilter.problems(options);
    if (!problems.isEmpty()) {
      for (String problem : problems) {
        draft.problems.add("syscalls: " + problem);
      }
      return;
    }
    draft.filter = PlannedFilter.of(options, Arch.current());
    for (Entry<String> entry : calls.allow()) {
      line("syscalls.allow \"" + entry.value() + "\"", entry.origin(), "BPF", "a weakening");
    }
    for (Entry<String> entry : calls.deny()) {
      line("syscalls.deny \"" + entry.value() + "\"", entry.origin(), "BPF", "");
    }
    draft.unprotected.addAll(SystemCallFilter.openGaps(options));
  }

  private static List<String> values(List<Entry<String>> entries) {
    List<String> values = new ArrayList<>(entries.size());
    for (Entry<String> entry : entries) {
      values.add(entry.value());
    }
    return values;
  }

  private void gaps() {
    ByteString proc = ByteString.of("/proc");
    Optional<Grant> granted = Optional.empty();
    for (Grant grant : draft.grants) {
      if (grant.covers(proc)) {
        granted = Optional.of(grant);
      }
    }
    if (granted.isPresent()) {
      draft.unprotected.add(
          "/proc is granted as a whole: cmdline, stat and status of processes outside can be read");
    }
    LimitPlanner.gaps(draft);
    Policy.Exec exec = draft.policy.exec();
    if (!exec.deny().isEmpty() || !exec.rules().isEmpty()) {
      draft.unprotected.add(
          "exec rules are about programs and their arguments, not about code: a copy of a program"
              + " under another name, or an interpreter, can do what it does; to keep an effect"
              + " out, deny the file or the effect");
    }
  }

  // ------------------------------------------------------------------ helpers

  private void line(String rule, Origin origin, String mechanism, String note) {
    draft.lines.add(new PlanLine(rule, origin, Strength.KERNEL, mechanism, "", NO_COST, note));
  }

  private void problem(Origin origin, String message) {
    draft.problems.add(origin + ": " + message);
  }

  private void unserved(Origin origin, String rule) {
    problem(origin, rule + " is not served yet; take the rule out");
  }
}
