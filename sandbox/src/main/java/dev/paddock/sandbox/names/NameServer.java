package dev.paddock.sandbox.names;

import dev.paddock.linux.Epoll;
import dev.paddock.linux.EventFd;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.OutgoingMessage;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.sandbox.supervise.FailureListener;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The name server of a target's own network, by UDP and TCP, on one thread. It waits for nobody: a
 * client that does not read loses its answer.
 */
public final class NameServer implements AutoCloseable {
  private static final int ADDRESS = 0x7f000035; // 127.0.0.53
  private static final int PORT = 53;
  private static final long WAKEUP = 0;
  private static final long DATAGRAMS = 1;
  private static final long LISTENER = 2;
  private static final int FIRST_CONNECTION = 3;

  /** How many connections there can be; with one more the oldest is closed. */
  private static final int MOST_CONNECTIONS = 64;

  /** More than any question that is answered; one by TCP has two bytes of length before it. */
  private static final int LONGEST = 4096;

  private final Names names;
  private final FailureListener failures;
  private final Socket datagrams;
  private final Socket listener;
  private final Epoll poll;
  private final EventFd wakeup;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(LONGEST);
  private final Map<Long, Connection> connections = new HashMap<>();
  private final Thread thread;
  private long keys = FIRST_CONNECTION;
  private volatile boolean over;

  /** A connection by TCP, and what has arrived of the next question. */
  private static final class Connection {
    private final Socket socket;
    private final byte[] pending = new byte[LONGEST];
    private int filled;
    private boolean closed;

    Connection(Socket socket) {
      this.socket = socket;
    }

    /** Answers may come from any thread, and after the connection is gone. */
    synchronized void send(byte[] answer) {
      if (closed) {
        return;
      }
      byte[] framed = new byte[answer.length + 2];
      framed[0] = (byte) (answer.length >> 8);
      framed[1] = (byte) answer.length;
      System.arraycopy(answer, 0, framed, 2, answer.length);
      NameServer.send(socket, null, framed);
    }

    synchronized void close() {
      closed = true;
      socket.close();
    }
  }

  /** Whether an address is where init puts it; {@code PK_NAME_SERVER} of native/protocol.h. */
  public static boolean isAt(SocketAddress address) {
    return switch (address) {
      case SocketAddress.Inet4 four -> four.address() == ADDRESS && four.port() == PORT;
      case SocketAddress.Inet6 six -> six.mapped().map(NameServer::isAt).orElse(false);
      default -> false;
    };
  }

  /**
   * Begins to answer.
   *
   * @param datagrams taken over
   * @param listener taken over
   */
  public static NameServer start(Names names, Fd datagrams, Fd listener, FailureListener failures)
      throws KernelException {
    Socket udp = Socket.adopt(datagrams);
    Socket tcp = Socket.adopt(listener);
    Epoll poll = null;
    EventFd wakeup = null;
    try {
      poll = Epoll.open();
      wakeup = EventFd.open();
      poll.add(wakeup.fd(), WAKEUP);
      poll.add(udp.fd(), DATAGRAMS);
      poll.add(tcp.fd(), LISTENER);
      return new NameServer(names, failures, udp, tcp, poll, wakeup);
    } catch (KernelException e) {
      udp.close();
      tcp.close();
      if (poll != null) {
        poll.close();
      }
      if (wakeup != null) {
        wakeup.close();
      }
      throw e;
    }
  }

  private NameServer(
      Names names,
      FailureListener failures,
      Socket datagrams,
      Socket listener,
      Epoll poll,
      EventFd wakeup) {
    this.names = names;
    this.failures = failures;
    this.datagrams = datagrams;
    this.listener = listener;
    this.poll = poll;
    this.wakeup = wakeup;
    this.thread = Thread.ofPlatform().daemon().name("paddock-names").start(this::run);
  }

