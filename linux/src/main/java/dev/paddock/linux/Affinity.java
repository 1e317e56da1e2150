package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/** The processors that a thread may run on, which its children inherit; sched_setaffinity(2). */
public final class Affinity {
  /** Bytes of a set of processors: as many as Linux can be built for, and the scratch holds. */
  private static final int SIZE = 1024;

  private Affinity() {}

  /** Those of the calling thread. */
  public static BitSet own() throws KernelException {
    MemorySegment set = Kernel.scratch();
    long size =
        Kernel.check(
            Kernel.call(Nr.SCHED_GETAFFINITY, 0, SIZE, set.address()), "sched_getaffinity", "");
    byte[] bytes = new byte[(int) size];
    MemorySegment.copy(set, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
    return BitSet.valueOf(bytes);
  }

  /**
   * Binds the calling thread.
   *
   * @throws KernelException with EINVAL if none of these is there for it
   */
  public static void bind(BitSet processors) throws KernelException {
    MemorySegment set = Kernel.scratch();
    set.asSlice(0, SIZE).fill((byte) 0);
    byte[] bytes = processors.toByteArray();
    MemorySegment.copy(bytes, 0, set, ValueLayout.JAVA_BYTE, 0, Math.min(bytes.length, SIZE));
    Kernel.check(
        Kernel.call(Nr.SCHED_SETAFFINITY, 0, SIZE, set.address()), "sched_setaffinity", "");
  }
}
