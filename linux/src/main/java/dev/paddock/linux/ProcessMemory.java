package dev.paddock.linux;

import dev.paddock.linux.Layouts.Iovec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Reads another process's memory; see process_vm_readv(2). What is read may have changed a moment
 * later, and may belong to a later process of the same number until {@link Listener#isAlive} says
 * otherwise. Reading can take long where the process holds its own memory up: never on a thread
 * that others wait for.
 *
 * <p>One object belongs to one thread at a time.
 */
public final class ProcessMemory {
  private static final int PAGE = 4096;
  private static final int CHUNK = 65536;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment local = arena.allocate(Iovec.SIZE, 8);
  private final MemorySegment remote = arena.allocate(Iovec.SIZE, 8);
  private final MemorySegment buffer = arena.allocate(CHUNK, 8);

  private static final ThreadLocal<ProcessMemory> OF_THREAD =
      ThreadLocal.withInitial(ProcessMemory::new);

  /** A reader with a buffer of its own. */
  public ProcessMemory() {}

  /** The calling thread's own reader. */
  public static ProcessMemory ofThread() {
    return OF_THREAD.get();
  }

  /** At most {@link #CHUNK} bytes into the buffer: how many came, or the negative errno. */
  private int fill(int pid, long address, int length) {
    local.set(ValueLayout.JAVA_LONG, Iovec.IOV_BASE, buffer.address());
    local.set(ValueLayout.JAVA_LONG, Iovec.IOV_LEN, length);
    remote.set(ValueLayout.JAVA_LONG, Iovec.IOV_BASE, address);
    remote.set(ValueLayout.JAVA_LONG, Iovec.IOV_LEN, length);
    return (int) Kernel.call(Nr.PROCESS_VM_READV, pid, local.address(), 1, remote.address(), 1, 0);
  }

  /**
   * Reads exactly so many bytes.
   *
   * @param pid a process or one of its threads
   * @throws KernelException with EFAULT if not all of them can be read, ESRCH if the process is
   *     gone, EPERM if it may not be looked into
   */
  public void read(int pid, long address, byte[] into, int offset, int length)
      throws KernelException {
    Objects.checkFromIndexSize(offset, length, into.length);
    int done = 0;
    while (done < length) {
      int wanted = Math.min(CHUNK, length - done);
      int count = fill(pid, address + done, wanted);
      if (count != wanted) {
        throw failed(count);
      }
      MemorySegment.copy(buffer, 0, MemorySegment.ofArray(into), (long) offset + done, count);
      done += count;
    }
  }

  /** Reads a 64-bit number, such as a pointer; fails like {@link #read}. */
  public long readLong(int pid, long address) throws KernelException {
    int count = fill(pid, address, 8);
    if (count != 8) {
      throw failed(count);
    }
    return buffer.get(ValueLayout.JAVA_LONG, 0);
  }

  /**
   * Reads a string that ends with a NUL.
   *
   * @param limit the most bytes that it may have, without the NUL
   * @return its bytes, without the NUL
   * @throws KernelException with E2BIG if there is no NUL within the limit, else like {@link #read}
   */
  public byte[] readString(int pid, long address, int limit) throws KernelException {
    byte[] found = new byte[0];
    while (true) {
      // Up to the end of a page: the next one need not be there.
      int room = PAGE - (int) ((address + found.length) & (PAGE - 1));
      int count = fill(pid, address + found.length, room);
      if (count <= 0) {
        throw failed(count);
      }
      int end = 0;
      while (end < count && buffer.get(ValueLayout.JAVA_BYTE, end) != 0) {
        end++;
      }
      int length = found.length + end;
      if (length > limit) {
        throw new KernelException(Errno.of(Errno.E2BIG), "process_vm_readv", "" + pid);
      }
      byte[] longer = java.util.Arrays.copyOf(found, length);
      MemorySegment.copy(buffer, 0, MemorySegment.ofArray(longer), found.length, end);
      if (end < count) {
        return longer;
      }
      found = longer;
    }
  }

  private static KernelException failed(int result) {
    int errno = result < 0 ? -result : Errno.EFAULT; // A part only: what follows is not there.
    return new KernelException(Errno.of(errno), "process_vm_readv", "");
  }
}
