package dev.paddock.sandbox.network;

import dev.paddock.linux.Capabilities;
import dev.paddock.linux.Epoll;
import dev.paddock.linux.Errno;
import dev.paddock.linux.EventFd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.sandbox.supervise.FailureListener;
import dev.paddock.sandbox.supervise.HeldCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Goes on with the socket calls of one run that have to wait, all of them on one thread, which
 * begins with the first: a connect to nowhere delays nobody else.
 */
final class SocketWaiter {
  /** How often a call is tried again whose socket tells nothing. */
  private static final int BETWEEN_TRIES_MS = 5;

  /** What the descriptor is known by that wakes the thread; calls begin at 1. */
  private static final long WAKEUP = 0;

  private static final Duration FOR_EVER = Duration.ofDays(3650);

  private final Map<Long, Waiting> all = new HashMap<>();
  private final AtomicLong keys = new AtomicLong();
  private @Nullable Epoll sockets;
  private @Nullable EventFd wakeup;
  private @Nullable Thread thread;
  private final FailureListener failures;
  private boolean over;

  /**
   * For one run.
   *
   * @param failures told what goes wrong
   */
  SocketWaiter(FailureListener failures) {
    this.failures = failures;
  }

  private record Waiting(HeldCall call, SocketOperation operation, long deadline) {
    boolean isOverdue(long now) {
      return deadline != 0 && now - deadline >= 0;
    }

    boolean needsTime() {
      return deadline != 0 || !operation.isTold() || operation.isTimed();
    }
  }

  /**
   * Answers a call when its operation is through, which was begun.
   *
   * @param operation taken over
   * @throws KernelException if it cannot be waited for: the call is not answered then
   */
  void add(HeldCall call, SocketOperation operation) throws KernelException {
    long key = keys.incrementAndGet();
    // First, so that whoever goes on with the call finds it complete.
    call.giveWay(FOR_EVER, () -> drop(key), operation::done);
    synchronized (this) {
      if (over || call.isAnswered()) {
        operation.close();
        return;
      }
      Epoll poll = poll();
      long timeout = operation.timeout();
      long deadline = timeout == 0 ? 0 : Math.max(System.nanoTime() + timeout, 1);
      if (operation.isTold()) {
        poll.addWritable(operation.socket().fd(), key);
      }
      all.put(key, new Waiting(call, operation, deadline));
      wake();
    }
  }

  private Epoll poll() throws KernelException {
    Epoll poll = sockets;
    if (poll == null) {
      poll = Epoll.open();
      EventFd bell = EventFd.open();
      poll.add(bell.fd(), WAKEUP);
      sockets = poll;
      wakeup = bell;
      thread = Thread.ofPlatform().daemon().name("paddock-sockets").start(this::run);
    }
    return poll;
  }

  private void wake() {
    EventFd bell = wakeup;
    if (bell != null) {
      try {
        bell.signal();
      } catch (KernelException e) {
        throw new IllegalStateException(e); // It is open.
      }
    }
  }

  private synchronized void awake() throws KernelException {
    if (wakeup != null) {
      wakeup.reset();
    }
  }

  private void run() {
    while (true) {
      List<Long> ready = new ArrayList<>();
      Epoll poll;
      int patience;
      synchronized (this) {
        Epoll open = sockets;
        if (over || open == null) {
          return;
        }
        poll = open;
        patience = -1;
        for (Waiting waiting : all.values()) {
          if (waiting.needsTime()) {
            patience = BETWEEN_TRIES_MS;
          }
        }
      }
      try {
        int count = poll.await(patience);
        for (int i = 0; i < count; i++) {
          if (poll.ready(i) == WAKEUP) {
            awake();
          } else {
            ready.add(poll.ready(i));
          }
        }
      } catch (KernelException e) {
        throw new IllegalStateException(e); // Only its arguments can be wrong.
      }
      long now = System.nanoTime();
      synchronized (this) {
        all.forEach(
            (key, waiting) -> {
              SocketOperation operation = waiting.operation();
              if (waiting.isOverdue(now) || !operation.isTold() || operation.isTimed()) {
                ready.add(key);
              }
            });
      }
      for (long key : ready) {
        goOn(key, now);
      }
    }
  }

  /** While it is gone on with, nobody else may answer: what is sent must not be sent again. */
  private void goOn(long key, long now) {
    Waiting waiting;
    synchronized (this) {
      waiting = all.get(key);
    }
    if (waiting == null || !waiting.call().claim()) {
      return; // It is being ended, or was.
    }
    SocketOperation operation = waiting.operation();
    long result;
    try {
      result = Capabilities.without(operation::attempt);
    } catch (KernelException e) {
      result = -e.errno().number();
    } catch (Throwable e) { // As for any handler: the call is refused, and an event says so.
      failures.handlerFailed(waiting.call().thread(), waiting.call().number(), e);
      result = -Errno.EPERM;
    }
    if (result == Socket.WAIT) {
      if (!waiting.isOverdue(now)) {
        waiting.call().release();
        return;
      }
      result = operation.done() > 0 ? operation.done() : operation.overdue();
    }
    drop(key);
    boolean _ = waiting.call().finish(SocketHandler.verdict(result));
  }

  /** Lets go of an operation; its call is answered by whoever says so. */
  private void drop(long key) {
    Waiting waiting;
    Epoll poll;
    synchronized (this) {
      waiting = all.remove(key);
      poll = sockets;
    }
    if (waiting == null || poll == null) {
      return;
    }
    SocketOperation operation = waiting.operation();
    if (operation.isTold()) {
      try {
        poll.remove(operation.socket().fd());
      } catch (KernelException e) {
        throw new IllegalStateException(e); // It was added, and is open.
      }
    }
    operation.close();
  }

  /** Lets go of everything, when nobody is left to be answered. */
  void end() {
    Thread running;
    synchronized (this) {
      over = true;
      running = thread;
      wake();
    }
    if (running != null) {
      Uninterrupted.join(running);
    }
    for (long key : List.copyOf(all.keySet())) {
      drop(key);
    }
    if (sockets != null) {
      sockets.close();
    }
    if (wakeup != null) {
      wakeup.close();
    }
  }
}
