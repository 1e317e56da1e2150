package dev.paddock.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The exec rules of a policy, ready to be asked. {@code exec.deny} comes first, then {@code
 * exec.rules} in their order; the first that matches decides. What a policy inherits stands after
 * its own, so that a rule of its own can go before an inherited one, but never before a denial.
 */
public final class ExecMatcher {

  /** A program that is about to be run. What costs something to find out is only asked for. */
  public interface Program {
    /** The path as it was given to execve(2). */
    ByteString path();

    /** The file that this leads to: absolute, without symbolic links; empty if that has no path. */
    ByteString executable();

    /** The arguments, the program's name for itself first. */
    List<ByteString> arguments();

    /** The environment, as {@code NAME=value}; asked only where it can matter. */
    List<ByteString> environment();

    /**
     * The programs that run it if it is a script: those that its first line names, and theirs. They
     * are judged as programs too; here they tell which variables have power over the script.
     */
    default List<ByteString> interpreters() {
      return List.of();
    }

    /** Whether its file has no name any more, or never had one, as one of memfd_create(2). */
    default boolean isNameless() {
      return false;
    }
  }

  /**
   * What a rule says about a program.
   *
   * @param decision what happens; a decision that the caller does not serve must refuse
   * @param rule the rule as it was written, and where
   * @param message what its author says; may be empty
   * @param tell whether the target may read the message
   */
  public record Match(Policy.Decision decision, String rule, String message, boolean tell) {}

  /** What a rule knows of a program's name. */
  private enum Naming {
    /** It is about another program. */
    OTHER,
    /** It names what the caller called the program, which the caller chose. */
    AS_CALLED,
    /** It names what is run. */
    AS_IS
  }

  /** A program that is judged, with what is found out about it only once. */
  private static final class Asked {
    private final Program program;
    private final ByteString given;
    private final ByteString executable;

    /** What a multi-call program runs as, with its arguments; empty for other programs. */
    private final List<ByteString> applet;

    Asked(Program program) {
      this.program = program;
      this.given = program.path();
      this.executable = program.executable();
      ByteString name = Wrappers.baseName(executable.isEmpty() ? given : executable);
      this.applet =
          Wrappers.isMultiCall(name)
              ? Wrappers.applet(name, program.arguments())
              : List.<ByteString>of();
    }
  }

  private record Rule(
      Glob program, boolean path, List<Glob> arguments, List<Glob> environment, Match match) {

    boolean denies() {
      return match.decision() == Policy.Decision.DENY;
    }

    Naming naming(Asked asked) {
      if (isNamed(asked.executable) || isApplet(asked)) {
        return Naming.AS_IS;
      }
      return isNamed(asked.given) ? Naming.AS_CALLED : Naming.OTHER;
    }

    private boolean isNamed(ByteString file) {
      return !file.isEmpty() && program.matches(file, path ? 0 : Wrappers.baseStart(file));
    }

    private boolean isApplet(Asked asked) {
      return !path && !asked.applet.isEmpty() && program.matches(asked.applet.getFirst());
    }

    boolean matches(Asked asked) {
      return matchesArguments(asked) && matchesEnvironment(asked.program);
    }

    private boolean matchesArguments(Asked asked) {
      if (arguments.isEmpty()) {
        return true;
      }
      boolean itself = isNamed(asked.executable) || isNamed(asked.given);
      return (itself && matchesArguments(asked.program.arguments()))
          || (isApplet(asked) && matchesArguments(asked.applet));
    }

    /** Each pattern matches an argument after those of the patterns before it. */
    private boolean matchesArguments(List<ByteString> values) {
      int next = 1;
      for (Glob pattern : arguments) {
        while (next < values.size() && !pattern.matches(values.get(next))) {
          next++;
        }
        if (next >= values.size()) {
          return false;
        }
        next++;
      }
      return true;
    }

    private boolean matchesEnvironment(Program asked) {
      if (environment.isEmpty()) {
        return true;
      }
      for (ByteString assignment : asked.environment()) {
        if (names(assignment)) {
          return true;
        }
      }
      return false;
    }

    /** Whether one of its patterns is about this variable. */
    boolean names(ByteString assignment) {
      for (Glob pattern : environment) {
        if (pattern.matches(assignment)) {
          return true;
        }
      }
      return false;
    }
  }

  private final List<Rule> rules;

  /** Assignments that the policy makes: what its author sets, its author has judged. */
  private final Set<ByteString> own;

  private final boolean arguments;
  private final boolean environment;

