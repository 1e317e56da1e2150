package dev.paddock.sandbox.attach;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Tracee;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes a process that runs, with all its threads and all its descendants, none of which notices.
 *
 * <p>Whoever is seized brings its children with it from then on, so what is missing after a pass
 * was made by somebody who was not seized yet. Passes are made until one finds nobody new. A
 * descendant whose parent ends before it is seized cannot be told from a stranger any more.
 */
final class TreeAttacher {
  private static final int OPTIONS = Ptrace.EXECS | Ptrace.BIRTHS;

  private final TraceTable table;
  private final ThreadOwnership ownership;
  private final AttachReports reports;
  private final boolean lenient;
  private final int self = Processes.pid();
  private final int tracer = Processes.thread();
  private final Set<Integer> refused = new HashSet<>();
  private final Map<Integer, Integer> counts = new HashMap<>();

  /**
   * For the calling thread, whose tracees they become.
   *
   * @param lenient whether descendants that may not be traced are left out
   */
  TreeAttacher(
      TraceTable table, ThreadOwnership ownership, AttachReports reports, boolean lenient) {
    this.table = table;
    this.ownership = ownership;
    this.reports = reports;
    this.lenient = lenient;
  }

  /**
   * Takes a process.
   *
   * @throws KernelException ESRCH if there is none, EPERM if it may not be traced, or if one of its
   *     descendants may not and none may be left out
   */
  void take(int process) throws KernelException {
    boolean more = true;
    while (more) {
      more = false;
      for (int member : members(process)) {
        for (int thread : threads(member)) {
          more |= seize(thread, member, member == process);
        }
      }
    }
    if (counts.isEmpty()) {
      throw new KernelException(Errno.of(Errno.ESRCH), "ptrace(SEIZE)", "" + process);
    }
    for (Map.Entry<Integer, Integer> count : counts.entrySet()) {
      int parent = table.get(count.getKey()).map(TracedThread::parent).orElse(0);
      reports.attached(count.getKey(), parent, count.getValue());
    }
  }

  /** Whether a thread was found that is new. */
  private boolean seize(int thread, int process, boolean needed) throws KernelException {
    if (table.get(thread).isPresent() || refused.contains(process)) {
      return false;
    }
    try {
      Tracee.Running _ = Ptrace.seize(thread, OPTIONS);
    } catch (KernelException e) {
      if (!e.is(Errno.EPERM) && !e.is(Errno.ESRCH)) {
        throw e;
      }
      Optional<ThreadOwnership.Place> place = ownership.of(thread);
      if (place.isPresent() && place.get().tracer() == tracer) {
        return false; // Born of one that is ours; its first stop will make it known.
      }
      if (place.isEmpty() || isOver(thread)) {
        return false;
      }
      if (!needed && lenient) {
        if (refused.add(process)) {
          reports.notTaken(process, e);
        }
        return false;
      }
      throw e;
    }
    // Its number is its own until we have waited for its end.
    table.seized(
        thread, ownership.of(thread).orElse(new ThreadOwnership.Place(process, 0, tracer)));
    counts.merge(process, 1, Integer::sum);
    return true;
  }

  private static boolean isOver(int thread) {
    try {
      return ProcessStat.isEnd(Procfs.state(thread));
    } catch (KernelException e) {
      return true; // Gone altogether.
    }
  }

  private static List<Integer> threads(int process) {
    try {
      return Procfs.threads(process);
    } catch (KernelException e) {
      return List.of(); // Gone.
    }
  }

  /** The process and all its descendants, but not this one. */
  private List<Integer> members(int root) throws KernelException {
    Map<Integer, List<Integer>> children = new HashMap<>();
    for (int process : Procfs.processes()) {
      try {
        ProcessStat stat = Procfs.stat(process);
        children.computeIfAbsent(stat.parent(), _ -> new ArrayList<>()).add(process);
      } catch (KernelException e) {
        // Gone meanwhile.
      }
    }
    List<Integer> members = new ArrayList<>();
    members.add(root);
    for (int i = 0; i < members.size(); i++) {
      for (int child : children.getOrDefault(members.get(i), List.of())) {
        if (child != self) {
          members.add(child);
        }
      }
    }
    return members;
  }
}
