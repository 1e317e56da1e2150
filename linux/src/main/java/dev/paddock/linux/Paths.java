package dev.paddock.linux;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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

  private static final int O_CLOEXEC = 02000000;
  private static final int AT_FDCWD = -100;
  private static final int AT_EACCESS = 0x200;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int PATH_MAX = 4096;

  private Paths() {}

  /** Opens a file, close-on-exec; {@code mode} counts only with {@link #O_CREAT}. */
  public static Fd open(byte[] path, int flags, int mode) throws KernelException {
    return openAt(AT_FDCWD, path, flags, mode);
  }

  /** Opens a file below a directory, close-on-exec. */
  public static Fd openAt(Fd directory, byte[] path, int flags, int mode) throws KernelException {
    return openAt(directory.number(), path, flags, mode);
  }

  private static Fd openAt(int directory, byte[] path, int flags, int mode) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long opened;
      do {
        opened =
            Kernel.call(
                Nr.OPENAT,
                directory,
                Kernel.cString(arena, path).address(),
                flags | O_CLOEXEC,
                mode);
      } while (opened == -Errno.EINTR);
      return Fd.owned((int) check(opened, "open", path));
    }
  }

  /** What a path leads to, symbolic links followed. */
  public static FileStatus status(byte[] path) throws KernelException {
    return statx(AT_FDCWD, path, 0);
  }

  /** What a path names, a symbolic link in the last component not followed. */
  public static FileStatus linkStatus(byte[] path) throws KernelException {
    return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
  }

  /** What a descriptor is open on. */
  public static FileStatus status(Fd fd) throws KernelException {
    return statx(fd.number(), new byte[0], AT_EMPTY_PATH);
  }

  /**
   * struct statx { u32 mask, blksize; u64 attributes; u32 nlink, uid, gid; u16 mode; …; u64
   * ino @32, size @40, …; u32 dev_major @136, dev_minor @140; … }, 256 bytes.
   */
  private static FileStatus statx(int directory, byte[] path, int flags) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment s = arena.allocate(256, 8);
      check(
          Kernel.call(
              Nr.STATX,
              directory,
              Kernel.cString(arena, path).address(),
              flags,
              STATX_BASIC_STATS,
              s.address()),
          "stat",
          path);
      return new FileStatus(
          s.get(ValueLayout.JAVA_INT, 136) * (1L << 32)
              | (s.get(ValueLayout.JAVA_INT, 140) & 0xffffffffL),
          s.get(ValueLayout.JAVA_LONG, 32),
          s.get(ValueLayout.JAVA_SHORT, 28) & 0xffff,
          s.get(ValueLayout.JAVA_INT, 20) & 0xffffffffL,
          s.get(ValueLayout.JAVA_INT, 24) & 0xffffffffL,
          s.get(ValueLayout.JAVA_INT, 16) & 0xffffffffL,
          s.get(ValueLayout.JAVA_LONG, 40));
    }
  }

  /** Where a symbolic link points; see readlink(2). */
  public static byte[] readLink(byte[] path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PATH_MAX);
      long length =
          check(
              Kernel.call(
                  Nr.READLINKAT,
                  AT_FDCWD,
                  Kernel.cString(arena, path).address(),
                  buffer.address(),
                  PATH_MAX),
              "readlink",
              path);
      return bytes(buffer, (int) length);
    }
  }

  /**
   * The path of what a descriptor is open on, as the kernel would show it; see proc(5), {@code
   * /proc/self/fd}. A deleted file's ends in {@code " (deleted)"}.
   */
  public static byte[] ofDescriptor(Fd fd) throws KernelException {
    return readLink(("/proc/self/fd/" + fd.number()).getBytes(StandardCharsets.US_ASCII));
  }

  /** The absolute path that a path leads to, without symbolic links; see realpath(3). */
  public static byte[] real(byte[] path) throws KernelException {
    try (Fd fd = open(path, O_PATH, 0)) {
      return ofDescriptor(fd);
    }
  }

  /**
   * The current directory of this process.
   *
   * @throws KernelException with ENOENT if it has been deleted
   */
  public static byte[] currentDirectory() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PATH_MAX);
      long length = Kernel.check(Kernel.call(Nr.GETCWD, buffer.address(), PATH_MAX), "getcwd", "");
      byte[] path = bytes(buffer, (int) length - 1);
      if (path.length == 0 || path[0] != '/') { // "(unreachable)…": outside our root.
        throw new KernelException(Errno.of(Errno.ENOENT), "getcwd", "");
      }
      return path;
    }
  }

  /** Whether this process may read, write or execute a file, by its effective ids. */
  public static boolean accessible(byte[] path, int rights) {
    try (Arena arena = Arena.ofConfined()) {
      return Kernel.call(
              Nr.FACCESSAT2, AT_FDCWD, Kernel.cString(arena, path).address(), rights, AT_EACCESS)
          == 0;
    }
  }

  /** Makes a directory; see mkdir(2). */
  public static void makeDirectory(byte[] path, int mode) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      check(
          Kernel.call(Nr.MKDIRAT, AT_FDCWD, Kernel.cString(arena, path).address(), mode),
          "mkdir",
          path);
    }
  }

  /** Removes a file, or an empty directory. */
  public static void remove(byte[] path, boolean directory) throws KernelException {
    unlinkAt(AT_FDCWD, path, directory);
  }

  private static void unlinkAt(int directory, byte[] path, boolean isDirectory)
      throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      check(
          Kernel.call(
              Nr.UNLINKAT,
              directory,
              Kernel.cString(arena, path).address(),
              isDirectory ? AT_REMOVEDIR : 0),
          "unlink",
          path);
    }
  }

  /**
   * Removes a directory with all that is below it. Symbolic links are removed, never followed, also
   * when somebody swaps a directory for one while this runs.
   */
  public static void removeTree(byte[] path) throws KernelException {
    try (Fd directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)) {
      removeBelow(directory);
    }
    remove(path, true);
  }

  private static void removeBelow(Fd directory) throws KernelException {
    for (byte[] name : names(directory)) {
      try {
        unlinkAt(directory.number(), name, false);
      } catch (KernelException e) {
        if (!e.is(Errno.EISDIR) && !e.is(Errno.EPERM)) {
          throw e;
        }
        try (Fd child = openAt(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)) {
          removeBelow(child);
        }
        unlinkAt(directory.number(), name, true);
      }
    }
  }

  /** The names in a directory, without {@code .} and {@code ..}; see getdents(2). */
  public static List<byte[]> names(Fd directory) throws KernelException {
    List<byte[]> names = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      // struct linux_dirent64 { u64 ino; s64 off; u16 reclen @16; u8 type; char name[] @19; }
      MemorySegment buffer = arena.allocate(32768, 8);
      while (true) {
        long filled =
            Kernel.check(
                Kernel.call(Nr.GETDENTS64, directory.number(), buffer.address(), buffer.byteSize()),
                "getdents64",
                "");
        if (filled == 0) {
          return names;
        }
        for (long at = 0; at < filled; ) {
          int size = buffer.get(ValueLayout.JAVA_SHORT, at + 16) & 0xffff;
          byte @Nullable [] name = name(buffer.asSlice(at + 19, size - 19L));
          if (name != null) {
            names.add(name);
          }
          at += size;
        }
      }
    }
  }

  private static byte @Nullable [] name(MemorySegment entry) {
    int length = 0;
    while (entry.get(ValueLayout.JAVA_BYTE, length) != 0) {
      length++;
    }
    byte[] name = bytes(entry, length);
    boolean dots =
        (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.');
    return dots ? null : name;
  }

  /** All of a file, such as one below /proc; see read(2). */
  public static byte[] readAll(byte[] path) throws KernelException {
    try (Fd fd = open(path, O_RDONLY, 0)) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      byte[] chunk = new byte[16384];
      while (true) {
        int count = fd.read(chunk, 0, chunk.length);
        if (count == 0) {
          return content.toByteArray();
        }
        content.write(chunk, 0, count);
      }
    }
  }

  private static long check(long result, String call, byte[] path) throws KernelException {
    // The text is made only for the exception: the good path allocates nothing.
    return result < 0 ? Kernel.check(result, call, show(path)) : result;
  }

  /** A path for a message: UTF-8 where it is, control characters escaped. */
  private static String show(byte[] path) {
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
