package dev.paddock.sandbox.plan;

import static dev.paddock.linux.bpf.ArgumentTest.anyBit32;

import dev.paddock.linux.Arch;
import dev.paddock.linux.SystemCall;
import dev.paddock.linux.SystemCallGroup;
import dev.paddock.linux.SystemCalls;
import dev.paddock.linux.bpf.Action;
import dev.paddock.linux.bpf.Case;
import dev.paddock.linux.bpf.Cases;
import dev.paddock.linux.bpf.FilterBuilder;
import dev.paddock.linux.bpf.Program;
import dev.paddock.linux.bpf.Rule;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.Spelling;
import dev.paddock.sandbox.plan.FilterOptions.Feature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The default-deny filter over system calls. What a program needs is let through, what is dangerous
 * by name fails with EPERM, what depends on its arguments is judged by them, and <em>everything
 * else</em> fails with ENOSYS: a call that no one has thought of is refused, and programs take the
 * way they take on older kernels.
 */
public final class SystemCallFilter {
  private static final int ENOSYS = 38;
  private static final int EPERM = 1;
  private static final Action UNKNOWN = Action.errno(ENOSYS);
  private static final Action REFUSE = Action.errno(EPERM);

  /** What starts a program, or what no program runs without. */
  private static final Set<String> NEEDED =
      Set.of(
          "read",
          "write",
          "close",
          "mmap",
          "mprotect",
          "munmap",
          "brk",
          "rt_sigaction",
          "rt_sigprocmask",
          "rt_sigreturn",
          "execve",
          "exit",
          "exit_group",
          "fcntl",
          "ioctl",
          "dup2",
          "dup3",
          "close_range",
          "fchdir",
          "umask",
          "prlimit64",
          "setsid",
          "setpgid");

  /** What makes processes. */
  private static final Set<String> BIRTHS = Set.of("fork", "vfork", "clone");

  private record Treatment(Rule rule, String effect, String reason) {}

  private final FilterOptions options;
  private final Arch arch;
  private final Map<String, Treatment> treatments = new HashMap<>(1024);
  private final List<String> weakenings = new ArrayList<>();
  private final List<String> notifying = new ArrayList<>();
  private @Nullable Rule[] byNumber = new Rule[0];
  private final Program program;

  private SystemCallFilter(FilterOptions options, Arch arch) {
    this.options = options;
    this.arch = arch;
    table();
    overrides();
    this.program = compile();
  }

