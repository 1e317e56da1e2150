package dev.paddock.sandbox.observe;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.GrantFlags;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.launch.HandedFiles;
import dev.paddock.sandbox.plan.CompiledPlan;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Looks at the paths that calls name, and says which of them Landlock will refuse. It only looks:
 * Landlock decides, on what the path leads to by then, so every call goes on.
 */
public final class FileRefusals implements Handler {
  private static final int PATH_MAX = 4096;
  private static final long AT_FDCWD = -100;

  /** See open(2); asm-generic/fcntl.h. */
  private static final int ACCESS_MODE = 3;

  private static final int O_EXCL = 0200;
  private static final int O_TMPFILE = 020000000;

  private static final String DELETED = " (deleted)";
  private static final ByteString PROC = ByteString.of("/proc/");

  /** What the kernel calls a file of memfd_create(2). */
  private static final ByteString MEMORY_FILE = ByteString.of("/memfd:");

  /** Links to what the caller's own descriptors lead to; in our eyes they would lead to ours. */
  private static final Map<ByteString, String> STANDARD =
      Map.of(
          ByteString.of("/dev/stdin"), "/fd/0",
          ByteString.of("/dev/stdout"), "/fd/1",
          ByteString.of("/dev/stderr"), "/fd/2");

  private static final ByteString DESCRIPTORS = ByteString.of("/dev/fd/");

  /** What a call does with the path that it names. */
  public enum Use {
    /** By the flags in the argument after the path. */
    OPEN,
    /** By the flags in a struct that the argument after the path points to. */
    OPEN_HOW,
    /** It is made, and must not be there. */
    MAKE,
    /** It is made, whether it is there or not. */
    REPLACE,
    /** It is taken away. */
    REMOVE,
    /** What is in it is changed. */
    CHANGE,
    /** It is executed. */
    EXECUTE,
    /** It is asked for, which Landlock does not refuse. */
    ASK
  }

  /**
   * One path of a call.
   *
   * @param directory the argument with the directory's descriptor; -1 for the current directory
   * @param path the argument with the path
   */
  public record Place(int directory, int path, Use use) {}

  private final String name;
  private final Place[] places;
  private final CompiledPlan plan;
  private final ByteString temporary;
  private final HandedFiles handed;
  private final Refusals refusals;

  /**
   * For the calls of one name.
   *
   * @param temporary the run's private directory, empty if it has none
   * @param handed what may be opened again, because the target has descriptors of it
   */
  public FileRefusals(
      String name,
      CompiledPlan plan,
      ByteString temporary,
      HandedFiles handed,
      Refusals refusals,
      Place... places) {
    this.name = name;
    this.plan = plan;
    this.temporary = temporary;
    this.handed = handed;
    this.refusals = refusals;
    this.places = places.clone();
  }

  @Override
  public Verdict judge(Call call) {
    for (Place place : places) {
      try {
        look(call, place);
      } catch (KernelException e) {
        // Unreadable, or nothing there: the kernel gives its own answer, and we have none to
        // explain.
      }
    }
    // Landlock holds every path rule on what the kernel itself finds.
    return Verdict.CONTINUE;
  }

  private void look(Call call, Place place) throws KernelException {
    try (Fd root = Paths.open(ascii("/proc/" + call.thread() + "/root"), Paths.O_PATH, 0)) {
      boolean change = changes(call, root, place);
      if (!change && opensNothing(call, place)) {
        return;
      }
      byte[] named = call.readString(call.argument(place.path()), PATH_MAX);
      byte[] path = absolute(call, place, named);
      if (!call.isAlive()) {
        return;
      }
      boolean there = exists(root, path);
      if (there && isExclusive(call, place)) {
        return; // EEXIST comes first.
      }
      boolean makes =
          place.use() == Use.MAKE || place.use() == Use.REPLACE || place.use() == Use.REMOVE;
      if (!there && !change) {
        absent(call, path, false);
        return;
      }
      if (place.use() == Use.ASK) {
        return;
      }
      if (!there || makes) {
        if (place.use() == Use.REMOVE && !there) {
          return; // ENOENT, whatever the grants are.
        }
        path = parent(path); // Making and removing are rights of the directory.
      }
      if (!exists(root, path)) {
        absent(call, path, true);
        return;
      }
      try (Fd found = open(root, path, Paths.O_PATH)) {
        judge(call, ByteString.of(Paths.ofDescriptor(found)), Paths.status(found), change);
      }
    }
  }

  /** What the target's own root lacks may be there on the host, in no grant. */
  private void absent(Call call, byte[] path, boolean change) throws KernelException {
    if (!plan.view().has(ViewPart.FILES)) {
      return;
    }
    ByteString real = plan.real(ByteString.of(path));
    Access access = plan.access(real.toBytes());
    if (!access.readable() && real.at(0) == '/') { // A pipe has no path.
      refused(call, real, access, change, Errno.ENOENT, false);
    }
  }

  private void judge(Call call, ByteString path, FileStatus status, boolean change) {
    boolean deleted = status.links() == 0;
    if (deleted && path.toString().endsWith(DELETED)) {
      // What hides a file has no name any more, which the kernel adds to its place.
      path = path.slice(0, path.length() - DELETED.length());
    }
    if (path.at(0) != '/' || (deleted && path.startsWith(MEMORY_FILE))) {
      return; // A pipe, a socket, a memfd: Landlock does not restrict what has no path.
    }
    if (handed.allows(status, change)) {
      return;
    }
    if (!temporary.isEmpty() && path.startsWith(temporary)) {
      return;
    }
    Access access = plan.accessInside(path);
    if (change ? access.writable() : access.readable()) {
      return;
    }
    // A mount that is read-only says so before Landlock is asked.
    boolean mounted = change && plan.view().has(ViewPart.FILES) && !status.isDevice();
    refused(call, path, access, change, mounted ? Errno.EROFS : Errno.EACCES, deleted);
  }

