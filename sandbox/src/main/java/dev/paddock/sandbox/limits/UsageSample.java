package dev.paddock.sandbox.limits;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;
import java.util.List;

/**
 * What a tree has at one moment.
 *
 * @param processes how many processes live
 * @param bytes the memory that is theirs
 * @param shared whether what several of them share was counted by shares (PSS), and not for each of
 *     them (RSS), which is never less
 */
record UsageSample(int processes, long bytes, boolean shared) {
  private static final int PAGE = 4096;
  private static final byte[] PSS = {'\n', 'P', 's', 's', ':'};

  /** Counts what is shared for each of them: quick, and never too little. */
  static UsageSample resident(List<Integer> runProcesses) throws KernelException {
    long pages = 0;
    int alive = 0;
    for (int process : runProcesses) {
      byte[] statm = read(process, "statm");
      if (statm.length > 0) {
        pages += number(statm, indexOf(statm, ' ') + 1);
        alive++;
      }
    }
    return new UsageSample(alive, pages * PAGE, false);
  }

  /** Counts what is shared by shares: what the tree really takes, and slow. */
  static UsageSample proportional(List<Integer> runProcesses) throws KernelException {
    long kibibytes = 0;
    int alive = 0;
    for (int process : runProcesses) {
      byte[] rollup = read(process, "smaps_rollup");
      if (rollup.length == 0) {
        continue;
      }
      alive++;
      int at = indexOf(rollup, PSS);
      if (at >= 0) {
        kibibytes += number(rollup, at + PSS.length);
      }
    }
    return new UsageSample(alive, kibibytes * 1024, true);
  }

  /** A file below /proc of a process; empty if it has ended. */
  private static byte[] read(int process, String file) throws KernelException {
    try {
      return Procfs.read(process, file);
    } catch (KernelException e) {
      if (e.is(Errno.ESRCH) || e.is(Errno.ENOENT)) {
        return new byte[0];
      }
      throw e;
    }
  }

  private static int indexOf(byte[] text, char wanted) {
    for (int i = 0; i < text.length; i++) {
      if (text[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static int indexOf(byte[] text, byte[] wanted) {
    for (int i = 0; i + wanted.length <= text.length; i++) {
      int j = 0;
      while (j < wanted.length && text[i + j] == wanted[j]) {
        j++;
      }
      if (j == wanted.length) {
        return i;
      }
    }
    return -1;
  }

  /** The decimal number that stands at a place, behind blanks. */
  private static long number(byte[] text, int from) {
    int at = from;
    while (at < text.length && text[at] == ' ') {
      at++;
    }
    long value = 0;
    for (; at < text.length && text[at] >= '0' && text[at] <= '9'; at++) {
      value = value * 10 + (text[at] - '0');
    }
    return value;
  }
}
