package dev.paddock.sandbox.freeze;

import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.SandboxException;

/** A way to have a tree stand still. One thread calls everything but {@link #wake}. */
sealed interface FreezeMethod permits PtraceFreeze, CgroupFreeze {
  /**
   * Stops everything, and returns when nothing of the tree can run.
   *
   * @param until when to give up, of {@link System#nanoTime}
   * @throws SandboxException if some of it does not stop; {@link #release} follows
   */
  void stopAll(long until) throws KernelException, SandboxException;

  /** Returns when {@link #wake} was called, before or meanwhile, or nobody is left. */
  void stand() throws KernelException;

  /** Ends {@link #stand}; from any thread. */
  void wake();

  /** Lets everything go on as it was, however far stopping it had come. */
  void release();
}
