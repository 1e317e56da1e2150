package dev.paddock.sandbox.network;

import dev.paddock.linux.DescriptorTable;
import dev.paddock.linux.Epoll;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Socket;
import dev.paddock.linux.Uninterrupted;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The epoll(7) sets of a caller's in which a socket is that is about to be replaced. They know it
 * by what it is open on, so what comes in its place has to be added again.
 */
final class EpollSets implements AutoCloseable {
  private static final int MOST_INFO = 1 << 22;
  private static final byte[] KIND = "anon_inode:[eventpoll]".getBytes(StandardCharsets.US_ASCII);

  /** What a set knows of one descriptor. */
  private record Registration(Fd set, int events, long data) {}

  private final int number;
  private final List<Registration> found;

  private EpollSets(int number, List<Registration> found) {
    this.number = number;
    this.found = found;
  }

  /**
   * Which of the threads' descriptors are epoll sets. To look through all descriptors for each of a
   * thousand connects would take longer than these, so it is done again only when a set was made.
   */
  static final class Known {
    private static final int MOST_THREADS = 64;

    /** How long it takes at most from the call that makes a set to its descriptor. */
    private static final long SETTLED_NANOS = 100_000_000L;

    private final Map<Integer, Found> threads = new HashMap<>();
    private long made = System.nanoTime();

    private record Found(List<Integer> sets, long at) {}

    /** Somewhere in the run a set is about to be made. */
    synchronized void made() {
      made = System.nanoTime();
    }

    /** The numbers of a thread's sets; proc_pid_fd(5). */
    synchronized List<Integer> of(int thread) throws KernelException {
      Found known = threads.get(thread);
      if (known != null && known.at() - made > SETTLED_NANOS) {
        return known.sets();
      }
      long now = System.nanoTime();
      List<Integer> sets = new ArrayList<>();
      try (Fd descriptors = Paths.open(ascii("/proc/" + thread + "/fd"), Paths.O_RDONLY, 0)) {
        for (byte[] name : Paths.names(descriptors)) {
          if (isSet(descriptors, name)) {
            sets.add(Integer.parseInt(new String(name, StandardCharsets.US_ASCII)));
          }
        }
      }
      if (threads.size() >= MOST_THREADS) {
        threads.clear();
      }
      threads.put(thread, new Found(sets, now));
      return sets;
    }
  }

  /**
   * Those that one of a thread's sockets is in; proc_pid_fdinfo(5).
   *
   * @param number the thread's descriptor
   * @param socket a duplicate of it
   */
  static EpollSets of(Known known, int thread, int number, Socket socket) throws KernelException {
    List<Registration> found = new ArrayList<>();
    if (socket.isBlocking()) { // Whoever waits in its calls has no use for such a set.
      return new EpollSets(number, found);
    }
    String inode = Long.toHexString(Paths.status(socket.fd()).inode());
    try {
      for (int set : known.of(thread)) {
        if (!Epoll.mayContain(thread, set, number)) {
          continue; // What the set tells of itself is long.
        }
        Optional<String[]> line = line(info(thread, set), number, inode);
        if (line.isPresent()) {
          found.add(
              new Registration(
                  CallerSockets.fetch(thread, set),
                  Integer.parseUnsignedInt(line.get()[3], 16),
                  Long.parseUnsignedLong(line.get()[5], 16)));
        }
      }
    } catch (KernelException e) {
      found.forEach(registration -> registration.set().close());
      throw e;
    }
    return new EpollSets(number, found);
  }

  private static byte[] info(int thread, int set) throws KernelException {
    try {
      return Paths.readAll(ascii("/proc/" + thread + "/fdinfo/" + set), MOST_INFO);
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT)) {
        return new byte[0]; // Closed meanwhile.
      }
      throw e;
    }
  }

  private static boolean isSet(Fd descriptors, byte[] name) throws KernelException {
    try {
      return Arrays.equals(Paths.readLinkAt(descriptors, name), KIND);
    } catch (KernelException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.EINVAL)) {
        return false; // Closed meanwhile, or the directory itself.
      }
      throw e;
    }
  }

  /** {@code tfd: NUMBER events: HEX data: HEX pos:N ino:HEX sdev:HEX}, in words. */
  static Optional<String[]> line(byte[] info, int number, String inode) {
    for (String line : new String(info, StandardCharsets.ISO_8859_1).split("\n", -1)) {
      String[] words = line.strip().split("\\s+", -1);
      if (words.length >= 8
          && words[0].equals("tfd:")
          && words[1].equals(Integer.toString(number))
          && words[7].equals("ino:" + inode)) {
        return Optional.of(words);
      }
    }
    return Optional.empty();
  }

  /**
   * Adds what has come in the socket's place. The number that it has in its caller must be ours of
   * it for that moment, and only a table of descriptors of its own can have it free for certain.
   *
   * @throws KernelException if one of them does not take it
   */
  void renew(Socket made) throws KernelException {
    if (found.isEmpty()) {
      return;
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("paddock-epoll")
            .start(
                () -> {
                  try {
                    add(made);
                    done.complete(null);
                  } catch (Throwable e) { // The call fails with it.
                    done.completeExceptionally(e);
                  }
                });
    Uninterrupted.join(thread);
    try {
      done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof KernelException failed) {
        throw failed;
      }
      throw e;
    }
  }

  private void add(Socket made) throws KernelException {
    DescriptorTable.leave();
    List<Fd> sets = new ArrayList<>(); // Out of the number's way; they end with the thread.
    for (Registration registration : found) {
      sets.add(DescriptorTable.duplicateAbove(number, registration.set()));
    }
    Fd source = DescriptorTable.duplicateAbove(number, made.fd());
    DescriptorTable.replace(number, source);
    for (int i = 0; i < sets.size(); i++) {
      Registration registration = found.get(i);
      Epoll.add(sets.get(i), number, registration.events(), registration.data());
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    found.forEach(registration -> registration.set().close());
  }
}
