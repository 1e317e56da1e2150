package dev.paddock.sandbox.supervise;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which held calls have a signal waiting for their caller; proc_pid_status(5). A call that gives
 * way without a signal of its own thread's would end with the kernel's inner error number, so what
 * is sent to a process of several threads counts only for the one that the kernel has it handled
 * by: the first thread unless that blocks it, once nobody has handled it for a while.
 */
final class WaitingSignals {
  private static final long CHILD = 1L << (17 - 1); // SIGCHLD goes to the thread that forked

  /**
   * What a thread's status says.
   *
   * @param process its process
   * @param threads how many that has
   * @param own signals for the thread that it neither blocks nor ignores
   * @param shared the same for the process
   */
  private record Status(int process, int threads, long own, long shared) {
    static final Status GONE = new Status(0, 0, 0, 0);

    static Status of(int thread) {
      try {
        byte[] status = Procfs.read(thread, "status");
        long open = ~mask(status, "SigBlk") & ~mask(status, "SigIgn");
        return new Status(
            Integer.parseInt(Procfs.statusField(status, "Tgid").orElse("0")),
            Integer.parseInt(Procfs.statusField(status, "Threads").orElse("0")),
            mask(status, "SigPnd") & open,
            mask(status, "ShdPnd") & open);
      } catch (KernelException gone) { // Which the next look sees.
        return GONE;
      }
    }

    private static long mask(byte[] status, String name) {
      return Long.parseUnsignedLong(Procfs.statusField(status, name).orElse("0"), 16);
    }
  }

  private Map<Integer, Long> before = new HashMap<>();
  private final Set<Integer> interrupted = new HashSet<>();

  /** Looks at the callers of these calls. */
  void look(List<HeldCall> calls) {
    interrupted.clear();
    Map<Integer, Status> threads = new HashMap<>();
    Map<Integer, Integer> candidates = new HashMap<>();
    for (HeldCall call : calls) {
      Status status = Status.of(call.thread());
      threads.put(call.thread(), status);
      if (status.shared() != 0) {
        candidates.merge(status.process(), 1, Integer::sum);
      }
    }
    Map<Integer, Long> now = new HashMap<>();
    threads.forEach(
        (thread, status) -> {
          if (status.own() != 0 || (status.threads() == 1 && status.shared() != 0)) {
            interrupted.add(thread);
            return;
          }
          long shared = status.shared() & ~CHILD;
          now.put(thread, shared);
          long lasting = shared & before.getOrDefault(thread, 0L);
          boolean first = thread == status.process();
          boolean only = !first && candidates.getOrDefault(status.process(), 0) == 1;
          if (lasting != 0
              && (first || (only && (Status.of(status.process()).shared() & lasting) == 0))) {
            interrupted.add(thread);
          }
        });
    before = now;
  }

  /** Whether a signal waits for a thread. */
  boolean isFor(int thread) {
    return interrupted.contains(thread);
  }
}
