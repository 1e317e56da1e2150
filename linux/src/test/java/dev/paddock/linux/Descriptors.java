package dev.paddock.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What this process has open, to show that nothing leaks. */
final class Descriptors {
  private Descriptors() {}

  /** Pipes, sockets, memory files and the like; not files, which the JVM opens when it wants to. */
  static Map<Integer, String> open() {
    Map<Integer, String> found = new TreeMap<>();
    List<Path> links = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      all.forEach(links::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Path link : links) {
      try {
        String target = Files.readSymbolicLink(link).toString();
        if (!target.startsWith("/") || target.startsWith("/memfd:")) {
          found.put(Integer.valueOf(link.getFileName().toString()), target);
        }
      } catch (IOException e) {
        // Closed meanwhile, as the descriptor of the listing itself is.
      }
    }
    return found;
  }

  /** Whether a descriptor would be closed by an execve(2). */
  static boolean isCloseOnExec(Fd fd) {
    return Kernel.call(Nr.FCNTL, fd.number(), Constants.F_GETFD) == Constants.FD_CLOEXEC;
  }
}
