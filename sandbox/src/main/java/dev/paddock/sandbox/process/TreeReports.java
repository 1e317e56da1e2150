package dev.paddock.sandbox.process;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import java.util.Optional;

/** Is told how a tree changes. Nothing here may wait or throw. */
public interface TreeReports {
  /** Says nothing. */
  TreeReports NONE =
      new TreeReports() {
        @Override
        public void joined(Member member, int above) {}

        @Override
        public void ended(Member member, Optional<Processes.Exit> exit) {}

        @Override
        public void birthUnseen(Member parent, int thread, String why) {}

        @Override
        public void stranger(int thread) {}
      };

  /**
   * A process has become known. If it was seen at its birth it has not run an instruction yet.
   *
   * @param member {@link Member#origin} says how
   * @param above the parent of its parent; 0 if that is not of the tree
   */
  void joined(Member member, int above);

  /**
   * A process has ended.
   *
   * @param member which
   * @param exit how, empty if nobody could know: it was reaped at once, and Linux before 6.15 does
   *     not say afterwards
   */
  void ended(Member member, Optional<Processes.Exit> exit);

  /**
   * Why a caller cannot be traced, as far as that can be seen while its call is held.
   *
   * @param cause what the kernel said
   */
  default String why(int thread, KernelException cause) {
    return "" + cause.getMessage();
  }

  /**
   * A child may have been made that nobody has seen, since its maker could not be traced.
   *
   * @param parent the maker
   * @param thread which of its threads
   * @param why the reason
   */
  void birthUnseen(Member parent, int thread, String why);

  /**
   * A thread has asked that belongs to no member, and was refused: {@link
   * ProcessTree#UNKNOWN_SESSION}.
   *
   * @param thread its id
   */
  void stranger(int thread);
}
