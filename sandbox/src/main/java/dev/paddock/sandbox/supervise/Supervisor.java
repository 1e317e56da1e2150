package dev.paddock.sandbox.supervise;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Listener;
import dev.paddock.linux.Uname;
import dev.paddock.linux.Uninterrupted;
import java.time.Duration;

/** Receives the held calls of one run and has them judged, until nobody is left to make any. */
public final class Supervisor {
  /** How long a thread may take to notice the end; more only if the kernel itself is stuck. */
  private static final Duration ENDING = Duration.ofSeconds(2);

  private final Listener listener;
  private final Receivers receivers;
  private final HeldCallTimer watch;
  private boolean stopped;

  private Supervisor(Listener listener, Receivers receivers, HeldCallTimer watch) {
    this.listener = listener;
    this.receivers = receivers;
    this.watch = watch;
  }

  /**
   * Begins to receive.
   *
   * @param listener taken over
   * @param routes who judges what
   * @param failures told what goes wrong
   * @throws KernelException if it cannot begin; the listener is closed then, and every call that it
   *     would have judged fails
   */
  public static Supervisor start(Listener listener, Routes routes, FailureListener failures)
      throws KernelException {
    try {
      boolean _ = listener.wakeSynchronously(); // Without it everything works, only slower.
      Receivers receivers = new Receivers(listener, routes, wakesAtEnd());
      HeldCallTimer watch = new HeldCallTimer(receivers);
      receivers.start(new Answers(listener, failures, watch), watch);
      watch.start();
      return new Supervisor(listener, receivers, watch);
    } catch (KernelException | RuntimeException e) {
      listener.close();
      throw e;
    }
  }

  /**
   * Whether a waiting receive ends with the last task. That cannot be tried without a process to
   * try it on, so the release decides; where it says nothing we understand, we poll, which always
   * works.
   */
  private static boolean wakesAtEnd() throws KernelException {
    return Uname.read().isAtLeast(6, 11);
  }

  /** Stops receiving, when nothing of the tree is left. */
  public void end() {
    watch.end();
    receivers.end();
    Uninterrupted.run(
        () -> {
          watch.join();
          stopped = receivers.join(ENDING.toNanos());
        });
  }

  /**
   * Lets go of the listener, when nobody can answer a held call any more. A receiver that the
   * kernel still keeps goes on holding its descriptor.
   */
  public void close() {
    if (stopped) {
      listener.close();
    }
  }
}
