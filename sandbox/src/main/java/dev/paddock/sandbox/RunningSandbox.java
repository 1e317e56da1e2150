package dev.paddock.sandbox;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A tree of confined processes that has been started. Closing it ends the tree: nothing of it is
 * left afterwards. All methods may be called from any thread.
 */
public interface RunningSandbox extends AutoCloseable {

  /** The process id of the target, as the calling process sees it. */
  int pid();

  /**
   * What the target reads as its standard input.
   *
   * @throws IllegalStateException unless the command asked for {@link Stdio#pipe()}
   */
  OutputStream stdin();

  /**
   * What the target writes to its standard output.
   *
   * @throws IllegalStateException unless the command asked for {@link Stdio#pipe()}
   */
  InputStream stdout();

  /**
   * What the target writes to its standard error.
   *
   * @throws IllegalStateException unless the command asked for {@link Stdio#pipe()}
   */
  InputStream stderr();

  /**
   * Waits until nothing of the tree is left.
   *
   * @throws SandboxException if the run was lost: the tree is dead, its result unknown
   * @throws InterruptedException if the waiting thread was interrupted; the tree runs on
   */
  Result waitFor() throws SandboxException, InterruptedException;

  /**
   * Waits until nothing of the tree is left, but not for ever.
   *
   * @param limit how long to wait
   * @return the result, or empty if the tree still runs
   * @throws SandboxException if the run was lost: the tree is dead, its result unknown
   * @throws InterruptedException if the waiting thread was interrupted; the tree runs on
   */
  Optional<Result> waitFor(Duration limit) throws SandboxException, InterruptedException;

  /**
   * Sends a signal to the target alone; see signal(7). Does nothing if the target has ended.
   *
   * @param signal 1 to 64
   */
  void signal(int signal);

  /**
   * Asks every process of the tree to end (SIGTERM) and kills what is left after a while. Returns
   * at once; the end is seen by {@link #waitFor()}.
   *
   * @param grace how long the tree has
   */
  void terminate(Duration grace);

  /**
   * Stops every thread of the tree, and returns when none of them can run any more. Nobody inside
   * can see it, except that calls which end early for any stop do (EINTR of epoll_wait, see
   * signal(7)), and that time goes on. The time limit goes on as well. Does nothing if the tree is
   * frozen or has ended; killing it works as ever.
   *
   * @throws SandboxException if some of it cannot be stopped: then nothing of it is
   * @throws InterruptedException if the calling thread was interrupted: then nothing of it is
   */
  void freeze() throws SandboxException, InterruptedException;

  /** Lets a frozen tree go on. */
  void thaw();

  /**
   * Lets no process of the tree make another one until {@link #releaseForks}: it waits in its fork,
   * and everything else goes on. A signal with a handler runs it, and the fork waits on.
   *
   * @throws IllegalStateException unless the sandbox was built with {@link
   *     Sandbox.Builder#holdableForks}
   */
  void holdForks();

  /** Lets the forks go on that wait. */
  void releaseForks();

  /**
   * The TCP ports of the host's network that the tree has bound so far, by the port that was
   * granted and asked for: itself, or where that was taken and {@code network.port-remap} is set,
   * the one that was free. Empty where the kernel alone holds the ports.
   */
  Map<Integer, Integer> ports();

  /**
   * What the tree uses now.
   *
   * @throws SandboxException if it has ended, or cannot be seen
   */
  TreeUsage usage() throws SandboxException;

  /** Kills every process of the tree (SIGKILL). Returns at once. */
  void kill();

  /** Kills the tree, waits until nothing of it is left and releases every descriptor. */
  @Override
  void close();
}
