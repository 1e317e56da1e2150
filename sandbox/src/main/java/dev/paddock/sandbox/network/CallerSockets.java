package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Socket;
import dev.paddock.sandbox.process.ProcessTree;

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

  /** The same for what must be a socket; ENOTSOCK is found by whatever is done with it first. */
  static Socket socket(int thread, int number) throws KernelException {
    return Socket.adopt(fetch(thread, number));
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
