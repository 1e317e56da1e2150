package dev.paddock.sandbox.freeze;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Tracee;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.limits.RunProcesses;
import dev.paddock.sandbox.process.WaitWakeup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * By ptrace(2), everywhere: a stop of a tracee is its tracer's alone, so no waitpid(2) inside sees
 * it, where SIGSTOP shows itself to every shell.
 *
 * <p>Every thread is seized and interrupted, in passes until one finds nobody new; children that
 * are born meanwhile are tracees by themselves. A thread that waits in the kernel and hears no
 * interrupt (a vfork, a call that the supervisor holds, a disk) counts as frozen: it stops before
 * its next instruction. All are let go by the end of the thread that traces them, so one that has
 * not stopped yet is let go as well.
 */
final class PtraceFreeze implements FreezeMethod {
  private static final long SHORTLY = 20_000;

  private final int init;
  private final WaitWakeup wakeup = new WaitWakeup();

  /** Who is held, and how it stands; null while it has not stopped. */
  private final Map<Integer, Tracee.@Nullable Stop> held = new HashMap<>();

  private final BlockedThreads blocked = new BlockedThreads();
  private int self;

  PtraceFreeze(int init) {
    this.init = init;
  }

  @Override
  public void wake() {
    wakeup.wake();
  }

  @Override
  public void stopAll(long until) throws KernelException, SandboxException {
    self = Processes.thread();
    wakeup.start();
    boolean more = true;
    while (more) {
      more = false;
      for (int process : RunProcesses.below(init)) {
        for (int each : threads(process)) {
          more |= !held.containsKey(each) && take(each);
        }
      }
      more |= settle(until);
      if (more && System.nanoTime() > until) {
        throw new SandboxException(SandboxException.FAILED, "some of it does not stop");
      }
    }
  }

  private static List<Integer> threads(int process) {
    try {
      return Procfs.threads(process);
    } catch (KernelException e) {
      return List.of(); // It has ended.
    }
  }

  /** Whether a thread is held that was not before. */
  private boolean take(int each) throws KernelException {
    try {
      Tracee.Running running = Ptrace.seize(each, Ptrace.BIRTHS);
      held.put(each, null);
      running.interrupt();
      return true;
    } catch (KernelException e) {
      if (e.is(Errno.ESRCH)) {
        return false; // It has ended, or is ending.
      }
      if (!e.is(Errno.EPERM)) {
        throw e;
      }
      byte[] status;
      try {
        status = Procfs.read(each, "status");
      } catch (KernelException gone) {
        return false;
      }
      String state = Procfs.statusField(status, "State").orElse("Z");
      if (state.isEmpty() || ProcessStat.isEnd(state.charAt(0))) {
        return false;
      }
      String tracer = Procfs.statusField(status, "TracerPid").orElse("");
      if (tracer.equals("" + self)) {
        held.put(each, null); // Born of one that is held: it stops by itself.
        return true;
      }
      if (!FrozenTree.isForeign(tracer)) {
        LockSupport.parkNanos(SHORTLY); // Our supervisor holds it back for a moment, or has just.
        return true;
      }
      throw e;
    }
  }

  /** Waits until nobody who is held can run; whether there is somebody new. */
  private boolean settle(long until) throws KernelException, SandboxException {
    boolean more = false;
    while (true) {
      Optional<Tracee.Change> change = Ptrace.poll(Ptrace.ANY);
      if (change.isPresent()) {
        more |= note(change.get());
      } else if (allStand()) {
        return more;
      } else if (System.nanoTime() > until) {
        throw new SandboxException(SandboxException.FAILED, "some of it does not stop");
      } else {
        LockSupport.parkNanos(SHORTLY);
      }
    }
  }

  private boolean note(Tracee.Change change) {
    int who = change.thread();
    switch (change) {
      case Tracee.Gone _ -> held.remove(who);
      case Tracee.Born born -> {
        held.put(who, born);
        if (!held.containsKey(born.child())) {
          held.put(born.child(), null);
          return true;
        }
      }
      case Tracee.Stop stop -> held.put(who, stop);
    }
    return false;
  }

  /** Whoever has not stopped must be where no interrupt is heard, or over. */
  private boolean allStand() {
    blocked.look();
    for (Map.Entry<Integer, Tracee.@Nullable Stop> each : held.entrySet()) {
      if (each.getValue() != null) {
        continue;
      }
      try {
        char state = Procfs.state(each.getKey());
        if (state == 'D') {
          blocked.add(each.getKey());
        } else if (!ProcessStat.isEnd(state)) {
          return false;
        }
      } catch (KernelException e) {
        // Gone: its end will be told.
      }
    }
    return blocked.rest();
  }

  /** Until somebody rings, or nobody is left. Who is killed meanwhile must be waited for. */
  @Override
  public void stand() throws KernelException {
    while (true) {
      Tracee.Change change = Ptrace.await(Ptrace.ANY);
      if (wakeup.isHeard(change)) {
        return;
      }
      boolean _ = note(change);
    }
  }

  @Override
  public void release() {
    for (Tracee.Stop stop : held.values()) {
      if (stop == null) {
        continue;
      }
      try {
        // Only an answer keeps a signal that was on its way.
        stop.detach(stop instanceof Tracee.SignalStop signal ? signal.signal() : 0);
      } catch (KernelException e) {
        // It is being killed.
      }
    }
    try {
      wakeup.stop();
    } catch (KernelException e) {
      // It has been heard.
    }
  }
}
