package dev.paddock.sandbox.event;

/** Puts another head on an event. */
@SuppressWarnings("IfChainToSwitch") // A pattern switch would cost at start.
final class Numbering {
  private Numbering() {}

  /** The same event with its number. */
  static Event number(Event event, long number) {
    Event.Head head = event.head();
    return with(
        event,
        new Event.Head(
            head.time(), number, head.sandbox(), head.session(), head.pid(), head.parent()));
  }

  private static Event with(Event event, Event.Head head) {
    if (event instanceof Event.Exec e) {
      return new Event.Exec(
          head,
          e.path(),
          e.executable(),
          e.arguments(),
          e.decision(),
          e.rule(),
          e.message(),
          e.errno(),
          e.strength(),
          e.judgement());
    }
    if (event instanceof Event.Fork e) {
      return new Event.Fork(head, e.child(), e.kind(), e.strength());
    }
    if (event instanceof Event.Exited e) {
      return new Event.Exited(head, e.status(), e.signal(), e.coreDumped(), e.usage());
    }
    if (event instanceof Event.Denied e) {
      return new Event.Denied(
          head, e.call(), e.arguments(), e.errno(), e.rule(), e.hint(), e.strength());
    }
    if (event instanceof Event.SignalSent e) {
      return new Event.SignalSent(
          head, e.target(), e.signal(), e.relation(), e.decision(), e.rule(), e.strength());
    }
    if (event instanceof Event.Started e) {
      return new Event.Started(head, e.executable(), e.arguments(), e.directory());
    }
    if (event instanceof Event.Attached e) {
      return new Event.Attached(head, e.executable(), e.arguments(), e.threads());
    }
    if (event instanceof Event.Detached e) {
      return new Event.Detached(head, e.processes());
    }
    if (event instanceof Event.Ended e) {
      return new Event.Ended(head, e.outcome(), e.usage());
    }
    if (event instanceof Event.LimitReached e) {
      return new Event.LimitReached(head, e.limit(), e.value(), e.action(), e.rule(), e.strength());
    }
    if (event instanceof Event.Alert e) {
      return new Event.Alert(head, e.kind(), e.judged(), e.actual(), e.action(), e.strength());
    }
    if (event instanceof Event.HandlerFailed e) {
      return new Event.HandlerFailed(head, e.handler(), e.call(), e.problem(), e.errno());
    }
    if (event instanceof Event.Dropped e) {
      return new Event.Dropped(head, e.count());
    }
    throw new AssertionError(event.getClass().getName());
  }
}
