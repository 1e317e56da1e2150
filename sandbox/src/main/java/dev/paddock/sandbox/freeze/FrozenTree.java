package dev.paddock.sandbox.freeze;

import dev.paddock.linux.Paths;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.process.ThreadEnd;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * A tree that stands still, from {@link #freeze} to {@link #thaw}. A thread of its own stops it and
 * lets it go: the supervisor's own tracers are kept out meanwhile, which ties all of it to one.
 */
final class FrozenTree {
  /** How long the supervisor's own tracers may take to let go, and all threads to stop. */
  private static final long PATIENCE = 5_000_000_000L;

  private final FreezeMethod way;
  private final Lock gate;
  private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
  private final Thread thread;
  private volatile @Nullable ThreadEnd last;

  FrozenTree(FreezeMethod way, Lock gate) {
    this.way = way;
    this.gate = gate;
    this.thread = Thread.ofPlatform().daemon().name("paddock-freezer").unstarted(this::run);
  }

  void freeze() throws SandboxException, InterruptedException {
    thread.start();
    try {
      boolean _ = ready.get();
    } catch (ExecutionException e) {
      thread.join();
      throw new SandboxException(
          SandboxException.FAILED, "the tree cannot be frozen: " + e.getCause(), e);
    } catch (InterruptedException e) {
      thaw();
      throw e;
    }
  }

  /** Lets all go; returns when the kernel has done so. */
  void thaw() {
    way.wake();
    Uninterrupted.join(thread);
    ThreadEnd end = last;
    if (end != null) {
      last = null;
      end.await();
    }
  }

  private void run() {
    boolean alone = false;
    try {
      alone = gate.tryLock(PATIENCE, TimeUnit.NANOSECONDS);
      if (!alone) {
        throw new SandboxException(SandboxException.FAILED, "an exec or a fork does not end");
      }
      last = new ThreadEnd();
      way.stopAll(System.nanoTime() + PATIENCE);
      ready.complete(true);
      way.stand();
    } catch (Throwable e) {
      ready.completeExceptionally(e); // Whoever is held is let go with this thread.
    } finally {
      try {
        way.release();
      } finally {
        if (alone) {
          gate.unlock();
        }
      }
    }
  }

  /**
   * Whether that tracer, of /proc/PID/status, is a thread of another process. One that has ended
   * since, as threads of ours do, holds nobody any more.
   */
  static boolean isForeign(String tracer) {
    return !exists("/proc/self/task/" + tracer) && exists("/proc/" + tracer);
  }

  private static boolean exists(String path) {
    return Paths.accessible(path.getBytes(StandardCharsets.US_ASCII), 0);
  }
}
