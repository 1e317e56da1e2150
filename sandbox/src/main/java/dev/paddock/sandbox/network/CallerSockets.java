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

/** A caller's own descriptors, as duplicates: what is done with one is done with the other. */
final class CallerSockets {
  private CallerSockets() {}

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
  static Socket socket(HeldCall call, String name, Refusals refusals) throws KernelException {
    try {
      return Socket.adopt(fetch(call.thread(), (int) call.argument(0)));
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
}
