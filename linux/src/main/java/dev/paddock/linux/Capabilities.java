package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The calling thread's capabilities; see capabilities(7) and capget(2). */
public final class Capabilities {
  // linux/capability.h: struct __user_cap_header_struct, and two __user_cap_data_struct behind it.
  private static final int HEADER = 8;
  private static final int DATA = 12;
  private static final int EFFECTIVE = 0;

  private static final int SIZE = HEADER + 2 * DATA;

  private static final ThreadLocal<Own> OWN = new ThreadLocal<>();

  private Capabilities() {}

  /** One thread's sets as they were first found, and the same with an empty effective set. */
  private static final class Own {
    private final MemorySegment as;
    private final MemorySegment without;
    private final boolean none;
    private boolean left;

    Own() throws KernelException {
      Arena arena = Arena.ofAuto(); // It goes with the thread.
      this.as = arena.allocate(SIZE, 8);
      this.without = arena.allocate(SIZE, 8);
      as.set(ValueLayout.JAVA_INT, 0, Constants.LINUX_CAPABILITY_VERSION_3);
      Kernel.check(Kernel.call(Nr.CAPGET, as.address(), as.address() + HEADER), "capget", "");
      without.copyFrom(as);
      without.set(ValueLayout.JAVA_INT, HEADER + EFFECTIVE, 0);
      without.set(ValueLayout.JAVA_INT, HEADER + DATA + EFFECTIVE, 0);
      this.none = as.mismatch(without) < 0;
    }

    void set(MemorySegment sets) throws KernelException {
      Kernel.check(Kernel.call(Nr.CAPSET, sets.address(), sets.address() + HEADER), "capset", "");
    }
  }

  /** What is done without them. */
  @FunctionalInterface
  public interface Action<T> {
    /** Does it. */
    T run() throws KernelException;
  }

  /**
   * Does something as a process without privileges would, and has the thread's back afterwards: its
   * effective set is empty meanwhile, that of other threads is not. What the thread has is looked
   * at once: nobody else in this process changes it.
   *
   * @throws KernelException what the action throws; or if the kernel refuses, and then nothing was
   *     done
   */
  public static <T> T without(Action<T> action) throws KernelException {
    Own own = OWN.get();
    if (own == null) {
      own = new Own();
      OWN.set(own);
    }
    if (own.none || own.left) {
      return action.run();
    }
    own.set(own.without);
    own.left = true;
    try {
      return action.run();
    } finally {
      own.left = false;
      own.set(own.as);
    }
  }
}
