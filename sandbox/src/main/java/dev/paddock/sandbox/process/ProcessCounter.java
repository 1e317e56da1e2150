package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Procfs;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Counts the processes below init, from /proc alone.
 *
 * <p>It counts every one that is there from beginning to end. The kernel lists ids in order, so
 * whoever stays is listed, while {@code /proc/PID/task/TID/children} may leave out a child when
 * another one ends. Who belongs to init is found from the parents; a parent that has gone since it
 * was read, or whose id has become a younger process's, is read again: the child has got another
 * one by then, and all who adopt in the tree are in the tree. A zombie counts, as for RLIMIT_NPROC:
 * it has its id until it is reaped. Init, and its partner above it, do not.
 */
final class ProcessCounter {
  /** A family that changes so often while it is looked at is counted in. */
  private static final int PATIENCE = 64;

  private record Seen(int parent, long startTime) {}

  private final int init;
  private final Map<Integer, Seen> all = new HashMap<>();
  private final Map<Integer, Boolean> inside = new HashMap<>();

  private ProcessCounter(int init) {
    this.init = init;
  }

  /**
   * Those below init.
   *
   * @throws KernelException if they cannot be counted
   */
  static Set<ProcessId> take(int init) throws KernelException {
    ProcessCounter counter = new ProcessCounter(init);
    List<Integer> processes = Procfs.processes();
    for (int pid : processes) {
      boolean _ = counter.look(pid);
    }
    Set<ProcessId> found = new HashSet<>();
    for (int pid : processes) {
      Seen seen = counter.all.get(pid);
      if (seen != null && pid != init && counter.isInside(pid)) {
        found.add(new ProcessId(pid, seen.startTime()));
      }
    }
    return found;
  }

  /**
   * Those of some processes that are still there.
   *
   * @throws KernelException if that cannot be found out
   */
  static Set<ProcessId> remaining(Set<ProcessId> processes) throws KernelException {
    Set<ProcessId> left = new HashSet<>();
    for (ProcessId id : processes) {
      try {
        if (Procfs.stat(id.pid()).startTime() == id.startTime()) {
          left.add(id);
        }
      } catch (KernelException e) {
        if (!e.is(Errno.ENOENT) && !e.is(Errno.ESRCH)) {
          throw e;
        }
      }
    }
    return left;
  }

  /** Reads a process; whether it is there. */
  private boolean look(int pid) throws KernelException {
    try {
      ProcessStat stat = Procfs.stat(pid);
      all.put(pid, new Seen(stat.parent(), stat.startTime()));
      return true;
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
        all.remove(pid);
        return false;
      }
      throw e;
    }
  }

  private boolean isInside(int pid) throws KernelException {
    Set<Integer> way = new HashSet<>();
    boolean found = false;
    int at = pid;
    for (int reads = 0; ; ) {
      Boolean known = inside.get(at);
      if (known != null) {
        found = known;
        break;
      }
      Seen seen = all.get(at);
      if (at == init || seen == null || seen.parent() == 0) {
        found = at == init;
        break;
      }
      int above = seen.parent();
      Seen parent = all.get(above);
      boolean doubtful =
          above != init
              && (parent == null
                  || Long.compareUnsigned(parent.startTime(), seen.startTime()) >= 0
                  || way.contains(above));
      if (doubtful) {
        if (reads++ > PATIENCE) {
          found = true;
          break;
        }
        if (!look(at)) { // Gone: whoever was below it has another parent by now.
          if (at == pid) {
            return false;
          }
          way.clear();
          at = pid;
          boolean _ = look(pid);
          continue;
        }
        Seen again = all.get(at);
        if (again != null && again.parent() == above) {
          // Still its child, so whoever has that id now is the parent.
          if (!look(above)) {
            continue;
          }
          way.add(at);
          at = above;
        }
        continue;
      }
      way.add(at);
      at = above;
    }
    for (int passed : way) {
      inside.put(passed, found);
    }
    inside.put(pid, found);
    return found;
  }
}
