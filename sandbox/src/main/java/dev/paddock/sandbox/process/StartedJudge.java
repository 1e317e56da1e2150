package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Tracee;
import java.util.List;

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
    StartedProgram actual;
    try {
      actual = StartedProgram.read(executed, judge.needsEnvironment());
    } catch (KernelException e) {
      if (!e.is(Errno.EACCES) && !e.is(Errno.EPERM)) {
        throw e;
      }
      return unseen(executed.thread());
    }
    if (judge.interest() == ExecJudge.Interest.NONE) {
      return new Judgement(ResultReader.plain(executed.thread(), actual), ExecDecision.ALLOWED);
    }
    return Judgement.of(judge, results.fewest(executed.thread(), actual));
  }

  /** One whose file may not be read shows its arguments and nothing else. */
  private Judgement unseen(int process) throws KernelException {
    List<byte[]> arguments = Procfs.arguments(process);
    ExecRequest known =
        new ExecRequest(
            ExecRequest.Role.RESULT,
            process,
            new byte[0],
            new byte[0],
            null,
            arguments.isEmpty() ? List.of(new byte[0]) : arguments,
            List.of());
    return new Judgement(
        known,
        judge.interest() == ExecJudge.Interest.DENIALS
            ? judge.unseen(known)
            : ExecDecision.ALLOWED);
  }
}
