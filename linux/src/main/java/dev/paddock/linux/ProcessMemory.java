package dev.paddock.linux;

import dev.paddock.linux.Layouts.Iovec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
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
    return fill(pid, address, length, 0);
  }

  private int fill(int pid, long address, int length, int offset) {
    local.set(ValueLayout.JAVA_LONG, Iovec.IOV_BASE, buffer.address() + offset);
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

  /**
   * Reads as many bytes as there are.
   *
   * @param most no more than that; what is behind stays unread
   * @throws KernelException with EFAULT if there are none, else like {@link #read}
   */
  byte[] readUpTo(int pid, long address, int most) throws KernelException {
    byte[] found = new byte[0];
    while (found.length < most) {
      int wanted = Math.min(CHUNK, most - found.length);
      int count = fill(pid, address + found.length, wanted);
      if (count <= 0) {
        if (found.length > 0) {
          break;
        }
        throw failed(count);
      }
      byte[] longer = java.util.Arrays.copyOf(found, found.length + count);
      MemorySegment.copy(buffer, 0, MemorySegment.ofArray(longer), found.length, count);
      found = longer;
      if (count < wanted) {
        break;
      }
    }
    return found;
  }

  /**
   * Writes; see process_vm_writev(2).
   *
   * @param bytes at most 64 KiB
   * @throws KernelException with EFAULT if not all of them can be written, else like {@link #read}
   */
  public void write(int pid, long address, byte[] bytes) throws KernelException {
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, buffer, 0, bytes.length);
    local.set(ValueLayout.JAVA_LONG, Iovec.IOV_BASE, buffer.address());
    local.set(ValueLayout.JAVA_LONG, Iovec.IOV_LEN, bytes.length);
    remote.set(ValueLayout.JAVA_LONG, Iovec.IOV_BASE, address);
    remote.set(ValueLayout.JAVA_LONG, Iovec.IOV_LEN, bytes.length);
    int count =
        (int) Kernel.call(Nr.PROCESS_VM_WRITEV, pid, local.address(), 1, remote.address(), 1, 0);
    if (count != bytes.length) {
      throw failed(count);
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

  /**
   * Reads strings by the vector of pointers that names them and ends with NULL, as execve(2) takes
   * its arguments.
   *
   * @param vector where the pointers are; 0 is a vector without any
   * @param longest the most bytes that one string may have, without its NUL
   * @param most the most bytes that all may have together, each with its NUL and its pointer
   * @throws KernelException with E2BIG if there is more, else like {@link #read}
   */
  public List<byte[]> readStrings(int pid, long vector, int longest, long most)
      throws KernelException {
    List<byte[]> strings = new ArrayList<>();
    if (vector == 0) {
      return strings;
    }
    Window pointers = new Window(pid, 0);
    Window text = new Window(pid, PAGE);
    long total = 0;
    for (long at = vector; ; at += Long.BYTES) {
      long string = pointers.number(at);
      if (string == 0) {
        return strings;
      }
      byte[] bytes = text.string(string, longest);
      total += bytes.length + 1L + Long.BYTES;
      if (total > most) {
        throw new KernelException(Errno.of(Errno.E2BIG), "process_vm_readv", "" + pid);
      }
      strings.add(bytes);
    }
  }

  /** One page of a process at a time: strings and pointers lie close together. */
  private final class Window {
    private final int pid;
    private final int offset;
    private long page;
    private boolean filled;

    Window(int pid, int offset) {
      this.pid = pid;
      this.offset = offset;
    }

    /** The byte's place in the buffer. */
    private int place(long address) throws KernelException {
      long wanted = address & -PAGE;
      if (!filled || page != wanted) {
        filled = false;
        int count = fill(pid, wanted, PAGE, offset);
        if (count != PAGE) {
          throw failed(count);
        }
        page = wanted;
        filled = true;
      }
      return offset + (int) (address - wanted);
    }

    long number(long address) throws KernelException {
      if ((address & (Long.BYTES - 1)) == 0) {
        return buffer.get(ValueLayout.JAVA_LONG, place(address));
      }
      long value = 0; // It may lie on two pages.
      for (int i = 0; i < Long.BYTES; i++) {
        value |= (buffer.get(ValueLayout.JAVA_BYTE, place(address + i)) & 0xffL) << (8 * i);
      }
      return value;
    }

    byte[] string(long address, int longest) throws KernelException {
      byte[] found = new byte[0];
      for (long at = address; ; ) {
        int start = place(at);
        int limit = offset + PAGE;
        int end = start;
        while (end < limit && buffer.get(ValueLayout.JAVA_BYTE, end) != 0) {
          end++;
        }
        int length = found.length + end - start;
        if (length > longest) {
          throw new KernelException(Errno.of(Errno.E2BIG), "process_vm_readv", "" + pid);
        }
        byte[] longer = java.util.Arrays.copyOf(found, length);
        MemorySegment.copy(
            buffer, start, MemorySegment.ofArray(longer), found.length, (long) end - start);
        if (end < limit) {
          return longer;
        }
        found = longer;
        at += (long) end - start;
      }
    }
  }

  private static KernelException failed(int result) {
    int errno = result < 0 ? -result : Errno.EFAULT; // A part only: what follows is not there.
    return new KernelException(Errno.of(errno), "process_vm_readv", "");
  }
}
