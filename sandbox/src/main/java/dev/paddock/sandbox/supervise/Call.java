package dev.paddock.sandbox.supervise;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Notification;
import dev.paddock.linux.ProcessMemory;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A held system call while the receiver looks at it. One object serves every call of a receiver, so
 * that the way of a call that is answered at once allocates nothing: whoever needs it for longer
 * takes {@link #hold}.
 */
public final class Call {
  private final Answers answers;
  private final Notification notification = new Notification();
  private final ProcessMemory memory = new ProcessMemory();
  private final BooleanSupplier leave;
  private @Nullable BooleanSupplier task;

  /**
   * A place for the calls of one receiver.
   *
   * @param leave whether this receiver can do without receiving for a while
   */
  Call(Answers answers, BooleanSupplier leave) {
    this.answers = answers;
    this.leave = leave;
  }

  Notification notification() {
    return notification;
  }

  /** The calling thread's id. */
  public int thread() {
    return notification.thread();
  }

  /** The system call's number. */
  public int number() {
    return notification.number();
  }

  /** An argument, all 64 bits of the register; 0 to 5. */
  public long argument(int index) {
    return notification.argument(index);
  }

  /** Whether the caller still waits: what was read of it before was its own. */
  public boolean isAlive() {
    return answers.isAlive(notification.id());
  }

  /**
   * Copies exactly so many bytes of the caller's memory.
   *
   * @throws KernelException with EFAULT if they are not all there, ESRCH if the caller is gone
   */
  public void read(long address, byte[] into) throws KernelException {
    memory.read(thread(), address, into, 0, into.length);
  }

  /**
   * A string of the caller's, without its NUL.
   *
   * @param limit the most bytes that it may have
   * @throws KernelException with E2BIG if it is longer, EFAULT if it is not all there
   */
  public byte[] readString(long address, int limit) throws KernelException {
    return memory.readString(thread(), address, limit);
  }

  /** The same call for whoever answers later; the verdict is then {@code HOLD}. */
  public HeldCall hold() {
    return answers.hold(notification);
  }

  /**
   * Has the receiver's own thread go on with a call that is held, once the verdict is given: to
   * wake another one takes longer than most of what is to be done then. Only while somebody else
   * receives.
   *
   * @param work what is to be done; false if this thread must end after it
   * @return whether it will be done. If not, some other thread has to
   */
  public boolean stay(BooleanSupplier work) {
    if (!leave.getAsBoolean()) {
      return false;
    }
    task = work;
    return true;
  }

  /** Does what {@link #stay} was told; whether the receiver's thread can go on. */
  boolean goOn() {
    BooleanSupplier work = task;
    if (work == null) {
      return true;
    }
    task = null;
    return work.getAsBoolean();
  }
}
