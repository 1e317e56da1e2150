package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Random numbers from the kernel; see getrandom(2). */
public final class RandomBytes {
  private RandomBytes() {}

  /** 64 bits that nobody can guess. */
  public static long next() throws KernelException {
    MemorySegment bytes = Kernel.scratch();
    long count;
    do {
      count = Kernel.call(Nr.GETRANDOM, bytes.address(), 8, 0);
    } while (count == -Errno.EINTR);
    Kernel.check(count, "getrandom", "");
    return bytes.get(ValueLayout.JAVA_LONG, 0);
  }
}
