package dev.paddock.sandbox.launch;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Signals;

/** The process group of this process, as the job that a shell knows. */
final class OwnGroup {
  private OwnGroup() {}

  /** Stops all of it, and returns when somebody has continued it. */
  static void stop() throws KernelException {
    Processes.kill(0, Signals.SIGSTOP);
    awaitStop();
  }

  /**
   * Returns when this process has been stopped and continued. In a process of many threads kill(2)
   * may return first: the signal is pending until any thread takes it, and taking it stops them all
   * at once. So whoever sees it pending no longer has been stopped on the way back from looking.
   */
  private static void awaitStop() throws KernelException {
    int self = Processes.pid();
    long stop = 1L << (Signals.SIGSTOP - 1);
    while ((Procfs.signalMask(Procfs.read(self, "status"), "ShdPnd") & stop) != 0) {
      Thread.onSpinWait();
    }
  }

  /**
   * Whether our process group has a parent in another group of our session, which can continue it:
   * the first ancestor that is in no group of ours, be there scripts in between.
   */
  static boolean canBeContinued() {
    try {
      int group = Processes.group(0);
      int parent = Processes.parent();
      while (parent > 1 && Processes.group(parent) == group) {
        parent = Procfs.stat(parent).parent();
      }
      return parent > 1 && Processes.session(parent) == Processes.session(0);
    } catch (KernelException e) {
      return false; // The parent is gone: nobody is there to continue us, so we do not stop.
    }
  }
}
