package dev.paddock.sandbox.supervise;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Listener;
import dev.paddock.linux.Notification;
import dev.paddock.linux.SystemCalls;
import dev.paddock.sandbox.Verdict;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The way of a verdict back to the kernel. */
final class Answers {
  private static final Set<Integer> NEVER_INTERRUPTED = neverInterrupted();

  private final Listener listener;
  private final FailureListener failures;
  private final HeldCallTimer watch;
  private final Replay replay = new Replay();

  Answers(Listener listener, FailureListener failures, HeldCallTimer watch) {
    this.listener = listener;
    this.failures = failures;
    this.watch = watch;
  }

  boolean isAlive(long id) {
    return listener.isAlive(id);
  }

  HeldCall hold(Notification notification) {
    return new HeldCall(this, notification);
  }

  void watch(HeldCall call) {
    watch.add(call);
  }

  /** Gives a call that missed its answer what it missed. */
  boolean replayed(Notification notification, long[] place) {
    if (replay.isEmpty() || !replay.take(notification, place)) {
      return false;
    }
    int _ = listener.result(notification.id(), place[0]);
    return true;
  }

  /** Answers a call that the receiver has judged itself. */
  void now(Call call, Verdict verdict) {
    long id = call.notification().id();
    // ENOENT from each of these: the caller was killed, and nobody is there to be answered.
    switch (verdict) {
      case Verdict.Continue _ -> listener.proceed(id);
      case Verdict.Fail fail -> listener.fail(id, fail.errno());
      case Verdict.Hold _ -> {}
      case Verdict.Return _, Verdict.InjectFd _, Verdict.Kill _ -> {
        boolean _ = call.hold().answer(verdict);
      }
    }
  }

  /** Answers a held call; whether the kernel took the answer. */
  boolean finish(HeldCall call, Verdict verdict) {
    return switch (verdict) {
      case Verdict.Continue _ -> listener.proceed(call.id()) == 0;
      case Verdict.Fail fail -> listener.fail(call.id(), fail.errno()) == 0;
      case Verdict.Return value -> result(call, value.value());
      case Verdict.InjectFd inject -> inject(call, inject);
      case Verdict.Kill kill -> {
        boolean refused = listener.fail(call.id(), Errno.EPERM) == 0;
        failures.kill(kill.reason());
        yield refused;
      }
      case Verdict.Hold _ -> throw new IllegalArgumentException("to hold is no answer");
    };
  }

  private boolean result(HeldCall call, long value) {
    boolean taken = listener.result(call.id(), value) == 0;
    if (!taken) {
      replay.remember(call, value);
    }
    return taken;
  }

  private boolean inject(HeldCall call, Verdict.InjectFd inject) {
    int number;
    try {
      number = listener.addDescriptor(call.id(), inject.fd(), inject.closeOnExec());
    } finally {
      inject.fd().close();
    }
    if (number < 0) { // Such as EMFILE: the caller's own limit, which it would have met itself.
      return listener.fail(call.id(), -number) == 0;
    }
    return result(call, number);
  }

  void replaceDescriptor(long id, int number, Fd source, boolean closeOnExec)
      throws KernelException {
    int result = listener.replaceDescriptor(id, number, source, closeOnExec);
    if (result < 0) {
      throw new KernelException(Errno.of(-result), "dup3", "");
    }
  }

  private static Set<Integer> neverInterrupted() {
    Set<Integer> numbers = new HashSet<>();
    for (String name : List.of("fork", "vfork", "clone", "clone3")) {
      SystemCalls.byName(name)
          .filter(call -> call.exists(Arch.current()))
          .ifPresent(call -> numbers.add(call.number(Arch.current())));
    }
    return Set.copyOf(numbers);
  }

  /**
   * How a call is begun anew after a signal's handler. Programs know that what waits may end with
   * EINTR; making a process never does, and nobody tries it again.
   */
  private static int restart(int number) {
    return NEVER_INTERRUPTED.contains(number) ? Listener.ERESTARTNOINTR : Listener.ERESTARTSYS;
  }

  /** Ends a call that gives way to a signal of its caller's. */
  void restart(HeldCall call, boolean gone) {
    if (!gone) {
      int _ = listener.fail(call.id(), restart(call.number()));
    }
  }

  /** Refuses a call that nobody has answered in time. */
  void expire(HeldCall call) {
    int _ = listener.fail(call.id(), Errno.EPERM);
    failures.expired(call);
  }

  /** Nobody receives any more. */
  void lost(KernelException cause) {
    failures.kill("the supervisor cannot receive system calls any more: " + cause.getMessage());
  }

  void failed(int thread, int number, Throwable cause) {
    failures.handlerFailed(thread, number, cause);
  }
}
