package dev.paddock.sandbox.process;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Signals;
import dev.paddock.linux.SystemCalls;
import dev.paddock.linux.Tracee;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.process.ExecReports.Difference;
import dev.paddock.sandbox.process.ExecReports.Outcome;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.HeldCall;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Judges every exec, and sees to it that what was judged is what becomes the program.
 *
 * <p>The arguments of execve(2) lie in the caller's memory, where other threads and processes can
 * change them until the kernel has copied them; the path can lead elsewhere a moment later. So what
 * is read when the call is held is judged first, and what the kernel has made of it is compared
 * with that while the new program stands before its first instruction. If it is something else,
 * that is judged; if that is denied, the process is killed and has done nothing.
 *
 * <p>The steps and why they are in this order:
 *
 * <ol>
 *   <li>The caller is seized and interrupted while its call is held. So it stops before its next
 *       instruction in any case: at the exec, or behind it if that fails. Interrupted after its
 *       answer, it could run on and try the next directory of its PATH while still seized.
 *   <li>It is answered only once it waits so deep that the interrupt cannot take the answer from
 *       it.
 *   <li>At the exec, image, path, arguments and (if somebody cares) environment are compared.
 * </ol>
 *
 * <p>A judge that denies nothing changes nothing: what cannot be read, or be traced, runs as it
 * would without a guard, and the report says that it was not seen.
 *
 * <p>What this says is about execve's images and arguments, not about code: an allowed program can
 * load whatever it may read.
 */
public final class ExecGuard implements Handler, Trace {
  private static final int EXECVEAT =
      SystemCalls.byName("execveat").orElseThrow().number(Arch.current());

  private final Tracers tracers;
  private final ExecJudge judge;
  private final LoaderReader loader;
  private final ResultReader results;
  private final ExecReports reports;

  /**
   * A guard for the calls execve and execveat.
   *
   * @param tracers where the work is done
   * @param judge asked about each program
   * @param loader knows how the dynamic loader is told what to run
   * @param reports told what becomes of each exec
   */
  public ExecGuard(Tracers tracers, ExecJudge judge, LoaderReader loader, ExecReports reports) {
    this.tracers = tracers;
    this.judge = judge;
    this.loader = loader;
    this.results = new ResultReader(loader, judge.needsEnvironment());
    this.reports = reports;
  }

  @Override
  public Verdict judge(Call call) {
    if (judge.patience().isZero()) {
      tracers.take(call, this);
    } else { // Somebody makes up his mind, which may last.
      tracers.hand(call.hold(), this);
    }
    return Verdict.HOLD;
  }

  @Override
  public void run(HeldCall call, Tracer tracer) throws Exception {
    Exec exec = new Exec(call, tracer);
    try {
      exec.readPath();
    } catch (KernelException e) {
      exec.unread(e);
      return;
    }
    try (exec) {
      if (exec.isAbsent()) {
        boolean _ = call.answer(new Verdict.Fail(Errno.ENOENT));
      } else if (judge.patience().isZero()) {
        exec.seizeAndJudge();
      } else {
        exec.judgeAndSeize(judge.patience());
      }
    }
  }

  /** One exec, from the held call to its end. */
  private final class Exec implements AutoCloseable {
    private final HeldCall call;
    private final Tracer tracer;
    private final boolean at;
    private final ExecReader reader;
    private final long began = System.nanoTime();
    private ExecReader.@Nullable Asked asked;
    private @Nullable Fd file;
    private int openFailure;
    private long spent;

    Exec(HeldCall call, Tracer tracer) {
      this.call = call;
      this.tracer = tracer;
      this.at = call.number() == EXECVEAT;
      this.reader =
          new ExecReader(
              call.thread(),
              loader,
              judge.needsEnvironment(),
              judge.interest() != ExecJudge.Interest.NONE);
    }

    @Override
    public void close() {
      if (file != null) {
        file.close();
      }
    }

    void readPath() throws KernelException {
      asked = reader.asked(call, at);
      try {
        file = reader.open(asked);
      } catch (KernelException e) {
        openFailure = e.errno().number(); // The kernel will tell the caller.
      }
    }

    boolean isAbsent() {
      return openFailure == Errno.ENOENT && asked != null && reader.isAbsent(asked);
    }

    /** What cannot be read cannot be judged; where nobody judges, the kernel says what it is. */
    void unread(KernelException cause) {
      if (judge.interest() != ExecJudge.Interest.DENIALS) {
        int process = process();
        boolean hidden = cause.is(Errno.EPERM) || cause.is(Errno.EACCES);
        spent = System.nanoTime() - began;
        if (call.answer(Verdict.CONTINUE) && hidden) {
          report(process, new Judgement(known(), ExecDecision.ALLOWED), Outcome.UNSEEN);
        }
        return;
      }
      String why = reports.why(call.thread(), cause); // While it waits it can be looked at.
      if (call.answer(new Verdict.Fail(cause.errno().number())) && cause.is(Errno.EPERM)) {
        reports.notSeized(call.thread(), why);
      }
    }

