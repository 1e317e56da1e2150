package dev.paddock.sandbox.supervise;

import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.Verdict;

/**
 * Judges one family of system calls.
 *
 * <p>It runs on the receiver. It may read the caller's memory, since another thread takes the
 * receiving over when that lasts; whatever else can take long (a decision, a file, ptrace) belongs
 * to a worker: {@link Call#hold} and {@link Verdict#HOLD}. Whatever it throws refuses the call with
 * EPERM and raises an event.
 */
@FunctionalInterface
public interface Handler {
  /**
   * Judges a call.
   *
   * @param call valid until this returns
   */
  Verdict judge(Call call) throws KernelException;
}
