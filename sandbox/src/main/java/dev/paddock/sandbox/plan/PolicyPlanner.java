package dev.paddock.sandbox.plan;

import dev.paddock.linux.Arch;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.RandomBytes;
import dev.paddock.linux.SystemCallGroup;
import dev.paddock.linux.SystemCalls;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Environment;
import dev.paddock.policy.Origin;
import dev.paddock.policy.Policy;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.PolicyException;
import dev.paddock.policy.PolicyProblem;
import dev.paddock.policy.SignalRule;
import dev.paddock.policy.Variables;
import dev.paddock.sandbox.Feature;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.PlanException;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.observe.Observed;
import dev.paddock.sandbox.process.SignalGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compiles a policy against a host: every rule goes to the cheapest mechanism that holds it without
 * a race. A rule that nothing here holds is refused by name, never ignored and never widened.
 */
public final class PolicyPlanner {

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

  private PolicyPlanner(PlanDraft draft) {
    this.draft = draft;
  }

  /**
   * Compiles a policy, and what its user wants to see and decide beside it.
   *
   * @param policy with its variables as they were written
   * @param variables what they stand for
   * @param host what this kernel can do
   * @param supervisionOptions what the supervisor does beyond the policy
   * @throws PlanException with every rule that cannot be held, and every path that does not exist
   */
  public static CompiledPlan plan(
      Policy policy, Variables variables, Host host, SupervisionOptions supervisionOptions)
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
    PolicyPlanner planner =
        new PolicyPlanner(new PlanDraft(expanded, variables, host, supervisionOptions));
    planner.host();
    RootPlanner root = new RootPlanner(planner.draft);
    root.choose();
    ViewPlanner view = new ViewPlanner(planner.draft);
    view.chooseFiles();
    WorkspaceCheck.check(planner.draft, policy.files().write());
    root.grant();
    new FilePlanner(planner.draft).plan();
    planner.exec();
    planner.signals();
    new LimitPlanner(planner.draft).plan();
    planner.environment();
    planner.supervisionOptions();
    NetworkPlanner network = new NetworkPlanner(planner.draft);
    network.plan();
    view.plan();
    network.planNames();
    planner.systemCalls();
    planner.gaps();
    if (!planner.draft.problems.isEmpty()) {
      throw new PlanException(planner.draft.problems);
    }
    return new CompiledPlan(planner.draft);
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
    ByteString place = ByteString.of(workspace);
    GitDirectory git = GitDirectory.of(place);
    return new Variables(
        place,
        home,
        UserFolder.fresh(parent, secret()),
        git == null ? null : git.directory(),
        git == null ? null : git.link(),
        strings);
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
        draft.line(
            "protections.degrade \"" + entry.value() + "\"",
            entry.origin(),
            "the planner",
            there ? "this host has it, so nothing is lost" : "absent on this host, and accepted");
      } else {
        draft.problem(
            entry.origin(),
            "protections.degrade: there is no protection \""
                + entry.value()
                + "\"; paddock check lists them");
      }
    }
    draft.need(Host.TRUNCATE);
    draft.need(Host.IOCTL);
    draft.need(Host.SCOPES);
  }

  // ------------------------------------------------------------------ exec, limits, environment

  private void exec() {
    for (Entry<ByteString> entry : draft.policy.exec().deny()) {
      judgedExec("exec.deny \"" + entry.value() + "\"", entry.origin(), "");
    }
    draft.policy.exec().nameless().ifPresent(this::nameless);
    for (Policy.ExecRule rule : draft.policy.exec().rules()) {
      String shown = "exec.rules for \"" + rule.match() + "\"";
      Policy.Decision decision = rule.decision();
      if (decision == Policy.Decision.APPROVE || decision == Policy.Decision.REDIRECT) {
        draft.unserved(rule.origin(), shown + " with decision \"" + decision.label() + "\"");
      } else {
        judgedExec(shown, rule.origin(), decision.label());
      }
    }
  }

  private void nameless(Entry<Policy.Nameless> entry) {
    String rule = "exec.nameless \"" + entry.value().label() + "\"";
    if (entry.value() == Policy.Nameless.DENY) {
      judgedExec(rule, entry.origin(), "unless a rule allows it");
    } else {
      draft.line(rule, entry.origin(), "none needed", "a copy in memory has no name to deny");
    }
  }

  private void judgedExec(String rule, Origin origin, String note) {
    boolean traced = draft.supervisionOptions.wants(SupervisionOptions.Wish.TRACED);
    draft.judged.addAll(EXECS);
    draft.lines.add(
        new PlanLine(
            rule,
            origin,
            Strength.VERIFIED,
            traced
                ? "traced: judged and killed before its first instruction"
                : "judged at execve, the new program compared before its first instruction",
            traced ? "" : "execve, execveat",
            traced ? "about 0.1 ms at each exec and fork" : "about 0.4 ms at each exec",
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
      draft.judgesForks = true; // Whose child a receiver is, only its birth tells.
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
        || draft.supervisionOptions.wants(SupervisionOptions.Wish.KERNEL_ONLY)) {
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
                draft.line(
                    "environment.inherit \"" + e.value().label() + "\"",
                    e.origin(),
                    mechanism,
                    e.value() == Policy.Inherit.ALL ? "secrets are passed too" : ""));
    for (Entry<String> entry : environment.pass()) {
      draft.line("environment.pass \"" + entry.value() + "\"", entry.origin(), mechanism, "");
    }
    for (Map.Entry<String, Entry<ByteString>> variable : environment.set().entrySet()) {
      draft.line(
          "environment.set " + variable.getKey(), variable.getValue().origin(), mechanism, "");
    }
  }

  // ------------------------------------------------------------------ the supervisor

  private void supervisionOptions() {
    for (String call : draft.supervisionOptions.handlers().keySet()) {
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
    if (draft.supervisionOptions.wants(SupervisionOptions.Wish.DENIALS)) {
      draft.judged.addAll(Observed.calls(draft.parts.contains(ViewPart.FILES)));
    }
    if (draft.supervisionOptions.decider() != null) {
      draft.judged.addAll(EXECS);
    }
    if (draft.supervisionOptions.seesTree()) {
      draft.judged.addAll(EXECS);
      draft.judgesForks = true;
    }
    draft.judgesForks |= draft.supervisionOptions.wants(SupervisionOptions.Wish.FORK_HOLD);
    if (draft.judged.isEmpty() && !draft.judgesForks) {
      return;
    }
    if (draft.supervisionOptions.wants(SupervisionOptions.Wish.TRACED)) {
      traced();
      return;
    }
    draft.need(Host.NOTIFICATION);
    draft.need(Host.TRACING);
    if (draft.supervisionOptions.wants(SupervisionOptions.Wish.KERNEL_ONLY)) {
      Set<String> calls = new TreeSet<>(draft.judged);
      if (draft.judgesForks) {
        calls.addAll(FORKS);
      }
      draft.problems.add(
          "something in this plan needs the supervisor, which --no-supervisor leaves out: "
              + String.join(", ", calls)
              + " would have to be judged");
    }
  }

  /** Tracing sees execs and births, after the fact; it can hold nothing else. */
  private void traced() {
    draft.need(Host.TRACING);
    Set<String> others = new TreeSet<>(draft.judged);
    EXECS.forEach(others::remove);
    if (draft.policy.limits().processes().isPresent()
        || draft.supervisionOptions.wants(SupervisionOptions.Wish.FORK_HOLD)) {
      others.addAll(FORKS);
    }
    if (!others.isEmpty()) {
      draft.problems.add(
          "only programs can be judged by tracing, but "
              + String.join(", ", others)
              + " would have to be held; leave out --traced, or the rules that need it");
    }
    if (draft.supervisionOptions.wants(SupervisionOptions.Wish.KERNEL_ONLY)) {
      draft.problems.add("--traced and --no-supervisor exclude each other");
    }
    if (draft.policy.limits().cpuPercent().isPresent()
        && draft.delegation == null
        && draft.delegation(Set.of()).isEmpty()) {
      draft.problems.add(
          "limits.cpu: what is traced already cannot be frozen by tracing, and there is no control"
              + " group to freeze it by; leave out --traced, or the limit");
    }
    draft.judged.clear();
    draft.judgesForks = false;
    draft.traced = true;
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
                draft.tcp || draft.connect == null || !draft.connect.isEmpty(),
                draft.bind == null || !draft.bind.isEmpty() || !draft.published.isEmpty())
            .withSystemCalls(values(calls.allow()), denied)
            .withJudged(List.copyOf(draft.judged));
    boolean ownNetwork = draft.parts.contains(ViewPart.LOOPBACK);
    if (ownNetwork) {
      options = options.withOwnNetwork().withWaysOut(draft.waysOut);
    }
    options =
        options
            .withOwnFiles(draft.parts.contains(ViewPart.FILES))
            .withOwnIpc(draft.parts.contains(ViewPart.IPC))
            .withOwnProcesses(draft.parts.contains(ViewPart.PROCESSES), !isMeasuredByTracing());
    options = options.withUdp(draft.udp && !ownNetwork);
    if (draft.icmp) {
      options = options.withIcmp();
    }
    if (draft.judgesAddresses) {
      options = options.withJudgedAddresses();
    }
    if (draft.judgesForks) {
      options = options.withBirths();
    }
    if (draft.judgesForks || !draft.judged.isEmpty()) {
      options = options.withOthers(); // There is a supervisor, which can tell who is of the tree.
    }
    if (draft.supervisionOptions.wants(SupervisionOptions.Wish.DENIALS)) {
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
      if (entry.value().equals(SystemCallGroup.DEBUG.label())) {
        debug(entry.origin());
      }
      draft.line("syscalls.allow \"" + entry.value() + "\"", entry.origin(), "BPF", "a weakening");
    }
    for (Entry<String> entry : calls.deny()) {
      draft.line("syscalls.deny \"" + entry.value() + "\"", entry.origin(), "BPF", "");
    }
    draft.unprotected.addAll(SystemCallFilter.openGaps(options, draft.parts));
  }

  /** A process has one tracer: what is debugged inside, the supervisor cannot look at. */
  private void debug(Origin origin) {
    List<String> needing = new ArrayList<>();
    if (!draft.judged.isEmpty() || draft.traced) {
      needing.add("rules for programs or signals, events, or --traced");
    }
    if (draft.judgesForks) {
      needing.add("limits.processes, events, or forks that are held");
    }
    if (isMeasuredByTracing()) {
      needing.add("limits.cpu or limits.memory without a control group");
    }
    if (!needing.isEmpty()) {
      draft.problem(
          origin,
          "syscalls.allow \"@debug\" does not go together with "
              + String.join(", nor with ", needing)
              + ": for these the supervisor traces processes, and a process can have one tracer"
              + " only; leave out one of them");
    }
  }

  private boolean isMeasuredByTracing() {
    Policy.Limits limits = draft.policy.limits();
    boolean measured = limits.cpuPercent().isPresent() || limits.memory().isPresent();
    return measured && draft.delegation == null;
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
    if (granted.isPresent() && !draft.parts.contains(ViewPart.PROCESSES)) {
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
}
