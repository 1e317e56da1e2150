package dev.paddock.cli;

import dev.paddock.linux.Processes;

/** Placeholder. */
public final class Main {
  private Main() {}

  /** Placeholder. */
  public static void main(String[] arguments) {
    Runtime.getRuntime().halt(Processes.pid() > 0 ? 0 : 1);
  }
}
