package dev.paddock.sandbox.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** Keeps what it gets, and knows what must be true of it. */
final class Ledger implements EventSink {
  final List<Event> events = new ArrayList<>();

  @Override
  public String name() {
    return "ledger";
  }

  @Override
  public void accept(Event event) {
    events.add(event);
  }

  /** How many events came. */
  long taken() {
    return events.stream().filter(event -> !(event instanceof Event.Dropped)).count();
  }

  /** How many events it was told it did not get. */
  long missing() {
    long missing = 0;
    for (Event event : events) {
      missing += event instanceof Event.Dropped dropped ? dropped.count() : 0;
    }
    return missing;
  }

  /** The numbers rise from 1 without a gap that no Dropped explains, up to the number posted. */
  void assertWhole(String what, long posted) {
    long expected = 1;
    for (Event event : events) {
      assertThat(event.head().sequence()).as(what).isEqualTo(expected);
      expected += event instanceof Event.Dropped dropped ? dropped.count() : 1;
    }
    assertThat(expected - 1).as(what).isEqualTo(posted);
  }
}
