package dev.paddock.linux;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the kernel lays on the stack of a new program, lowest address first: the number of
 * arguments; a pointer to each, then NULL; a pointer to each string of the environment, then NULL;
 * pairs of a type and a value (the auxiliary vector, see getauxval(3)); somewhere above, what all
 * these point to. See the ABI of each processor, "process initialization".
 *
 * <p>To be read before the first instruction: later it is the program's own.
 */
public final class InitialStack {
  /** More than the kernel gives a program: three quarters of _STK_LIM; fs/exec.c. */
  private static final int MOST = 8 << 20;

  /** Enough for most. */
  private static final int USUAL = 64 << 10;

  private final int process;
  private final long address;
  private final byte[] content;
  private final MemorySegment words;
  private int at;

  InitialStack(int process, long address, byte[] content) {
    this.process = process;
    this.address = address;
    this.content = content;
    this.words = MemorySegment.ofArray(content);
  }

  static InitialStack read(int process, long address) throws KernelException {
    ProcessMemory memory = ProcessMemory.ofThread();
    byte[] content = memory.readUpTo(process, address, USUAL);
    if (content.length == USUAL) {
      content = memory.readUpTo(process, address, MOST);
    }
    return new InitialStack(process, address, content);
  }

  private KernelException malformed() {
    return new KernelException(Errno.of(Errno.EBADMSG), "process_vm_readv", process + " stack");
  }

  private long next() throws KernelException {
    if (at + Long.BYTES > content.length) {
      throw malformed();
    }
    long word = words.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
    at += Long.BYTES;
    return word;
  }

  private int start(long pointer) throws KernelException {
    long start = pointer - address;
    if (start < 0 || start >= content.length) {
      throw malformed();
    }
    return (int) start;
  }

  /** The end of a string, where its NUL is. */
  private int end(int start) throws KernelException {
    int end = start;
    while (content[end] != 0) {
      if (++end == content.length) {
        throw malformed();
      }
    }
    return end;
  }

  private byte[] strings() throws KernelException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (long pointer = next(); pointer != 0; pointer = next()) {
      int start = start(pointer);
      all.write(content, start, end(start) + 1 - start);
    }
    return all.toByteArray();
  }

  /**
   * The arguments, each with a NUL behind it.
   *
   * @throws KernelException with EBADMSG if the stack is none of a new program's
   */
  public byte[] arguments() throws KernelException {
    at = Long.BYTES;
    return strings();
  }

  /** The environment, each string with a NUL behind it; fails like {@link #arguments}. */
  public byte[] environment() throws KernelException {
    skipStrings();
    return strings();
  }

  private void skipStrings() throws KernelException {
    at = 0;
    long count = next();
    long end = Long.BYTES * (count + 1);
    if (count < 0 || count > content.length || end + Long.BYTES > content.length) {
      throw malformed();
    }
    at = (int) end;
    if (next() != 0) {
      throw malformed();
    }
  }

  /**
   * The path by which execve(2) was told to start the program; AT_EXECFN. What was given by a
   * descriptor reads {@code /dev/fd/N} or {@code /dev/fd/N/path}. Fails like {@link #arguments}.
   */
  public byte[] path() throws KernelException {
    skipStrings();
    long pointer = next();
    while (pointer != 0) {
      pointer = next();
    }
    while (true) {
      long type = next();
      long value = next();
      if (type == Constants.AT_EXECFN) {
        int start = start(value);
        return java.util.Arrays.copyOfRange(content, start, end(start));
      }
      if (type == Constants.AT_NULL) {
        throw malformed();
      }
    }
  }
}
