package dev.paddock.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file descriptor and who closes it. An <em>owned</em> one is closed exactly once, by {@link
 * #close}; a <em>borrowed</em> one belongs to somebody else and closing it does nothing.
 */
public final class Fd implements AutoCloseable {
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
    return Kernel.call(Nr.FCNTL, number(), Constants.F_GETFL) >= 0;
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
                Kernel.call(Nr.FCNTL, number(), Constants.F_DUPFD_CLOEXEC, 3),
                "fcntl(F_DUPFD)",
                ""));
  }

  /** How it was opened and what was set since: the flags of open(2); see fcntl(2), F_GETFL. */
  public int flags() throws KernelException {
    return (int)
        Kernel.check(Kernel.call(Nr.FCNTL, number(), Constants.F_GETFL), "fcntl(F_GETFL)", "");
  }

  /** Makes reads and writes fail with EAGAIN instead of waiting; see fcntl(2), F_SETFL. */
  public void nonBlocking() throws KernelException {
    Kernel.check(
        Kernel.call(Nr.FCNTL, number(), Constants.F_SETFL, (long) flags() | Constants.O_NONBLOCK),
        "fcntl",
        "");
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
    MemorySegment scratch = Kernel.scratch();
    if (length <= scratch.byteSize()) {
      return read(bytes, offset, scratch, length);
    }
    try (Arena arena = Arena.ofConfined()) {
      int wanted = Math.min(length, CHUNK);
      return read(bytes, offset, arena.allocate(wanted), wanted);
    }
  }

  private int read(byte[] bytes, int offset, MemorySegment buffer, int length)
      throws KernelException {
    int count = (int) readOnce(buffer.address(), length);
    MemorySegment.copy(buffer, 0, MemorySegment.ofArray(bytes), offset, count);
    return count;
  }

  /**
   * Reads once into memory outside the heap; see read(2). Tries again when a signal came in
   * between.
   *
   * @param memory where the bytes go; its size is the most that is read
   * @return how many bytes were read, 0 at the end of the file
   * @throws KernelException with EAGAIN if there is nothing to read now
   */
  public long read(MemorySegment memory) throws KernelException {
    return readOnce(nativeAddress(memory), memory.byteSize());
  }

  private long readOnce(long address, long length) throws KernelException {
    long read;
    do {
      read = Kernel.call(Nr.READ, number(), address, length);
    } while (read == -Errno.EINTR);
    return Kernel.check(read, "read", "");
  }

  private static long nativeAddress(MemorySegment memory) {
    if (!memory.isNative()) { // The address of heap memory is only an offset.
      throw new IllegalArgumentException("the kernel cannot reach memory of the heap");
    }
    return memory.address();
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
    MemorySegment scratch = Kernel.scratch();
    if (length <= scratch.byteSize()) {
      return write(bytes, offset, scratch, length);
    }
    try (Arena arena = Arena.ofConfined()) {
      int wanted = Math.min(length, CHUNK);
      return write(bytes, offset, arena.allocate(wanted), wanted);
    }
  }

  private int write(byte[] bytes, int offset, MemorySegment buffer, int length)
      throws KernelException {
    MemorySegment.copy(MemorySegment.ofArray(bytes), offset, buffer, 0, length);
    return (int) writeOnce(buffer.address(), length);
  }

  /**
   * Writes once from memory outside the heap; see write(2). Tries again when a signal came in
   * between.
   *
   * @param memory all of it is offered to the kernel
   * @return how many bytes were written
   * @throws KernelException with EAGAIN if nothing can be written now
   */
  public long write(MemorySegment memory) throws KernelException {
    return writeOnce(nativeAddress(memory), memory.byteSize());
  }

  private long writeOnce(long address, long length) throws KernelException {
    long written;
    do {
      written = Kernel.call(Nr.WRITE, number(), address, length);
    } while (written == -Errno.EINTR);
    return Kernel.check(written, "write", "");
  }

  /** Writes all of the bytes, however often the kernel takes only a part. */
  public void writeFully(byte[] bytes) throws KernelException {
    int offset = 0;
    while (offset < bytes.length) {
      offset += write(bytes, offset, bytes.length - offset);
    }
  }

  /**
   * A stream that reads from this descriptor and closes it. Closing does not end a read that
   * another thread has begun.
   */
  public InputStream inputStream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) == -1 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        requireOpen();
        int count = Fd.this.read(bytes, offset, length);
        return count == 0 && length > 0 ? -1 : count;
      }

      @Override
      public int available() throws IOException {
        requireOpen();
        return readable();
      }

      @Override
      public void close() {
        Fd.this.close();
      }
    };
  }

  /** A stream that writes to this descriptor and closes it. It holds nothing back. */
  public OutputStream outputStream() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        requireOpen();
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

  /** A closed stream is an I/O error to its user, not a mistake of ours. */
  private void requireOpen() throws IOException {
    if (closed.get()) {
      throw new IOException("the stream is closed");
    }
  }

  /** How many bytes can be read without waiting, 0 where the kernel cannot say; FIONREAD. */
  private int readable() {
    MemorySegment count = Kernel.scratch();
    long asked = Kernel.call(Nr.IOCTL, number(), Constants.FIONREAD, count.address());
    return asked < 0 ? 0 : Math.max(0, count.get(ValueLayout.JAVA_INT, 0));
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