  /** What is said of a file without a name that no rule is about; null if it may run. */
  private final @Nullable Match nameless;

  private ExecMatcher(List<Rule> rules, Set<ByteString> own, @Nullable Match nameless) {
    this.rules = rules;
    this.nameless = nameless;
    this.own = own;
    boolean someArguments = false;
    boolean someEnvironment = false;
    for (Rule rule : rules) {
      someArguments |= !rule.arguments().isEmpty();
      someEnvironment |= !rule.environment().isEmpty();
    }
    this.arguments = someArguments;
    this.environment = someEnvironment || someArguments;
  }

  /**
   * The rules of a policy whose variables have been replaced.
   *
   * @throws IllegalArgumentException if a denial is none that {@link PolicyBuilder} would take
   */
  public static ExecMatcher of(Policy policy) {
    Policy.Exec exec = policy.exec();
    List<Rule> rules = new ArrayList<>();
    for (Entry<ByteString> entry : exec.deny()) {
      rules.add(denial(entry));
    }
    for (Policy.ExecRule rule : exec.rules()) {
      rules.add(
          rule(
              rule.match(),
              rule.args(),
              rule.env(),
              new Match(
                  rule.decision(),
                  "exec.rules \"" + rule.match() + "\" (" + rule.origin() + ")",
                  rule.message().orElse(""),
                  rule.tell())));
    }
    Set<ByteString> own = new HashSet<>();
    policy
        .environment()
        .set()
        .forEach((name, value) -> own.add(ByteString.of(name + "=").plus(value.value())));
    return new ExecMatcher(List.copyOf(rules), Set.copyOf(own), nameless(exec, rules));
  }

  /** Where something is denied by its name, what has none is a way around it. */
  private static @Nullable Match nameless(Policy.Exec exec, List<Rule> rules) {
    boolean denied =
        exec.nameless()
            .map(entry -> entry.value() == Policy.Nameless.DENY)
            .orElse(canDeny(rules) != null);
    if (!denied) {
      return null;
    }
    String rule =
        "exec.nameless \"deny\""
            + exec.nameless().map(entry -> " (" + entry.origin() + ")").orElse("");
    return new Match(
        Policy.Decision.DENY,
        rule,
        "a file without a name is not executed unless exec.nameless is \"allow\"",
        false);
  }

  /** A program, or the beginning of a command line: {@code git push --force*}. */
  private static Rule denial(Entry<ByteString> entry) {
    String shown = "exec.deny \"" + entry.value() + "\" (" + entry.origin() + ")";
    ExecPattern pattern;
    try {
      pattern = ExecPattern.parse(entry.value());
    } catch (ValueException e) {
      // The builder took it, so it was made by hand. Without it nothing would be denied.
      throw new IllegalArgumentException(shown + ": " + e.problem(), e);
    }
    return rule(
        pattern.program(),
        pattern.arguments(),
        List.of(),
        new Match(Policy.Decision.DENY, shown, "", false));
  }

  private static Rule rule(
      ByteString match, List<ByteString> args, List<ByteString> env, Match decided) {
    boolean path = match.indexOf('/', 0) >= 0;
    return new Rule(Glob.of(match), path, texts(args), texts(env), decided);
  }

  private static List<Glob> texts(List<ByteString> patterns) {
    List<Glob> globs = new ArrayList<>(patterns.size());
    for (ByteString pattern : patterns) {
      globs.add(Glob.ofText(pattern));
    }
    return List.copyOf(globs);
  }

  /** Whether there is no rule at all. */
  public boolean isEmpty() {
    return rules.isEmpty() && nameless == null;
  }

  /**
   * The first line that can deny a program; empty if none can. A rule about arguments can, as these
   * say nothing where the environment injects code.
   */
  public Optional<Match> denial() {
    Match first = canDeny(rules);
    return Optional.ofNullable(first == null ? nameless : first);
  }

  private static @Nullable Match canDeny(List<Rule> rules) {
    for (Rule rule : rules) {
      if (rule.denies() || !rule.arguments().isEmpty()) {
        return rule.match();
      }
    }
    return null;
  }

  /** Whether a rule asks for arguments. Those of multi-call programs (busybox) are always asked. */
  public boolean needsArguments() {
    return arguments;
  }

  /**
   * Whether the environment can matter: a rule asks for it, or one asks for arguments, which a
   * variable that injects code would make worthless.
   */
  public boolean needsEnvironment() {
    return environment;
  }

