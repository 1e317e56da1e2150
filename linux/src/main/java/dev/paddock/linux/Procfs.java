package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Processes as /proc shows them; see proc(5). Everything is bytes, since names, arguments and
 * environments are whatever the process made of them. A process may be gone, and its id another's,
 * at any time: whoever must know holds a pidfd and asks that it still lives after reading.
 *
 * <p>A process that is gone is ENOENT or ESRCH, one that may not be looked into EACCES or EPERM.
 */
public final class Procfs {
  /** No file read here is larger: arguments and environment are a process's own doing. */
  private static final int LIMIT = 8 << 20;

  /** More than 52 fields of 20 digits and a name have; the kernel gives it in one piece. */
  private static final int STAT = 2048;

  private Procfs() {}

  /** A file of a process or thread, such as {@code "maps"}, at most 8 MiB of it. */
  public static byte[] read(int pid, String file) throws KernelException {
    String path = "/proc/" + pid + "/" + file;
    return Paths.readAll(path.getBytes(StandardCharsets.UTF_8), LIMIT);
  }

  /**
   * The flags of one of a thread's descriptors, {@code O_CLOEXEC} among them; proc_pid_fdinfo(5).
   *
   * @throws KernelException with ENOENT if it has none of that number
   */
  public static int descriptorFlags(int thread, int number) throws KernelException {
    byte[] path = ("/proc/" + thread + "/fdinfo/" + number).getBytes(StandardCharsets.US_ASCII);
    byte[] info = new byte[128]; // "pos:\t...\nflags:\t02000002\n" is its beginning.
    try (Fd fd = Paths.open(path, Paths.O_RDONLY, 0)) {
      int length = fd.read(info, 0, info.length);
      return Integer.parseInt(
          statusField(Arrays.copyOf(info, Math.max(length, 0)), "flags").orElse("0"), 8);
    }
  }

  /** Id, name, parent, group and the like of a process or thread. */
  public static ProcessStat stat(int pid) throws KernelException {
    byte[] path = ("/proc/" + pid + "/stat").getBytes(StandardCharsets.US_ASCII);
    byte[] line = new byte[STAT];
    int length;
    try (Fd fd = Paths.open(path, Paths.O_RDONLY, 0)) {
      length = fd.read(line, 0, line.length);
    }
    return ProcessStat.parse(Arrays.copyOf(line, length));
  }

  /**
   * What a process or thread is doing, as {@link ProcessStat#state} has it; cheaper than all of
   * that. {@code D} is a wait that only SIGKILL ends.
   */
  public static char state(int pid) throws KernelException {
    byte[] path = ("/proc/" + pid + "/stat").getBytes(StandardCharsets.US_ASCII);
    // The name before it is at most 64 bytes, escaped or not.
    byte[] start = new byte[128];
    int length;
    try (Fd fd = Paths.open(path, Paths.O_RDONLY, 0)) {
      length = fd.read(start, 0, start.length);
    }
    int close = length - 1;
    // No parenthesis follows the name's own.
    while (close >= 0 && start[close] != ')') {
      close--;
    }
    if (close < 0 || close + 2 >= length) {
      throw new KernelException(Errno.of(Errno.EBADMSG), "read", "/proc/PID/stat");
    }
    return (char) start[close + 2];
  }

  /**
   * How a process ended that nobody has reaped yet, or somebody is reaping.
   *
   * @return empty if it has not ended, or this user may not know
   */
  public static Optional<Processes.Exit> exit(int pid) throws KernelException {
    byte[] stat = read(pid, "stat");
    if (!ProcessStat.parse(stat).hasEnded()) {
      return Optional.empty();
    }
    // The last field; the kernel shows 0 to those who may not trace, but a zombie hides nothing.
    int start = stat.length;
    while (start > 0 && stat[start - 1] != ' ') {
      start--;
    }
    int status = 0;
    for (int i = start; i < stat.length && stat[i] >= '0' && stat[i] <= '9'; i++) {
      status = status * 10 + (stat[i] - '0');
    }
    return Optional.of(Processes.exit(status));
  }

  /**
   * A line of {@code /proc/PID/status}, such as {@code "Uid"} or {@code "SigBlk"}; see
   * proc_pid_status(5).
   *
   * @param status the file's content
   * @param name the field's name without the colon
   * @return what follows the colon and the white space; empty if there is no such line
   */
  public static Optional<String> statusField(byte[] status, String name) {
    // The process's name is escaped there, so no process can forge a line.
    byte[] wanted = (name + ":").getBytes(StandardCharsets.US_ASCII);
    int start = 0;
    while (start < status.length) {
      int end = start;
      while (end < status.length && status[end] != '\n') {
        end++;
      }
      int value = start + wanted.length;
      if (value <= end && Arrays.equals(status, start, value, wanted, 0, wanted.length)) {
        while (value < end && (status[value] == '\t' || status[value] == ' ')) {
          value++;
        }
        return Optional.of(new String(status, value, end - value, StandardCharsets.ISO_8859_1));
      }
      start = end + 1;
    }
    return Optional.empty();
  }

