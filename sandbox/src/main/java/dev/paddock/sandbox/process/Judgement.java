package dev.paddock.sandbox.process;

import java.util.List;

/**
 * What was said about an exec, and about which of its programs.
 *
 * @param about the program that was denied or audited, else what was asked for
 * @param decision what was said
 */
public record Judgement(ExecRequest about, ExecDecision decision) {
  /**
   * Asks about every program of an exec: the first denial counts, then the first audit.
   *
   * @param requests what was asked for first; at least one
   * @throws Exception whatever the judge throws: nobody has allowed the exec then
   */
  static Judgement of(ExecJudge judge, List<ExecRequest> requests) throws Exception {
    Judgement first = new Judgement(requests.getFirst(), ExecDecision.ALLOWED);
    boolean decided = false;
    for (ExecRequest request : requests) {
      ExecDecision decision = judge.judge(request);
      if (decision.denies()) {
        return new Judgement(request, decision);
      }
      if (!decided && !decision.rule().isEmpty()) {
        first = new Judgement(request, decision);
        decided = decision.kind() == ExecDecision.Kind.AUDIT;
      }
    }
    return first;
  }
}
