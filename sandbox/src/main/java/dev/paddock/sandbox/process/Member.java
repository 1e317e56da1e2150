package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A process of the tree. It holds a pidfd for as long as the process runs, so what is done through
 * it is done to this process or to none, never to a later one of the same id.
 */
public final class Member {
  /** How much is known of a member's descent. */
  public enum Origin {
    /** The run began with it. */
    TARGET,
    /** It was seen at its birth: its parent is the one that made it. */
    BORN,
    /** It was met later: its parent is the one that it had then, which may have adopted it. */
    MET
  }

  private final ProcessId id;
  private final ProcessId parent;
  private final Origin origin;
  private final String sandbox;
  private final String session;
  private final Fd handle;
  private final AtomicBoolean unseen = new AtomicBoolean();
  private final ReentrantReadWriteLock closing = new ReentrantReadWriteLock();

  Member(ProcessId id, ProcessId parent, Origin origin, String sandbox, String session, Fd handle) {
    this.id = id;
    this.parent = parent;
    this.origin = origin;
    this.sandbox = sandbox;
    this.session = session;
    this.handle = handle;
  }

  /** Which process. */
  public ProcessId id() {
    return id;
  }

  /** Its process id. */
  public int pid() {
    return id.pid();
  }

  /** Its parent, as {@link #origin} says; init, if that made or adopted it. */
  public ProcessId parent() {
    return parent;
  }

  /** How it became known. */
  public Origin origin() {
    return origin;
  }

  /** Whether this is the first time that a child of it was not seen. */
  public boolean firstUnseen() {
    return unseen.compareAndSet(false, true);
  }

  /** The name of the sandbox that it belongs to, inherited from its parent. */
  public String sandbox() {
    return sandbox;
  }

  /** The session that it belongs to, inherited from its parent. */
  public String session() {
    return session;
  }

  /**
   * Whether the process is there: it runs, or has ended and was not reaped. While this says yes its
   * id is nobody else's.
   */
  public boolean isPresent() {
    closing.readLock().lock();
    try {
      return !handle.isClosed() && Processes.isPresent(handle);
    } finally {
      closing.readLock().unlock();
    }
  }

  /**
   * Sends a signal to this very process.
   *
   * @param signal 0 to only ask whether that would be possible
   * @return whether it is there; false if it has ended, zombies among them
   * @throws KernelException with EPERM if the kernel refuses it, EINVAL for no signal
   */
  public boolean signal(int signal) throws KernelException {
    return signal(signal, null);
  }

  /**
   * The same with what goes with it.
   *
   * @param info a whole {@code siginfo_t}; null for what kill(2) would send
   */
  boolean signal(int signal, byte @Nullable [] info) throws KernelException {
    closing.readLock().lock();
    try {
      if (handle.isClosed()) {
        return false;
      }
      Processes.signal(handle, signal, info, 0);
      return true;
    } catch (KernelException e) {
      if (e.is(Errno.ESRCH)) {
        return false;
      }
      throw e;
    } finally {
      closing.readLock().unlock();
    }
  }

  /**
   * A copy of one of its descriptors.
   *
   * @throws KernelException with EBADF if it has no such one, ESRCH if it has ended
   */
  Fd descriptor(int number) throws KernelException {
    closing.readLock().lock();
    try {
      if (handle.isClosed()) {
        throw new KernelException(Errno.of(Errno.ESRCH), "pidfd_getfd", "");
      }
      return Processes.descriptor(handle, number);
    } finally {
      closing.readLock().unlock();
    }
  }

  /** For whoever watches; nobody else closes it or keeps it. */
  Fd handle() {
    return handle;
  }

  /** Lets go of the pidfd; nobody is using it then. */
  void close() {
    closing.writeLock().lock();
    try {
      handle.close();
    } finally {
      closing.writeLock().unlock();
    }
  }

  @Override
  public String toString() {
    return "process " + id.pid() + " of " + sandbox;
  }
}
