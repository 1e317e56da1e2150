package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/**
 * Files that live in memory only and cannot be changed once they are sealed; see memfd_create(2).
 */
public final class MemFd {
  private static final int ALL_SEALS =
      Constants.F_SEAL_SEAL
          | Constants.F_SEAL_SHRINK
          | Constants.F_SEAL_GROW
          | Constants.F_SEAL_WRITE;
  private static final int FLAGS = Constants.MFD_CLOEXEC | Constants.MFD_ALLOW_SEALING;

  private MemFd() {}

  /**
   * A file with this content that nobody can change any more.
   *
   * @param name shown in /proc/PID/fd, for people
   */
  public static Fd sealed(String name, byte[] content) throws KernelException {
    return create(name, content, Constants.MFD_NOEXEC_SEAL);
  }

  /**
   * A program with this content that nobody can change any more.
   *
   * @param name shown in /proc/PID/fd, for people
   * @throws KernelException with EACCES where the sysctl vm.memfd_noexec forbids it
   */
  public static Fd sealedProgram(String name, byte[] content) throws KernelException {
    return create(name, content, Constants.MFD_EXEC);
  }

  private static Fd create(String name, byte[] content, int execution) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long address = Kernel.cString(arena, name.getBytes(StandardCharsets.UTF_8)).address();
      long made = Kernel.call(Nr.MEMFD_CREATE, address, FLAGS | execution);
      if (made == -Errno.EINVAL) { // Before Linux 6.3 there is no choice, and every memfd can run.
        made = Kernel.call(Nr.MEMFD_CREATE, address, FLAGS);
      }
      Fd fd = Fd.owned((int) Kernel.check(made, "memfd_create", name));
      try {
        fd.writeFully(content);
        Kernel.check(
            Kernel.call(Nr.FCNTL, fd.number(), Constants.F_ADD_SEALS, ALL_SEALS),
            "fcntl(F_ADD_SEALS)",
            name);
        return fd;
      } catch (KernelException e) {
        fd.close();
        throw e;
      }
    }
  }

  /**
   * Whether a descriptor is a file that nobody can change any more, neither its content nor its
   * size: what was read of it once stays true.
   */
  public static boolean isSealed(Fd fd) {
    long seals = Kernel.call(Nr.FCNTL, fd.number(), Constants.F_GET_SEALS);
    return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
  }
}
