package dev.paddock.sandbox.freeze;

import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.launch.RunMonitor;
import dev.paddock.sandbox.limits.RunGroup;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Freezes and thaws the tree of one run. Costs nothing until it is used. */
public final class Freezer implements RunMonitor {
  private final ReadWriteLock gate;
  private final RunGroup group;
  private int init;
  private boolean over;
  private boolean groupFails;
  private @Nullable FrozenTree frozen;

  /** Who wants it frozen; it is as long as anybody does. */
  private final Set<Object> wanting = new HashSet<>();

  /**
   * For a run that is to begin.
   *
   * @param gate what keeps the supervisor's own tracers out meanwhile
   * @param group the run's; where it can have none, the tree is stopped by tracing
   */
  public Freezer(ReadWriteLock gate, RunGroup group) {
    this.gate = gate;
    this.group = group;
  }

  @Override
  public synchronized void begin(int process, int target, Consumer<Outcome> end) {
    init = process;
  }

  /**
   * Stops every thread of the tree, and returns when none of them can run any more. Does nothing if
   * the tree is frozen already, or has ended.
   *
   * @param who wants it; it thaws once nobody does
   * @throws SandboxException if some of it cannot be stopped: then nothing of it is
   * @throws InterruptedException if the calling thread was interrupted: then nothing of it is
   */
  public synchronized void freeze(Object who) throws SandboxException, InterruptedException {
    if (over || init == 0) {
      return;
    }
    if (frozen != null) {
      wanting.add(who);
      return;
    }
    FrozenTree tree = byGroup();
    frozen = tree != null ? tree : stopped(new PtraceFreeze(init));
    wanting.add(who);
  }

  /** Null if there is no group, or it does not do. */
  private @Nullable FrozenTree byGroup() throws InterruptedException {
    if (groupFails || !group.isPossible()) {
      return null;
    }
    try {
      return stopped(new CgroupFreeze(group));
    } catch (SandboxException e) {
      groupFails = true; // Tracing goes on to say what stands in the way, if something does.
      return null;
    }
  }

  private FrozenTree stopped(FreezeMethod way) throws SandboxException, InterruptedException {
    FrozenTree tree = new FrozenTree(way, gate.writeLock());
    tree.freeze();
    return tree;
  }

  /** Lets everybody go on as they were, unless somebody else wants the tree frozen. */
  public synchronized void thaw(Object who) {
    wanting.remove(who);
    if (wanting.isEmpty()) {
      thaw();
    }
  }

  private void thaw() {
    FrozenTree tree = frozen;
    if (tree != null) {
      frozen = null;
      tree.thaw();
    }
  }

  /** Whether the tree is frozen. */
  public synchronized boolean isFrozen() {
    return frozen != null;
  }

  @Override
  public synchronized void end() {
    over = true;
    wanting.clear();
    thaw();
  }
}
