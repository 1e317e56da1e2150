package dev.paddock.sandbox.event;

import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Usage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Events as JSON Lines: one object on one line each, as {@code docs/events.schema.json} says. In
 * every string a byte that is not part of printable UTF-8, and the backslash, is written {@code
 * \xNN}; so a string's value shows any name without harm, and {@link #bytes} gives the name back.
 */
public final class EventJson {
  private EventJson() {}

  /** One event, without a line end. */
  public static String of(Event event) {
    LineBuffer buffer = new LineBuffer();
    object(buffer, event);
    return buffer.text();
  }

  /**
   * The bytes that a string of an event stands for.
   *
   * @param value the string's value, after JSON's own escapes were undone
   * @throws IllegalArgumentException if a backslash is not followed by {@code x} and two digits
   */
  public static ByteString bytes(String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length);
    for (int i = 0; i < text.length; i++) {
      if (text[i] != '\\') {
        bytes.write(text[i]);
        continue;
      }
      if (i + 3 >= text.length || text[i + 1] != 'x') {
        throw new IllegalArgumentException("a backslash without xNN");
      }
      int high = Character.digit(text[i + 2], 16);
      int low = Character.digit(text[i + 3], 16);
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException("a backslash without xNN");
      }
      bytes.write(high << 4 | low);
      i += 3;
    }
    return ByteString.of(bytes.toByteArray());
  }

  /** Appends one event and a line end. */
  static void append(LineBuffer to, Event event) {
    object(to, event);
    to.put('\n');
  }

  private static void object(LineBuffer to, Event event) {
    Event.Head head = event.head();
    to.put("{\"time\":\"").put(head.time());
    to.put("\",\"sequence\":").put(head.sequence());
    to.put(",\"sandbox\":").quoted(head.sandbox());
    to.put(",\"session\":").quoted(head.session());
    to.put(",\"pid\":").put(head.pid());
    to.put(",\"parent\":").put(head.parent());
    to.put(",\"class\":\"").put(event.strength().label());
    to.put("\",\"event\":\"");
    body(to, event);
    to.put('}');
  }

  @SuppressWarnings("IfChainToSwitch") // A pattern switch would cost at start.
  private static void body(LineBuffer to, Event event) {
    if (event instanceof Event.Exec exec) {
      exec(to, exec);
    } else if (event instanceof Event.Fork fork) {
      to.put("fork\",\"child\":").put(fork.child());
      word(to, "kind", fork.kind().label());
    } else if (event instanceof Event.Exited exited) {
      to.put("exit\"");
      exited(to, exited);
    } else if (event instanceof Event.Denied denied) {
      to.put("denial\",\"call\":").quoted(denied.call());
      to.put(",\"arguments\":").quoted(denied.arguments());
      to.put(",\"errno\":").put(denied.errno());
      text(to, "rule", denied.rule());
      text(to, "hint", denied.hint());
    } else if (event instanceof Event.SignalSent sent) {
      to.put("signal\",\"target\":").put(sent.target());
      number(to, "signal", sent.signal());
      word(to, "relation", sent.relation().label());
      word(to, "decision", sent.decision().label());
      text(to, "rule", sent.rule());
    } else if (event instanceof Event.Started started) {
      to.put("start\",\"exe\":").quoted(started.executable());
      arguments(to, started.arguments());
      to.put(",\"cwd\":").quoted(started.directory());
    } else if (event instanceof Event.Attached attached) {
      to.put("attach\",\"exe\":").quoted(attached.executable());
      arguments(to, attached.arguments());
      number(to, "threads", attached.threads());
    } else if (event instanceof Event.Detached detached) {
      to.put("detach\"");
      number(to, "processes", detached.processes());
    } else if (event instanceof Event.Ended ended) {
      to.put("end\"");
      outcome(to, ended.outcome());
      usage(to, ended.usage());
    } else if (event instanceof Event.LimitReached reached) {
      to.put("limit\",\"limit\":").quoted(reached.limit());
      number(to, "value", reached.value());
      word(to, "action", reached.action().label());
      text(to, "rule", reached.rule());
    } else if (event instanceof Event.Alert alert) {
      to.put("alert\"");
      word(to, "kind", alert.kind().label());
      to.put(",\"judged\":").quoted(alert.judged());
      to.put(",\"actual\":").quoted(alert.actual());
      word(to, "action", alert.action().label());
    } else if (event instanceof Event.HandlerFailed failed) {
      to.put("handler_failed\",\"handler\":").quoted(failed.handler());
      text(to, "call", failed.call());
      text(to, "problem", failed.problem());
      number(to, "errno", failed.errno());
    } else if (event instanceof Event.Dropped dropped) {
      to.put("dropped\",\"count\":").put(dropped.count());
    } else {
      throw new AssertionError(event.getClass().getName());
    }
  }

  private static void exec(LineBuffer to, Event.Exec exec) {
    to.put("exec\",\"path\":").quoted(exec.path());
    to.put(",\"exe\":").quoted(exec.executable());
    arguments(to, exec.arguments());
    word(to, "decision", exec.decision().label());
    text(to, "rule", exec.rule());
    if (!exec.message().isEmpty()) {
      text(to, "message", exec.message());
    }
    number(to, "errno", exec.errno());
    number(to, "duration_ns", nanos(exec.judgement()));
  }

  private static void exited(LineBuffer to, Event.Exited exited) {
    if (exited.signal() != 0) {
      number(to, "signal", exited.signal());
      to.put(",\"core\":").put(exited.coreDumped() ? "true" : "false");
    } else if (exited.status() >= 0) {
      number(to, "status", exited.status());
    }
    usage(to, exited.usage());
  }

  @SuppressWarnings("IfChainToSwitch") // A pattern switch would cost at start.
  private static void outcome(LineBuffer to, Outcome outcome) {
    if (outcome instanceof Outcome.Exited exited) {
      word(to, "outcome", "exited");
      number(to, "status", exited.status());
    } else if (outcome instanceof Outcome.Signalled signalled) {
      word(to, "outcome", "signalled");
      number(to, "signal", signalled.signal());
      to.put(",\"core\":").put(signalled.coreDumped() ? "true" : "false");
    } else if (outcome instanceof Outcome.TimedOut timedOut) {
      word(to, "outcome", "timed_out");
      number(to, "limit_ns", nanos(timedOut.limit()));
    } else if (outcome instanceof Outcome.Terminated terminated) {
      word(to, "outcome", "terminated");
      number(to, "signal", terminated.signal());
    } else if (outcome instanceof Outcome.Stopped stopped) {
      word(to, "outcome", "stopped");
      text(to, "rule", stopped.rule());
      text(to, "reason", stopped.reason());
    } else {
      throw new AssertionError(outcome.getClass().getName());
    }
  }

  private static void usage(LineBuffer to, @Nullable Usage usage) {
    if (usage == null) {
      return;
    }
    to.put(",\"usage\":{\"wall_ns\":").put(nanos(usage.wall()));
    number(to, "user_ns", nanos(usage.user()));
    number(to, "system_ns", nanos(usage.system()));
    number(to, "peak_process_bytes", usage.peakProcessBytes());
    number(to, "peak_bytes", usage.knownPeakBytes());
    number(to, "peak_processes", usage.peakProcesses());
    number(to, "voluntary_switches", usage.voluntarySwitches());
    number(to, "forced_switches", usage.forcedSwitches());
    number(to, "minor_faults", usage.minorFaults());
    number(to, "major_faults", usage.majorFaults());
    to.put('}');
  }

  private static void arguments(LineBuffer to, Arguments arguments) {
    to.put(",\"argv\":[");
    for (int i = 0; i < arguments.values().size(); i++) {
      if (i > 0) {
        to.put(',');
      }
      to.quoted(arguments.values().get(i));
    }
    to.put(']');
    number(to, "argc", arguments.count());
    if (arguments.isCut()) {
      number(to, "argv_lost_bytes", arguments.lostBytes());
    }
  }

  /** A time span; one that no long holds is as long as can be. */
  private static long nanos(Duration duration) {
    return duration.toSeconds() >= Long.MAX_VALUE / 1_000_000_000L
        ? Long.MAX_VALUE
        : duration.toNanos();
  }

  private static void number(LineBuffer to, String name, long value) {
    to.put(",\"").put(name).put("\":").put(value);
  }

  private static void word(LineBuffer to, String name, String ascii) {
    to.put(",\"").put(name).put("\":\"").put(ascii).put('"');
  }

  private static void text(LineBuffer to, String name, String text) {
    to.put(",\"").put(name).put("\":").quoted(text);
  }
}