  /**
   * The signals in a mask of {@code /proc/PID/status}, such as {@code "SigPnd"}: bit n-1 stands for
   * signal n.
   *
   * @throws KernelException with EBADMSG if there is no such mask
   */
  public static long signalMask(byte[] status, String name) throws KernelException {
    String mask = statusField(status, name).orElse("");
    long value = 0;
    for (int i = 0; i < mask.length(); i++) {
      int digit = Character.digit(mask.charAt(i), 16);
      if (digit < 0 || i >= 16) {
        mask = "";
        break;
      }
      value = value << 4 | digit;
    }
    if (mask.isEmpty()) {
      throw new KernelException(Errno.of(Errno.EBADMSG), "read", "/proc/PID/status " + name);
    }
    return value;
  }

  /**
   * The arguments of a process, as they are in its memory now; none for a kernel thread or a
   * zombie.
   */
  public static List<byte[]> arguments(int pid) throws KernelException {
    return strings(read(pid, "cmdline"));
  }

  /** The environment with which a process started, as it is in its memory now. */
  public static List<byte[]> environment(int pid) throws KernelException {
    return strings(read(pid, "environ"));
  }

  /**
   * The path by which execve(2) was told to start a process's program, as it is in its memory now;
   * AT_EXECFN of getauxval(3). What was given by a descriptor reads {@code /dev/fd/N} or {@code
   * /dev/fd/N/path}.
   *
   * @throws KernelException with EBADMSG if there is none
   */
  public static byte[] executedPath(int pid) throws KernelException {
    MemorySegment vector = MemorySegment.ofArray(read(pid, "auxv"));
    int word = hasLongWords(vector) ? Long.BYTES : Integer.BYTES;
    for (long at = 0; at + 2L * word <= vector.byteSize(); at += 2L * word) {
      long type = word(vector, at, word);
      if (type == Constants.AT_EXECFN) {
        long address = word(vector, at + word, word);
        return ProcessMemory.ofThread().readString(pid, address, 2 * Constants.PATH_MAX);
      }
      if (type == Constants.AT_NULL) {
        break;
      }
    }
    throw new KernelException(Errno.of(Errno.EBADMSG), "read", "/proc/PID/auxv");
  }

  /**
   * Types are small numbers, so in words of 64 bits the second half of the first is 0. In a 32-bit
   * program it is the first value, an address or a set of capabilities, which is not.
   */
  private static boolean hasLongWords(MemorySegment vector) {
    return vector.byteSize() < 8 || vector.get(ValueLayout.JAVA_INT_UNALIGNED, 4) == 0;
  }

  private static long word(MemorySegment vector, long at, int size) {
    return size == Long.BYTES
        ? vector.get(ValueLayout.JAVA_LONG_UNALIGNED, at)
        : Integer.toUnsignedLong(vector.get(ValueLayout.JAVA_INT_UNALIGNED, at));
  }

  /**
   * Takes apart strings that each end with a NUL. What follows the last NUL is a string as well: a
   * process can write over its arguments.
   */
  public static List<byte[]> strings(byte[] content) {
    List<byte[]> strings = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < content.length; i++) {
      if (content[i] == 0) {
        strings.add(Arrays.copyOfRange(content, start, i));
        start = i + 1;
      }
    }
    if (start < content.length) {
      strings.add(Arrays.copyOfRange(content, start, content.length));
    }
    return strings;
  }

  /** The threads of a process, by id. */
  public static List<Integer> threads(int pid) throws KernelException {
    return ids("/proc/" + pid + "/task");
  }

  /** The descriptors of a process, by number; EACCES if it may not be traced, see proc(5). */
  public static List<Integer> descriptors(int pid) throws KernelException {
    return ids("/proc/" + pid + "/fd");
  }

  /** All processes of our pid namespace that this user may see, by id. */
  public static List<Integer> processes() throws KernelException {
    return ids("/proc");
  }

  /**
   * The children of a process, by id. Complete only while the process and its children stand still:
   * one that is born or dies meanwhile may be missing, or make others be missing.
   */
  public static List<Integer> children(int pid) throws KernelException {
    List<Integer> children = new ArrayList<>();
    for (int thread : threads(pid)) {
      byte[] content;
      try {
        content = read(pid, "task/" + thread + "/children");
      } catch (KernelException e) {
        if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
          continue; // The thread has ended; its children went to another one.
        }
        throw e;
      }
      int id = 0;
      for (byte b : content) {
        if (b >= '0' && b <= '9') {
          id = id * 10 + (b - '0');
        } else if (id != 0) {
          children.add(id);
          id = 0;
        }
      }
      if (id != 0) {
        children.add(id);
      }
    }
    return children;
  }

  /** The entries of a directory that are numbers. */
  private static List<Integer> ids(String path) throws KernelException {
    List<Integer> ids = new ArrayList<>();
    try (Fd directory =
        Paths.open(
            path.getBytes(StandardCharsets.US_ASCII), Paths.O_RDONLY | Paths.O_DIRECTORY, 0)) {
      for (byte[] name : Paths.names(directory)) {
        int id = 0;
        for (byte b : name) {
          id = b >= '0' && b <= '9' && id >= 0 ? id * 10 + (b - '0') : -1;
        }
        if (id > 0) {
          ids.add(id);
        }
      }
    }
    return ids;
  }

  /**
   * Whom a pidfd of ours stands for, by the number that this process knows it by; see
   * pidfd_open(2).
   *
   * @return 0 if it is no pidfd, or of a process that cannot be seen from here; -1 if that is gone
   */
  public static int ofPidFd(Fd pidFd) throws KernelException {
    byte[] info = read(Processes.pid(), "fdinfo/" + pidFd.number());
    return Integer.parseInt(statusField(info, "Pid").orElse("0"));
  }
}