  private void run() {
    try {
      while (!over) {
        int count = poll.await();
        for (int i = 0; i < count; i++) {
          long key = poll.ready(i);
          if (key == DATAGRAMS) {
            datagram();
          } else if (key == LISTENER) {
            accept();
          } else if (key != WAKEUP) {
            read(key);
          }
        }
      }
    } catch (KernelException | RuntimeException e) { // Questions are not answered any more.
      failures.kill("the target's name server has failed: " + e);
    }
  }

  private void datagram() throws KernelException {
    Optional<Socket.Received> received;
    try {
      received = datagrams.receive(buffer);
    } catch (KernelException e) {
      return; // An answer did not find its asker any more.
    }
    if (received.isPresent()) {
      byte[] from = received.get().from();
      answer(received.get().bytes(), answer -> sendDatagram(from, answer));
    }
  }

  private void accept() throws KernelException {
    Optional<Socket> made = listener.accept();
    if (made.isEmpty()) {
      return;
    }
    if (connections.size() >= MOST_CONNECTIONS) {
      long oldest = connections.keySet().stream().mapToLong(Long::longValue).min().orElseThrow();
      close(oldest);
    }
    long key = keys++;
    connections.put(key, new Connection(made.get()));
    poll.add(made.get().fd(), key);
  }

  private void close(long key) throws KernelException {
    Connection connection = connections.remove(key);
    if (connection != null) {
      poll.remove(connection.socket.fd());
      connection.close();
    }
  }

  private void read(long key) throws KernelException {
    Connection connection = connections.get(key);
    if (connection == null) {
      return; // Closed since the wait.
    }
    byte[] bytes;
    try {
      Optional<Socket.Received> received =
          connection.socket.receive(buffer.asSlice(0, LONGEST - connection.filled));
      if (received.isEmpty()) {
        return;
      }
      bytes = received.get().bytes();
    } catch (KernelException e) {
      bytes = new byte[0]; // Reset by its peer.
    }
    if (bytes.length == 0) {
      close(key);
      return;
    }
    System.arraycopy(bytes, 0, connection.pending, connection.filled, bytes.length);
    connection.filled += bytes.length;
    while (connection.filled >= 2) {
      int length = (connection.pending[0] & 0xff) << 8 | (connection.pending[1] & 0xff);
      if (length > LONGEST - 2) {
        close(key);
        return;
      }
      if (connection.filled < 2 + length) {
        return;
      }
      byte[] message = java.util.Arrays.copyOfRange(connection.pending, 2, 2 + length);
      connection.filled -= 2 + length;
      System.arraycopy(connection.pending, 2 + length, connection.pending, 0, connection.filled);
      answer(message, connection::send);
    }
  }

  private void answer(byte[] message, Consumer<byte[]> reply) {
    try {
      Optional<Question> question = Question.decode(message);
      if (question.isPresent()) {
        names.answer(question.get(), reply);
      }
    } catch (Question.MalformedException e) {
      reply.accept(Answer.malformed(e.id()));
    }
  }

  /** Answers may come from any thread, and after the end. */
  private void sendDatagram(byte[] to, byte[] answer) {
    synchronized (datagrams) {
      if (!over) {
        send(datagrams, to, answer);
      }
    }
  }

  /** Who cannot be sent an answer has none, and asks again. */
  private static void send(Socket socket, byte @Nullable [] to, byte[] answer) {
    try {
      long _ = socket.send(new OutgoingMessage(to, answer, new byte[0]), 0);
    } catch (KernelException e) {
      return; // Not even whether it blocks could be asked.
    }
  }

  /** Answers nothing any more. */
  @Override
  public void close() {
    synchronized (datagrams) { // Whoever sends has done so, and nobody begins to.
      over = true;
    }
    try {
      wakeup.signal();
    } catch (KernelException e) {
      throw new IllegalStateException(e); // It is open.
    }
    Uninterrupted.join(thread);
    connections.values().forEach(Connection::close);
    datagrams.close();
    listener.close();
    poll.close();
    wakeup.close();
    arena.close();
  }
}
