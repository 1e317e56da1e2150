package dev.paddock.cli;

import org.jspecify.annotations.Nullable;

/**
 * How a caller tells a command to end: once, from any thread, also before the command is ready to
 * hear it.
 */
final class Cancellation {
  private boolean cancelled;
  private @Nullable Runnable action;

  /** Asks the command to end. Returns at once; every call but the first does nothing. */
  void cancel() {
    Runnable now;
    synchronized (this) {
      if (cancelled) {
        return;
      }
      cancelled = true;
      now = action;
    }
    if (now != null) {
      now.run();
    }
  }

  /** Whether the command was asked to end. */
  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** Says what ends the command; done at once if the command has been asked to end already. */
  void onCancel(Runnable end) {
    synchronized (this) {
      action = end;
      if (!cancelled) {
        return;
      }
    }
    end.run();
  }

  /** Says that there is nothing left to end. */
  synchronized void clear() {
    action = null;
  }
}
