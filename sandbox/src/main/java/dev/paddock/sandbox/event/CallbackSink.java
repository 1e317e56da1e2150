package dev.paddock.sandbox.event;

import java.util.function.Consumer;

/** Calls back. */
final class CallbackSink implements EventSink {
  private final Consumer<? super Event> callback;

  CallbackSink(Consumer<? super Event> callback) {
    this.callback = callback;
  }

  @Override
  public String name() {
    return "callback";
  }

  @Override
  public void accept(Event event) {
    callback.accept(event);
  }
}
