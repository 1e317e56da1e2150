package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The one way into the kernel: a function address and seven {@code long}s to a {@code long}, with
 * errno. Every further downcall shape would cost 10 to 20 ms at start.
 *
 * <p>errno is captured into memory that belongs to the calling thread and to nobody else.
 */
public final class Kernel {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();

  @SuppressWarnings("restricted") // the one place that makes a downcall
  private static final MethodHandle CALL =
      LINKER.downcallHandle(
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  private static final SymbolLookup LIBC = LINKER.defaultLookup();
  private static final MemorySegment SYSCALL = symbol("syscall");

  private Kernel() {}

  /** What belongs to one thread: the place for errno, and memory for small arguments and a path. */
  private static final class PerThread {
    private static final int SCRATCH = 4096;
    private final MemorySegment errno;
    private final MemorySegment scratch;
    private MemorySegment path;

    PerThread() {
      // Automatic: the memory goes with the thread that it belongs to.
      Arena arena = Arena.ofAuto();
      this.errno = arena.allocate(CAPTURE);
      this.scratch = arena.allocate(SCRATCH, 16);
      this.path = arena.allocate(Constants.PATH_MAX, 16);
    }
  }

  private static final ThreadLocal<PerThread> PER_THREAD =
      new ThreadLocal<>() {
        @Override
        protected PerThread initialValue() {
          return new PerThread();
        }
      };

  /**
   * 4096 bytes that belong to the calling thread, for the arguments of its next call. What they
   * hold is lost at the next use by anyone on this thread.
   */
  static MemorySegment scratch() {
    return PER_THREAD.get().scratch;
  }

  /**
   * Copies a path and a NUL into memory of the calling thread, beside {@link #scratch}. What it
   * holds is lost at the next path of this thread.
   *
   * @return the address
   * @throws IllegalArgumentException if there is a NUL inside
   */
  static long path(byte[] path) {
    requireNoNul(path);
    PerThread own = PER_THREAD.get();
    MemorySegment memory = own.path;
    if (path.length >= memory.byteSize()) { // The kernel will not take it, but that is its to say.
      memory = Arena.ofAuto().allocate(path.length + 1L);
      own.path = memory;
    }
    MemorySegment.copy(MemorySegment.ofArray(path), 0, memory, 0, path.length);
    memory.set(ValueLayout.JAVA_BYTE, path.length, (byte) 0);
    return memory.address();
  }

  /**
   * The address of a function of the C library.
   *
   * @throws UnsupportedOperationException if the library has no such function
   */
  static MemorySegment symbol(String name) {
    return LIBC.find(name)
        .orElseThrow(() -> new UnsupportedOperationException("the C library has no " + name));
  }

  /**
   * Makes a system call; see syscall(2).
   *
   * @return the call's result, or the negative errno
   */
  public static long call(long number, long a, long b, long c, long d, long e, long f) {
    return invoke(SYSCALL, number, a, b, c, d, e, f);
  }

  /** Makes a system call without arguments; the result or the negative errno. */
  public static long call(long number) {
    return invoke(SYSCALL, number, 0, 0, 0, 0, 0, 0);
  }

  /** Makes a system call of one argument; the result or the negative errno. */
  public static long call(long number, long a) {
    return invoke(SYSCALL, number, a, 0, 0, 0, 0, 0);
  }

  /** Makes a system call of two arguments; the result or the negative errno. */
  public static long call(long number, long a, long b) {
    return invoke(SYSCALL, number, a, b, 0, 0, 0, 0);
  }

  /** Makes a system call of three arguments; the result or the negative errno. */
  public static long call(long number, long a, long b, long c) {
    return invoke(SYSCALL, number, a, b, c, 0, 0, 0);
  }

  /** Makes a system call of four arguments; the result or the negative errno. */
  public static long call(long number, long a, long b, long c, long d) {
    return invoke(SYSCALL, number, a, b, c, d, 0, 0);
  }

  /** Makes a system call of five arguments; the result or the negative errno. */
  public static long call(long number, long a, long b, long c, long d, long e) {
    return invoke(SYSCALL, number, a, b, c, d, e, 0);
  }

  /** Memory that a C function has handed out, which it can be read in until it is given back. */
  @SuppressWarnings("restricted") // beside CALL, the one place that reads what is not Java's
  static MemorySegment foreign(long address, long size) {
    return MemorySegment.ofAddress(address).reinterpret(size);
  }

  /** Calls a C function whose own result is what matters, such as posix_spawn(3). */
  static long function(
      MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
    try {
      return (long) CALL.invokeExact(function, PER_THREAD.get().errno, a, b, c, d, e, f, g);
    } catch (Throwable impossible) {
      throw new AssertionError("a downcall cannot throw", impossible);
    }
  }

  private static long invoke(
      MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
    MemorySegment errno = PER_THREAD.get().errno;
    try {
      long result = (long) CALL.invokeExact(function, errno, a, b, c, d, e, f, g);
      return result == -1 ? -errno.get(ValueLayout.JAVA_INT, 0) : result;
    } catch (Throwable impossible) {
      throw new AssertionError("a downcall cannot throw", impossible);
    }
  }

  /**
   * The result of a call, or the exception that its errno stands for.
   *
   * @param result what {@link #call} returned
   * @param call the call's name
   * @param object what it was about, for the message; may be empty
   */
  static long check(long result, String call, String object) throws KernelException {
    if (result < 0) {
      throw new KernelException(Errno.of((int) -result), call, object);
    }
    return result;
  }

  /**
   * Copies a byte string and a NUL into memory of the arena.
   *
   * @throws IllegalArgumentException if there is a NUL inside: the kernel would see less than what
   *     was judged
   */
  static MemorySegment cString(Arena arena, byte[] bytes) {
    requireNoNul(bytes);
    MemorySegment memory = arena.allocate(bytes.length + 1L);
    // Segment to segment: the form with an array layout makes classes at run time, in every start.
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, bytes.length);
    return memory;
  }

  private static void requireNoNul(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        throw new IllegalArgumentException("a path, argument or name contains a NUL byte");
      }
    }
  }

  /** Copies byte strings into memory of the arena, as the NULL-terminated vector of execve(2). */
  static MemorySegment cStrings(Arena arena, java.util.List<byte[]> strings) {
    MemorySegment vector = arena.allocate(8 * (strings.size() + 1L), 8);
    for (int i = 0; i < strings.size(); i++) {
      vector.set(ValueLayout.JAVA_LONG, 8L * i, cString(arena, strings.get(i)).address());
    }
    return vector;
  }
}
