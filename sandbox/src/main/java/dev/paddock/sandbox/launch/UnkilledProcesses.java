package dev.paddock.sandbox.launch;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessStat;
import dev.paddock.linux.Procfs;
import dev.paddock.policy.ByteString;
import java.nio.charset.StandardCharsets;

/** What is left of a tree that the kernel does not end, for people. */
final class UnkilledProcesses {
  private UnkilledProcesses() {}

  /** The same of a process of whose children one is left, under a number that is not ours. */
  static String describeChild(int parent) {
    try {
      String children =
          new String(
              Procfs.read(parent, "task/" + parent + "/children"), StandardCharsets.US_ASCII);
      int end = children.indexOf(' ');
      return describe(end > 0 ? Integer.parseInt(children.substring(0, end)) : 0);
    } catch (KernelException e) {
      return describe(0);
    }
  }

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
