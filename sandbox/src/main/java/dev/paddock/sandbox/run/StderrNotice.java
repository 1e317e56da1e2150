package dev.paddock.sandbox.run;

import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Pipe;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tells a process on its standard error what the policy's author has to say, for rules with {@code
 * tell = true}.
 *
 * <p>Only while that is still what the run began with: what else a process makes its descriptor 2
 * may be something that takes more from us than from it. Never waits: what does not fit at once, or
 * cannot be opened again (a socket), is in the event alone.
 */
final class StderrNotice {
  private final @Nullable FileStatus expected;

  // Whoever searches a PATH is refused by each name of one file, and told once.
  private int lastThread;
  private String lastMessage = "";

  /**
   * For the processes of a run.
   *
   * @param target its first, which has not begun
   */
  StderrNotice(int target) {
    FileStatus found = null;
    try (Fd place = place(target)) {
      found = Paths.status(place);
    } catch (KernelException e) {
      // It is closed: nobody is told anything.
    }
    expected = found;
  }

  private static Fd place(int thread) throws KernelException {
    byte[] path = ("/proc/" + thread + "/fd/2").getBytes(StandardCharsets.US_ASCII);
    return Paths.open(path, Paths.O_PATH, 0);
  }

  /** Writes one line, if that can be done at once. */
  synchronized void say(int thread, String message) {
    FileStatus first = expected;
    if (first == null || (thread == lastThread && message.equals(lastMessage))) {
      return;
    }
    lastThread = thread;
    lastMessage = message;
    byte[] line = line(message);
    try (Fd place = place(thread)) {
      if (!Paths.status(place).isSameFile(first)) {
        return;
      }
      int flags = Paths.O_WRONLY | Paths.O_APPEND | Paths.O_NOCTTY | Paths.O_NONBLOCK;
      try (Fd error = Paths.reopen(place, flags)) {
        int _ = error.write(line, 0, line.length);
      }
    } catch (KernelException e) {
      // It is full, gone, or no such thing: the process gets its refusal all the same.
    }
  }

  /** As long as a pipe takes in one piece. */
  private static byte[] line(String message) {
    StringBuilder text = new StringBuilder("paddock: ");
    for (int i = 0; i < message.length(); i++) {
      char c = message.charAt(i);
      text.append(Character.isISOControl(c) ? ' ' : c);
    }
    byte[] line = text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    if (line.length > Pipe.ATOMIC) {
      line = Arrays.copyOf(line, Pipe.ATOMIC);
      line[line.length - 1] = '\n';
    }
    return line;
  }
}
