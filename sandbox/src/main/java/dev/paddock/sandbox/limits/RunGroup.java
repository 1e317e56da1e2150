package dev.paddock.sandbox.limits;

import dev.paddock.linux.ControlGroup;
import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.launch.RunMonitor;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The control group of one run: holds its tree, without init, to limits that the kernel counts, and
 * can be frozen. It is made when the run begins if it has a limit, else when somebody first wants
 * it.
 */
public final class RunGroup implements RunMonitor {
  private static final String PREFIX = "paddock-";
  private static final long SHORTLY = 200_000;
  private static final long PATIENCE = 1_000_000_000L;
  private static final AtomicInteger RUNS = new AtomicInteger();

  private final Supplier<Optional<Delegation>> find;
  private final long memory;
  private final int percent;
  private final Consumer<Outcome> report;
  private int root;
  private boolean over;
  private boolean found;
  private @Nullable Delegation delegation;
  private @Nullable ControlGroup group;

  /**
   * A group to be.
   *
   * @param find where it may be made; asked once, when it is first wanted
   * @param memory for the whole tree, in bytes; 0 for no limit
   * @param percent of one processor's time; 0 for no limit
   * @param report told when the kernel has killed the tree
   */
  public RunGroup(
      Supplier<Optional<Delegation>> find, long memory, int percent, Consumer<Outcome> report) {
    this.find = find;
    this.memory = memory;
    this.percent = percent;
    this.report = report;
  }

  @Override
  public boolean isAwaited() {
    return memory > 0 || percent > 0;
  }

  /** Whether this run can have a group. */
  public synchronized boolean isPossible() {
    return delegation() != null;
  }

  private @Nullable Delegation delegation() {
    if (!found) {
      found = true;
      delegation = find.get().orElse(null);
    }
    return delegation;
  }

  @Override
  public synchronized void begin(int init, int target, Consumer<Outcome> end)
      throws KernelException {
    root = init;
    if (!isAwaited()) {
      return;
    }
    ControlGroup made = make();
    if (memory > 0) {
      made.set("memory.max", "" + memory);
      made.set("memory.oom.group", "1"); // All or nothing: what is left of a tree is of no use.
      if (made.has("memory.swap.max")) {
        made.set("memory.swap.max", "0"); // Or the limit were one of resident memory only.
      }
    }
    if (percent > 0) {
      made.set("cpu.max", percent * 1000L + " 100000");
    }
    made.add(target);
  }

  private ControlGroup make() throws KernelException {
    Delegation left = delegation();
    if (left == null) {
      throw new IllegalStateException("no control group is left to us");
    }
    ControlGroup place = left.place();
    removeStale(place);
    int self = Processes.pid();
    String name = PREFIX + self + "-" + Procfs.stat(self).startTime() + "-";
    while (true) {
      ControlGroup made = place.child(name + RUNS.incrementAndGet());
      try {
        made.make();
        group = made;
        return made;
      } catch (KernelException e) {
        if (!e.is(Errno.EEXIST)) {
          throw e;
        }
      }
    }
  }

  /** Removes what a supervisor left that was killed: its tree has ended with it. */
  private static void removeStale(ControlGroup place) throws KernelException {
    for (String name : place.children()) {
      String[] parts = name.split("-", -1);
      if (!name.startsWith(PREFIX) || parts.length != 4) {
        continue;
      }
      try {
        String start = "" + Procfs.stat(Integer.parseInt(parts[1])).startTime();
        if (start.equals(parts[2])) {
          continue;
        }
      } catch (NumberFormatException e) {
        continue; // Somebody else's.
      } catch (KernelException e) {
        if (!e.is(Errno.ENOENT) && !e.is(Errno.ESRCH)) {
          continue;
        }
      }
      try {
        place.child(name).remove();
      } catch (KernelException e) {
        // Its tree is still being killed, or another run of ours was quicker.
      }
    }
  }

  /**
   * Freezes the tree: what of it can run no more, by the kernel's word, may still wait in the
   * kernel; it is stopped before its next instruction. Returns at once.
   *
   * @throws KernelException if it cannot be; then {@link #thaw} puts things right
   */
  public synchronized void freeze() throws KernelException {
    if (over) {
      return;
    }
    ControlGroup all = group;
    if (all != null) {
      all.set("cgroup.freeze", "1");
      return;
    }
    all = make();
    all.set("cgroup.freeze", "1");
    // Whoever is in the group stands still, and what it had forked before is found by the next
    // pass: one that finds nobody new has found all.
    Set<Integer> inside = new HashSet<>();
    boolean more = true;
    while (more) {
      more = false;
      for (int process : RunProcesses.below(root)) {
        if (inside.add(process)) {
          more = true;
          add(all, process);
        }
      }
    }
  }

  private static void add(ControlGroup all, int process) throws KernelException {
    try {
      all.add(process);
    } catch (KernelException e) {
      if (!e.is(Errno.ESRCH)) { // It has ended.
        throw e;
      }
    }
  }

  /** Lets the tree go on. */
  public synchronized void thaw() throws KernelException {
    ControlGroup all = group;
    if (all != null && !over) {
      all.set("cgroup.freeze", "0");
    }
  }

  @Override
  public synchronized Result ended(Result measured) {
    ControlGroup all = group;
    if (all == null || memory == 0) {
      return measured;
    }
    try {
      if (all.number("memory.events", "oom_kill") == 0) {
        return measured;
      }
      Outcome why =
          new Outcome.Stopped(
              "limits.memory",
              "the kernel killed it for more than " + MemoryWatch.mebibytes(memory));
      report.accept(why);
      return measured.withOutcome(why);
    } catch (KernelException e) {
      return measured; // Only what is told of the end is lost by that.
    }
  }

  @Override
  public synchronized void end() {
    over = true;
    ControlGroup all = group;
    if (all == null) {
      return;
    }
    long until = System.nanoTime() + PATIENCE;
    while (true) {
      try {
        all.remove();
        return;
      } catch (KernelException e) {
        // EBUSY while the last thread is on its way out. What is left is empty and harmless, and
        // goes with a later run of anybody.
        if (!e.is(Errno.EBUSY) || System.nanoTime() > until) {
          return;
        }
        LockSupport.parkNanos(SHORTLY);
      }
    }
  }

  /** The processes of the tree. */
  public List<Integer> tree() throws KernelException {
    return RunProcesses.below(root);
  }
}
