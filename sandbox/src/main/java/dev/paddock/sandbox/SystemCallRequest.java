package dev.paddock.sandbox;

import dev.paddock.linux.KernelException;

/** One held system call, as a {@link SystemCallHandler} sees it. */
public interface SystemCallRequest {
  /** The kernel's name of the call. */
  String name();

  /** The calling thread's id. */
  int thread();

  /** An argument, all 64 bits of the register; 0 to 5. */
  long argument(int index);

  /**
   * Copies exactly so many bytes of the caller's memory. The caller's other threads can change them
   * at any time.
   *
   * @param address where they begin
   * @param length 0 to 16 MiB
   * @throws KernelException with EFAULT if they are not all there, ESRCH if the caller is gone
   */
  byte[] read(long address, int length) throws KernelException;

  /**
   * A string of the caller's, without its NUL.
   *
   * @param address where it begins
   * @param limit the most bytes that it may have
   * @throws KernelException with E2BIG if it is longer, EFAULT if it is not all there
   */
  byte[] readString(long address, int limit) throws KernelException;
}
