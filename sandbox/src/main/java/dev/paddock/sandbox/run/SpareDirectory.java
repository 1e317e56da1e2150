package dev.paddock.sandbox.run;

import org.jspecify.annotations.Nullable;

/**
 * A private directory that one run has left as it was, kept for the next run of the same plan: to
 * make one with all its places, and to remove it, takes longer than the rest of a short run. What
 * is kept when the JVM ends is removed by the next run of its user, as what a killed one has left.
 */
final class SpareDirectory {
  private @Nullable PrivateDirectory spare;
  private boolean closed;

  /** Whether a change can be told from none by its time, where the directories are. */
  private @Nullable Boolean isTimeFine;

  /** The one that is kept, which is the caller's from now on; null if there is none. */
  synchronized @Nullable PrivateDirectory take() {
    PrivateDirectory taken = spare;
    spare = null;
    return taken;
  }

  /** Keeps a directory if it can serve another run and none is kept; else removes it. */
  void giveBack(PrivateDirectory directory) {
    if (!keep(directory)) {
      directory.remove();
    }
  }

  private synchronized boolean keep(PrivateDirectory directory) {
    if (closed || spare != null || !directory.isUntouched()) {
      return false;
    }
    if (isTimeFine == null) {
      isTimeFine = directory.isTimeFine();
    }
    if (!isTimeFine) {
      return false;
    }
    spare = directory;
    return true;
  }

  /** Removes what is kept; nothing is kept any more. */
  void close() {
    PrivateDirectory last;
    synchronized (this) {
      closed = true;
      last = take();
    }
    if (last != null) {
      last.remove();
    }
  }
}