  /**
   * The rule that decides about a program: the first that matches.
   *
   * <p>A rule that does not deny, and names only what the program was called, does not keep a later
   * denial from deciding: a link named {@code git} to another program is not {@code git}.
   *
   * <p>A program that some rule judges by its arguments is refused with a variable in its
   * environment that makes these worthless ({@link LoaderVariables#injects}), unless the rule that
   * decides names that variable in its {@code env}, or the policy itself sets it to that value.
   *
   * <p>A file without a name is refused if the policy says so, or denies anything by its name,
   * unless a rule allows it for what it is (as one for {@code /memfd:*} can).
   *
   * @param program what is about to run
   * @return empty if no rule matches: then it may run
   */
  public Optional<Match> judge(Program program) {
    Asked asked = new Asked(program);
    Rule decided = decide(asked);
    if (decided != null && decided.denies()) {
      return Optional.of(decided.match());
    }
    Match injected = arguments && isJudgedByArguments(asked) ? injected(asked, decided) : null;
    if (injected != null) {
      return Optional.of(injected);
    }
    if (nameless != null && program.isNameless() && !isAllowedAsIs(asked, decided)) {
      return Optional.of(nameless);
    }
    return decided == null ? Optional.empty() : Optional.of(decided.match());
  }

  /** Neither a name that the caller chose nor a rule that only watches lets anything run. */
  private static boolean isAllowedAsIs(Asked asked, @Nullable Rule decided) {
    return decided != null
        && decided.match().decision() == Policy.Decision.ALLOW
        && decided.naming(asked) == Naming.AS_IS;
  }

  private @Nullable Rule decide(Asked asked) {
    Rule called = null;
    for (Rule rule : rules) {
      Naming naming = rule.naming(asked);
      if (naming == Naming.OTHER || !rule.matches(asked)) {
        continue;
      }
      if (rule.denies()) {
        return rule;
      }
      if (naming == Naming.AS_IS) {
        return called == null ? rule : called;
      }
      if (called == null) {
        called = rule;
      }
    }
    return called;
  }

  private boolean isJudgedByArguments(Asked asked) {
    for (Rule rule : rules) {
      if (!rule.arguments().isEmpty() && rule.naming(asked) != Naming.OTHER) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Match injected(Asked asked, @Nullable Rule decided) {
    for (ByteString assignment : asked.program.environment()) {
      if (own.contains(assignment) || (decided != null && decided.names(assignment))) {
        continue;
      }
      ByteString name = injectedInto(asked, assignment);
      if (name != null) {
        ByteString variable = assignment.slice(0, assignment.indexOf('=', 0));
        return new Match(
            Policy.Decision.DENY,
            "exec: \"" + name + "\" is judged by its arguments, and " + variable + " is set",
            variable
                + " makes a program do what its arguments do not say; an exec.rules entry with"
                + " env allows it",
            false);
      }
    }
    return null;
  }

  /** The name of the program that a variable has power over, or null. */
  private static @Nullable ByteString injectedInto(Asked asked, ByteString assignment) {
    ByteString executable = Wrappers.baseName(asked.executable);
    if (LoaderVariables.injects(executable, assignment)) {
      return executable;
    }
    ByteString given = Wrappers.baseName(asked.given);
    if (LoaderVariables.injects(given, assignment)) {
      return given;
    }
    if (!asked.applet.isEmpty() && LoaderVariables.injects(asked.applet.getFirst(), assignment)) {
      return asked.applet.getFirst();
    }
    for (ByteString interpreter : asked.program.interpreters()) {
      ByteString name = Wrappers.baseName(interpreter);
      if (LoaderVariables.injects(name, assignment)) {
        return name;
      }
    }
    return null;
  }

  /** A command that has not been looked up. */
  private record Named(ByteString path, List<ByteString> arguments) implements Program {
    @Override
    public ByteString executable() {
      return path;
    }

    @Override
    public List<ByteString> environment() {
      return List.of();
    }
  }

  /**
   * Foresees that a command will be refused because it runs another one, as {@code env sudo} or
   * {@code sh -c 'nice git push'} do. This is advice for whoever explains or warns: by names only,
   * without the environment, and empty for what {@link Wrappers} does not see through. What is run
   * is judged when it is.
   *
   * @param argv a command and its arguments
   * @return the denial of the outermost inner command that would be refused
   */
  public Optional<Match> foresee(List<ByteString> argv) {
    for (List<ByteString> inner : Wrappers.nested(argv)) {
      Rule rule = decide(new Asked(new Named(inner.getFirst(), inner)));
      if (rule != null && rule.denies()) {
        return Optional.of(rule.match());
      }
    }
    return Optional.empty();
  }
}
