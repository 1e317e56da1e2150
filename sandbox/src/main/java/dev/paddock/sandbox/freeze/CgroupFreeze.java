package dev.paddock.sandbox.freeze;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.limits.RunGroup;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * By the freezer of control groups (version 2), where a group is delegated: nobody inside sees it,
 * and nobody is traced for it. SIGKILL still ends what stands.
 */
final class CgroupFreeze implements FreezeMethod {
  private static final long SHORTLY = 50_000;

  private final RunGroup group;
  private final BlockedThreads blocked = new BlockedThreads();
  private final CountDownLatch woken = new CountDownLatch(1);

  CgroupFreeze(RunGroup group) {
    this.group = group;
  }

  @Override
  public void stopAll(long until) throws KernelException, SandboxException {
    group.freeze();
    while (isAnyMoving()) {
      if (System.nanoTime() > until) {
        throw new SandboxException(SandboxException.FAILED, "some of it does not stop");
      }
      LockSupport.parkNanos(SHORTLY);
    }
  }

  /**
   * The kernel calls a group frozen only when nobody waits where no signal is heard (a vfork, a
   * call that the supervisor holds, a disk). But by the time that freezing returns it has woken all
   * others: one that sleeps after that sleeps in the freezer. A child that our supervisor still
   * holds at its birth goes there when it is let go.
   */
  private boolean isAnyMoving() throws KernelException {
    blocked.look();
    for (int process : group.tree()) {
      try {
        for (int thread : Procfs.threads(process)) {
          char state = Procfs.state(thread);
          if (state == 'R' || (state == 't' && !hasForeignTracer(thread))) {
            return true;
          }
          if (state == 'D') {
            blocked.add(thread);
          }
        }
      } catch (KernelException e) {
        // It has ended, or one of its threads has: another pass tells.
        if (isPresent(process)) {
          return true;
        }
      }
    }
    return !blocked.rest();
  }

  private static boolean hasForeignTracer(int thread) throws KernelException {
    byte[] status = Procfs.read(thread, "status");
    return FrozenTree.isForeign(Procfs.statusField(status, "TracerPid").orElse("0"));
  }

  private static boolean isPresent(int process) {
    try {
      return !ProcessStat.isEnd(Procfs.state(process));
    } catch (KernelException e) {
      return false;
    }
  }

  @Override
  public void stand() {
    Uninterrupted.run(woken::await);
  }

  @Override
  public void wake() {
    woken.countDown();
  }

  @Override
  public void release() {
    try {
      group.thaw();
    } catch (KernelException e) {
      throw new IllegalStateException("cannot thaw what was frozen", e);
    }
  }
}
