package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A counter that can be waited for with {@link Poll}; see eventfd(2). */
public final class EventFd implements AutoCloseable {
  private final Fd fd;

  private EventFd(Fd fd) {
    this.fd = fd;
  }

  /** Makes a counter that stands at zero. */
  public static EventFd open() throws KernelException {
    return new EventFd(
        Fd.owned(
            (int)
                Kernel.check(
                    Kernel.call(Nr.EVENTFD2, 0, Constants.EFD_CLOEXEC | Constants.EFD_NONBLOCK),
                    "eventfd2",
                    "")));
  }

  /** The descriptor, readable while the counter is not zero. */
  public Fd fd() {
    return fd;
  }

  /** Adds one, which wakes whoever polls. */
  public void signal() throws KernelException {
    MemorySegment one = Kernel.scratch();
    one.set(ValueLayout.JAVA_LONG, 0, 1);
    long written = Kernel.call(Nr.WRITE, fd.number(), one.address(), 8);
    if (written < 0 && written != -Errno.EAGAIN) {
      Kernel.check(written, "write", "eventfd");
    }
  }

  /** Sets the counter back to zero. */
  public void reset() throws KernelException {
    long read = Kernel.call(Nr.READ, fd.number(), Kernel.scratch().address(), 8);
    if (read < 0 && read != -Errno.EAGAIN) {
      Kernel.check(read, "read", "eventfd");
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
