package dev.paddock.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file descriptor and who closes it. An <em>owned</em> one is closed exactly once, by {@link
 * #close}; a <em>borrowed</em> one belongs to somebody else and closing it does nothing.
 */
public final class Fd implements AutoCloseable {
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int O_NONBLOCK = 04000;
  private static final int CHUNK = 65536;

  private final int number;
  private final boolean owned;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Fd(int number, boolean owned) {
    if (number < 0) {
      throw new IllegalArgumentException("descriptor " + number);
    }
    this.number = number;
    this.owned = owned;
  }

  /** Takes over a descriptor that a call has just made. */
  public static Fd owned(int number) {
    return new Fd(number, true);
  }

  /** Stands for a descriptor that somebody else closes. */
  public static Fd borrowed(int number) {
    return new Fd(number, false);
  }

  /**
   * The descriptor's number.
   *
   * @throws IllegalStateException if it is closed: the number may by now be another file
   */
  public int number() {
    if (closed.get()) {
      throw new IllegalStateException("descriptor " + number + " is closed");
    }
    return number;
  }

  /** Whether the kernel knows this number as an open descriptor of ours. */
  public boolean isOpen() {
    return Kernel.call(Nr.FCNTL, number(), F_GETFL) >= 0;
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return closed.get();
  }

  /** A further, owned descriptor of the same open file, close-on-exec. */
  public Fd duplicate() throws KernelException {
    return owned(
        (int)
            Kernel.check(
                Kernel.call(Nr.FCNTL, number(), F_DUPFD_CLOEXEC, 3), "fcntl(F_DUPFD)", ""));
  }

  /** Makes reads and writes fail with EAGAIN instead of waiting; see fcntl(2), F_SETFL. */
  public void nonBlocking() throws KernelException {
    long flags = Kernel.check(Kernel.call(Nr.FCNTL, number(), F_GETFL), "fcntl(F_GETFL)", "");
    Kernel.check(Kernel.call(Nr.FCNTL, number(), F_SETFL, flags | O_NONBLOCK), "fcntl", "");
  }

  /**
   * Reads once; see read(2). Tries again when a signal came in between.
   *
   * @return how many bytes were read, 0 at the end of the file
   * @throws KernelException with EAGAIN if there is nothing to read now
   */
  public int read(byte[] bytes, int offset, int length) throws KernelException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      int wanted = Math.min(length, CHUNK);
      MemorySegment buffer = arena.allocate(wanted);
      long read;
      do {
        read = Kernel.call(Nr.READ, number(), buffer.address(), wanted);
      } while (read == -Errno.EINTR);
      int count = (int) Kernel.check(read, "read", "");
      MemorySegment.copy(buffer, 0, MemorySegment.ofArray(bytes), offset, count);
      return count;
    }
  }

  /**
   * Writes once; see write(2). Tries again when a signal came in between.
   *
   * @return how many bytes were written, at least 1 unless {@code length} is 0
   * @throws KernelException with EAGAIN if nothing can be written now
   */
  public int write(byte[] bytes, int offset, int length) throws KernelException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      int wanted = Math.min(length, CHUNK);
      MemorySegment buffer = arena.allocate(wanted);
      MemorySegment.copy(MemorySegment.ofArray(bytes), offset, buffer, 0, wanted);
      long written;
      do {
        written = Kernel.call(Nr.WRITE, number(), buffer.address(), wanted);
      } while (written == -Errno.EINTR);
      return (int) Kernel.check(written, "write", "");
    }
  }

  /** Writes all of the bytes, however often the kernel takes only a part. */
  public void writeFully(byte[] bytes) throws KernelException {
    int offset = 0;
    while (offset < bytes.length) {
      offset += write(bytes, offset, bytes.length - offset);
    }
  }

  /** A stream that reads from this descriptor and closes it. */
  public InputStream inputStream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return Fd.this.read(one, 0, 1) == 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = Fd.this.read(bytes, offset, length);
        return count == 0 && length > 0 ? -1 : count;
      }

      @Override
      public void close() {
        Fd.this.close();
      }
    };
  }

  /** A stream that writes to this descriptor and closes it. */
  public OutputStream outputStream() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        writeFully(new byte[] {(byte) b});
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
          done += Fd.this.write(bytes, offset + done, length - done);
        }
      }

      @Override
      public void close() {
        Fd.this.close();
      }
    };
  }

  /** Closes an owned descriptor; every call but the first does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true) && owned) {
      // Whatever close(2) answers, Linux has released the number: trying again could close another.
      long _ = Kernel.call(Nr.CLOSE, number);
    }
  }

  @Override
  public String toString() {
    return "fd " + number + (closed.get() ? " (closed)" : "");
  }
}
