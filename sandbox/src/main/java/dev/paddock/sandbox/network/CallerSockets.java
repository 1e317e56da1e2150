package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Socket;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.process.ProcessTree;
import dev.paddock.sandbox.supervise.HeldCall;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Callers' own descriptors, as duplicates: what is done with one is done with the other. */
final class CallerSockets implements AutoCloseable {
  private final Refusals refusals;

  /** Who asked last, and is likely to ask again. */
  private final AtomicReference<@Nullable Caller> last = new AtomicReference<>();

  private record Caller(int thread, Fd handle) {}

  /**
   * For one run.
   *
   * @param refusals told of descriptors that cannot be had
   */
  CallerSockets(Refusals refusals) {
    this.refusals = refusals;
  }

  /**
   * A duplicate of one of a thread's descriptors; pidfd_getfd(2).
   *
   * @throws KernelException with EBADF if it has none of that number
   */
  static Fd fetch(int thread, int number) throws KernelException {
    try (Fd handle = handle(thread)) {
      return Processes.descriptor(handle, number);
    }
  }

  /**
   * The socket that a call is about; that its descriptor is none is found by whatever is done with
   * it first. One that cannot be had is reported, and refused.
   *
   * @param name the system call's
   */
  Socket socket(HeldCall call, String name) throws KernelException {
    try {
      return Socket.adopt(duplicate(call.thread(), (int) call.argument(0)));
    } catch (KernelException e) {
      if (!e.is(Errno.EPERM)) {
        throw e;
      }
      refusals.refused(
          call.thread(),
          name,
          ByteString.of(""),
          Errno.EACCES,
          "its descriptors cannot be looked at: it is not dumpable, or the host forbids"
              + " pidfd_getfd",
          "",
          Strength.EMULATED);
      throw new KernelException(Errno.of(Errno.EACCES), name, "");
    }
  }

  private Fd duplicate(int thread, int number) throws KernelException {
    Caller known = last.getAndSet(null);
    if (known != null && known.thread() == thread) {
      try {
        return use(known, number);
      } catch (KernelException e) {
        if (!e.is(Errno.ESRCH)) {
          throw e;
        }
      } // That thread has ended, and another one has its number.
    } else if (known != null) {
      known.handle().close();
    }
    return use(new Caller(thread, handle(thread)), number);
  }

  private Fd use(Caller caller, int number) throws KernelException {
    boolean kept = false;
    try {
      Fd fd = Processes.descriptor(caller.handle(), number);
      kept = last.compareAndSet(null, caller);
      return fd;
    } finally {
      if (!kept) {
        caller.handle().close();
      }
    }
  }

  private static Fd handle(int thread) throws KernelException {
    try {
      return Processes.threadFd(thread); // A thread can have descriptors of its own.
    } catch (KernelException e) {
      if (!e.is(Errno.EINVAL)) {
        throw e;
      }
      return Processes.pidFd(ProcessTree.process(thread)); // Before Linux 6.9.
    }
  }

  @Override
  public void close() {
    Caller known = last.getAndSet(null);
    if (known != null) {
      known.handle().close();
    }
  }
}
