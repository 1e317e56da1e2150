package dev.paddock.sandbox.process;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;

/**
 * Who a thread is to the kernel, for what is done in its place: it must not reach further so than
 * by itself.
 *
 * @param real real user id
 * @param effective effective user id
 * @param saved saved user id
 * @param capabilities those in effect
 * @param session its session
 */
record Credentials(long real, long effective, long saved, long capabilities, int session) {
  private static final int CAP_KILL = 5;
  private static final int SIGCONT = 18;

  /** Those of a thread. */
  static Credentials of(int thread) throws KernelException {
    byte[] status = Procfs.read(thread, "status");
    String[] ids = Procfs.statusField(status, "Uid").orElse("").split("\t", -1);
    if (ids.length < 3) {
      throw new KernelException(
          dev.paddock.linux.Errno.of(dev.paddock.linux.Errno.EBADMSG), "read", "status");
    }
    return new Credentials(
        Long.parseLong(ids[0]),
        Long.parseLong(ids[1]),
        Long.parseLong(ids[2]),
        Procfs.signalMask(status, "CapEff"),
        Procfs.stat(thread).session());
  }

  /** Whether these may send a signal there; kill(2). */
  boolean maySignal(Credentials other, int signal) {
    return (capabilities >>> CAP_KILL & 1) != 0
        || effective == other.saved
        || effective == other.real
        || real == other.saved
        || real == other.real
        || (signal == SIGCONT && session == other.session);
  }

  /** Whether all ids are the same one's: enough for whatever one may do to one's own processes. */
  boolean isSameUser(Credentials other) {
    return effective == other.real
        && effective == other.effective
        && effective == other.saved
        && real == effective;
  }
}
