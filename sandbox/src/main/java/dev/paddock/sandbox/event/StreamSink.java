package dev.paddock.sandbox.event;

import dev.paddock.linux.Errno;
import dev.paddock.linux.EventFd;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Poll;
import java.io.IOException;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes a line per event to a descriptor, whole lines in each write where that is possible. What
 * the kernel does not take is kept, so that a line is never left out in its middle.
 */
final class StreamSink implements EventSink {
  /** See open(2); the same on both architectures. */
  private static final int O_NONBLOCK = 04000;

  private static final int OWNER_ONLY = 0600;

  /** No space left on device. */
  private static final int ENOSPC = 28;

  /** Disk quota exceeded; like ENOSPC it can pass. */
  private static final int EDQUOT = 122;

  /** How many bytes are gathered before they are written. */
  private static final int FULL = 65536;

  /** PIPE_BUF: so much goes into a pipe at once, or not at all; see pipe(7). */
  private static final int CHUNK = 4096;

  private final String name;
  private final Fd fd;
  private final boolean people;

  /** Null for a file on a disk, which never makes anyone wait for a reader. */
  private final @Nullable EventFd giveUp;

  private final @Nullable Poll poll;
  private final LineBuffer buffer = new LineBuffer();

  /** For each line of the buffer, whether it is an event that was posted, and no Dropped. */
  private final BitSet posted = new BitSet();

  private int lines;

  /** What can never get better, such as EPIPE. */
  private @Nullable KernelException broken;

  /** How many events are in the buffer; written by the sink's thread alone. */
  private final AtomicLong pending = new AtomicLong();

  private boolean closed;

  private StreamSink(String name, Fd fd, boolean people) throws KernelException {
    this.name = name;
    this.fd = fd;
    this.people = people;
    FileStatus status = Paths.status(fd);
    if (status.isRegular()) {
      giveUp = null;
      poll = null;
    } else {
      EventFd wake = EventFd.open();
      Poll both = new Poll(2);
      both.set(0, fd, Poll.OUT);
      both.set(1, wake.fd(), Poll.IN);
      giveUp = wake;
      poll = both;
    }
  }

  static StreamSink file(byte[] path) throws KernelException {
    Fd fd =
        Paths.open(
            path,
            Paths.O_WRONLY
                | Paths.O_CREAT
                | Paths.O_APPEND
                | Paths.O_NOCTTY
                | Paths.O_NOFOLLOW
                | O_NONBLOCK,
            OWNER_ONLY);
    try {
      return new StreamSink("file", fd, false);
    } catch (KernelException e) {
      fd.close();
      throw e;
    }
  }

  static StreamSink lines(Fd fd) throws KernelException {
    return new StreamSink("descriptor", fd, false);
  }

  static StreamSink console(Fd fd) throws KernelException {
    return new StreamSink("console", fd, true);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long pending() {
    return pending.get();
  }

  @Override
  public void accept(Event event) throws IOException {
    if (buffer.length() >= FULL) {
      flush();
    }
    requireWhole();
    if (people) {
      EventLines.append(buffer, event);
    } else {
      EventJson.append(buffer, event);
    }
    if (!(event instanceof Event.Dropped)) {
      posted.set(lines);
      pending.incrementAndGet();
    }
    lines++;
  }

  private void requireWhole() throws KernelException {
    if (broken != null) {
      throw broken;
    }
  }

  @Override
  public void flush() throws IOException {
    requireWhole();
    int done = 0;
    try {
      while (done < buffer.length()) {
        done += writeSome(done);
      }
    } catch (KernelException e) {
      if (!e.is(ENOSPC) && !e.is(EDQUOT) && !e.is(Errno.EAGAIN)) {
        broken = e;
      }
      throw e;
    } finally {
      int gone = buffer.drop(done);
      BitSet left = posted.get(gone, lines);
      posted.clear();
      posted.or(left);
      lines -= gone;
      pending.set(posted.cardinality());
    }
  }

  /** Writes once from a place in the buffer; returns how many bytes were taken. */
  private int writeSome(int from) throws IOException {
    int length = buffer.length() - from;
    if (poll != null) {
      int _ = poll.await(Poll.FOREVER);
      if (poll.ready(1) != 0) {
        throw new IOException("the reader was too slow");
      }
      // As much as a pipe that has room takes without waiting; whole lines, since what the target
      // writes to the same terminal may come in between.
      length = buffer.wholeLines(from, CHUNK);
    }
    return fd.write(buffer.bytes(), from, length);
  }

  @Override
  public synchronized void abandon() {
    if (giveUp == null || closed) {
      return;
    }
    try {
      giveUp.signal();
    } catch (KernelException e) {
      // The thread stays in its call until the reader comes or goes; its events count as lost.
      return;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (poll != null) {
      poll.close();
    }
    if (giveUp != null) {
      giveUp.close();
    }
    fd.close();
  }
}
