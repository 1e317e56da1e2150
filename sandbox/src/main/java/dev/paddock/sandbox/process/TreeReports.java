package dev.paddock.sandbox.process;

import dev.paddock.linux.Processes;
import java.util.Optional;

/** Is told how a tree changes. Nothing here may wait or throw. */
public interface TreeReports {
  /** Says nothing. */
  TreeReports NONE =
      new TreeReports() {
        @Override
        public void joined(Member member) {}

        @Override
        public void ended(Member member, Optional<Processes.Exit> exit) {}

        @Override
        public void stranger(int thread) {}
      };

  /**
   * A process has become known. If it was seen at its birth it has not run an instruction yet.
   *
   * @param member {@link Member#origin} says how
   */
  void joined(Member member);

  /**
   * A process has ended.
   *
   * @param member which
   * @param exit how, empty if nobody could know: it was reaped at once, and Linux before 6.15 does
   *     not say afterwards
   */
  void ended(Member member, Optional<Processes.Exit> exit);

  /**
   * A thread has asked that belongs to no member, and was refused: {@link
   * ProcessTree#UNKNOWN_SESSION}.
   *
   * @param thread its id
   */
  void stranger(int thread);
}
