package dev.paddock.cli;

import dev.paddock.linux.Fd;
import java.util.List;
import java.util.Optional;

/**
 * All that a command knows of its caller. No command looks at the process that it happens to run
 * in, so that a resident server can run the same code for somebody else.
 *
 * @param arguments what was typed after the program's name
 * @param environment the caller's environment, entries of the form {@code NAME=value}
 * @param directory the caller's current directory, absolute; empty if it has been deleted
 * @param umask the caller's file mode creation mask
 * @param ignoredSignals bit n-1 for each signal n that the caller ignores
 * @param stdin the caller's standard input
 * @param stdout the caller's standard output
 * @param stderr the caller's standard error
 * @param console what is known of the caller's terminal
 * @param cancellation how the caller says that it wants the command to end
 * @param version Paddock's version, for {@code --version}
 */
record Context(
    List<byte[]> arguments,
    List<byte[]> environment,
    Optional<byte[]> directory,
    int umask,
    long ignoredSignals,
    Fd stdin,
    Fd stdout,
    Fd stderr,
    Console console,
    Cancellation cancellation,
    String version) {

  /** The value of an environment variable, if it is set; the first one, as getenv(3) has it. */
  Optional<byte[]> variable(String name) {
    byte[] prefix = Bytes.utf8(name + "=");
    for (byte[] entry : environment) {
      if (Bytes.startsWith(entry, prefix)) {
        return Optional.of(Bytes.slice(entry, prefix.length, entry.length));
      }
    }
    return Optional.empty();
  }

  /** Whether a variable is set to something, which is how NO_COLOR and its like are read. */
  boolean isSet(String name) {
    Optional<byte[]> value = variable(name);
    return value.isPresent() && value.get().length > 0;
  }
}
