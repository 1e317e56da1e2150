package dev.paddock.sandbox;

/**
 * Judges system calls in place of the kernel, after everything that the policy says: what that
 * refuses, a handler is never asked about, so it can only narrow.
 *
 * <p>It runs on a thread of its own and may take time, up to a deadline (10 s) after which the call
 * is refused. Whatever it throws refuses the call.
 */
@FunctionalInterface
public interface SystemCallHandler {
  /**
   * Judges a call.
   *
   * @param call what is asked; its memory can be read until this returns
   * @return {@link Verdict#CONTINUE} to let the kernel make it; note there what that means for
   *     arguments in memory. {@code Hold} is refused.
   * @throws Exception to refuse the call
   */
  Verdict judge(SystemCallRequest call) throws Exception;
}
