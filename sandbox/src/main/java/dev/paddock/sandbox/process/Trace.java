package dev.paddock.sandbox.process;

import dev.paddock.sandbox.supervise.HeldCall;

/** What is done with a held call whose caller has to be traced while it gets its answer. */
@FunctionalInterface
public interface Trace {
  /**
   * Answers the call, unless {@link Tracer#seize} says that it is somebody else's, and lets go of
   * the caller. Whatever it throws refuses a call that is unanswered with EPERM, kills a caller
   * that was seized with {@code KILL_AT_EXIT} and is still held, and raises an event.
   *
   * @param call unanswered; anybody may still answer it until it is seized
   * @param tracer the calling thread's
   */
  void run(HeldCall call, Tracer tracer) throws Exception;
}
