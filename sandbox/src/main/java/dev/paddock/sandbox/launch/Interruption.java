package dev.paddock.sandbox.launch;

import dev.paddock.linux.EventFd;
import dev.paddock.linux.KernelException;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.AbstractInterruptibleChannel;

/**
 * Turns an interrupt of the thread that waits in the kernel into a readable descriptor: what the
 * JDK's own channels do, by the same means.
 */
final class Interruption extends AbstractInterruptibleChannel {
  private final EventFd wake;

  Interruption() throws KernelException {
    this.wake = EventFd.open();
  }

  EventFd wake() {
    return wake;
  }

  /** From here on, an interrupt of this thread wakes whoever polls. */
  void enter() {
    begin();
  }

  /** Until here. The thread's interrupt status is untouched. */
  void leave() {
    try {
      end(true);
    } catch (AsynchronousCloseException interrupted) {
      // Nothing is swallowed: the thread's interrupt status is set, and the caller looks at it.
      Thread.currentThread().interrupt();
    }
  }

  @Override
  protected void implCloseChannel() throws IOException {
    wake.signal();
  }
}
