package dev.paddock.cli;

import dev.paddock.linux.Fd;
import java.util.Optional;

/** The caller's terminal. Asked only when a command wants to know. */
interface Console {
  /** Columns assumed where there is no terminal. */
  int DEFAULT_COLUMNS = 80;

  /** Whether a descriptor leads to a terminal. */
  boolean isTerminal(Fd fd);

  /** The width of the terminal, in characters; {@link #DEFAULT_COLUMNS} if there is none. */
  int columns();

  /** The caller's controlling terminal, opened for the caller of this method, if there is one. */
  Optional<Fd> controlling();

  /**
   * From now on an interrupt (SIGINT) does nothing to the caller: the command is in the caller's
   * process group, hears it from the terminal as well, and decides what becomes of it.
   */
  void leaveInterruptsToCommand();

  /** A caller without any terminal. */
  static Console none() {
    return new Console() {
      @Override
      public boolean isTerminal(Fd fd) {
        return false;
      }

      @Override
      public int columns() {
        return DEFAULT_COLUMNS;
      }

      @Override
      public Optional<Fd> controlling() {
        return Optional.empty();
      }

      @Override
      public void leaveInterruptsToCommand() {}
    };
  }
}
