package dev.paddock.linux;

/**
 * Locks of whole files, which go with the open file and so with the process that has it; flock(2).
 */
public final class FileLock {
  private FileLock() {}

  /**
   * Takes a lock that others may share.
   *
   * @return whether it was to be had at once
   */
  public static boolean shared(Fd file) throws KernelException {
    return lock(file, Constants.LOCK_SH);
  }

  /**
   * Takes a lock that nobody else has, instead of one that this open file has.
   *
   * @return whether it was to be had at once; if not, a lock that it had may be lost
   */
  public static boolean exclusive(Fd file) throws KernelException {
    return lock(file, Constants.LOCK_EX);
  }

  private static boolean lock(Fd file, int kind) throws KernelException {
    long result;
    do {
      result = Kernel.call(Nr.FLOCK, file.number(), kind | Constants.LOCK_NB);
    } while (result == -Errno.EINTR);
    if (result == -Errno.EAGAIN) {
      return false;
    }
    Kernel.check(result, "flock", "");
    return true;
  }
}
