package dev.paddock.sandbox.attach;

/**
 * What is known of a thread that is traced.
 *
 * @param thread its id
 * @param process its process's id
 * @param parent the process that made its process; 0 if that is not known
 * @param scope what it belongs to
 * @param born whether the kernel has told of its birth, or it was seized
 * @param begun whether it has stood before its first instruction, or ran already when it was seized
 * @param execs how many programs its process has begun since
 */
record TracedThread(
    int thread, int process, int parent, Scope scope, boolean born, boolean begun, int execs) {

  /** Whether it stands for its process. */
  boolean isLeader() {
    return thread == process;
  }
}
