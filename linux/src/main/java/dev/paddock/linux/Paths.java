package dev.paddock.linux;

import dev.paddock.linux.Layouts.Dirent;
import dev.paddock.linux.Layouts.OpenHow;
import dev.paddock.linux.Layouts.Statx;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Files by path, where a path is bytes without a NUL, as the kernel has it. */
public final class Paths {
  /** Open for reading; see open(2). */
  public static final int O_RDONLY = 0;

  /** Open for writing. */
  public static final int O_WRONLY = 1;

  /** Open for both. */
  public static final int O_RDWR = 2;

  /** Make the file if there is none. */
  public static final int O_CREAT = 0100;

  /** Do not let a terminal become the controlling one. */
  public static final int O_NOCTTY = 0400;

  /** Empty the file. */
  public static final int O_TRUNC = 01000;

  /** Do not wait until it can be opened, read or written. */
  public static final int O_NONBLOCK = Constants.O_NONBLOCK;

  /** Write at the end. */
  public static final int O_APPEND = 02000;

  /** Only a directory. */
  public static final int O_DIRECTORY = Arch.current() == Arch.X86_64 ? 0200000 : 040000;

  /** Do not follow a symbolic link in the last component. */
  public static final int O_NOFOLLOW = Arch.current() == Arch.X86_64 ? 0400000 : 0100000;

  /** Only a place in the tree: no reading, no writing, no side effect. */
  public static final int O_PATH = 010000000;

  /** For {@link #accessible}: may be read. */
  public static final int R_OK = 4;

  /** For {@link #accessible}: may be written. */
  public static final int W_OK = 2;

  /** For {@link #accessible}: may be executed, or searched. */
  public static final int X_OK = 1;

  /** rwx for the owner. */
  private static final int OWNER = 0700;

  private static final byte[] DESCRIPTORS = "/proc/self/fd/".getBytes(StandardCharsets.US_ASCII);

  private Paths() {}

  /** Opens a file, close-on-exec; {@code mode} counts only with {@link #O_CREAT}. */
  public static Fd open(byte[] path, int flags, int mode) throws KernelException {
    return openAt(Constants.AT_FDCWD, path, flags, mode);
  }

  /** Opens a file below a directory, close-on-exec. */
  public static Fd openAt(Fd directory, byte[] path, int flags, int mode) throws KernelException {
    return openAt(directory.number(), path, flags, mode);
  }

  private static Fd openAt(int directory, byte[] path, int flags, int mode) throws KernelException {
    return Fd.owned((int) check(openOrErrno(directory, path, flags, mode), "open", path));
  }

  private static long openOrErrno(int directory, byte[] path, int flags, int mode) {
    long address = Kernel.path(path);
    long opened;
    do {
      opened = Kernel.call(Nr.OPENAT, directory, address, flags | Constants.O_CLOEXEC, mode);
    } while (opened == -Errno.EINTR);
    return opened;
  }

  /**
   * Opens a path that has no symbolic links in it, close-on-exec: where one has taken the place of
   * a directory on the way since, or of the file itself, it is ELOOP; openat2(2), Linux 5.6.
   */
  public static Fd openReal(byte[] path, int flags) throws KernelException {
    MemorySegment how = Kernel.scratch();
    how.set(ValueLayout.JAVA_LONG, OpenHow.FLAGS, flags | Constants.O_CLOEXEC);
    how.set(ValueLayout.JAVA_LONG, OpenHow.MODE, 0);
    how.set(ValueLayout.JAVA_LONG, OpenHow.RESOLVE, Constants.RESOLVE_NO_SYMLINKS);
    long address = Kernel.path(path);
    long opened;
    do {
      opened =
          Kernel.call(Nr.OPENAT2, Constants.AT_FDCWD, address, how.address(), (long) OpenHow.SIZE);
    } while (opened == -Errno.EINTR);
    return Fd.owned((int) check(opened, "openat2", path));
  }

