package dev.paddock.sandbox;

import dev.paddock.sandbox.event.SinkReport;
import java.util.List;

/**
 * What became of a run.
 *
 * @param outcome how it ended
 * @param usage what it used
 * @param stdout what was captured of standard output; empty unless {@link Stdio#capture()} was
 *     asked
 * @param stderr what was captured of standard error; empty unless {@link Stdio#capture()} was asked
 * @param events what became of the events, one report for each who was to get them
 * @param notices what has happened that nobody expects, such as that a debugger kept rules from
 *     being checked; sentences for people
 */
@SuppressWarnings(
    "ArrayRecordComponent") // the caller owns the captured bytes; equality is not offered
public record Result(
    Outcome outcome,
    Usage usage,
    byte[] stdout,
    byte[] stderr,
    List<SinkReport> events,
    List<String> notices) {
  /** The status of a run that its time limit ended, as timeout(1) has it. */
  public static final int TIMED_OUT = 124;

  /** The status of a run that a rule had killed, as a shell shows SIGKILL. */
  public static final int KILLED = 128 + 9;

  /** Copies the lists. */
  public Result {
    events = List.copyOf(events);
    notices = List.copyOf(notices);
  }

  /** The same run, which ended for another reason. */
  public Result withOutcome(Outcome why) {
    return new Result(why, usage, stdout, stderr, events, notices);
  }

  /** The same run, with what it used. */
  public Result withUsage(Usage used) {
    return new Result(outcome, used, stdout, stderr, events, notices);
  }

  /** The same run, with what became of its events, and what else there is to say. */
  public Result withReports(List<SinkReport> reports, List<String> more) {
    return new Result(outcome, usage, stdout, stderr, reports, more);
  }

  /** The exit status as a shell would show it: the command's own, 128+n for signal n, 124. */
  public int status() {
    return switch (outcome) {
      case Outcome.Exited exited -> exited.status();
      case Outcome.Signalled signalled -> 128 + signalled.signal();
      case Outcome.TimedOut _ -> TIMED_OUT;
      case Outcome.Terminated terminated ->
          terminated.signal() == 0 ? 128 + 15 : 128 + terminated.signal();
      case Outcome.Stopped _ -> KILLED;
    };
  }
}
