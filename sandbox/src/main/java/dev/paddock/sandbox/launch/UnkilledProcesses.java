package dev.paddock.sandbox.launch;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Procfs;
import dev.paddock.policy.ByteString;

/** What is left of a tree that the kernel does not end, for people. */
final class UnkilledProcesses {
  private UnkilledProcesses() {}

  /**
   * Which process, and what keeps it.
   *
   * @param process its id, or 0 if it is not known
   */
  static String describe(int process) {
    try {
      ProcessStat stat = Procfs.stat(process);
      String tracer = Procfs.statusField(Procfs.read(process, "status"), "TracerPid").orElse("0");
      String why =
          !tracer.equals("0")
              ? "process " + tracer + " traces it"
              : stat.state() == 'D'
                  ? "it waits in the kernel, where no signal is heard (state D)"
                  : "its state is " + stat.state();
      return "process " + process + " (" + ByteString.of(stat.command()) + ") is left: " + why;
    } catch (KernelException e) {
      return "what is left of it cannot be seen";
    }
  }
}
