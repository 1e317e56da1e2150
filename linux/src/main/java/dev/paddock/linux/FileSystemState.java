package dev.paddock.linux;

/**
 * The calling thread's working directory and umask, which a process's threads share until one of
 * them leaves; see unshare(2), {@code CLONE_FS}.
 */
public final class FileSystemState {
  private FileSystemState() {}

  /** Leaves that of the other threads, for ever: what follows is about the calling thread alone. */
  public static void leave() throws KernelException {
    Kernel.check(Kernel.call(Nr.UNSHARE, Constants.CLONE_FS), "unshare", "");
  }

  /** Changes the working directory; fchdir(2). */
  public static void changeDirectory(Fd directory) throws KernelException {
    Kernel.check(Kernel.call(Nr.FCHDIR, directory.number()), "fchdir", "");
  }

  /** Sets which permissions new files do not get; umask(2). */
  public static void umask(int mask) {
    long _ = Kernel.call(Nr.UMASK, mask);
  }
}
