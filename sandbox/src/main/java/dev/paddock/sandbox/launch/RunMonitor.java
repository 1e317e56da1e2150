package dev.paddock.sandbox.launch;

import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.SandboxException;
import java.util.function.Consumer;

/** Whoever looks after a run from outside of its tree, and judges none of its calls. */
public interface RunMonitor {
  /** Whether the target must not run before {@link #begin} has returned. */
  default boolean isAwaited() {
    return false;
  }

  /**
   * The run begins: the target waits until this returns, if {@link #isAwaited}.
   *
   * @param init init's process id; every process of the tree descends from it
   * @param target the target's
   * @param end ends the run: kills the whole tree, with this outcome; from any thread
   * @throws KernelException if it cannot do its part: the run fails
   * @throws SandboxException for the same reason
   */
  void begin(int init, int target, Consumer<Outcome> end) throws KernelException, SandboxException;

  /** Nothing of the tree is left: what it knows of that, put to what init has measured. */
  default Result ended(Result measured) {
    return measured;
  }

  /** The last that is called, once, also if the run never began; in the reverse order. */
  void end();
}
