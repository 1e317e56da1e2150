package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Files as a thread of the target would find them: relative to its working directory or one of its
 * descriptors, with {@code /proc/self} and {@code /dev/fd} being its own. Everything is opened
 * {@code O_PATH}: nothing is read, no device or FIFO wakes up.
 *
 * <p>The target can change what a path leads to at any time, so what is found here is only what is
 * judged; whether it is what becomes the program is seen afterwards. Its root directory is its own,
 * where it has a view.
 */
public final class CallerFiles {
  /** The caller's working directory, as a descriptor number; AT_FDCWD in linux/fcntl.h. */
  public static final int WORKING_DIRECTORY = -100;

  /** As many links as the kernel follows; MAXSYMLINKS in linux/namei.h. */
  private static final int MOST_LINKS = 40;

  private static final int BY_OWNER = 0100;
  private static final int BY_OTHERS = 0011;

  private final int thread;

  /** For the files of a thread. */
  public CallerFiles(int thread) {
    this.thread = thread;
  }

  /** What one of the thread's descriptors is open on. */
  Fd descriptor(int number) throws KernelException {
    try {
      return Paths.open(ascii("/proc/" + thread + "/fd/" + number), Paths.O_PATH, 0);
    } catch (KernelException e) {
      throw e.is(Errno.ENOENT)
          ? new KernelException(Errno.of(Errno.EBADF), e.call(), e.object())
          : e;
    }
  }

  private Fd directory(int number) throws KernelException {
    return number == WORKING_DIRECTORY
        ? Paths.open(ascii("/proc/" + thread + "/cwd"), Paths.O_PATH, 0)
        : descriptor(number);
  }

  /**
   * Opens a file.
   *
   * @param directory what a relative path starts from: {@link #WORKING_DIRECTORY} or a descriptor's
   *     number
   * @param follow whether a symbolic link at the end is followed; if not, it is ELOOP
   */
  public Fd open(int directory, byte[] path, boolean follow) throws KernelException {
    int flags = Paths.O_PATH | (follow ? 0 : Paths.O_NOFOLLOW);
    Fd file;
    try {
      file = openByName(directory, path, flags);
    } catch (KernelException e) {
      // Too many links, or one that leads to what the caller holds; or our own /proc/self lacks it.
      if (e.is(Errno.ELOOP) || (e.is(Errno.ENOENT) && endsInProc(directory, path))) {
        return walk(directory, path, follow);
      }
      throw e;
    }
    if (!follow && isLink(file)) {
      file.close();
      throw tooManyLinks();
    }
    return file;
  }

  /** The same where no link leads to what some process holds, which is ELOOP. */
  private Fd openByName(int directory, byte[] path, int flags) throws KernelException {
    if (isAbsolute(path)) {
      try (Fd root = root()) {
        return Paths.openInRoot(root, path, flags);
      }
    }
    try (Fd start = directory(directory)) {
      return Paths.openBeneath(start, path, flags);
    } catch (KernelException e) {
      if (e.is(Errno.EXDEV)) {
        return walk(directory, path, (flags & Paths.O_NOFOLLOW) == 0);
      }
      throw e;
    }
  }

  private static boolean isLink(Fd file) throws KernelException {
    try {
      return Paths.status(file).isSymbolicLink();
    } catch (KernelException e) {
      file.close();
      throw e;
    }
  }

