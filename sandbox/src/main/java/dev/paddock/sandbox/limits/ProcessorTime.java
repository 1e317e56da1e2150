package dev.paddock.sandbox.limits;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;

/** The processor time that a tree has used. */
public final class ProcessorTime {
  /** Of the times in {@code /proc/PID/stat}, in nanoseconds: USER_HZ is 100. */
  private static final long TICK = 1_000_000_000 / 100;

  private ProcessorTime() {}

  /** What the tree has used so far, in nanoseconds. */
  public static long below(int init) throws KernelException {
    long ticks = ticks(init, 2); // Its own children, as far as it has reaped them; not itself.
    for (int process : RunProcesses.below(init)) {
      ticks += ticks(process, 0);
    }
    return ticks * TICK;
  }

  /** The sum of utime, stime, cutime and cstime, from one of them on; proc_pid_stat(5). */
  private static long ticks(int process, int from) throws KernelException {
    byte[] stat;
    try {
      stat = Procfs.read(process, "stat");
    } catch (KernelException e) {
      if (e.is(Errno.ESRCH) || e.is(Errno.ENOENT)) {
        return 0; // Ended: its parent will have it, once it has reaped it.
      }
      throw e;
    }
    int at = stat.length - 1;
    while (at > 0 && stat[at] != ')') {
      at--;
    }
    int field = 2;
    long sum = 0;
    long number = 0;
    for (at++; at < stat.length && field < 18; at++) {
      if (stat[at] == ' ') {
        sum += field >= 14 + from ? number : 0;
        number = 0;
        field++;
      } else {
        number = number * 10 + (stat[at] - '0');
      }
    }
    return sum;
  }
}
