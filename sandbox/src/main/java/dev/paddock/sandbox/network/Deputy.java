package dev.paddock.sandbox.network;

import dev.paddock.linux.Capabilities;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileSystemState;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.linux.Uninterrupted;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A thread of this process that lives under the target's own Landlock rules, and has no privileges:
 * what is made in the file system in the target's place is made there, so that the kernel holds it
 * as it would hold the target. It begins with the first thing to do.
 */
final class Deputy implements AutoCloseable {
  private final LandlockRuleset rules;
  private final BlockingQueue<Task> tasks = new ArrayBlockingQueue<>(64);
  private @Nullable Thread thread;

  private record Task(@Nullable Bind bind, CompletableFuture<Long> result) {}

  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  private record Bind(Socket socket, Fd directory, byte[] name, int umask) {}

  /** A deputy under some rules, which stay the caller's. */
  Deputy(LandlockRuleset rules) {
    this.rules = rules;
  }

  /**
   * Binds a unix socket to a new file; bind(2).
   *
   * @param directory where the file is made
   * @param name its name there
   * @param umask which permissions it does not get
   * @return 0 or a negative errno
   * @throws KernelException if there can be no such thread: nothing was done
   */
  long bind(Socket socket, Fd directory, byte[] name, int umask) throws KernelException {
    CompletableFuture<Long> result = new CompletableFuture<>();
    synchronized (this) {
      if (thread == null) {
        thread = Thread.ofPlatform().daemon().name("paddock-deputy").start(this::run);
      }
    }
    Uninterrupted.run(() -> tasks.put(new Task(new Bind(socket, directory, name, umask), result)));
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof KernelException failed) {
        throw failed;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // Receivers are not interrupted.
    }
  }

  private void run() {
    KernelException failure = null;
    try {
      FileSystemState.leave();
      rules.restrictSelf();
    } catch (KernelException e) {
      failure = e;
    }
    while (true) {
      Task task;
      try {
        task = tasks.take();
      } catch (InterruptedException e) {
        continue; // Whoever asks next would wait for ever.
      }
      Bind bind = task.bind();
      if (bind == null) {
        return;
      }
      if (failure != null) {
        task.result().completeExceptionally(failure);
        continue;
      }
      try {
        task.result().complete(Capabilities.without(() -> act(bind)));
      } catch (Throwable e) { // Whoever asked waits: the call is refused then.
        task.result().completeExceptionally(e);
      }
    }
  }

  private static long act(Bind bind) throws KernelException {
    FileSystemState.changeDirectory(bind.directory());
    FileSystemState.umask(bind.umask());
    return bind.socket().bind(SocketAddress.ofPath(bind.name()));
  }

  /** Ends the thread, when nobody is left to be answered. */
  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      running = thread;
    }
    if (running != null) {
      Uninterrupted.run(() -> tasks.put(new Task(null, new CompletableFuture<>())));
      Uninterrupted.join(running);
    }
  }
}
