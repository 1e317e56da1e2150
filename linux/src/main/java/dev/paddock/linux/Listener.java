package dev.paddock.linux;

import dev.paddock.linux.Layouts.SeccompNotifAddfd;
import dev.paddock.linux.Layouts.SeccompNotifResp;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The supervisor's end of a filter that notifies: receives system calls that the kernel holds, and
 * answers them; see seccomp_unotify(2). Any number of threads may use it at the same time.
 *
 * <p>The kernel's answers come back as they are, 0 or the negative errno: on this path an exception
 * would cost more than the call.
 */
public final class Listener implements AutoCloseable {
  /**
   * Not an errno that a program ever sees: the call is made again, or becomes EINTR, as the handler
   * of the signal that is pending wants it; linux/errno.h of the kernel.
   */
  public static final int ERESTARTSYS = 512;

  /** The same for calls that no signal ever shows itself in, such as fork(2): always made again. */
  public static final int ERESTARTNOINTR = 513;

  private final Fd fd;

  private Listener(Fd fd) {
    this.fd = fd;
  }

  /** Takes over the descriptor that seccomp(2) with {@code NEW_LISTENER} has made. */
  public static Listener adopt(Fd fd) {
    return new Listener(fd);
  }

  /** The descriptor; readable while a call waits, hung up when no task with the filter is left. */
  public Fd fd() {
    return fd;
  }

  /**
   * Wakes the answering thread's caller on the same processor ({@code SYNC_WAKE_UP}), which makes a
   * round trip several times faster. The flag goes by value: a pointer is EINVAL. Linux 6.6.
   *
   * @return whether the kernel knows this; without it everything works, only slower
   */
  public boolean wakeSynchronously() {
    return Kernel.call(
            Nr.IOCTL,
            fd.number(),
            Constants.SECCOMP_IOCTL_NOTIF_SET_FLAGS,
            Constants.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)
        == 0;
  }

  /**
   * Waits for a call.
   *
   * @return 0; -ENOENT if the call was gone before it was received, or no task is left (then {@link
   *     Poll} says HUP); -EINTR after a signal to this thread
   */
  public int receive(Notification into) {
    return (int)
        Kernel.call(
            Nr.IOCTL, fd.number(), Constants.SECCOMP_IOCTL_NOTIF_RECV, into.cleared().address());
  }

  /**
   * Whether a call still waits for its answer. What was read of the caller's memory before this
   * said yes was the caller's, not that of a later process of the same number.
   */
  public boolean isAlive(long id) {
    MemorySegment place = Kernel.scratch();
    place.set(ValueLayout.JAVA_LONG, 0, id);
    return Kernel.call(
            Nr.IOCTL, fd.number(), Constants.SECCOMP_IOCTL_NOTIF_ID_VALID, place.address())
        == 0;
  }

  /**
   * Has the kernel make the call with the arguments that it has by then, which need not be those
   * that were judged.
   *
   * @return 0; -ENOENT if the call is gone, which never means that it was allowed
   */
  public int proceed(long id) {
    return send(id, 0, 0, Constants.SECCOMP_USER_NOTIF_FLAG_CONTINUE);
  }

  /**
   * Has the call fail.
   *
   * @param errno positive; {@link #ERESTARTSYS} only while the caller has a signal pending
   * @return 0; -ENOENT if the call is gone
   */
  public int fail(long id, int errno) {
    return send(id, 0, -errno, 0);
  }

  /**
   * Has the call return a value without having been made.
   *
   * @return 0; -ENOENT if the call is gone
   */
  public int result(long id, long value) {
    return send(id, value, 0, 0);
  }

  private int send(long id, long value, int error, int flags) {
    MemorySegment answer = Kernel.scratch();
    answer.set(ValueLayout.JAVA_LONG, SeccompNotifResp.ID, id);
    answer.set(ValueLayout.JAVA_LONG, SeccompNotifResp.VAL, value);
    answer.set(ValueLayout.JAVA_INT, SeccompNotifResp.ERROR, error);
    answer.set(ValueLayout.JAVA_INT, SeccompNotifResp.FLAGS, flags);
    return (int)
        Kernel.call(Nr.IOCTL, fd.number(), Constants.SECCOMP_IOCTL_NOTIF_SEND, answer.address());
  }

  /**
   * Gives the calling process a copy of one of our descriptors, under a free number. The call stays
   * held: the answer that names the number follows. (Both in one step shows the target a 0 on some
   * kernels when a signal comes in between.)
   *
   * @param closeOnExec whether the copy is closed by an exec
   * @return the number that it has in the target, or the negative errno
   */
  public int addDescriptor(long id, Fd source, boolean closeOnExec) {
    return add(id, source, 0, 0, closeOnExec);
  }

  private int add(long id, Fd source, int flags, int number, boolean closeOnExec) {
    MemorySegment order = Kernel.scratch();
    order.set(ValueLayout.JAVA_LONG, SeccompNotifAddfd.ID, id);
    order.set(ValueLayout.JAVA_INT, SeccompNotifAddfd.FLAGS, flags);
    order.set(ValueLayout.JAVA_INT, SeccompNotifAddfd.SRCFD, source.number());
    order.set(ValueLayout.JAVA_INT, SeccompNotifAddfd.NEWFD, number);
    order.set(
        ValueLayout.JAVA_INT, SeccompNotifAddfd.NEWFD_FLAGS, closeOnExec ? Constants.O_CLOEXEC : 0);
    return (int)
        Kernel.call(Nr.IOCTL, fd.number(), Constants.SECCOMP_IOCTL_NOTIF_ADDFD, order.address());
  }

  /**
   * Puts one of our descriptors in the place of one that the calling process has, as dup3(2) does.
   * The call stays held.
   *
   * @param number the one that is replaced; it is closed there
   * @param closeOnExec whether the copy is closed by an exec
   * @return the number, or the negative errno
   */
  public int replaceDescriptor(long id, int number, Fd source, boolean closeOnExec) {
    return add(id, source, Constants.SECCOMP_ADDFD_FLAG_SETFD, number, closeOnExec);
  }

  @Override
  public void close() {
    fd.close();
  }
}
