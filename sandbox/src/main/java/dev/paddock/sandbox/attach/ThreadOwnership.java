package dev.paddock.sandbox.attach;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What the kernel says of whose a thread is. */
@FunctionalInterface
interface ThreadOwnership {
  /**
   * Where a thread belongs.
   *
   * @param process its process's id
   * @param parent the process's parent now; after the parent's end whoever has adopted it
   * @param tracer the id of the thread that traces it; 0 if none does
   */
  record Place(int process, int parent, int tracer) {}

  /** What the running kernel says. */
  ThreadOwnership KERNEL =
      new ThreadOwnership() {
        // From /proc/THREAD/status; see proc_pid_status(5).
        @Override
        public Optional<Place> of(int thread) {
          byte[] status;
          try {
            status = Procfs.read(thread, "status");
          } catch (KernelException e) {
            return Optional.empty(); // Gone, or not ours to see: nothing is known of it.
          }
          return Optional.of(
              new Place(
                  number(status, "Tgid"), number(status, "PPid"), number(status, "TracerPid")));
        }

        // By a signal that is none, which only reaches a thread of that process; tgkill(2).
        @Override
        public boolean isLeader(int thread) {
          try {
            Processes.signalThread(thread, thread, 0);
            return true;
          } catch (KernelException e) {
            return e.is(Errno.EPERM); // Found, and not ours to signal.
          }
        }
      };

  /** Where a thread belongs; empty if it is gone. */
  Optional<Place> of(int thread);

  /** Whether a thread's id is its process's, which is cheaper to know; false also if it is gone. */
  default boolean isLeader(int thread) {
    Optional<Place> place = of(thread);
    return place.isPresent() && place.get().process() == thread;
  }

  private static int number(byte[] status, String field) {
    String text = Procfs.statusField(status, field).orElse("");
    byte[] digits = text.getBytes(StandardCharsets.US_ASCII);
    int number = 0;
    for (byte digit : digits) {
      if (digit < '0' || digit > '9') {
        return number;
      }
      number = number * 10 + (digit - '0');
    }
    return number;
  }
}
