package dev.paddock.sandbox.limits;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Procfs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The processes of a run while they live: all that descends from init, which adopts its orphans.
 * Read while they run, so one that is just born or adopted may be missing for once.
 */
public final class RunProcesses {
  private RunProcesses() {}

  /** Whether init has ended, and with it the whole tree: nobody is left to be looked at. */
  public static boolean isGone(int init) {
    try {
      return ProcessStat.isEnd(Procfs.state(init));
    } catch (KernelException e) {
      return e.is(Errno.ENOENT) || e.is(Errno.ESRCH);
    }
  }

  /**
   * The ids of all processes below init, itself not among them.
   *
   * @throws KernelException if init's children cannot be read; ESRCH or ENOENT once it is gone
   */
  public static List<Integer> below(int init) throws KernelException {
    List<Integer> runProcesses = new ArrayList<>(Procfs.children(init));
    Set<Integer> seen = new HashSet<>(runProcesses);
    for (int i = 0; i < runProcesses.size(); i++) {
      List<Integer> children;
      try {
        children = Procfs.children(runProcesses.get(i));
      } catch (KernelException e) {
        if (!e.is(Errno.ESRCH) && !e.is(Errno.ENOENT)) {
          throw e;
        }
        continue; // It has ended.
      }
      for (int child : children) {
        if (seen.add(child)) {
          runProcesses.add(child);
        }
      }
    }
    return runProcesses;
  }
}
