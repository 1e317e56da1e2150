package dev.paddock.sandbox;

/**
 * Decides about programs, after the policy: what that refuses is not asked, so this can only
 * narrow.
 *
 * <p>It runs on a thread of its own and may take time, up to a deadline (10 s) after which the
 * program is refused. Whatever it throws refuses the program. It may be asked by several threads at
 * once.
 */
@FunctionalInterface
public interface ExecDecider {
  /**
   * Decides about one execve(2).
   *
   * @throws Exception to refuse it
   */
  Decision decide(ExecQuestion question) throws Exception;
}