  private void refused(
      Call call, ByteString path, Access access, boolean change, int errno, boolean deleted) {
    boolean denied = access.level() == Access.Level.NONE && access.decidedBy().isPresent();
    String rule =
        denied
            ? access.decidedBy().get().rule()
            : access.readable() ? "granted for reading only" : "";
    refusals.refused(
        call.thread(),
        name,
        path,
        errno,
        rule,
        denied || deleted ? "" : change ? GrantFlags.writing(path) : GrantFlags.reading(path),
        Strength.OBSERVED);
  }

  private static boolean changes(Call call, Fd root, Place place) throws KernelException {
    return switch (place.use()) {
      case MAKE, REPLACE, REMOVE, CHANGE -> true;
      case EXECUTE, ASK -> false;
      case OPEN, OPEN_HOW -> {
        long flags = flags(call, place);
        yield (flags & Paths.O_PATH) == 0
            && ((flags & ACCESS_MODE) != 0
                || (flags & (Paths.O_CREAT | Paths.O_TRUNC)) != 0
                || (flags & O_TMPFILE) == O_TMPFILE)
            && !createsNothing(call, root, place, flags);
      }
    };
  }

  private static boolean isExclusive(Call call, Place place) throws KernelException {
    return switch (place.use()) {
      case MAKE -> true;
      case OPEN, OPEN_HOW ->
          (flags(call, place) & (Paths.O_CREAT | O_EXCL)) == (Paths.O_CREAT | O_EXCL);
      case REPLACE, REMOVE, CHANGE, EXECUTE, ASK -> false;
    };
  }

  /** O_CREAT on a file that is there already, for reading, changes nothing. */
  private static boolean createsNothing(Call call, Fd root, Place place, long flags)
      throws KernelException {
    if ((flags & ACCESS_MODE) != 0
        || (flags & Paths.O_TRUNC) != 0
        || (flags & Paths.O_CREAT) == 0) {
      return false;
    }
    byte[] named = call.readString(call.argument(place.path()), PATH_MAX);
    return exists(root, absolute(call, place, named));
  }

  /** O_PATH opens nothing, so Landlock refuses nothing. */
  private static boolean opensNothing(Call call, Place place) throws KernelException {
    return (place.use() == Use.OPEN || place.use() == Use.OPEN_HOW)
        && (flags(call, place) & Paths.O_PATH) != 0;
  }

  private static long flags(Call call, Place place) throws KernelException {
    long argument = call.argument(place.path() + 1);
    if (place.use() == Use.OPEN) {
      return argument & 0xffffffffL;
    }
    byte[] how = new byte[8];
    call.read(argument, how);
    return java.nio.ByteBuffer.wrap(how).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong();
  }

  /** The path as this process can follow it: the caller's own directories, and its own self. */
  private static byte[] absolute(Call call, Place place, byte[] path) throws KernelException {
    if (path.length == 0) {
      throw new KernelException(Errno.of(Errno.ENOENT), "open", "");
    }
    ByteString text = ByteString.of(path);
    String own = "/proc/" + call.thread();
    if (path[0] == '/') {
      String standard = STANDARD.get(text);
      if (standard != null) {
        return ascii(own + standard);
      }
      if (text.startsWith(DESCRIPTORS)) {
        return ByteString.of(own + "/fd/")
            .plus(text.slice(DESCRIPTORS.length(), text.length()))
            .toBytes();
      }
      for (String self : new String[] {"/proc/self", "/proc/thread-self"}) {
        ByteString prefix = ByteString.of(self);
        if (text.startsWith(prefix)
            && (text.length() == prefix.length() || text.at(prefix.length()) == '/')) {
          return ByteString.of(own).plus(text.slice(prefix.length(), text.length())).toBytes();
        }
      }
      return path;
    }
    int descriptor =
        place.directory() < 0 ? (int) AT_FDCWD : (int) call.argument(place.directory());
    String base = descriptor == AT_FDCWD ? own + "/cwd" : own + "/fd/" + descriptor;
    byte[] directory = Paths.readLink(ascii(base));
    return ByteString.of(directory).plus(ByteString.of("/")).plus(text).toBytes();
  }

  private static boolean exists(Fd root, byte[] path) {
    try (Fd found = open(root, path, Paths.O_PATH | Paths.O_NOFOLLOW)) {
      return found.isOpen();
    } catch (KernelException e) {
      return false; // Or not to be seen by us either: the kernel's own answer explains itself.
    }
  }

  /** In the target's root; below /proc there are links that lead to what a process holds. */
  private static Fd open(Fd root, byte[] path, int flags) throws KernelException {
    return ByteString.of(path).startsWith(PROC)
        ? Paths.open(path, flags, 0)
        : Paths.openInRoot(root, path, flags);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] parent(byte[] path) {
    int end = path.length;
    while (end > 1 && path[end - 1] == '/') {
      end--;
    }
    while (end > 1 && path[end - 1] != '/') {
      end--;
    }
    return ByteString.of(path).slice(0, end).toBytes();
  }
}
