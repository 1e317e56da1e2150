package dev.paddock.linux;

/**
 * Waits that an interrupt of the waiting thread does not cut short: what is being put away is put
 * away whole. The interrupt is kept, for whoever waits next.
 */
public final class Uninterrupted {
  private Uninterrupted() {}

  /** Something that waits, and can be begun again if it was interrupted. */
  @FunctionalInterface
  public interface Wait {
    /** Waits. */
    void run() throws InterruptedException;
  }

  /** Waits, however often it takes. */
  public static void run(Wait wait) {
    boolean interrupted = false;
    while (true) {
      try {
        wait.run();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for a thread's end. */
  public static void join(Thread thread) {
    run(thread::join);
  }
}
