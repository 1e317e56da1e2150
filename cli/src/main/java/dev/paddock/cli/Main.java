package dev.paddock.cli;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.SignalDisposition;
import dev.paddock.linux.Signals;
import dev.paddock.linux.Terminal;
import java.lang.module.ModuleDescriptor;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The process {@code paddock}: the only class that touches it. It makes a {@link Context} of what
 * the kernel says (bytes, which {@code main(String[])} would have replaced where they are no text),
 * runs the command, and ends with its status.
 */
public final class Main {
  /**
   * How long a signal waits for the run to end: longer than the grace that a tree gets, so that it
   * is only reached if something of ours hangs; init then ends the tree when this process is gone.
   */
  private static final long PATIENCE_SECONDS = 10;

  private Main() {}

  /**
   * Runs one command.
   *
   * @param arguments only their number counts: the bytes come from {@code /proc/self/cmdline}
   */
  public static void main(String[] arguments) {
    Cancellation cancellation = new Cancellation();
    CountDownLatch done = new CountDownLatch(1);
    Thread hook = new Thread(() -> end(cancellation, done), "paddock-signal");
    Runtime.getRuntime().addShutdownHook(hook);
    List<byte[]> own = Inherited.strings(read("/proc/self/environ"));
    quitAsCommandsDo(own);
    int status = Paddock.run(context(words(arguments.length), own, cancellation));
    done.countDown();
    if (cancellation.isCancelled()) {
      // A signal is ending this process, with its own status: 130, 143 or 129.
      return;
    }
    Runtime.getRuntime().halt(status);
  }

  /**
   * SIGQUIT ends this process, and with it the tree, or nothing where the caller ignores it: the
   * JVM would print its threads instead.
   */
  private static void quitAsCommandsDo(List<byte[]> own) {
    boolean ignored = (Inherited.ignoredSignals(own) >> (Signals.SIGQUIT - 1) & 1) != 0;
    try {
      (ignored ? SignalDisposition.IGNORE : SignalDisposition.DEFAULT).set(Signals.SIGQUIT);
    } catch (KernelException e) {
      throw new IllegalStateException("cannot set what SIGQUIT does", e);
    }
  }

  /** Runs when SIGINT, SIGTERM or SIGHUP came: the tree first, then the JVM ends with 128+n. */
  private static void end(Cancellation cancellation, CountDownLatch done) {
    cancellation.cancel();
    try {
      boolean _ = done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The last {@code count} words of this process's command line: what follows the main class. */
  private static List<byte[]> words(int count) {
    List<byte[]> words = Inherited.strings(read("/proc/self/cmdline"));
    return words.subList(Math.max(0, words.size() - count), words.size());
  }

  /** What this process says of its caller, for these words. */
  static Context context(List<byte[]> words, List<byte[]> own, Cancellation cancellation) {
    Fd stderr = Fd.borrowed(2);
    return new Context(
        words,
        Inherited.environment(own),
        Inherited.isDirectoryGone(own) ? Optional.empty() : directory(),
        umask(),
        Inherited.ignoredSignals(own),
        Fd.borrowed(0),
        Fd.borrowed(1),
        stderr,
        new ProcessConsole(stderr),
        cancellation,
        version());
  }

  /** The version of this module; outside of the image there is none. */
  static String version() {
    ModuleDescriptor descriptor = Main.class.getModule().getDescriptor();
    String version = descriptor == null ? "" : descriptor.rawVersion().orElse("");
    return version.isEmpty() ? "(development)" : version;
  }

  private static Optional<byte[]> directory() {
    try {
      return Optional.of(Paths.currentDirectory());
    } catch (KernelException e) {
      return Optional.empty();
    }
  }

  private static byte[] read(String path) {
    try {
      return Paths.readAll(Bytes.utf8(path));
    } catch (KernelException e) {
      throw new IllegalStateException("cannot read " + path + "; is /proc mounted?", e);
    }
  }

  /**
   * See proc_pid_status(5): {@code Umask:\t0022}. Reading it changes nothing, as umask(2) would.
   */
  private static int umask() {
    byte[] status = read("/proc/self/status");
    byte[] key = Bytes.utf8("Umask:\t");
    int line = 0;
    while (line < status.length) {
      int end = Bytes.indexOf(status, '\n', line);
      byte[] text = Bytes.slice(status, line, end < 0 ? status.length : end);
      if (Bytes.startsWith(text, key)) {
        return Integer.parseInt(Bytes.latin1(text, key.length, text.length), 8);
      }
      line = end < 0 ? status.length : end + 1;
    }
    throw new IllegalStateException("/proc/self/status names no umask");
  }

  /** The terminal of this process. */
  record ProcessConsole(Fd stderr) implements Console {
    @Override
    public boolean isTerminal(Fd fd) {
      return Terminal.isTerminal(fd);
    }

    @Override
    public int columns() {
      for (int number = 0; number <= 2; number++) {
        try {
          int columns = Terminal.windowSize(Fd.borrowed(number)).columns();
          if (columns > 0) {
            return columns;
          }
        } catch (KernelException e) {
          // Not a terminal: the next one may be.
        }
      }
      return DEFAULT_COLUMNS;
    }

    @Override
    public Optional<Fd> controlling() {
      try {
        return Optional.of(Paths.open(Bytes.utf8("/dev/tty"), Paths.O_RDWR, 0));
      } catch (KernelException e) {
        return Optional.empty();
      }
    }

    @Override
    public void leaveInterruptsToCommand() {
      try {
        SignalDisposition.IGNORE.set(Signals.SIGINT);
      } catch (KernelException e) {
        throw new IllegalStateException("cannot set what SIGINT does", e);
      }
    }
  }
}
