package dev.paddock.sandbox.supervise;

/** Is told what went wrong with a held call. It must neither wait nor throw. */
public interface FailureListener {
  /**
   * A handler has thrown, and the call was refused.
   *
   * @param thread the caller
   * @param number the system call
   * @param cause what was thrown
   */
  void handlerFailed(int thread, int number, Throwable cause);

  /**
   * Nobody answered in time, and the call was refused.
   *
   * @param call which
   */
  void expired(HeldCall call);

  /**
   * The tree has to die.
   *
   * @param reason for people
   */
  void kill(String reason);
}
