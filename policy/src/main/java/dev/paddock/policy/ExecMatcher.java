package dev.paddock.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

    /** The environment, as {@code NAME=value}. */
    List<ByteString> environment();
  }

  /**
   * What a rule says about a program.
   *
   * @param decision what happens
   * @param rule the rule as it was written, and where
   * @param message what its author says; may be empty
   * @param tell whether the target may read the message
   */
  public record Match(Policy.Decision decision, String rule, String message, boolean tell) {}

  private record Rule(
      Glob program, boolean path, List<Glob> arguments, List<Glob> environment, Match match) {

    boolean names(ByteString given, ByteString executable) {
      if (path) {
        return program.matches(given) || (!executable.isEmpty() && program.matches(executable));
      }
      return program.matches(baseName(given)) || program.matches(baseName(executable));
    }

    /** Each pattern matches an argument after those of the patterns before it. */
    boolean matchesArguments(Program asked) {
      if (arguments.isEmpty()) {
        return true;
      }
      List<ByteString> values = asked.arguments();
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

    boolean matchesEnvironment(Program asked) {
      if (environment.isEmpty()) {
        return true;
      }
      for (ByteString assignment : asked.environment()) {
        for (Glob pattern : environment) {
          if (pattern.matches(assignment)) {
            return true;
          }
        }
      }
      return false;
    }
  }

  private final List<Rule> rules;
  private final boolean arguments;
  private final boolean environment;

  private ExecMatcher(List<Rule> rules) {
    this.rules = rules;
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
   * @param exec its programs
   */
  public static ExecMatcher of(Policy.Exec exec) {
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
    return new ExecMatcher(List.copyOf(rules));
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

  private static ByteString baseName(ByteString path) {
    int start = 0;
    for (int slash = path.indexOf('/', 0); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      start = slash + 1;
    }
    return start == 0 ? path : path.slice(start, path.length());
  }

  /** Whether there is no rule at all. */
  public boolean isEmpty() {
    return rules.isEmpty();
  }

  /** Whether a rule asks for arguments. */
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
   * The first rule that matches.
   *
   * <p>A program that some rule judges by its arguments is refused with a variable in its
   * environment that makes it run other code ({@link LoaderVariables}), unless a rule that asks for
   * the environment has decided before.
   *
   * @param program what is about to run
   * @return empty if no rule matches: then it may run
   */
  public Optional<Match> judge(Program program) {
    ByteString given = program.path();
    ByteString executable = program.executable();
    boolean injectable = false;
    Optional<Match> decided = Optional.empty();
    for (Rule rule : rules) {
      if (!rule.names(given, executable)) {
        continue;
      }
      injectable |= !rule.arguments().isEmpty();
      if (decided.isEmpty() && rule.matchesArguments(program) && rule.matchesEnvironment(program)) {
        decided = Optional.of(rule.match());
        if (!rule.environment().isEmpty()) {
          return decided;
        }
      }
    }
    boolean refused = decided.isPresent() && decided.get().decision() == Policy.Decision.DENY;
    if (!injectable || refused) {
      return decided;
    }
    Optional<Match> injected =
        injected(program, baseName(executable.isEmpty() ? given : executable));
    return injected.isPresent() ? injected : decided;
  }

  private static Optional<Match> injected(Program program, ByteString name) {
    for (ByteString assignment : program.environment()) {
      if (LoaderVariables.injects(name, assignment)) {
        int equals = assignment.indexOf('=', 0);
        ByteString variable = assignment.slice(0, equals);
        return Optional.of(
            new Match(
                Policy.Decision.DENY,
                "exec: \"" + name + "\" is judged by its arguments, and " + variable + " is set",
                variable
                    + " makes a program run other code; an exec.rules entry with env allows it",
                false));
      }
    }
    return Optional.empty();
  }
}