    /**
     * The usual way. The caller's memory is read before it is seized: a page that never answers
     * keeps a thread of ours then, but a tracee that was killed would be nobody's to reap.
     */
    void seizeAndJudge() throws Exception {
      ExecCandidate candidate;
      try {
        candidate = read();
      } catch (KernelException e) {
        unread(e);
        return;
      }
      if (!seize(candidate.asked())) {
        return;
      }
      Judgement judged;
      try {
        judged = judge(candidate);
      } catch (KernelException e) {
        refuse(e.errno().number());
        return;
      } catch (Exception | Error e) {
        refuse(Errno.EPERM);
        throw e;
      }
      spent = System.nanoTime() - began;
      if (judged.decision().denies()) {
        int process = process();
        report(process, judged, refuse(Errno.EACCES) ? Outcome.REFUSED : Outcome.GONE);
      } else {
        proceed(candidate, judged);
      }
    }

    /** While somebody makes up his mind the caller can still be interrupted. */
    void judgeAndSeize(Duration patience) throws Exception {
      call.giveWay(patience, tracer.stopper(call));
      ExecCandidate candidate;
      Judgement judged;
      try {
        candidate = read();
        judged = judge(candidate);
      } catch (KernelException e) {
        unread(e);
        return;
      } catch (Exception e) {
        if (call.isAnswered()) {
          return; // It was only stopped.
        }
        throw e;
      }
      spent = System.nanoTime() - began;
      if (judged.decision().denies()) {
        int process = process();
        if (call.answer(Verdict.ACCESS_DENIED)) {
          report(process, judged, Outcome.REFUSED);
        }
      } else if (seize(candidate.asked())) {
        proceed(candidate, judged);
      }
    }

    private ExecCandidate read() throws KernelException {
      ExecReader.Asked what = java.util.Objects.requireNonNull(asked);
      return reader.candidate(what, file, reader.arguments(call, at), reader.environment(call, at));
    }

    /** What is known of an exec whose caller shows nothing. */
    private ExecRequest known() {
      ExecReader.Asked what = asked;
      return new ExecRequest(
          ExecRequest.Role.PROGRAM,
          call.thread(),
          what == null ? new byte[0] : what.name(),
          new byte[0],
          null,
          List.of(new byte[0]),
          List.of());
    }

    /** Whether the caller is ours now, and will stop. If not, its call has got its answer. */
    private boolean seize(ExecRequest about) {
      try {
        Optional<Tracee.Running> seized = tracer.seize(call, Ptrace.EXECS | Ptrace.KILL_AT_EXIT);
        if (seized.isEmpty()) {
          return false;
        }
        try {
          seized.get().interrupt();
        } catch (KernelException e) {
          // Only ESRCH: it is being killed, and waiting for it says so.
        }
        return true;
      } catch (KernelException e) {
        if (judge.interest() != ExecJudge.Interest.DENIALS && !e.is(Errno.ESRCH)) {
          int process = process();
          spent = System.nanoTime() - began;
          if (call.proceed()) {
            report(process, new Judgement(about, ExecDecision.ALLOWED), Outcome.UNSEEN);
          }
        } else {
          String why = reports.why(call.thread(), e); // While it waits it can be looked at.
          if (call.fail(Errno.EPERM) && !e.is(Errno.ESRCH)) {
            reports.notSeized(call.thread(), why);
          }
        }
        return false;
      }
    }

    /** Refuses the call of a caller that is seized and interrupted; whether it was still there. */
    private boolean refuse(int errno) throws KernelException {
      boolean _ = tracer.awaitSettled(call); // Else it is gone, and cannot be told anything.
      boolean refused = call.fail(errno);
      Optional<Tracee.Gone> _ = tracer.letGoAtStop();
      return refused;
    }

    private void proceed(ExecCandidate candidate, Judgement judged) throws Exception {
      if (!tracer.awaitSettled(call) || !call.proceed()) {
        boolean _ = call.fail(Errno.EPERM); // Nobody is there to be told, as far as we know.
        Optional<Tracee.Gone> end = tracer.letGoAtStop();
        gone(end.orElse(null), judged);
        return;
      }
      while (true) {
        Tracee.Change change;
        try {
          change = Ptrace.await(Ptrace.ANY);
        } catch (KernelException e) {
          if (!e.is(Errno.ECHILD)) {
            throw e;
          }
          report(0, judged, Outcome.GONE);
          return;
        }
        if (change instanceof Tracee.Executed executed) {
          verify(executed, candidate, judged);
          return;
        }
        if (change instanceof Tracee.Gone gone) {
          gone(gone, judged);
          return;
        }
        if (change instanceof Tracee.Stop stop) {
          int process = stop instanceof Tracee.SignalStop ? 0 : process();
          if (Tracer.passOrLetGo(stop)) {
            report(process, judged, Outcome.FAILED);
            return;
          }
        }
      }
    }

