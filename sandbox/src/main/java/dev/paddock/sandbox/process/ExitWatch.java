package dev.paddock.sandbox.process;

import dev.paddock.linux.Epoll;
import dev.paddock.linux.Errno;
import dev.paddock.linux.EventFd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Uninterrupted;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/** The one thread of a tree that sees members end, however many there are. */
final class ExitWatch {
  private static final long STOP = -1;

  private final Epoll epoll;
  private final EventFd stop;
  private final ConcurrentHashMap<Long, Member> watched = new ConcurrentHashMap<>();
  private final java.util.concurrent.atomic.AtomicLong keys =
      new java.util.concurrent.atomic.AtomicLong();
  private final BiConsumer<Member, Optional<Processes.Exit>> ended;
  private final Thread thread;

  private ExitWatch(Epoll epoll, EventFd stop, BiConsumer<Member, Optional<Processes.Exit>> ended) {
    this.epoll = epoll;
    this.stop = stop;
    this.ended = ended;
    this.thread = Thread.ofPlatform().daemon().name("paddock-exits").unstarted(this::run);
  }

  /**
   * Begins to watch.
   *
   * @param ended told of each end, on the thread that watches; the member is let go of afterwards
   */
  static ExitWatch start(BiConsumer<Member, Optional<Processes.Exit>> ended)
      throws KernelException {
    Epoll epoll = Epoll.open();
    EventFd stop;
    try {
      stop = EventFd.open();
      epoll.add(stop.fd(), STOP);
    } catch (KernelException e) {
      epoll.close();
      throw e;
    }
    ExitWatch watch = new ExitWatch(epoll, stop, ended);
    watch.thread.start();
    return watch;
  }

  /** Watches a member; one that has ended already is reported as well. */
  void add(Member member) throws KernelException {
    long key = keys.incrementAndGet();
    watched.put(key, member);
    try {
      epoll.add(member.handle(), key);
    } catch (KernelException e) {
      watched.remove(key);
      throw e;
    }
  }

  private void run() {
    try {
      while (true) {
        int count = epoll.await();
        boolean over = false;
        for (int i = 0; i < count; i++) {
          long key = epoll.ready(i);
          if (key == STOP) {
            over = true;
          } else {
            end(key);
          }
        }
        if (over && count < 64) { // Whatever has ended by then was reported.
          return;
        }
      }
    } catch (KernelException e) {
      // Cannot happen to a set of ours. Members would stay known until the run ends, which allows
      // nothing: their pidfds still tell them from later processes.
      return;
    }
  }

  private void end(long key) throws KernelException {
    Member member = watched.remove(key);
    if (member == null) {
      return;
    }
    try {
      ended.accept(member, exit(member));
    } finally {
      epoll.remove(member.handle());
      member.close();
    }
  }

  /** How a member has ended: of the zombie, or of the pidfd if that was reaped. */
  private static Optional<Processes.Exit> exit(Member member) {
    Optional<Processes.Exit> reaped = Processes.exit(member.handle());
    if (reaped.isPresent()) {
      return reaped;
    }
    try {
      Optional<Processes.Exit> zombie = Procfs.exit(member.pid());
      if (Processes.isPresent(member.handle())) { // What was read was this process's.
        return zombie;
      }
    } catch (KernelException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ESRCH)) {
        return Optional.empty(); // Not to be known; that it has ended is.
      }
    }
    return Processes.exit(member.handle());
  }

  /** Ends the watch, when nothing of the tree is left, and lets go of every member. */
  void end() {
    try {
      stop.signal();
    } catch (KernelException e) {
      return; // The thread goes on holding what it holds.
    }
    Uninterrupted.join(thread);
    for (Member member : watched.values()) {
      member.close();
    }
    watched.clear();
    stop.close();
    epoll.close();
  }
}
