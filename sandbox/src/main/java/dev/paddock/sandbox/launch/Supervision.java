package dev.paddock.sandbox.launch;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.event.SinkReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Whoever judges the held system calls of one run. */
public interface Supervision {

  /**
   * The processes that a run begins with.
   *
   * @param init init's process id; every process of the tree descends from it
   * @param target the target's, which waits for its execve
   * @param handle a pidfd of the target
   * @param names where the target's questions for names arrive; null if nobody is to answer them.
   *     Taken over
   * @param diagnosis a socket of sock_diag(7) in the target's own network; null if it has none.
   *     Taken over
   */
  record Beginning(
      int init, int target, Fd handle, @Nullable NameServer names, @Nullable Fd diagnosis) {
    /** Closes what was to be taken over. */
    public void close() {
      if (names != null) {
        names.close();
      }
      if (diagnosis != null) {
        diagnosis.close();
      }
    }
  }

  /**
   * The sockets of a name server in the target's own network; RFC 1035. Neither blocks.
   *
   * @param datagrams by UDP
   * @param listener by TCP; it listens
   */
  record NameServer(Fd datagrams, Fd listener) implements AutoCloseable {
    @Override
    public void close() {
      datagrams.close();
      listener.close();
    }
  }

  /**
   * The target is confined, and waits until this returns.
   *
   * @param listener taken over
   * @param beginning the processes; the handle stays the run's
   * @param stop kills the tree, with this outcome; may be called at any time until {@link #end}
   * @throws KernelException if it cannot begin: the run fails
   */
  void begin(Fd listener, Beginning beginning, Consumer<Outcome> stop) throws KernelException;

  /** Has forks wait from now on; false if this run's cannot be held. */
  boolean holdForks();

  /** Lets the forks that wait go on. */
  void releaseForks();

  /** Why the target's own execve was refused, if it was this side that refused it; for people. */
  Optional<String> refusal();

  /** Ports of the host's network that the target has bound, each by the port that was granted. */
  Map<Integer, Integer> ports();

  /** What has happened that the user does not expect; sentences for people. */
  List<String> notices();

  /**
   * Nothing of the tree is left; called once, also if the run never began.
   *
   * @param result the run's; null if it did not come about or was lost
   * @return what became of the events
   */
  List<SinkReport> end(@Nullable Result result);
}
