package dev.paddock.sandbox.run;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Ptrace;
import java.nio.charset.StandardCharsets;

/** Says in plain words why a process cannot be traced; see "Ptrace access mode" in ptrace(2). */
public final class TraceRefusal {
  private static final byte[] YAMA =
      "/proc/sys/kernel/yama/ptrace_scope".getBytes(StandardCharsets.US_ASCII);

  private TraceRefusal() {}

  /**
   * Why.
   *
   * @param process the process that was asked for
   * @param cause what the kernel said; it names the thread that it is about
   */
  public static String why(int process, KernelException cause) {
    if (cause.is(Errno.ESRCH)) {
      return "there is no process " + process;
    }
    if (!cause.is(Errno.EPERM)) {
      return process + " cannot be traced: " + cause.getMessage();
    }
    byte[] status;
    try {
      status = Procfs.read(process, "status");
    } catch (KernelException e) {
      return "there is no process " + process + " any more";
    }
    String name = Procfs.statusField(status, "Name").orElse("?");
    String who = process + " (" + name + ")";
    String tracer = Procfs.statusField(status, "TracerPid").orElse("0");
    if (!tracer.equals("0")) {
      return who
          + " is traced already, by "
          + named(tracer)
          + "; a process can have one tracer only";
    }
    String user = Procfs.statusField(status, "Uid").orElse("").split("\t", 2)[0];
    if (!user.isEmpty() && !user.equals("" + Processes.effectiveUid())) {
      return who + " belongs to user " + user + "; its owner or root can attach";
    }
    if (Procfs.statusField(status, "Kthread").orElse("0").equals("1")) {
      return who + " is a thread of the kernel";
    }
    if (isConfined()) {
      return who + " may not be traced: the sandbox that this process runs in allows no tracing";
    }
    String scope = yama();
    if (!scope.isEmpty() && !scope.equals("0")) {
      return who
          + " may not be traced: kernel.yama.ptrace_scope is "
          + scope
          + (scope.equals("3")
              ? ", and nobody may attach until the next start"
              : "; run this as root, or: sysctl kernel.yama.ptrace_scope=0");
    }
    return who
        + " may not be traced: it or a descendant has rights that you have not, or hides itself"
        + " (PR_SET_DUMPABLE); root can attach ("
        + cause.getMessage()
        + ")";
  }

  private static String named(String process) {
    try {
      byte[] status = Procfs.read(Integer.parseInt(process), "status");
      return process + Procfs.statusField(status, "Name").map(name -> " (" + name + ")").orElse("");
    } catch (KernelException | NumberFormatException e) {
      return process; // Gone, or not to be seen.
    }
  }

  /** Whether a filter of system calls is on this process; it can refuse ptrace(2). */
  private static boolean isConfined() {
    try {
      byte[] own = Procfs.read(Processes.pid(), "status");
      boolean filtered = Procfs.statusField(own, "Seccomp").orElse("0").equals("2");
      return filtered && !Ptrace.isAllowed();
    } catch (KernelException e) {
      return false;
    }
  }

  private static String yama() {
    try (dev.paddock.linux.Fd file = Paths.open(YAMA, Paths.O_RDONLY, 0)) {
      byte[] digit = new byte[1];
      int count = file.read(digit, 0, 1);
      return count == 1 ? "" + (char) digit[0] : "";
    } catch (KernelException e) {
      return ""; // No Yama here.
    }
  }
}
