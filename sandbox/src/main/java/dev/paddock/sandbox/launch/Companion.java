package dev.paddock.sandbox.launch;

import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Usage;
import java.util.function.Consumer;

/** Whoever looks after a run from outside of its tree, and judges none of its calls. */
public interface Companion {
  /**
   * The run begins.
   *
   * @param init init's process id; every process of the tree descends from it
   * @param target the target's
   * @param end ends the run: kills the whole tree, with this outcome; from any thread
   */
  void begin(int init, int target, Consumer<Outcome> end);

  /** Nothing of the tree is left; called once, also if the run never began. */
  void end();

  /** What it knows of the use, put to what init has measured; after {@link #end}. */
  Usage used(Usage measured);
}