  /**
   * Opens a path as a process would whose root directory is another one: what is absolute, also in
   * a symbolic link, starts there, and nothing leads above it.
   *
   * @throws KernelException ELOOP also where a link leads to what some process holds (/proc/PID)
   */
  public static Fd openInRoot(Fd root, byte[] path, int flags) throws KernelException {
    return openByName(root.number(), path, flags, Constants.RESOLVE_IN_ROOT);
  }

  /**
   * Opens a path that stays below a directory.
   *
   * @throws KernelException EXDEV where ".." or an absolute symbolic link leads out of it
   */
  public static Fd openBeneath(Fd directory, byte[] path, int flags) throws KernelException {
    return openByName(directory.number(), path, flags, Constants.RESOLVE_BENEATH);
  }

  private static Fd openByName(int directory, byte[] path, int flags, long resolve)
      throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment how = arena.allocate(OpenHow.SIZE, 8);
      how.set(ValueLayout.JAVA_LONG, OpenHow.FLAGS, flags | Constants.O_CLOEXEC);
      how.set(ValueLayout.JAVA_LONG, OpenHow.RESOLVE, Constants.RESOLVE_NO_MAGICLINKS | resolve);
      MemorySegment name = Kernel.cString(arena, path);
      long opened;
      do {
        opened = Kernel.call(Nr.OPENAT2, directory, name.address(), how.address(), how.byteSize());
      } while (opened == -Errno.EINTR);
      return Fd.owned((int) check(opened, "openat2", path));
    }
  }

  /** What a path leads to, symbolic links followed. */
  public static FileStatus status(byte[] path) throws KernelException {
    return statx(Constants.AT_FDCWD, path, 0);
  }

  /** What a path names, a symbolic link in the last component not followed. */
  public static FileStatus linkStatus(byte[] path) throws KernelException {
    return statx(Constants.AT_FDCWD, path, Constants.AT_SYMLINK_NOFOLLOW);
  }

  /** What a name in a directory is, a symbolic link not followed. */
  public static FileStatus linkStatusAt(Fd directory, byte[] name) throws KernelException {
    return statx(directory.number(), name, Constants.AT_SYMLINK_NOFOLLOW);
  }

  /** What a descriptor is open on. */
  public static FileStatus status(Fd fd) throws KernelException {
    return statx(fd.number(), new byte[0], Constants.AT_EMPTY_PATH);
  }

  /**
   * When something was changed last, be it its content or its attributes, in nanoseconds since the
   * epoch; nobody can set it. Before Linux 6.13, and on some file systems, it is as coarse as the
   * kernel's clock tick. A symbolic link is not followed.
   */
  public static long changeTime(byte[] path) throws KernelException {
    FileStatus _ = linkStatus(path);
    MemorySegment s = Kernel.scratch();
    return s.get(ValueLayout.JAVA_LONG, Statx.STX_CTIME) * 1_000_000_000L
        + s.get(ValueLayout.JAVA_INT, Statx.STX_CTIME + 8);
  }

  private static FileStatus statx(int directory, byte[] path, int flags) throws KernelException {
    MemorySegment s = Kernel.scratch();
    check(
        Kernel.call(
            Nr.STATX,
            directory,
            Kernel.path(path),
            flags,
            Constants.STATX_BASIC_STATS,
            s.address()),
        "stat",
        path);
    return new FileStatus(
        s.get(ValueLayout.JAVA_INT, Statx.STX_DEV_MAJOR) * (1L << 32)
            | (s.get(ValueLayout.JAVA_INT, Statx.STX_DEV_MINOR) & 0xffffffffL),
        s.get(ValueLayout.JAVA_LONG, Statx.STX_INO),
        s.get(ValueLayout.JAVA_SHORT, Statx.STX_MODE) & 0xffff,
        s.get(ValueLayout.JAVA_INT, Statx.STX_UID) & 0xffffffffL,
        s.get(ValueLayout.JAVA_INT, Statx.STX_GID) & 0xffffffffL,
        s.get(ValueLayout.JAVA_INT, Statx.STX_NLINK) & 0xffffffffL,
        s.get(ValueLayout.JAVA_LONG, Statx.STX_SIZE));
  }

  /**
   * Where a symbolic link points; see readlink(2).
   *
   * @throws KernelException with ENAMETOOLONG if the target does not fit into a path: the kernel
   *     would cut it off without a word
   */
  public static byte[] readLink(byte[] path) throws KernelException {
    return readLink(Constants.AT_FDCWD, path);
  }

  /**
   * Where a symbolic link points.
   *
   * @param link opened with {@link #O_PATH} and {@link #O_NOFOLLOW}
   * @throws KernelException as {@link #readLink(byte[])} has it; ENOENT if it is no link
   */
  public static byte[] readLink(Fd link) throws KernelException {
    return readLink(link.number(), new byte[0]);
  }

  /** The same of a name in a directory. */
  public static byte[] readLinkAt(Fd directory, byte[] name) throws KernelException {
    return readLink(directory.number(), name);
  }

  private static byte[] readLink(int directory, byte[] path) throws KernelException {
    MemorySegment buffer = Kernel.scratch();
    long length =
        check(
            Kernel.call(
                Nr.READLINKAT, directory, Kernel.path(path), buffer.address(), Constants.PATH_MAX),
            "readlink",
            path);
    if (length == Constants.PATH_MAX) {
      throw new KernelException(Errno.of(Errno.ENAMETOOLONG), "readlink", show(path));
    }
    return bytes(buffer, (int) length);
  }

  /**
   * The path of what a descriptor is open on, as the kernel would show it; see proc(5), {@code
   * /proc/self/fd}. A deleted file's ends in {@code " (deleted)"}.
   */
  public static byte[] ofDescriptor(Fd fd) throws KernelException {
    return readLink(descriptorLink(fd));
  }

  /**
   * Opens once more what a descriptor is open on, such as one of {@link #O_PATH} for reading.
   *
   * @param flags as for open(2)
   */
  public static Fd reopen(Fd fd, int flags) throws KernelException {
    return open(descriptorLink(fd), flags, 0);
  }

  private static byte[] descriptorLink(Fd fd) {
    byte[] number = Integer.toString(fd.number()).getBytes(StandardCharsets.US_ASCII);
    byte[] link = Arrays.copyOf(DESCRIPTORS, DESCRIPTORS.length + number.length);
    System.arraycopy(number, 0, link, DESCRIPTORS.length, number.length);
    return link;
  }

  /** The absolute path that a path leads to, without symbolic links; see realpath(3). */
  public static byte[] real(byte[] path) throws KernelException {
    try (Fd fd = open(path, O_PATH, 0)) {
      return ofDescriptor(fd);
    }
  }

  /**
   * As {@link #real(byte[])}, for what is often not there: without the cost of an exception.
   *
   * @return null if there is nothing (ENOENT, ENOTDIR)
   */
  public static byte @Nullable [] realIfThere(byte[] path) throws KernelException {
    long opened = openOrErrno(Constants.AT_FDCWD, path, O_PATH, 0);
    if (opened == -Errno.ENOENT || opened == -Errno.ENOTDIR) {
      return null;
    }
    try (Fd fd = Fd.owned((int) check(opened, "open", path))) {
      return ofDescriptor(fd);
    }
  }

  /**
   * The current directory of this process.
   *
   * @throws KernelException with ENOENT if it has been deleted
   */
  public static byte[] currentDirectory() throws KernelException {
    MemorySegment buffer = Kernel.scratch();
    long length =
        Kernel.check(Kernel.call(Nr.GETCWD, buffer.address(), Constants.PATH_MAX), "getcwd", "");
    byte[] path = bytes(buffer, (int) length - 1);
    if (path.length == 0 || path[0] != '/') { // "(unreachable)…": outside our root.
      throw new KernelException(Errno.of(Errno.ENOENT), "getcwd", "");
    }
    return path;
  }

  /** Whether this process may read, write or execute a file, by its effective ids. */
  public static boolean accessible(byte[] path, int rights) {
    return Kernel.call(
            Nr.FACCESSAT2, Constants.AT_FDCWD, Kernel.path(path), rights, Constants.AT_EACCESS)
        == 0;
  }

  /** Makes a directory; see mkdir(2). */
  public static void makeDirectory(byte[] path, int mode) throws KernelException {
    check(Kernel.call(Nr.MKDIRAT, Constants.AT_FDCWD, Kernel.path(path), mode), "mkdir", path);
  }

  /** Removes a file, or an empty directory. */
  public static void remove(byte[] path, boolean directory) throws KernelException {
    unlinkAt(Constants.AT_FDCWD, path, directory);
  }

  private static void unlinkAt(int directory, byte[] path, boolean isDirectory)
      throws KernelException {
    check(unlink(directory, path, isDirectory), isDirectory ? "rmdir" : "unlink", path);
  }

  /** Removes an entry of a directory; see unlinkat(2). The result or -errno. */
  static long unlink(int directory, byte[] path, boolean isDirectory) {
    return Kernel.call(
        Nr.UNLINKAT, directory, Kernel.path(path), isDirectory ? Constants.AT_REMOVEDIR : 0);
  }

  /**
   * Removes a directory with all that is below it. Symbolic links are removed, never followed, also
   * when somebody swaps a directory for one while this runs. A directory that its owner may not
   * search or write is made so first, and no depth is too deep: what filled the tree is not
   * trusted.
   *
   * @throws KernelException with EBUSY if something is mounted inside, or whatever else stands in
   *     the way; the rest may be gone by then
   */
  public static void removeTree(byte[] path) throws KernelException {
    Optional<Fd> opened = openForRemoval(Constants.AT_FDCWD, path);
    if (opened.isEmpty()) {
      throw new KernelException(Errno.of(Errno.ENOTDIR), "rmdir", show(path));
    }
    try (Fd directory = opened.get()) {
      new TreeRemoval(directory).run();
    }
    remove(path, true);
  }

  /**
   * Opens a directory so that what is in it can be removed.
   *
   * @return empty if it is no directory
   */
  static Optional<Fd> openForRemoval(int parent, byte[] name) throws KernelException {
    try (Fd place = openAt(parent, name, O_PATH | O_NOFOLLOW, 0)) {
      FileStatus status = status(place);
      if (!status.isDirectory()) {
        return Optional.empty();
      }
      if ((status.mode() & OWNER) != OWNER) {
        // By way of /proc, since no chmod before Linux 6.6 takes an O_PATH descriptor. If it is not
        // ours to change, the next call says what is missing.
        long link = Kernel.path(descriptorLink(place));
        long _ = Kernel.call(Nr.FCHMODAT, Constants.AT_FDCWD, link, OWNER);
      }
      return Optional.of(openAt(place, new byte[] {'.'}, O_RDONLY | O_DIRECTORY, 0));
    }
  }

  /** Moves an entry from one directory to another; see renameat(2). The result or -errno. */
  static long rename(Fd from, byte[] name, Fd to, byte[] newName) {
    try (Arena arena = Arena.ofConfined()) {
      return Kernel.call(
          Nr.RENAMEAT2,
          from.number(),
          Kernel.cString(arena, name).address(),
          to.number(),
          Kernel.cString(arena, newName).address(),
          0);
    }
  }

  /** The names in a directory, without {@code .} and {@code ..}; see getdents(2). */
  public static List<byte[]> names(Fd directory) throws KernelException {
    List<byte[]> names = new ArrayList<>();
    while (true) {
      List<byte[]> some = someNames(directory);
      if (some.isEmpty()) {
        return names;
      }
      names.addAll(some);
    }
  }

  /** What is in a directory, without {@code .} and {@code ..}; see getdents(2). */
  public static List<DirectoryEntry> entries(Fd directory) throws KernelException {
    List<DirectoryEntry> entries = new ArrayList<>();
    while (true) {
      List<DirectoryEntry> some = someEntries(directory);
      if (some.isEmpty()) {
        return entries;
      }
      for (DirectoryEntry entry : some) {
        if (entry.type() != DirectoryEntry.UNKNOWN) {
          entries.add(entry);
          continue;
        }
        try { // Not every file system says it.
          int mode = linkStatusAt(directory, entry.name()).mode();
          entries.add(new DirectoryEntry(entry.name(), (mode & Constants.S_IFMT) >> 12));
        } catch (KernelException e) {
          if (!e.is(Errno.ENOENT)) {
            throw e;
          }
        }
      }
    }
  }

  /**
   * The next few names in a directory, without {@code .} and {@code ..}; none at the end. However
   * large the directory is, this takes little memory.
   */
  static List<byte[]> someNames(Fd directory) throws KernelException {
    List<byte[]> names = new ArrayList<>();
    for (DirectoryEntry entry : someEntries(directory)) {
      names.add(entry.name());
    }
    return names;
  }

  private static List<DirectoryEntry> someEntries(Fd directory) throws KernelException {
    List<DirectoryEntry> found = new ArrayList<>();
    MemorySegment buffer =
        Kernel.scratch(); // New memory would be cleared, which costs a start much.
    while (found.isEmpty()) { // A block may hold nothing but the two dots.
      long filled =
          Kernel.check(
              Kernel.call(Nr.GETDENTS64, directory.number(), buffer.address(), buffer.byteSize()),
              "getdents64",
              "");
      if (filled == 0) {
        break;
      }
      // One copy: a look at memory outside the heap costs a start, whose code is interpreted, much.
      byte[] entries = bytes(buffer, (int) filled);
      for (int at = 0; at < entries.length; ) {
        byte @Nullable [] name = name(entries, at + Dirent.D_NAME);
        if (name != null) {
          found.add(new DirectoryEntry(name, entries[at + Dirent.D_TYPE]));
        }
        at +=
            (entries[at + Dirent.D_RECLEN] & 0xff)
                | ((entries[at + Dirent.D_RECLEN + 1] & 0xff) << 8);
      }
    }
    return found;
  }

  private static byte @Nullable [] name(byte[] entries, int start) {
    int end = start;
    while (entries[end] != 0) {
      end++;
    }
    int length = end - start;
    boolean dots =
        entries[start] == '.' && (length == 1 || (length == 2 && entries[start + 1] == '.'));
    return dots ? null : Arrays.copyOfRange(entries, start, end);
  }

  /** All of a file, such as one below /proc; see read(2). */
  public static byte[] readAll(byte[] path) throws KernelException {
    return readAll(path, Integer.MAX_VALUE);
  }

  /**
   * All of a file that is not trusted to be small.
   *
   * @param limit the most that is accepted, in bytes
   * @throws KernelException with EFBIG if there is more
   */
  public static byte[] readAll(byte[] path, int limit) throws KernelException {
    try (Fd fd = open(path, O_RDONLY | O_NOCTTY, 0)) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      byte[] chunk = new byte[4096];
      while (true) {
        int count = fd.read(chunk, 0, chunk.length);
        if (count == 0) {
          return content.toByteArray();
        }
        if (count > limit - content.size()) {
          throw new KernelException(Errno.of(Errno.EFBIG), "read", show(path));
        }
        content.write(chunk, 0, count);
      }
    }
  }

  private static long check(long result, String call, byte[] path) throws KernelException {
    if (result < 0) {
      throw new KernelException(Errno.of((int) -result), call, path);
    }
    return result;
  }

  /** A path for a message: UTF-8 where it is, control characters escaped. */
  static String show(byte[] path) {
    String text = new String(path, StandardCharsets.UTF_8);
    StringBuilder shown = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      shown.append(Character.isISOControl(c) ? '?' : c);
    }
    return shown.toString();
  }

  private static byte[] bytes(MemorySegment memory, int length) {
    byte[] copy = new byte[length];
    MemorySegment.copy(memory, 0, MemorySegment.ofArray(copy), 0, length);
    return copy;
  }
}
