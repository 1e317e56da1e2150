package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The calling thread's capabilities; see capabilities(7) and capget(2). */
public final class Capabilities {
  // linux/capability.h: struct __user_cap_header_struct, and two __user_cap_data_struct behind it.
  private static final int HEADER = 8;
  private static final int DATA = 12;
  private static final int EFFECTIVE = 0;

  private Capabilities() {}

  /** What is done without them. */
  @FunctionalInterface
  public interface Action<T> {
    /** Does it. */
    T run() throws KernelException;
  }

  /**
   * Does something as a process without privileges would, and has the thread's back afterwards: its
   * effective set is empty meanwhile, that of other threads is not.
   *
   * @throws KernelException what the action throws; or if the kernel refuses, and then nothing was
   *     done
   */
  public static <T> T without(Action<T> action) throws KernelException {
    long effective = effective();
    if (effective == 0) {
      return action.run();
    }
    set(0);
    try {
      return action.run();
    } finally {
      set(effective);
    }
  }

  private static MemorySegment read() throws KernelException {
    MemorySegment memory = Kernel.scratch();
    memory.set(ValueLayout.JAVA_INT, 0, Constants.LINUX_CAPABILITY_VERSION_3);
    memory.set(ValueLayout.JAVA_INT, 4, 0);
    Kernel.check(Kernel.call(Nr.CAPGET, memory.address(), memory.address() + HEADER), "capget", "");
    return memory;
  }

  private static long effective() throws KernelException {
    MemorySegment memory = read();
    return Integer.toUnsignedLong(memory.get(ValueLayout.JAVA_INT, HEADER + EFFECTIVE))
        | (long) memory.get(ValueLayout.JAVA_INT, HEADER + DATA + EFFECTIVE) << 32;
  }

  private static void set(long effective) throws KernelException {
    MemorySegment memory = read();
    memory.set(ValueLayout.JAVA_INT, HEADER + EFFECTIVE, (int) effective);
    memory.set(ValueLayout.JAVA_INT, HEADER + DATA + EFFECTIVE, (int) (effective >>> 32));
    Kernel.check(Kernel.call(Nr.CAPSET, memory.address(), memory.address() + HEADER), "capset", "");
  }
}
