package dev.paddock.sandbox.supervise;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Notification;
import dev.paddock.sandbox.Verdict;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * A held system call that is answered later, by any thread, once.
 *
 * <p>The kernel lets no signal but SIGKILL through to its caller meanwhile. So a call that may be
 * held for long is given to the watch with {@link #giveWay}: when the caller has a signal waiting,
 * the call ends as that signal wants it.
 */
public final class HeldCall {
  private final Answers answers;
  private final long id;
  private final int thread;
  private final int number;
  private final long[] arguments = new long[6];
  private final AtomicBoolean answered = new AtomicBoolean();

  /** Set before the watch gets to know this. */
  private Runnable stop = () -> {};

  private LongSupplier done = () -> 0;

  private long deadline;

  HeldCall(Answers answers, Notification notification) {
    this.answers = answers;
    this.id = notification.id();
    this.thread = notification.thread();
    this.number = notification.number();
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = notification.argument(i);
    }
  }

  /** What the kernel calls it; unique within a run. */
  public long id() {
    return id;
  }

  /** The calling thread's id. */
  public int thread() {
    return thread;
  }

  /** The system call's number. */
  public int number() {
    return number;
  }

  /** An argument, all 64 bits of the register; 0 to 5. */
  public long argument(int index) {
    return arguments[index];
  }

  /** Whether the caller still waits: what was read of it before was its own. */
  public boolean isAlive() {
    return answers.isAlive(id);
  }

  /**
   * Puts one of our descriptors in the place of one of the caller's, which waits on; dup3(2).
   *
   * @param number the caller's; it is closed there
   * @param source stays ours
   * @param closeOnExec whether the caller's copy is closed by an exec
   * @throws KernelException as dup3 has it; ENOENT if the call is gone
   */
  public void replaceDescriptor(int number, Fd source, boolean closeOnExec) throws KernelException {
    answers.replaceDescriptor(id, number, source, closeOnExec);
  }

  /** Whether somebody has answered, or given the call up. */
  public boolean isAnswered() {
    return answered.get();
  }

  /**
   * Answers; every call but the first does nothing.
   *
   * @param verdict anything but {@code HOLD}
   * @return whether the kernel took this answer. If not, the call is gone or was answered before:
   *     never that it was allowed
   */
  public boolean answer(Verdict verdict) {
    if (!answered.compareAndSet(false, true)) {
      if (verdict instanceof Verdict.InjectFd inject) {
        inject.fd().close();
      }
      return false;
    }
    return answers.finish(this, verdict);
  }

  /**
   * Takes the right to answer without answering: nobody else can any more. For whoever has to be
   * alone with the caller while it gets its answer, and then uses {@link #proceed}.
   *
   * @return whether it was still to be had
   */
  public boolean claim() {
    return answered.compareAndSet(false, true);
  }

  /**
   * Lets a call that was claimed go on; {@link Verdict.Continue}.
   *
   * @return whether the kernel took this; if not, the call is gone
   */
  public boolean proceed() {
    return answers.finish(this, Verdict.CONTINUE);
  }

  /**
   * Gives back the right to answer that was claimed, for a call that waits on.
   *
   * <p>Its caller may be given a signal again.
   */
  public void release() {
    answered.set(false);
    answers.watch(this);
  }

  /** Answers a call that was claimed; whether the kernel took this. */
  public boolean finish(Verdict verdict) {
    return answers.finish(this, verdict);
  }

  /** Refuses a call that was claimed; whether the kernel took this. */
  public boolean fail(int errno) {
    return answers.finish(this, new Verdict.Fail(errno));
  }

  /**
   * Lets this call give way: to a signal of its caller's, and to its deadline.
   *
   * @param limit after which it is refused with EPERM
   * @param action run on the thread that watches once the call was ended so, or its caller has
   *     gone: stops what was begun, and waits for nothing
   */
  public void giveWay(Duration limit, Runnable action) {
    stop = action;
    deadline = System.nanoTime() + limit.toNanos();
    answers.watch(this);
  }

  /**
   * The same for a call that can be done in part.
   *
   * @param result what the caller is told if a signal ends it: how much was done; 0 if nothing was,
   *     and then the call can be begun anew
   */
  public void giveWay(Duration limit, Runnable action, LongSupplier result) {
    done = result;
    giveWay(limit, action);
  }

  boolean isOver(long now) {
    return now - deadline >= 0;
  }

  /** The caller has a signal to deal with, or is gone. */
  void retreat(boolean gone) {
    if (claim()) {
      long part = gone ? 0 : done.getAsLong();
      if (part > 0) {
        boolean _ = answers.finish(this, new Verdict.Return(part));
      } else {
        answers.restart(this, gone);
      }
      stop.run();
    }
  }

  void expire() {
    if (claim()) {
      answers.expire(this);
      stop.run();
    }
  }
}
