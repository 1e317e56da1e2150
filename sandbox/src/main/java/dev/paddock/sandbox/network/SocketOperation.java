package dev.paddock.sandbox.network;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;

/** A call that is being made on a socket in its caller's place, and may have to wait. */
interface SocketOperation extends AutoCloseable {
  /**
   * Goes on as far as that is possible without waiting.
   *
   * @return the call's result, a negative errno, or {@link Socket#WAIT}
   */
  long attempt() throws KernelException;

  /** What it is made on. */
  Socket socket();

  /** Whether the socket becomes writable when {@link #attempt} can go on; else only time tells. */
  boolean isTold();

  /** Whether it can go on because of the time, besides. */
  default boolean isTimed() {
    return false;
  }

  /** How long it may wait, in nanoseconds; 0 for ever. */
  long timeout() throws KernelException;

  /** The result if the time is over. */
  long overdue();

  /** What was done already, which is the result if a signal comes; 0 if nothing was. */
  long done();

  @Override
  void close();
}
