package dev.paddock.linux;

/**
 * The calling thread's table of descriptors, which a process's threads share until one of them
 * leaves; see unshare(2), {@code CLONE_FILES}.
 */
public final class DescriptorTable {
  private DescriptorTable() {}

  /**
   * Leaves that of the other threads, for ever: this thread has a copy of it, which ends with the
   * thread. Until then what others close stays open.
   */
  public static void leave() throws KernelException {
    Kernel.check(Kernel.call(Nr.UNSHARE, Constants.CLONE_FILES), "unshare", "");
  }

  /**
   * Another descriptor of the same, of a higher number than a given one; fcntl(2), {@code
   * F_DUPFD_CLOEXEC}. Nobody closes it but the end of the table.
   */
  public static Fd duplicateAbove(int number, Fd source) throws KernelException {
    return Fd.borrowed(
        (int)
            Kernel.check(
                Kernel.call(
                    Nr.FCNTL, source.number(), Constants.F_DUPFD_CLOEXEC, (long) number + 1),
                "fcntl",
                ""));
  }

  /**
   * Has a number stand for what another descriptor is open on; dup3(2). Only in a table that no
   * other thread uses: whatever had that number is closed.
   */
  public static void replace(int number, Fd source) throws KernelException {
    if (number != source.number()) {
      Kernel.check(Kernel.call(Nr.DUP3, source.number(), number, Constants.O_CLOEXEC), "dup3", "");
    }
  }
}
