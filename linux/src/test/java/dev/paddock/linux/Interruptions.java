package dev.paddock.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;

/**
 * Interrupts system calls of chosen threads: SIGUSR1 gets a handler that does nothing, installed
 * without SA_RESTART, until this is closed.
 *
 * <pre>
 * struct sigaction of glibc: handler @0, mask @8 (128 bytes), flags @136, restorer @144
 * </pre>
 */
final class Interruptions implements AutoCloseable {
  private static final int SIGUSR1 = 10;
  private static final int SIZE = 152;
  private static final MemorySegment SIGACTION = Kernel.symbol("sigaction");
  private static final int TGKILL =
      SystemCalls.byName("tgkill").orElseThrow().number(Arch.current());

  private final Arena arena = Arena.ofShared();
  private final MemorySegment before = arena.allocate(SIZE, 8);

  Interruptions() {
    MemorySegment action = arena.allocate(SIZE, 8);
    // A C function that takes no notice of its argument and has no effect serves as the handler.
    action.set(ValueLayout.JAVA_LONG, 0, Kernel.symbol("getppid").address());
    set(action.address(), before.address());
  }

  private static void set(long action, long old) {
    if ((int) Kernel.function(SIGACTION, SIGUSR1, action, old, 0, 0, 0, 0) != 0) {
      throw new IllegalStateException("sigaction");
    }
  }

  void interrupt(int thread) {
    long _ = Kernel.call(TGKILL, Processes.pid(), thread, SIGUSR1);
  }

  /** Waits until a thread of this process is inside a system call. */
  static void awaitInside(int thread, int call) throws KernelException {
    byte[] path = ("/proc/self/task/" + thread + "/syscall").getBytes(UTF_8);
    String wanted = call + " ";
    long end = System.nanoTime() + 10_000_000_000L;
    while (!new String(Paths.readAll(path), US_ASCII).startsWith(wanted)) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("thread " + thread + " does not come to call " + call);
      }
      LockSupport.parkNanos(50_000);
    }
  }

  @Override
  public void close() {
    set(before.address(), 0);
    arena.close();
  }
}
