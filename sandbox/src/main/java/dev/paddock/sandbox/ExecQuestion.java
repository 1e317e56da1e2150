package dev.paddock.sandbox;

import dev.paddock.policy.ByteString;
import java.util.List;

/**
 * A program that is about to be run. What is decided holds: should the program that comes to run
 * have another file or other arguments, it is asked about again, and killed if that is refused.
 *
 * @param pid the process
 * @param path the path as the process gave it
 * @param executable the file that it leads to, absolute; empty if that has no path, as a memfd
 * @param arguments the arguments, the program's name for itself first
 */
public record ExecQuestion(
    int pid, ByteString path, ByteString executable, List<ByteString> arguments) {
  /** Copies. */
  public ExecQuestion {
    arguments = List.copyOf(arguments);
  }

  /** The command line for people: blanks between the arguments, nothing that moves a cursor. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(executable.isEmpty() ? "" + path : "" + executable);
    for (int i = 1; i < arguments.size(); i++) {
      line.append(' ').append(arguments.get(i));
    }
    return line.toString();
  }
}
