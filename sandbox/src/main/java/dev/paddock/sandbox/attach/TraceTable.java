package dev.paddock.sandbox.attach;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who is traced. The kernel tells of a birth twice, in any order: the parent stops at its fork, the
 * child before its first instruction. Whichever comes first makes the child known, by {@link
 * #seed}; a child that came first is put right, by {@link #repair}, when its parent's word comes,
 * and keeps what it has done meanwhile. So the order changes nothing of what stands here in the
 * end.
 *
 * <p>For one thread only. It decides nothing and touches nobody.
 */
final class TraceTable {
  private final ThreadOwnership ownership;
  private final Scope scope;
  private final Map<Integer, TracedThread> threads = new HashMap<>();

  /** Who has ended before the parent's word came, and the parent as far as it is known. */
  private final Map<Integer, Integer> unborn = new HashMap<>();

  /**
   * Nobody so far.
   *
   * @param ownership asked where a thread belongs
   * @param scope what those belong to who are seized, and whose parents are not known: the kernel
   *     makes nobody a tracee but them and their descendants
   */
  TraceTable(ThreadOwnership ownership, Scope scope) {
    this.ownership = ownership;
    this.scope = scope;
  }

  /** A thread that was seized while it ran. */
  void seized(int thread, ThreadOwnership.Place place) {
    threads.put(
        thread, new TracedThread(thread, place.process(), place.parent(), scope, true, true, 0));
  }

  /**
   * A parent stands at its fork.
   *
   * @return the child, if it was not known before
   */
  Optional<TracedThread> born(int parent, int child) {
    TracedThread maker = threads.get(parent);
    if (maker == null) { // Its own first stop and its parent's word are both to come.
      maker = seed(parent, null);
      threads.put(parent, maker);
    }
    if (unborn.remove(child) != null) {
      return Optional.empty(); // It has lived and ended already.
    }
    TracedThread known = threads.get(child);
    TracedThread repaired = repair(known == null ? seed(child, maker) : known, maker);
    threads.put(child, repaired);
    return known == null ? Optional.of(repaired) : Optional.empty();
  }

  /**
   * A thread stands still that nobody has made stand still.
   *
   * @return the thread, if it was not known before
   */
  Optional<TracedThread> stopped(int thread) {
    TracedThread known = threads.get(thread);
    TracedThread now = known == null ? seed(thread, null) : known;
    threads.put(
        thread,
        new TracedThread(
            thread, now.process(), now.parent(), now.scope(), now.born(), true, now.execs()));
    return known == null ? Optional.of(now) : Optional.empty();
  }

  /**
   * A process has begun another program; the thread that did so is now its leader, and the only
   * one.
   *
   * @param process the process
   * @param former the id that the thread had before
   * @return the process as it is now
   */
  TracedThread executed(int process, int former) {
    TracedThread thread = former == process ? null : threads.remove(former);
    TracedThread leader = threads.get(process);
    TracedThread now = leader != null ? leader : thread != null ? thread : seed(process, null);
    TracedThread after =
        new TracedThread(
            process, process, now.parent(), now.scope(), now.born(), true, now.execs() + 1);
    threads.put(process, after);
    return after;
  }

  /**
   * A thread has ended.
   *
   * @return its process, if that has ended with it and was known
   */
  Optional<TracedThread> gone(int thread) {
    TracedThread known = threads.remove(thread);
    if (known == null || !known.born()) {
      unborn.put(thread, known == null ? 0 : known.parent());
    }
    if (known == null || !known.isLeader()) {
      return Optional.empty();
    }
    unborn.values().removeIf(parent -> parent == thread); // Its word will not come any more.
    return Optional.of(known);
  }

  /** What is known of a thread. */
  Optional<TracedThread> get(int thread) {
    return Optional.ofNullable(threads.get(thread));
  }

  /** Everybody, in no order. */
  Collection<TracedThread> all() {
    return List.copyOf(threads.values());
  }

  /** How many processes there are. */
  int processes() {
    int count = 0;
    for (TracedThread thread : threads.values()) {
      count += thread.isLeader() ? 1 : 0;
    }
    return count;
  }

  /** How many have ended whose parent's word has not come. */
  int awaited() {
    return unborn.size();
  }

  /**
   * The state of a thread that was not known, from its parent.
   *
   * @param parent the thread that made it; null if only the kernel's tables can tell which process
   *     did
   */
  private TracedThread seed(int thread, @Nullable TracedThread parent) {
    if (parent != null && ownership.isLeader(thread)) {
      return new TracedThread(thread, thread, parent.process(), parent.scope(), false, false, 0);
    }
    Optional<ThreadOwnership.Place> place = ownership.of(thread);
    int process = place.isEmpty() ? thread : place.get().process();
    TracedThread from = parent;
    if (from == null && place.isPresent()) {
      from = threads.get(process == thread ? place.get().parent() : process);
    }
    int maker = place.isEmpty() ? 0 : place.get().parent();
    if (from != null) {
      maker = maker(process, from);
    }
    return new TracedThread(
        thread, process, maker, from == null ? scope : from.scope(), false, false, 0);
  }

  /** What its parent's word changes. */
  private static TracedThread repair(TracedThread child, TracedThread parent) {
    return new TracedThread(
        child.thread(),
        child.process(),
        maker(child.process(), parent),
        parent.scope(),
        true,
        child.begun(),
        child.execs());
  }

  /** Which process made a process, of which this thread is either a thread or the maker. */
  private static int maker(int process, TracedThread thread) {
    return process == thread.process() ? thread.parent() : thread.process();
  }
}
