package dev.paddock.sandbox.process;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.SystemCalls;
import java.util.HashSet;
import java.util.Set;

/** Where a thread is that may make a process. */
enum ForkState {
  /** Waiting in a call that makes processes. */
  IN_CALL,
  /** Running, in the kernel or out of it. */
  RUNNING,
  /** Waiting somewhere else, stopped, or gone. */
  ELSEWHERE;

  private static final Set<Integer> NUMBERS = numbers();

  private static Set<Integer> numbers() {
    Set<Integer> numbers = new HashSet<>();
    for (String name : new String[] {"fork", "vfork", "clone", "clone3"}) {
      SystemCalls.byName(name)
          .filter(call -> call.exists(Arch.current()))
          .ifPresent(call -> numbers.add(call.number(Arch.current())));
    }
    return numbers;
  }

  /**
   * Looks. Whoever has the id by now is looked at: for one that was allowed to make a child and is
   * gone, which cannot make it any more, that is as good.
   */
  static ForkState of(int thread) throws KernelException {
    byte[] content;
    try {
      content = Procfs.read(thread, "syscall"); // proc_pid_syscall(5)
    } catch (KernelException e) {
      return isGone(thread) ? ELSEWHERE : RUNNING;
    }
    if (content.length == 0 || content[0] == 'r') {
      return isGone(thread) ? ELSEWHERE : RUNNING;
    }
    int number = 0;
    for (int i = 0; i < content.length && content[i] >= '0' && content[i] <= '9'; i++) {
      number = number * 10 + (content[i] - '0');
    }
    return content[0] == '-' || !NUMBERS.contains(number) ? ELSEWHERE : IN_CALL;
  }

  private static boolean isGone(int thread) throws KernelException {
    try {
      return ProcessStat.isEnd(Procfs.state(thread));
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
        return true;
      }
      throw e;
    }
  }
}
