package dev.paddock.sandbox.run;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Procfs;
import dev.paddock.sandbox.SandboxException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Whether a process is in a run whose system calls a supervisor judges. Such a one traces it
 * whenever it executes something; a process can have one tracer only.
 */
public final class SupervisedProcesses {
  /** What init and its partner are started as; see {@code protocol.h}. */
  private static final byte[] INIT = "paddock-init".getBytes(StandardCharsets.US_ASCII);

  /** What {@code /proc/PID/fd} says of the descriptor that held calls are received from. */
  private static final String LISTENER = "anon_inode:seccomp notify";

  /** As many ancestors as a process can sensibly have. */
  private static final int DEEPEST = 10_000;

  private SupervisedProcesses() {}

  /**
   * Refuses one whose supervisor an attach would keep from its work.
   *
   * @throws SandboxException if it is in such a run
   */
  public static void check(int process) throws SandboxException {
    OptionalInt supervisor = supervisor(process);
    if (supervisor.isPresent()) {
      throw new SandboxException(
          SandboxException.FAILED,
          process
              + " is in a sandbox whose supervisor, process "
              + supervisor.getAsInt()
              + ", traces it whenever it executes something, and a process can have one tracer"
              + " only; give the rules to that run");
    }
  }

  private static OptionalInt supervisor(int process) {
    int at = process;
    boolean inside = false;
    for (int i = 0; i < DEEPEST && at > 1; i++) {
      try {
        if (isInit(at)) {
          inside = true;
        } else if (inside) { // Init's partner is called as init is; above it is who started them.
          return listens(at) ? OptionalInt.of(at) : OptionalInt.empty();
        }
        at = Procfs.stat(at).parent();
      } catch (KernelException e) {
        return OptionalInt.empty(); // Gone; or somebody else's, and then not to be traced either.
      }
    }
    return OptionalInt.empty();
  }

  /**
   * By what it was started as: the name in its status is that of the file, which can be another.
   */
  private static boolean isInit(int process) throws KernelException {
    List<byte[]> arguments = Procfs.arguments(process);
    return !arguments.isEmpty() && Arrays.equals(arguments.getFirst(), INIT);
  }

  private static boolean listens(int process) throws KernelException {
    for (int number : Procfs.descriptors(process)) {
      try {
        byte[] link =
            Paths.readLink(
                ("/proc/" + process + "/fd/" + number).getBytes(StandardCharsets.US_ASCII));
        if (new String(link, StandardCharsets.ISO_8859_1).equals(LISTENER)) {
          return true;
        }
      } catch (KernelException e) {
        // Closed meanwhile.
      }
    }
    return false;
  }
}
