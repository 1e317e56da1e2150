package dev.paddock.sandbox.event;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Signals;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Outcome;

/**
 * Events as lines for people. Names are shown as {@link ByteString#toString} shows them, so none
 * can look like a line of ours or move the cursor.
 */
public final class EventLines {
  /** How many bytes of a command are shown. */
  private static final int MOST_SHOWN = 240;

  private EventLines() {}

  /** One event, without a line end. */
  public static String of(Event event) {
    LineBuffer buffer = new LineBuffer();
    line(buffer, event);
    return buffer.text();
  }

  /** Appends one event and a line end. */
  static void append(LineBuffer to, Event event) {
    line(to, event);
    to.put('\n');
  }

  private static void line(LineBuffer to, Event event) {
    to.put("paddock: ");
    int pid = event.head().pid();
    if (pid != 0) {
      to.put('[').put(pid).put("] ");
    }
    body(to, event);
  }

  @SuppressWarnings("IfChainToSwitch") // A pattern switch would cost at start.
  private static void body(LineBuffer to, Event event) {
    if (event instanceof Event.Exec exec) {
      exec(to, exec);
    } else if (event instanceof Event.Fork fork) {
      to.put(fork.kind().label()).put(" of ").put(fork.child());
    } else if (event instanceof Event.Exited exited) {
      exited(to, exited);
    } else if (event instanceof Event.Denied denied) {
      to.put(denied.errno() == 0 ? "would be refused: " : "refused: ");
      denial(to, denied.call(), denied.arguments(), denied.errno(), denied.rule(), denied.hint());
    } else if (event instanceof Event.SignalSent sent) {
      to.put(sent.decision() == Event.Decision.DENY ? "refused: " : "");
      to.put("signal ").put(sent.signal()).put(" to ").put(sent.target());
      to.put(" (").put(sent.relation().label()).put(')');
      rule(to, sent.rule());
    } else if (event instanceof Event.Started started) {
      to.put("start: ");
      command(to, started.executable(), started.arguments());
    } else if (event instanceof Event.Attached attached) {
      to.put("attached (").put(attached.threads());
      to.put(attached.threads() == 1 ? " thread): " : " threads): ");
      command(to, attached.executable(), attached.arguments());
    } else if (event instanceof Event.Detached detached) {
      to.put("detached from ").put(detached.processes()).put(" processes");
    } else if (event instanceof Event.Ended ended) {
      to.put("end: ");
      outcome(to, ended.outcome());
    } else if (event instanceof Event.LimitReached reached) {
      to.put("limit reached: ").shown(reached.limit()).put(' ').put(reached.value());
      action(to, reached.action());
      rule(to, reached.rule());
    } else if (event instanceof Event.Alert alert) {
      to.put("ALERT ").put(alert.kind().label());
      to.put(": judged \"").shown(alert.judged());
      to.put("\", found \"").shown(alert.actual()).put('"');
      action(to, alert.action());
    } else if (event instanceof Event.HandlerFailed failed) {
      to.put("handler ").shown(failed.handler()).put(" failed in ").shown(failed.call());
      errno(to, failed.errno());
      to.put(": ").shown(failed.problem());
    } else if (event instanceof Event.Dropped dropped) {
      to.put(dropped.count()).put(" events were lost");
    } else {
      throw new AssertionError(event.getClass().getName());
    }
  }

  /** Appends a row of a summary. */
  static void denial(LineBuffer to, DenialSummary.Row row) {
    to.put(row.count()).put("x ");
    denial(to, row.call(), row.object(), row.errno(), row.rule(), row.hint());
  }

  private static void denial(
      LineBuffer to, String call, ByteString object, int errno, String rule, String hint) {
    to.shown(call);
    if (!object.isEmpty()) {
      to.put(' ').shown(object);
    }
    errno(to, errno);
    rule(to, rule);
    if (!hint.isEmpty()) {
      to.put("; granted by ").shown(hint);
    }
  }

  private static void exec(LineBuffer to, Event.Exec exec) {
    to.put(
        switch (exec.decision()) {
          case ALLOW -> "exec: ";
          case DENY -> "refused: exec ";
          case AUDIT -> "exec (audit): ";
        });
    command(to, exec.executable().isEmpty() ? exec.path() : exec.executable(), exec.arguments());
    errno(to, exec.errno());
    rule(to, exec.rule());
    if (!exec.message().isEmpty()) {
      to.put(": ").shown(exec.message());
    }
  }

  private static void exited(LineBuffer to, Event.Exited exited) {
    if (exited.signal() != 0) {
      to.put("ended by ").put(Signals.name(exited.signal()));
      to.put(exited.coreDumped() ? " (core dumped)" : "");
    } else if (exited.status() >= 0) {
      to.put("exit ").put(exited.status());
    } else {
      to.put("exit");
    }
  }

  @SuppressWarnings("IfChainToSwitch") // A pattern switch would cost at start.
  private static void outcome(LineBuffer to, Outcome outcome) {
    if (outcome instanceof Outcome.Exited exited) {
      to.put("exit ").put(exited.status());
    } else if (outcome instanceof Outcome.Signalled signalled) {
      to.put("ended by ").put(Signals.name(signalled.signal()));
      to.put(signalled.coreDumped() ? " (core dumped)" : "");
    } else if (outcome instanceof Outcome.TimedOut timedOut) {
      to.put("the time limit of ").put(timedOut.limit().toMillis()).put(" ms passed");
    } else if (outcome instanceof Outcome.Stopped stopped) {
      to.put("killed by ").shown(stopped.rule()).put(": ").shown(stopped.reason());
    } else {
      to.put("terminated");
    }
  }

  /** The program and its arguments from 1 on, argument 0 being what anybody may choose. */
  private static void command(LineBuffer to, ByteString program, Arguments arguments) {
    to.shown(program);
    int room = MOST_SHOWN;
    for (int i = 1; i < arguments.values().size(); i++) {
      ByteString value = arguments.values().get(i);
      boolean quote = value.isEmpty() || value.indexOf(' ', 0) >= 0;
      boolean fits = value.length() <= room;
      to.put(quote ? " '" : " ");
      to.shown(fits ? value : value.slice(0, room)).put(quote ? "'" : "");
      room -= value.length() + 1;
      if (room <= 0 && (!fits || i + 1 < arguments.values().size())) {
        to.put(" ...");
        return;
      }
    }
    if (arguments.isCut()) {
      to.put(" ...");
    }
  }

  private static void errno(LineBuffer to, int errno) {
    if (errno != 0) {
      to.put(" -> ").put(Errno.of(errno).name());
    }
  }

  private static void action(LineBuffer to, Event.Action action) {
    to.put(
        switch (action) {
          case REPORTED -> "";
          case REFUSED -> ", refused";
          case PROCESS_KILLED -> ", process killed";
          case TREE_KILLED -> ", all killed";
        });
  }

  private static void rule(LineBuffer to, String rule) {
    if (!rule.isEmpty()) {
      to.put(" by ").shown(rule);
    }
  }
}
