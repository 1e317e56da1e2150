package dev.paddock.sandbox.event;

import java.util.concurrent.atomic.AtomicInteger;

/** An event in the ring. */
final class QueuedEvent {
  final Event event;
  final int weight;

  /** How many sinks have not taken it. */
  final AtomicInteger waiting;

  /** Set once, before others see this. */
  long number;

  QueuedEvent(Event event, int weight, int sinks) {
    this.event = event;
    this.weight = weight;
    this.waiting = new AtomicInteger(sinks);
  }
}
