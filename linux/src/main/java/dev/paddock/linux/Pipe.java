package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A pipe, both ends close-on-exec; see pipe(2).
 *
 * @param readEnd where the bytes come out
 * @param writeEnd where they go in
 */
public record Pipe(Fd readEnd, Fd writeEnd) implements AutoCloseable {
  /** So many bytes are written in one piece or not at all; PIPE_BUF in linux/limits.h. */
  public static final int ATOMIC = 4096;

  /** Makes a pipe. */
  public static Pipe open() throws KernelException {
    MemorySegment ends = Kernel.scratch();
    Kernel.check(Kernel.call(Nr.PIPE2, ends.address(), Constants.O_CLOEXEC), "pipe2", "");
    return new Pipe(
        Fd.owned(ends.get(ValueLayout.JAVA_INT, 0)), Fd.owned(ends.get(ValueLayout.JAVA_INT, 4)));
  }

  @Override
  public void close() {
    readEnd.close();
    writeEnd.close();
  }
}