    /** Null: its end was somebody else's to see. */
    private void gone(Tracee.@Nullable Gone how, Judgement judged) {
      if (how instanceof Tracee.Killed) {
        reports.killedMeanwhile(call.thread());
      }
      report(0, judged, Outcome.GONE);
    }

    /** The new program stands before its first instruction. */
    private void verify(Tracee.Executed executed, ExecCandidate candidate, Judgement judged)
        throws Exception {
      int process = executed.thread();
      StartedProgram actual;
      try {
        actual = StartedProgram.read(executed, judge.needsEnvironment());
      } catch (KernelException e) {
        if (!isStopped(executed)) {
          gone(reap().orElse(null), judged);
        } else if (judge.interest() != ExecJudge.Interest.DENIALS) {
          report(process, judged, Outcome.UNSEEN);
          release(executed);
        } else {
          reports.unreadable(process, candidate.asked(), e);
          kill(process);
          report(process, judged, Outcome.KILLED);
        }
        return;
      }
      if (judge.interest() == ExecJudge.Interest.NONE) {
        watched(executed, actual, candidate.asked());
        return;
      }
      Difference difference = actual.difference(candidate);
      if (difference == null && candidate.image() != null) {
        report(process, judged, Outcome.VERIFIED);
        release(executed);
        return;
      }
      Judgement anew;
      List<ExecRequest> requests = List.of();
      try {
        requests = results.requests(process, actual);
        anew = Judgement.of(judge, requests);
      } catch (Exception | Error e) { // Nobody has allowed this.
        kill(process);
        report(process, judged, Outcome.KILLED);
        throw e;
      }
      boolean denied = anew.decision().denies();
      if (difference != null) {
        reports.changed(process, difference, candidate.asked(), requests.getLast(), denied);
      }
      if (denied) {
        kill(process);
        report(process, anew, Outcome.KILLED);
      } else {
        report(process, anew, Outcome.JUDGED_BY_RESULT);
        release(executed);
      }
    }

    /** Nobody judges: what runs is reported, and runs. */
    private void watched(Tracee.Executed executed, StartedProgram actual, ExecRequest asked)
        throws KernelException {
      int process = executed.thread();
      Difference difference = actual.differenceFromAsked(asked);
      ExecRequest about = asked;
      if (difference != null) {
        about = ResultReader.plain(process, actual);
        reports.changed(process, difference, asked, about, false);
      }
      report(
          process,
          new Judgement(about, ExecDecision.ALLOWED),
          difference == null ? Outcome.VERIFIED : Outcome.JUDGED_BY_RESULT);
      release(executed);
    }

    /** What may be executed but not read could not be verified afterwards. */
    private Judgement judge(ExecCandidate candidate) throws Exception {
      Judgement judged = Judgement.of(judge, candidate.requests());
      if (candidate.readable()
          || judged.decision().denies()
          || judge.interest() != ExecJudge.Interest.DENIALS) {
        return judged;
      }
      ExecRequest unread = candidate.requests().getLast();
      return new Judgement(unread, judge.unseen(unread));
    }

    /** Lets the new program run. */
    private static void release(Tracee.Executed executed) throws KernelException {
      try {
        executed.detach();
      } catch (KernelException e) {
        if (!e.is(Errno.ESRCH)) {
          throw e;
        }
        Optional<Tracee.Gone> _ = reap(); // Killed meanwhile.
      }
    }

    private static boolean isStopped(Tracee.Executed executed) {
      try {
        int _ = executed.code();
        return true;
      } catch (KernelException e) {
        return false;
      }
    }

    /** Its number cannot be another's: it is ours until it is reaped. */
    private static void kill(int process) throws KernelException {
      Processes.kill(process, Signals.SIGKILL);
      Optional<Tracee.Gone> _ = reap();
    }

    /** Waits until nothing of the caller is left for us; then its own parent sees its end. */
    private static Optional<Tracee.Gone> reap() throws KernelException {
      try {
        while (true) { // There may be a stop that was on its way when it was killed.
          if (Ptrace.await(Ptrace.ANY) instanceof Tracee.Gone gone) {
            return Optional.of(gone);
          }
        }
      } catch (KernelException e) {
        if (!e.is(Errno.ECHILD)) {
          throw e;
        }
        return Optional.empty();
      }
    }

    /** The caller's process, 0 if it is gone. */
    private int process() {
      try {
        return Integer.parseInt(
            Procfs.statusField(Procfs.read(call.thread(), "status"), "Tgid").orElse("0"));
      } catch (KernelException | NumberFormatException e) {
        return 0;
      }
    }

    private void report(int process, Judgement judged, Outcome outcome) {
      int errno = outcome == Outcome.REFUSED ? Errno.EACCES : 0;
      reports.over(process, 0, judged, outcome, errno, spent);
    }
  }
}
