package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Poll;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The end of a thread as the kernel sees it, which comes a little after Java's and lets the
 * thread's tracees go.
 */
public final class ThreadEnd {
  /** Between two looks where the kernel cannot be waited for, in nanoseconds. */
  private static final long SHORTLY = 50_000;

  private final int process = Processes.pid();
  private final int thread = Processes.thread();
  private final @Nullable Fd handle;

  /** Of the calling thread. */
  public ThreadEnd() throws KernelException {
    Fd opened = null;
    try {
      opened = Processes.threadFd(thread);
    } catch (KernelException e) {
      if (!e.is(Errno.EINVAL)) { // Before Linux 6.9.
        throw e;
      }
    }
    handle = opened;
  }

  /** Waits for it; once. */
  public void await() {
    Fd opened = handle;
    if (opened == null) {
      while (isThere()) {
        LockSupport.parkNanos(SHORTLY);
      }
      return;
    }
    try (opened;
        Poll poll = new Poll(1)) {
      poll.set(0, opened, Poll.IN);
      int _ = poll.await(Poll.FOREVER);
    } catch (KernelException e) {
      throw new IllegalStateException(e); // It fails only for want of memory.
    }
  }

  private boolean isThere() {
    try {
      return Procfs.threads(process).contains(thread);
    } catch (KernelException e) {
      return false;
    }
  }
}
