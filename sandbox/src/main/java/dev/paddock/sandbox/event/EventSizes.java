package dev.paddock.sandbox.event;

/** About how many bytes of memory an event holds. */
@SuppressWarnings("IfChainToSwitch") // A pattern switch would cost at start.
final class EventSizes {
  private static final int BASE = 256;

  private EventSizes() {}

  static int of(Event event) {
    if (event instanceof Event.Exec exec) {
      return BASE
          + exec.path().length()
          + exec.executable().length()
          + exec.rule().length()
          + exec.message().length()
          + exec.arguments().weight();
    }
    if (event instanceof Event.Denied denied) {
      return BASE + denied.arguments().length() + denied.rule().length() + denied.hint().length();
    }
    if (event instanceof Event.Started started) {
      return BASE
          + started.executable().length()
          + started.directory().length()
          + started.arguments().weight();
    }
    if (event instanceof Event.Alert alert) {
      return BASE + alert.judged().length() + alert.actual().length();
    }
    return BASE;
  }

  static Event withoutArguments(Event event) {
    if (event instanceof Event.Exec e) {
      return new Event.Exec(
          e.head(),
          e.path(),
          e.executable(),
          e.arguments().forgotten(),
          e.decision(),
          e.rule(),
          e.message(),
          e.errno(),
          e.strength(),
          e.judgement());
    }
    return event;
  }
}
