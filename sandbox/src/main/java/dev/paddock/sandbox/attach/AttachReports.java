package dev.paddock.sandbox.attach;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Tracee;
import dev.paddock.sandbox.process.ExecReports;

/** Is told what an attach sees. It must neither wait nor throw. */
public interface AttachReports extends ExecReports {
  /**
   * A process that ran already is traced.
   *
   * @param process its id
   * @param parent its parent's
   * @param threads how many threads it had
   */
  void attached(int process, int parent, int threads);

  /** A process that descends from those was made, and has not run yet. */
  void forked(int parent, int child);

  /** A process has ended. */
  void ended(int process, int parent, Tracee.Gone how);

  /**
   * A process that was to stand still has done something else.
   *
   * @param expected what it was to do
   * @param found what it did
   * @param killed whether everything is killed for that
   */
  void bypassed(int process, String expected, String found, boolean killed);

  /** A descendant could not be traced, and is not judged. */
  void notTaken(int process, KernelException cause);

  /** A judge threw, and the process is killed for that. */
  void judgeFailed(int process, Throwable cause);
}
