package dev.paddock.sandbox.process;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Tracee;

/**
 * Judges programs that have started and not run yet. Nobody has held their execve: what it asked
 * for is told from what has become of it, which nothing can change any more. So nothing can differ
 * from what was judged, but a denial can only end the process.
 */
public final class StartedJudge {
  private final ExecJudge judge;
  private final ResultReader results;

  /**
   * Judges by a judge.
   *
   * @param loader knows how the dynamic loader is told what to run
   */
  public StartedJudge(ExecJudge judge, LoaderReader loader) {
    this.judge = judge;
    this.results = new ResultReader(loader, judge.needsEnvironment());
  }

  /**
   * Judges a program.
   *
   * @param executed where the process stands
   * @throws KernelException if it cannot be read: ESRCH if it was killed meanwhile
   * @throws Exception whatever the judge throws: nobody has allowed the program then
   */
  public Judgement judge(Tracee.Executed executed) throws Exception {
    StartedProgram actual = StartedProgram.read(executed, judge.needsEnvironment());
    return Judgement.of(judge, results.fewest(executed.thread(), actual));
  }
}
