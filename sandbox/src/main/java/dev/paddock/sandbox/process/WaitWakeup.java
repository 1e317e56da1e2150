package dev.paddock.sandbox.process;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Pipe;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Spawn;
import dev.paddock.linux.Tracee;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.launch.InitProgram;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls a thread that waits for its tracees: wait4(2) hears nobody else, except an ordinary child
 * of that thread. The child does nothing but wait for its pipe to be closed, and then ends.
 */
public final class WaitWakeup {
  private static final byte[] NAME = "paddock-wakeup".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WORD = "wakeup".getBytes(StandardCharsets.US_ASCII);

  private @Nullable Fd writeEnd;
  private int child;

  /**
   * Starts the child, as one of the calling thread.
   *
   * @throws SandboxException if this build has no such child
   */
  public synchronized void start() throws KernelException, SandboxException {
    Pipe pipe = Pipe.open();
    try {
      child = Spawn.start(InitProgram.path(), List.of(NAME, WORD), List.of(), pipe.readEnd(), 3);
    } catch (KernelException | SandboxException e) {
      pipe.close();
      throw e;
    }
    pipe.readEnd().close();
    writeEnd = pipe.writeEnd();
  }

  /** Wakes the thread, once; from any thread. */
  public synchronized void wake() {
    Fd end = writeEnd;
    if (end != null) {
      end.close();
      writeEnd = null;
    }
  }

  /** Ends and reaps the child, on the thread that has started it. */
  public synchronized void stop() throws KernelException {
    wake();
    if (child != 0) {
      Tracee.Change _ = Ptrace.await(child);
      child = 0;
    }
  }

  /** Whether that is what a wait has heard; then it is reaped. */
  public synchronized boolean isHeard(Tracee.Change change) {
    if (change.thread() != child) {
      return false;
    }
    child = 0;
    wake(); // Should somebody else have ended it.
    return true;
  }
}
