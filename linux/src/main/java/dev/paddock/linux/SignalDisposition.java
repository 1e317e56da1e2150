package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What this whole process does on a signal; see signal(7) and rt_sigaction(2). For a program that
 * owns its process: a library leaves dispositions alone.
 */
public enum SignalDisposition {
  /** The kernel's default, which for most signals is the end of the process. */
  DEFAULT(0),
  /** Nothing. */
  IGNORE(1);

  /** {@code struct kernel_sigaction}: handler, flags, restorer, mask; arm64 has the same order. */
  private static final int SIZE = 4 * Long.BYTES;

  private static final int MASK_SIZE = Long.BYTES;

  private final long handler;

  SignalDisposition(long handler) {
    this.handler = handler;
  }

  /**
   * Sets it, whatever the JVM has set before.
   *
   * @param signal its number
   * @throws KernelException EINVAL for SIGKILL, SIGSTOP, and what is no signal
   */
  public void set(int signal) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(SIZE, Long.BYTES);
      action.set(ValueLayout.JAVA_LONG, 0, handler);
      long result = Kernel.call(Nr.RT_SIGACTION, signal, action.address(), 0, MASK_SIZE);
      Kernel.check(result, "rt_sigaction", Signals.name(signal));
    }
  }
}
