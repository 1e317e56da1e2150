package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who belongs to a run: the authority that everybody asks who must know.
 *
 * <p>A process is a member because it descends from the target, and nothing else makes it one. It
 * becomes known at its birth ({@link #born}), or when somebody asks for it: then its parents are
 * followed up to a member or to init, who adopts the tree's orphans. Each link is believed only
 * while a pidfd says that the parent's id was still the parent's after it was read, so a process id
 * that is used again leads nobody in. As a filter is inherited, whoever makes a held call is a
 * member; it is looked up all the same, and a stranger is refused.
 *
 * <p>A member is known until it ends. While it runs it costs one descriptor.
 */
public final class ProcessTree {
  /** Why a stranger is refused, in reports. */
  public static final String UNKNOWN_SESSION = "unknown_session";

  /** How often a family that changes while it is looked at is looked at again. */
  private static final int PATIENCE = 16;

  /**
   * Whether anybody was ever taken in: only the first one is the target. Held by {@link #joining}.
   */
  private boolean begun;

  private final ProcessId init;
  private final Fd initHandle;
  private final String sandbox;
  private final String session;
  private final TreeReports reports;
  private final ExitWatch watch;
  private final ConcurrentHashMap<Integer, Member> members = new ConcurrentHashMap<>();

  /** Held by whoever adds members. */
  private final Object joining = new Object();

  private ProcessTree(
      ProcessId init, Fd initHandle, String sandbox, String session, TreeReports reports)
      throws KernelException {
    this.init = init;
    this.initHandle = initHandle;
    this.sandbox = sandbox;
    this.session = session;
    this.reports = reports;
    this.watch = ExitWatch.start(this::ended);
  }

  /**
   * The tree of a run that begins.
   *
   * @param init init's process id; it is no member
   * @param target the target's, whose parent init is
   * @param sandbox what every member inherits
   * @param session the same
   * @throws KernelException if the target is not there, or there are no descriptors left
   */
  public static ProcessTree start(
      int init, int target, String sandbox, String session, TreeReports reports)
      throws KernelException {
    ProcessTree tree = of(init, sandbox, session, reports);
    try {
      if (tree.find(target).isEmpty()) {
        throw new KernelException(Errno.of(Errno.ESRCH), "pidfd_open", "" + target);
      }
      return tree;
    } catch (KernelException e) {
      tree.end();
      throw e;
    }
  }

  /**
   * The tree of a run that has begun before, of whose processes nothing is known yet.
   *
   * @throws KernelException if init is not there, or there are no descriptors left
   */
  public static ProcessTree of(int init, String sandbox, String session, TreeReports reports)
      throws KernelException {
    Fd handle = Processes.pidFd(init);
    try {
      ProcessId id = new ProcessId(init, Procfs.stat(init).startTime());
      return new ProcessTree(id, handle, sandbox, session, reports);
    } catch (KernelException e) {
      handle.close();
      throw e;
    }
  }

  /**
   * The member that a thread belongs to.
   *
   * @param thread the id of a thread or a process
   * @return empty if it is no member's, or is gone
   * @throws KernelException if that cannot be found out; whoever asked has to be refused
   */
  public Optional<Member> find(int thread) throws KernelException {
    Member known = members.get(thread);
    if (known != null && known.isPresent()) {
      return Optional.of(known);
    }
    synchronized (joining) {
      Optional<Member> met =
          meet(thread); // Most often it is the thread that a process begins with.
      if (met.isPresent()) {
        return met;
      }
      int process = process(thread);
      return process == 0 || process == thread ? Optional.empty() : meet(process);
    }
  }

  /** The process that a thread belongs to, 0 if it is gone. */
  public static int process(int thread) throws KernelException {
    if (thread <= 0) {
      return 0;
    }
    try {
      String group = Procfs.statusField(Procfs.read(thread, "status"), "Tgid").orElse("0");
      return Integer.parseInt(group);
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
        return 0;
      }
      throw e;
    }
  }

  /** A process on the way up, not yet known to belong here. */
  private record Found(int pid, Fd handle, ProcessStat stat) {

    /** Null if it is gone, or has ended. */
    static @Nullable Found of(int pid) throws KernelException {
      Fd handle;
      try {
        handle = Processes.pidFd(pid);
      } catch (KernelException e) {
        // EINVAL, or ENOENT by newer kernels: a thread that no process begins with.
        if (e.is(Errno.ESRCH) || e.is(Errno.EINVAL) || e.is(Errno.ENOENT)) {
          return null;
        }
        throw e;
      }
      try {
        ProcessStat stat = Procfs.stat(pid);
        if (!stat.hasEnded() && Processes.isPresent(handle)) {
          return new Found(pid, handle, stat);
        }
      } catch (KernelException e) {
        if (!e.is(Errno.ENOENT) && !e.is(Errno.ESRCH)) {
          handle.close();
          throw e;
        }
      }
      handle.close();
      return null;
    }
  }

  private Optional<Member> meet(int pid) throws KernelException {
    for (int i = 0; i < PATIENCE; i++) {
      ArrayDeque<Found> way = new ArrayDeque<>();
      try {
        Member ancestor = climb(pid, way);
        if (ancestor == null && way.isEmpty()) {
          return Optional.empty(); // It is gone.
        }
        int top = way.isEmpty() ? 0 : way.getLast().stat().parent();
        if (ancestor == null && top <= 1 && top != init.pid()) {
          return Optional.empty(); // It descends from others.
        }
        Member member = descend(ancestor, way);
        if (member != null && member.pid() == pid) {
          return Optional.of(member);
        }
      } finally {
        for (Found left : way) {
          left.handle().close();
        }
      }
    }
    return Optional.empty(); // Whoever changes its family so fast is not let in.
  }

  /**
   * Follows parents up to a member or to init.
   *
   * @param way gets who is passed, the lowest first
   * @return the member; null if there is none up to init, or the way ends somewhere else
   */
  private @Nullable Member climb(int pid, ArrayDeque<Found> way) throws KernelException {
    int at = pid;
    while (at > 1 && at != init.pid()) {
      Member known = members.get(at);
      if (known != null && known.isPresent()) {
        return known;
      }
      Found found = Found.of(at);
      if (found == null) {
        return null;
      }
      way.addLast(found);
      at = found.stat().parent();
    }
    return null;
  }

  /**
   * Takes in those on the way, from the top, as long as each is still the other's child.
   *
   * @return who was taken in last; null if the way has changed before
   */
  private @Nullable Member descend(@Nullable Member ancestor, ArrayDeque<Found> way)
      throws KernelException {
    Member last = ancestor;
    while (!way.isEmpty()) {
      Found next = way.getLast();
      ProcessStat now = next.stat();
      // A known parent was that one before this was read. Another has been met only since.
      if (last == null || last != ancestor) {
        try {
          now = Procfs.stat(next.pid());
        } catch (KernelException e) {
          if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
            return null;
          }
          throw e;
        }
      }
      ProcessId parent = last == null ? init : last.id();
      // Read first, asked then: the id read was the parent's if it is still.
      boolean stands = last == null ? Processes.isPresent(initHandle) : last.isPresent();
      if (now.parent() != parent.pid() || !stands || !Processes.isPresent(next.handle())) {
        return null;
      }
      Member.Origin origin = begun || last != null ? Member.Origin.MET : Member.Origin.TARGET;
      ProcessId id = new ProcessId(next.pid(), now.startTime());
      way.removeLast();
      last = join(id, parent, origin, next.handle());
    }
    return last;
  }

  private Member join(ProcessId id, ProcessId parent, Member.Origin origin, Fd handle)
      throws KernelException {
    Member member = new Member(id, parent, origin, sandbox, session, handle);
    members.put(id.pid(), member);
    begun = true;
    Member maker = members.get(parent.pid());
    reports.joined(member, maker == null ? 0 : maker.parent().pid());
    try {
      watch.add(member);
    } catch (KernelException e) { // One whose end nobody would see is not let in.
      members.remove(id.pid(), member);
      member.close();
      throw e;
    }
    return member;
  }

  /**
   * Takes in a child that has not run an instruction yet.
   *
   * @param parent who has made it
   * @param pid its process id; its tracer holds it, so it cannot become another's
   * @throws KernelException if it cannot be known; it must then not run. ESRCH if it was killed
   */
  public Member born(Member parent, int pid) throws KernelException {
    synchronized (joining) {
      Member known = members.get(pid);
      if (known != null && known.isPresent()) {
        return known; // Somebody has asked for it in this moment.
      }
      Fd handle = Processes.pidFd(pid);
      try {
        ProcessId id = new ProcessId(pid, Procfs.stat(pid).startTime());
        Fd taken = handle;
        handle = Fd.borrowed(taken.number()); // From here on join closes it.
        return join(id, parent.id(), Member.Origin.BORN, taken);
      } catch (KernelException e) {
        handle.close();
        throw e;
      }
    }
  }

  private void ended(Member member, Optional<Processes.Exit> exit) {
    members.remove(member.pid(), member);
    reports.ended(member, exit);
  }

  /**
   * Whether a member descends from another, as far as is known.
   *
   * @return empty if its descent cannot be told any more: somebody between was not seen at its
   *     birth, or has ended
   */
  Optional<Boolean> descends(Member member, Member ancestor) {
    Member at = member;
    while (true) {
      if (at.parent().equals(ancestor.id())) {
        return Optional.of(true);
      }
      if (at.origin() == Member.Origin.TARGET) {
        return Optional.of(false);
      }
      Member above = members.get(at.parent().pid());
      if (above == null || !above.id().equals(at.parent())) {
        return Optional.empty();
      }
      at = above;
    }
  }

  /** Those that are known and run. */
  public List<Member> members() {
    return new ArrayList<>(members.values());
  }

  /**
   * The ids of all that run, known or not.
   *
   * @throws KernelException if they cannot be told
   */
  public Set<Integer> processes() throws KernelException {
    Set<Integer> all = new HashSet<>();
    for (ProcessId id : ProcessCounter.take(init.pid())) {
      all.add(id.pid());
    }
    return all;
  }

  /** How many are known and run. */
  public int size() {
    return members.size();
  }

  /** Init, who has made the target and adopts orphans. */
  public ProcessId init() {
    return init;
  }

  /**
   * A handler that refuses strangers with EPERM, reports them, and lets everybody else pass: to be
   * asked before others.
   */
  public Handler membership() {
    return this::judge;
  }

  private Verdict judge(Call call) throws KernelException {
    if (find(call.thread()).isPresent()) {
      return Verdict.CONTINUE;
    }
    if (call.isAlive()) {
      reports.stranger(call.thread());
    }
    return Verdict.NOT_PERMITTED;
  }

  /** Forgets everybody; nothing of the tree is left. */
  public void end() {
    watch.end();
    members.clear();
    initHandle.close();
  }
}
