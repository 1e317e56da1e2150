package dev.paddock.sandbox.event;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Takes the events of a run. The bus calls a sink from one thread of its own, in the order of the
 * sequence numbers; only {@link #abandon} comes from another. It may be slow and it may throw: no
 * other sink and no verdict waits for it.
 */
public interface EventSink {
  /** What to call it in messages. */
  String name();

  /**
   * Takes an event.
   *
   * @throws IOException if it could not be taken: it is lost for this sink, and {@link
   *     Event.Dropped} will say so before the next one
   */
  void accept(Event event) throws IOException;

  /**
   * Hands on what it holds back; called when no further event is there.
   *
   * @throws IOException if something is still held back; it is tried again later
   */
  default void flush() throws IOException {}

  /** How many events it took and holds back. */
  default long pending() {
    return 0;
  }

  /** Makes a call that waits end soon. The time to close is over. From any thread. */
  default void abandon() {}

  /** Gives up what it has opened. After that nothing is called. */
  default void close() {}

  /** A sink that calls back. What the callback throws is counted, and does no harm. */
  static EventSink callback(Consumer<? super Event> callback) {
    return new CallbackSink(callback);
  }

  /**
   * JSON Lines at the end of a file, which is made for the owner alone if it is not there. A
   * symbolic link is not followed: whoever can make one where the events go must not choose which
   * file gets lines with text of his.
   *
   * @param path the file; a named pipe must have a reader
   * @throws KernelException if it cannot be opened; ELOOP for a symbolic link, ENXIO for a pipe
   *     without reader
   */
  static EventSink file(byte[] path) throws KernelException {
    return StreamSink.file(path);
  }

  /**
   * JSON Lines to a descriptor. The reader of a pipe or socket may be slow.
   *
   * @param fd where to; closed with the sink if it is owned
   * @throws KernelException if it is not open
   */
  static EventSink lines(Fd fd) throws KernelException {
    return StreamSink.lines(fd);
  }

  /**
   * A line for people per event, which begins with {@code paddock:}; see {@link EventLines}.
   *
   * @param fd where to, mostly standard error; closed with the sink if it is owned
   * @throws KernelException if it is not open
   */
  static EventSink console(Fd fd) throws KernelException {
    return StreamSink.console(fd);
  }
}