  private static boolean isAbsolute(byte[] path) {
    return path.length > 0 && path[0] == '/';
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static KernelException tooManyLinks() {
    return new KernelException(Errno.of(Errno.ELOOP), "open", "");
  }

  /** Step by step, so that each link can be seen through the caller's eyes. */
  private Fd walk(int directory, byte[] path, boolean follow) throws KernelException {
    ArrayDeque<byte[]> names = new ArrayDeque<>();
    prepend(names, path);
    int links = 0;
    Fd at = isAbsolute(path) ? root() : directory(directory);
    try {
      while (!names.isEmpty()) {
        byte[] name = names.pop();
        Fd next = Paths.openAt(at, name, Paths.O_PATH | Paths.O_NOFOLLOW, 0);
        if (!isLink(next) || (names.isEmpty() && !follow)) {
          at.close();
          at = next;
          continue;
        }
        if (++links > MOST_LINKS) {
          next.close();
          throw tooManyLinks();
        }
        byte[] target;
        try (Fd link = next) {
          target = target(at, name, link);
        }
        if (target == null) { // Leads straight to what some process holds.
          Fd held = Paths.openAt(at, name, Paths.O_PATH, 0);
          at.close();
          at = held;
        } else {
          prepend(names, target);
          if (isAbsolute(target)) {
            at.close();
            at = root();
          }
        }
      }
      if (!follow && Paths.status(at).isSymbolicLink()) {
        throw tooManyLinks();
      }
      return at;
    } catch (KernelException e) {
      at.close();
      throw e;
    }
  }

  private Fd root() throws KernelException {
    return Paths.open(ascii("/proc/" + thread + "/root"), Paths.O_PATH, 0);
  }

  /** Where a link points as a text; null if no text says it, as with those of /proc/PID. */
  private byte @Nullable [] target(Fd directory, byte[] name, Fd link) throws KernelException {
    byte[] place = Paths.ofDescriptor(directory);
    boolean inProc = Arrays.equals(place, ascii("/proc"));
    if (inProc && Arrays.equals(name, ascii("self"))) {
      return ascii(ownNumber());
    }
    if (inProc && Arrays.equals(name, ascii("thread-self"))) {
      return ascii(ownNumber() + "/task/" + ownNumber());
    }
    return startsWith(place, ascii("/proc/")) ? null : Paths.readLink(link);
  }

  /** The thread's id as it is in its own /proc; proc_pid_status(5), NSpid. */
  private String ownNumber() throws KernelException {
    String all = Procfs.statusField(Procfs.read(thread, "status"), "NSpid").orElse("" + thread);
    return all.substring(all.lastIndexOf('\t') + 1).strip();
  }

  /** Puts a path's names before the others; a slash at the end asks for a directory. */
  private static void prepend(ArrayDeque<byte[]> names, byte[] path) {
    int end = path.length;
    if (end > 1 && path[end - 1] == '/') {
      names.push(new byte[] {'.'});
    }
    while (end > 0) {
      int start = end;
      while (start > 0 && path[start - 1] != '/') {
        start--;
      }
      if (start < end) {
        names.push(Arrays.copyOfRange(path, start, end));
      }
      end = start - 1;
    }
  }

  /**
   * Whether a path leads nowhere for the caller too, as far as the permissions of directories go:
   * then saying so tells it nothing that it could not see. We may be allowed to look where it is
   * not.
   */
  boolean isAbsent(int directory, byte[] path) {
    int end = path.length;
    if (end == 0 || path[end - 1] == '/') {
      return false;
    }
    while (true) {
      int start = end;
      while (start > 0 && path[start - 1] != '/') {
        start--;
      }
      byte[] name = Arrays.copyOfRange(path, start, end);
      byte[] parent = Arrays.copyOf(path, start);
      try (Fd place = parent(directory, parent)) {
        return !isInProc(place) && isSearchable(place) && lacks(place, name);
      } catch (KernelException e) {
        if (!e.is(Errno.ENOENT) || start == 0) {
          return false; // The kernel will say what it is.
        }
      }
      end = start - 1; // The directory is not there either.
      while (end > 0 && path[end - 1] == '/') {
        end--;
      }
      if (end == 0) {
        return false;
      }
    }
  }

  /** Whether the last directory on the way to what is not there is one of /proc. */
  private boolean endsInProc(int directory, byte[] path) {
    int end = path.length;
    while (true) {
      while (end > 0 && path[end - 1] == '/') {
        end--;
      }
      while (end > 0 && path[end - 1] != '/') {
        end--;
      }
      if (end == 0) {
        return false;
      }
      try (Fd place = openByName(directory, Arrays.copyOf(path, end), Paths.O_PATH)) {
        return isInProc(place);
      } catch (KernelException e) {
        if (!e.is(Errno.ENOENT)) {
          return false; // Then it is that which stands against it.
        }
      }
    }
  }

  private static boolean isInProc(Fd directory) throws KernelException {
    byte[] path = Paths.ofDescriptor(directory);
    return Arrays.equals(path, ascii("/proc")) || startsWith(path, ascii("/proc/"));
  }

  private static boolean startsWith(byte[] path, byte[] start) {
    return path.length > start.length
        && Arrays.equals(path, 0, start.length, start, 0, start.length);
  }

  private Fd parent(int directory, byte[] path) throws KernelException {
    return path.length == 0 ? directory(directory) : openByName(directory, path, Paths.O_PATH);
  }

  /** Whether the caller may surely look for names in a directory and in all above it. */
  private static boolean isSearchable(Fd directory) throws KernelException {
    if (Processes.effectiveUid() != 0) {
      return true; // Nothing is open to us that is not to the caller, who has the same user.
    }
    byte[] path = Paths.ofDescriptor(directory);
    if (!isSearchable(Paths.status(directory))) {
      return false;
    }
    for (int i = 1; i < path.length; i++) {
      if (path[i] == '/' && !isSearchable(Paths.status(Arrays.copyOf(path, i)))) {
        return false;
      }
    }
    return true;
  }

  /** The target has our user, but neither our capabilities nor, maybe, our groups. */
  private static boolean isSearchable(FileStatus directory) {
    int wanted = directory.uid() == Processes.effectiveUid() ? BY_OWNER : BY_OTHERS;
    return directory.isDirectory() && (directory.mode() & wanted) == wanted;
  }

  private static boolean lacks(Fd directory, byte[] name) throws KernelException {
    try {
      FileStatus _ = Paths.linkStatusAt(directory, name);
      return false;
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT)) {
        return true;
      }
      throw e;
    }
  }
}