  /**
   * The filter for some options.
   *
   * @param options what the plan asks for
   * @param arch the only architecture whose calls are let through
   * @throws IllegalArgumentException with the first of {@link #problems}
   */
  public static SystemCallFilter of(FilterOptions options, Arch arch) {
    List<String> problems = problems(options);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(problems.getFirst());
    }
    return new SystemCallFilter(options, arch);
  }

  /**
   * What is wrong with the names in the options, one line each; empty if nothing is.
   *
   * @param options what the plan asks for
   */
  public static List<String> problems(FilterOptions options) {
    List<String> problems = new ArrayList<>();
    unknown(options.allow(), problems);
    unknown(options.deny(), problems);
    unknown(options.judged(), problems);
    for (String name : options.deny()) {
      if (NEEDED.contains(name)) {
        problems.add(
            "system call \"" + name + "\" cannot be denied: no program starts or runs without it");
      }
    }
    return List.copyOf(problems);
  }

  /** The compiled program. */
  public Program program() {
    return program;
  }

  /** The architecture whose calls are let through. */
  public Arch arch() {
    return arch;
  }

  /** The options that it was made from. */
  public FilterOptions options() {
    return options;
  }

  /**
   * What becomes of each system call, in the table's order; a call that is not in the list of
   * allowed, refused or checked ones is shown with ENOSYS.
   */
  public List<FilterLine> lines() {
    List<FilterLine> lines = new ArrayList<>();
    for (SystemCall call : SystemCalls.all()) {
      if (call.exists(arch)) {
        Treatment treatment = treatments.get(call.name());
        boolean judged =
            options.judged().contains(call.name())
                || (options.has(Feature.BIRTHS) && BIRTHS.contains(call.name()))
                || (options.has(Feature.OTHERS) && CheckedCalls.OTHERS.contains(call.name()));
        lines.add(
            treatment == null
                ? new FilterLine(call.name(), "ENOSYS", "not needed by ordinary programs")
                : new FilterLine(
                    call.name(),
                    judged ? "judged by the supervisor" : treatment.effect(),
                    treatment.reason()));
      }
    }
    return List.copyOf(lines);
  }

  /** What the policy's own {@code syscalls.allow} opens, one line for each call that it changes. */
  public List<String> weakenings() {
    return List.copyOf(weakenings);
  }

  /**
   * What system calls can still do that no rule of the policy grants, one line each, for people.
   * These are the places where neither Landlock nor a filter can see enough.
   *
   * @param options what the plan asks for
   */
  public static List<String> openGaps(FilterOptions options, Set<ViewPart> parts) {
    List<String> gaps = new ArrayList<>();
    if (!parts.contains(ViewPart.FILES)) {
      openFiles(gaps);
    }
    gaps.add(
        "locks: flock and fcntl can lock a file that is granted for reading, against processes"
            + " outside");
    if (!parts.contains(ViewPart.PROCESSES)) {
      gaps.add(
          "other processes: getpgid, sched_getscheduler, getpriority and pidfd_open tell whether a"
              + " process exists and how it is scheduled");
    }
    openSockets(gaps, options);
    return List.copyOf(gaps);
  }

  private static void openFiles(List<String> gaps) {
    gaps.add(
        "metadata: chmod, chown and utimes change mode, group and times of every file that this"
            + " user owns, inside any grant or outside (builds need the calls, and Landlock does"
            + " not cover them)");
    gaps.add(
        "existence: stat, access, readlink and chdir tell whether any path exists, its size, owner"
            + " and times");
    gaps.add("watching: inotify tells of changes to files that are in no grant");
  }

  private static void openSockets(List<String> gaps, FilterOptions options) {
    boolean hosts = !options.has(Feature.OWN_NETWORK);
    if (options.has(Feature.TCP_BIND) && hosts && !options.has(Feature.JUDGED_ADDRESSES)) {
      gaps.add(
          "listening: listen without bind takes a free TCP port of the kernel's choice, which no"
              + " grant names");
    }
    if (options.has(Feature.UNIX_SOCKETS) && !options.has(Feature.JUDGED_ADDRESSES)) {
      gaps.add("unix sockets: every socket that has a path and lets this user in can be reached");
    }
    if (options.has(Feature.ICMP) && !options.has(Feature.JUDGED_ADDRESSES)) {
      gaps.add("ping: every host can be sent ICMP echo requests");
    }
    if (options.has(Feature.NETLINK_ROUTE) && hosts) {
      gaps.add("routes: the host's addresses, interfaces and routes can be read");
    }
  }

  private void table() {
    for (CallTable.Entry entry : CallTable.ALLOWED) {
      enter(entry, Action.ALLOW, "allowed");
    }
    for (CallTable.Entry entry : CallTable.REFUSED) {
      enter(entry, REFUSE, "EPERM");
    }
    new CheckedCalls(
            options, (call, rule, effect, reason) -> put(call, new Treatment(rule, effect, reason)))
        .all();
  }

  private void enter(CallTable.Entry entry, Action action, String effect) {
    Treatment treatment = new Treatment(action, effect, entry.reason());
    for (String name : words(entry.calls())) {
      put(name, treatment);
    }
  }

  private void put(String name, Treatment treatment) {
    if (treatments.put(name, treatment) != null) {
      throw new IllegalStateException(name + " is in two tables");
    }
  }

  private void own(SystemCallGroup group, String reason) {
    for (String name : expand(List.of(group.label()))) {
      treatments.put(name, new Treatment(Action.ALLOW, "allowed", reason));
    }
  }

  private void overrides() {
    if (options.has(Feature.OWN_IPC)) {
      own(SystemCallGroup.IPC, "the IPC name space is the run's own");
    }
    if (options.has(Feature.OWN_TRACING)) {
      own(SystemCallGroup.DEBUG, "every process of the pid name space is the run's own");
    }
    for (String name : expand(options.allow())) {
      Treatment before = treatments.get(name);
      if (before == null || !before.rule().equals(Action.ALLOW)) {
        String was = before == null ? "ENOSYS" : before.effect() + ", " + before.reason();
        weakenings.add(name + " is let through whatever its arguments are; otherwise: " + was);
        treatments.put(name, new Treatment(Action.ALLOW, "allowed", "the policy's syscalls.allow"));
      }
    }
    for (String name : expand(options.deny())) {
      if (!NEEDED.contains(name)) {
        treatments.put(name, new Treatment(REFUSE, "EPERM", "the policy's syscalls.deny"));
        weakenings.removeIf(line -> line.startsWith(name + " is "));
      }
    }
  }

  /**
   * What the filter says by itself of a call that it hands to the supervisor: the supervisor
   * refuses what that refuses.
   *
   * @param number of this filter's architecture
   * @param arguments all six, whole registers
   */
  public Action decide(int number, long... arguments) {
    Rule rule = number >= 0 && number < byNumber.length ? byNumber[number] : null;
    return rule == null ? UNKNOWN : rule.decide(arguments);
  }

  /** Why a call is treated as it is, for people; empty for one that is in no list. */
  public String reason(String name) {
    Treatment treatment = treatments.get(name);
    return treatment == null ? "" : treatment.reason();
  }

  /** The calls that can reach the supervisor. */
  public List<String> notifying() {
    return List.copyOf(notifying);
  }

  /** The rule as it is compiled: with the supervisor's part of it. */
  private Rule compiled(String name, Rule rule) {
    boolean judged = options.judged().contains(name);
    boolean born = !judged && options.has(Feature.BIRTHS) && BIRTHS.contains(name);
    boolean other = options.has(Feature.OTHERS) && CheckedCalls.OTHERS.contains(name);
    if (!judged && !born && !other && !options.has(Feature.OBSERVED)) {
      return rule;
    }
    if (!(rule instanceof Cases cases)) {
      return compiled((Action) rule, judged || born, false); // The policy's own deny stays one.
    }
    List<Case> changed = new ArrayList<>();
    for (Case one : cases.cases()) {
      changed.add(new Case(one.tests(), compiled(one.action(), judged || born, other)));
    }
    if (born) { // Behind what is refused: a thread is no process.
      changed.add(Case.when(Action.ALLOW, anyBit32(0, CheckedCalls.CLONE_THREAD)));
    }
    return new Cases(changed, compiled(cases.otherwise(), judged || born, other));
  }

  /**
   * An action that asks the supervisor where it would allow, if the call is judged, and where it
   * would refuse, if refusals are observed or may be lifted. What is answered 0 without being done
   * is no refusal.
   */
  private Action compiled(Action action, boolean judged, boolean other) {
    boolean asks =
        switch (action.kind()) {
          case ALLOW -> judged;
          case ERRNO -> (options.has(Feature.OBSERVED) || other) && action.data() != 0;
          default -> false;
        };
    return asks ? Action.NOTIFY : action;
  }

  private static boolean notifies(Rule rule) {
    if (!(rule instanceof Cases cases)) {
      return rule.equals(Action.NOTIFY);
    }
    for (Case one : cases.cases()) {
      if (one.action().equals(Action.NOTIFY)) {
        return true;
      }
    }
    return cases.otherwise().equals(Action.NOTIFY);
  }

  private Program compile() {
    FilterBuilder builder = new FilterBuilder(arch, UNKNOWN);
    for (SystemCall call : SystemCalls.all()) {
      if (!call.exists(arch)) {
        continue;
      }
      Treatment treatment = treatments.get(call.name());
      if (treatment == null && !options.has(Feature.OBSERVED)) {
        continue;
      }
      int number = call.number(arch);
      Rule plain = treatment == null ? UNKNOWN : treatment.rule();
      Rule rule = compiled(call.name(), plain);
      builder.rule(number, rule);
      if (notifies(rule)) {
        remember(call.name(), number, plain);
      }
    }
    List<String> hot = words(CallTable.HOT);
    int[] numbers = new int[hot.size()];
    int count = 0;
    for (String name : hot) {
      Optional<SystemCall> call = SystemCalls.byName(name);
      if (call.isPresent() && call.get().exists(arch)) {
        numbers[count++] = call.get().number(arch);
      }
    }
    return builder.hot(Arrays.copyOf(numbers, count)).build();
  }

  private void remember(String name, int number, Rule rule) {
    if (number >= byNumber.length) {
      byNumber = Arrays.copyOf(byNumber, number + 64);
    }
    byNumber[number] = rule;
    notifying.add(name);
  }

  private static Set<String> expand(List<String> names) {
    Set<String> calls = new HashSet<>();
    for (String name : names) {
      SystemCallGroup group = SystemCallGroup.byLabel(name);
      if (group == null) {
        calls.add(name);
      } else {
        for (SystemCall call : SystemCalls.group(group)) {
          calls.add(call.name());
        }
      }
    }
    return calls;
  }

  private static void unknown(List<String> names, List<String> problems) {
    for (String name : names) {
      boolean known =
          name.startsWith("@")
              ? SystemCallGroup.byLabel(name) != null
              : SystemCalls.byName(name).isPresent();
      if (!known) {
        String nearest = nearest(name);
        problems.add(
            "there is no system call"
                + (name.startsWith("@") ? " group" : "")
                + " \""
                + name
                + "\""
                + (nearest.isEmpty() ? "" : ", did you mean \"" + nearest + "\"?"));
      }
    }
  }

  /** The call or group that may have been meant, or an empty string. */
  private static String nearest(String name) {
    List<String> candidates = new ArrayList<>();
    if (name.startsWith("@")) {
      for (SystemCallGroup group : SystemCallGroup.values()) {
        candidates.add(group.label());
      }
    } else {
      for (SystemCall call : SystemCalls.all()) {
        candidates.add(call.name());
      }
    }
    return Spelling.nearest(name, candidates);
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf(' ', start);
      if (end < 0) {
        end = text.length();
      }
      words.add(text.substring(start, end));
      start = end + 1;
    }
    return words;
  }
}
