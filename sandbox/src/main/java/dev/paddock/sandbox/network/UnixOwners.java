package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.SocketDiagnostics;
import dev.paddock.linux.SocketDiagnostics.UnixEntry;
import dev.paddock.sandbox.process.ProcessTree;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells whose a unix socket is that has a name. In a network name space of the target's own every
 * socket is the run's, whatever its path; elsewhere it is the run's if one of its processes has it
 * open. The kernel is asked each time, about the very file: no name and no argument is believed.
 */
final class UnixOwners implements AutoCloseable {
  private static final int MOST_MOUNTS = 1 << 20;
  private static final int MOST_KNOWN = 4096;

  private final ProcessTree tree;
  private final @Nullable SocketDiagnostics own;
  private final Set<Known> known = new HashSet<>();
  private @Nullable SocketDiagnostics host;

  /** Whose a socket is. */
  enum Owner {
    /** A process of the run's. */
    RUN,
    /** Somebody outside. */
    OTHER,
    /** Nobody has it open, as far as this process's and the target's networks go. */
    NOBODY
  }

  /**
   * For one run.
   *
   * @param own asks about the target's own network; null if that is the host's. Taken over
   */
  UnixOwners(ProcessTree tree, @Nullable SocketDiagnostics own) {
    this.tree = tree;
    this.own = own;
  }

  /** Whose a socket is that was bound to a file. */
  synchronized Owner of(int thread, Fd file, FileStatus status) throws KernelException {
    List<UnixEntry> outside = find(thread, host(), file, status);
    SocketDiagnostics inside = own;
    // The numbers that the kernel tells are cut to 32 bits: another one must not look the same.
    if (inside != null) {
      boolean bound = !find(thread, inside, file, status).isEmpty();
      return bound ? (outside.isEmpty() ? Owner.RUN : Owner.OTHER) : other(outside);
    }
    return outside.size() == 1 && isOpenInside(outside.getFirst()) ? Owner.RUN : other(outside);
  }

  private static Owner other(List<UnixEntry> outside) {
    return outside.isEmpty() ? Owner.NOBODY : Owner.OTHER;
  }

  /** Whose the socket of an abstract name is. */
  synchronized Owner of(byte[] name) throws KernelException {
    if (own != null) {
      return Owner.RUN;
    }
    for (UnixEntry entry : host().unixSockets()) {
      byte[] other = entry.name();
      if (other.length == name.length + 1
          && other[0] == 0
          && Arrays.equals(other, 1, other.length, name, 0, name.length)) {
        return isOpenInside(entry) ? Owner.RUN : Owner.OTHER;
      }
    }
    return Owner.NOBODY;
  }

  private SocketDiagnostics host() throws KernelException {
    SocketDiagnostics open = host;
    if (open == null) {
      open = SocketDiagnostics.open();
      host = open;
    }
    return open;
  }

  private static List<UnixEntry> find(
      int thread, SocketDiagnostics diagnostics, Fd file, FileStatus status)
      throws KernelException {
    List<UnixEntry> same =
        diagnostics.unixSockets().stream()
            .filter(entry -> entry.fileInode() == (int) status.inode())
            .toList();
    if (same.isEmpty()) {
      return same;
    }
    // Some file systems tell stat of another device than that which the kernel knows them by.
    long device = mountDevice(thread, file).orElse(status.device());
    return same.stream()
        .filter(e -> e.fileDevice() == status.device() || e.fileDevice() == device)
        .toList();
  }

  /** The device of the mount that a file was found in; proc_pid_mountinfo(5). */
  private static Optional<Long> mountDevice(int thread, Fd file) throws KernelException {
    byte[] info = Paths.readAll(ascii("/proc/self/fdinfo/" + file.number()));
    String id = Procfs.statusField(info, "mnt_id").orElse("");
    String mounts = text(Paths.readAll(ascii("/proc/" + thread + "/mountinfo"), MOST_MOUNTS));
    for (String line : mounts.split("\n", -1)) {
      String[] words = line.split(" ", 4);
      if (words.length == 4 && words[0].equals(id)) {
        int colon = words[2].indexOf(':');
        return Optional.of(
            Long.parseLong(words[2].substring(0, colon)) << 32
                | Long.parseLong(words[2].substring(colon + 1)));
      }
    }
    return Optional.empty();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /**
   * Whether a process of the run has a socket open, or had once: as long as there is one of that
   * number and that file, it is the same.
   */
  private boolean isOpenInside(UnixEntry entry) throws KernelException {
    Known key = new Known(entry.inode(), entry.fileInode(), entry.fileDevice());
    if (known.contains(key)) {
      return true;
    }
    boolean open = isOpen(entry.inode());
    if (open && known.size() < MOST_KNOWN) {
      known.add(key);
    }
    return open;
  }

  private record Known(int inode, int fileInode, long fileDevice) {}

  private boolean isOpen(int socket) throws KernelException {
    byte[] wanted = ascii("socket:[" + Integer.toUnsignedString(socket) + "]");
    for (int process : tree.processes()) {
      try (Fd descriptors = Paths.open(ascii("/proc/" + process + "/fd"), Paths.O_RDONLY, 0)) {
        for (byte[] number : Paths.names(descriptors)) {
          if (Arrays.equals(link(descriptors, number), wanted)) {
            return true;
          }
        }
      } catch (KernelException e) {
        if (!e.is(Errno.ENOENT) && !e.is(Errno.ESRCH) && !e.is(Errno.EACCES)) {
          throw e;
        }
      }
    }
    return false;
  }

  private static byte[] link(Fd directory, byte[] name) throws KernelException {
    try (Fd link = Paths.openAt(directory, name, Paths.O_PATH | Paths.O_NOFOLLOW, 0)) {
      return Paths.readLink(link);
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT)) {
        return new byte[0]; // Closed meanwhile.
      }
      throw e;
    }
  }

  @Override
  public synchronized void close() {
    if (own != null) {
      own.close();
    }
    if (host != null) {
      host.close();
    }
  }
}
