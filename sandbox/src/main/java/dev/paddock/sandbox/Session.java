package dev.paddock.sandbox;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileLock;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Processes;
import dev.paddock.linux.RandomBytes;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.plan.UserFolder;
import java.nio.charset.StandardCharsets;

/**
 * A name that the events of several runs and attaches have in common. It lives as long as one of
 * them: each holds a lock on a file of that name, in a folder that is this user's alone.
 */
public final class Session implements AutoCloseable {
  private static final int LONGEST = 64;

  private final String id;
  private final Fd lock;

  private Session(String id, Fd lock) {
    this.id = id;
    this.lock = lock;
  }

  /**
   * Makes one.
   *
   * @throws SandboxException if there is no folder for it that is this user's alone
   */
  public static Session create() throws SandboxException {
    try {
      while (true) {
        String id = Long.toHexString(RandomBytes.next() | 1L << 63).substring(0, 12);
        UserFolder.sweep(ByteString.of(folder()));
        Fd file = Paths.open(path(id), Paths.O_RDWR | Paths.O_CREAT | Paths.O_NOFOLLOW, 0600);
        if (FileLock.exclusive(file) && isNamed(file, id) && FileLock.shared(file)) {
          return new Session(id, file);
        }
        file.close(); // Somebody has the same name, or has just removed the file.
      }
    } catch (KernelException e) {
      throw new SandboxException(
          SandboxException.FAILED, "cannot make a session: " + e.getMessage(), e);
    }
  }

  /**
   * Joins one that lives.
   *
   * @throws SandboxException if there is none of that name, or nobody is in it any more
   */
  public static Session join(String id) throws SandboxException {
    if (isName(id)) {
      try {
        Fd file = Paths.open(path(id), Paths.O_RDWR | Paths.O_NOFOLLOW, 0);
        if (!FileLock.exclusive(file) && FileLock.shared(file)) {
          return new Session(id, file);
        }
        file.close();
        remove(id);
      } catch (KernelException e) {
        if (!e.is(Errno.ENOENT)) {
          throw new SandboxException(
              SandboxException.FAILED, "cannot join session " + id + ": " + e.getMessage(), e);
        }
      }
    }
    throw new SandboxException(
        SandboxException.FAILED,
        "there is no session \""
            + id
            + "\" that lives; the events of a run or an attach name theirs");
  }

  /** Its name. */
  public String id() {
    return id;
  }

  /** Leaves it. */
  @Override
  public void close() {
    try {
      if (lock.isOpen() && FileLock.exclusive(lock)) {
        remove(id); // We were the last.
      }
    } catch (KernelException e) {
      // An old file: whoever finds it finds nobody in it.
    } finally {
      lock.close();
    }
  }

  private static boolean isName(String id) {
    boolean good = !id.isEmpty() && id.length() <= LONGEST;
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }
    return good;
  }

  private static boolean isNamed(Fd file, String id) throws KernelException {
    try {
      return Paths.status(path(id)).isSameFile(Paths.status(file));
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  private static void remove(String id) {
    try {
      Paths.remove(path(id), false);
    } catch (KernelException e) {
      // Somebody else was quicker.
    }
  }

  private static byte[] path(String id) throws KernelException {
    return bytes(folder() + "/" + id);
  }

  /** Where they are: below what the system keeps for this user, else below /tmp. */
  private static String folder() throws KernelException {
    long user = Processes.effectiveUid();
    String runtime = "/run/user/" + user;
    String folder =
        UserFolder.isOurs(ByteString.of(runtime)) ? runtime + "/paddock" : "/tmp/paddock-" + user;
    UserFolder.make(ByteString.of(folder));
    return folder;
  }

  private static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.US_ASCII);
  }
}
