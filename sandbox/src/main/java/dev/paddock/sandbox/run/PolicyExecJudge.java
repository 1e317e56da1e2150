package dev.paddock.sandbox.run;

import dev.paddock.linux.FileStatus;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.ExecMatcher;
import dev.paddock.policy.LoaderCommand;
import dev.paddock.policy.Policy;
import dev.paddock.sandbox.Decision;
import dev.paddock.sandbox.ExecDecider;
import dev.paddock.sandbox.ExecQuestion;
import dev.paddock.sandbox.process.ExecDecision;
import dev.paddock.sandbox.process.ExecJudge;
import dev.paddock.sandbox.process.ExecRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Judges programs by the policy's rules, then by whoever decides for the caller of the sandbox. */
final class PolicyExecJudge implements ExecJudge {
  /** What the kernel writes behind the path of a file that has none. */
  private static final ByteString DELETED = ByteString.of(" (deleted)");

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ExecMatcher matcher;
  private final @Nullable ExecDecider decider;
  private final RunReports reports;
  private final StderrNotice notice;

  PolicyExecJudge(
      ExecMatcher matcher, @Nullable ExecDecider decider, RunReports reports, StderrNotice notice) {
    this.matcher = matcher;
    this.decider = decider;
    this.reports = reports;
    this.notice = notice;
  }

  /** What a rule asks for, made of bytes only when it does. */
  private static final class Asked implements ExecMatcher.Program {
    private final ExecRequest request;
    private final ByteString path;
    private final ByteString executable;
    private @Nullable List<ByteString> arguments;
    private @Nullable List<ByteString> environment;

    Asked(ExecRequest request) {
      this.request = request;
      this.path = ByteString.of(request.path());
      this.executable = ByteString.of(request.executable());
    }

    @Override
    public ByteString path() {
      return path;
    }

    @Override
    public ByteString executable() {
      return executable;
    }

    @Override
    public List<ByteString> arguments() {
      List<ByteString> made = arguments;
      if (made == null) {
        made = strings(request.arguments());
        arguments = made;
      }
      return made;
    }

    @Override
    public List<ByteString> environment() {
      List<ByteString> made = environment;
      if (made == null) {
        made = strings(request.environment());
        environment = made;
      }
      return made;
    }

    @Override
    public List<ByteString> interpreters() {
      return strings(request.interpreters());
    }

    @Override
    public boolean isNameless() {
      FileStatus file = request.file();
      if (file != null) {
        return file.links() == 0;
      }
      int end = executable.length();
      int start = end - DELETED.length();
      return start > 0 && executable.slice(start, end).equals(DELETED);
    }
  }

  private static List<ByteString> strings(List<byte[]> all) {
    List<ByteString> strings = new ArrayList<>(all.size());
    for (byte[] one : all) {
      strings.add(ByteString.of(one));
    }
    return strings;
  }

  @Override
  public ExecDecision judge(ExecRequest request) throws Exception {
    ExecDecision decision = decide(request);
    if (decision.denies()) {
      reports.refusing(request, decision); // Known before the caller hears of it.
      if (decision.tell()) {
        notice.say(request.thread(), decision.message());
      }
    }
    return decision;
  }

  /**
   * What a dynamic loader is told to load before its program counts as if the variable of that name
   * said so. The program by itself is judged as well, by its own request.
   */
  private Optional<ExecMatcher.Match> injected(ExecRequest request, Asked asked) {
    if (request.role() != ExecRequest.Role.PROGRAM
        || !matcher.needsEnvironment()
        || !LoaderCommand.isLoader(asked.executable())) {
      return Optional.empty();
    }
    LoaderCommand command = LoaderCommand.of(asked.arguments());
    if (command == null || command.environment().isEmpty()) {
      return Optional.empty();
    }
    return matcher.judge(new Loaded(command.program(), command.arguments(), command.environment()));
  }

  /** A program that a dynamic loader is told to run. */
  private record Loaded(ByteString path, List<ByteString> arguments, List<ByteString> environment)
      implements ExecMatcher.Program {
    @Override
    public ByteString executable() {
      return path;
    }
  }

  @Override
  public Interest interest() {
    if (decider != null || matcher.denial().isPresent()) {
      return Interest.DENIALS;
    }
    return matcher.isEmpty() ? Interest.NONE : Interest.REMARKS;
  }

  /** Refused by the first line that could be about it. */
  @Override
  public ExecDecision unseen(ExecRequest request) {
    ExecDecision decision =
        ExecDecision.deny(
            matcher.denial().map(ExecMatcher.Match::rule).orElse("onExec"), ExecJudge.UNSEEN);
    reports.refusing(request, decision);
    return decision;
  }

  private ExecDecision decide(ExecRequest request) throws Exception {
    Asked asked = new Asked(request);
    Optional<ExecMatcher.Match> match =
        matcher.isEmpty()
            ? Optional.empty()
            : injected(request, asked).or(() -> matcher.judge(asked));
    if (match.isPresent() && match.get().decision() == Policy.Decision.DENY) {
      ExecMatcher.Match denial = match.get();
      return new ExecDecision(
          ExecDecision.Kind.DENY, denial.rule(), denial.message(), denial.tell());
    }
    ExecDecider asking = decider;
    if (asking != null) {
      ExecQuestion question =
          new ExecQuestion(request.thread(), asked.path(), asked.executable(), asked.arguments());
      switch (asking.decide(question)) {
        case Decision.Allow _ -> {}
        case Decision.Deny deny -> {
          return ExecDecision.deny("onExec", deny.reason());
        }
      }
    }
    if (match.isEmpty()) {
      return ExecDecision.ALLOWED;
    }
    ExecMatcher.Match found = match.get();
    ExecDecision.Kind kind =
        found.decision() == Policy.Decision.AUDIT
            ? ExecDecision.Kind.AUDIT
            : ExecDecision.Kind.ALLOW;
    return new ExecDecision(kind, found.rule(), found.message(), found.tell());
  }

  @Override
  public boolean needsEnvironment() {
    return matcher.needsEnvironment();
  }

  @Override
  public Duration patience() {
    return decider == null ? Duration.ZERO : PATIENCE;
  }
}
