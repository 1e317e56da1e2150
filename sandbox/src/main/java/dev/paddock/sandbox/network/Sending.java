package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.OutgoingMessage;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Signals;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.sandbox.process.ProcessTree;
import dev.paddock.sandbox.supervise.HeldCall;
import org.jspecify.annotations.Nullable;

/** One or more messages that are sent in their caller's place. */
final class Sending implements SocketOperation {
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_ZEROCOPY = 0x4000000;

  private final HeldCall call;
  private final int thread;
  private final String name;
  private final Destinations destinations;
  private final HostSockets hostSockets;
  private final CallerMessages messages;
  private final Socket.Family family;
  private final boolean stream;
  private final boolean addressed;

  private Socket socket;
  private int index;
  private long sent;
  private CallerMessages.@Nullable Message message;
  private @Nullable ControlMessages control;
  private @Nullable Destination destination;
  private @Nullable OutgoingMessage piece;

  /** Takes the socket over, if it does not throw. */
  Sending(
      HeldCall call,
      String name,
      Socket socket,
      Destinations destinations,
      HostSockets hostSockets,
      CallerMessages messages)
      throws KernelException {
    this.call = call;
    this.thread = call.thread();
    this.name = name;
    this.socket = socket;
    this.destinations = destinations;
    this.hostSockets = hostSockets;
    this.messages = messages;
    this.family = socket.family();
    this.stream = socket.isStream();
    this.addressed = socket.isAddressed();
  }

  @Override
  public long attempt() throws KernelException {
    if ((messages.flags() & MSG_ZEROCOPY) != 0) {
      return -Errno.ENOBUFS; // Programs copy then, which is what would be done here anyway.
    }
    try {
      while (index < messages.count()) {
        long result = one();
        if (result < 0) {
          return result == Socket.WAIT || index == 0 ? result : index;
        }
        if (!messages.isArray()) {
          return result;
        }
        messages.sent(index, (int) result);
        finished();
        index++;
      }
      return index;
    } catch (KernelException e) {
      if (done() > 0) {
        return done();
      }
      throw e;
    }
  }

  /** Sends the message at hand, or what is left of it. */
  private long one() throws KernelException {
    CallerMessages.Message current = message;
    if (current == null) {
      current = messages.read(index);
      destination = destination(current);
      Destination found = destination;
      if (found != null && !found.isAllowed()) {
        return -found.errno();
      }
      if (found != null) {
        socket = hostSockets.toward(found, found.address(), call, (int) call.argument(0), socket);
      }
      control = ControlMessages.of(thread, current.control(), family);
      message = current;
    }
    long length = current.length();
    while (true) {
      OutgoingMessage next = piece;
      if (next == null) {
        byte[] content = messages.content(current, sent, !stream);
        if (family == Socket.Family.NETLINK && !NetlinkQuestions.isOnly(content)) {
          return -Errno.EPERM;
        }
        Destination to = destination;
        ControlMessages with = control;
        next =
            new OutgoingMessage(
                to == null ? null : to.address(),
                content,
                sent > 0 || with == null ? new byte[0] : with.bytes());
        piece = next;
      }
      long result = socket.send(next, messages.flags());
      if (result == Socket.WAIT) {
        return result;
      }
      if (result < 0) {
        return sent > 0 ? sent : failed((int) -result);
      }
      sent += result;
      if (!stream || sent >= length || !waits()) {
        return sent;
      }
      if (result < next.remaining()) {
        next.skip((int) result);
      } else {
        piece = null;
      }
    }
  }

  private boolean waits() throws KernelException {
    return (messages.flags() & MSG_DONTWAIT) == 0 && socket.isBlocking();
  }

  /** Only datagrams have addresses of their own; the kernel says what it makes of others'. */
  private @Nullable Destination destination(CallerMessages.Message current) throws KernelException {
    byte[] raw = current.address();
    if (raw == null) {
      return null;
    }
    if (!addressed) {
      return Destination.allowed(raw);
    }
    SocketAddress address = SocketAddress.decode(raw, raw.length);
    return destinations.judge(thread, name, socket, address, raw);
  }

  private long failed(int errno) throws KernelException {
    if (errno == Errno.EPIPE && stream && (messages.flags() & MSG_NOSIGNAL) == 0) {
      Processes.signalThread(ProcessTree.process(thread), thread, Signals.SIGPIPE);
    }
    return -errno;
  }

  private void finished() {
    Destination to = destination;
    if (to != null) {
      to.close();
    }
    ControlMessages with = control;
    if (with != null) {
      with.close();
    }
    message = null;
    destination = null;
    control = null;
    piece = null;
    sent = 0;
  }

  @Override
  public Socket socket() {
    return socket;
  }

  /** Where a datagram socket's receiver has no room, the sender is not told when it has. */
  @Override
  public boolean isTold() {
    return stream;
  }

  @Override
  public long timeout() throws KernelException {
    return socket.sendTimeout();
  }

  @Override
  public long overdue() {
    return -Errno.EAGAIN;
  }

  @Override
  public long done() {
    return messages.isArray() ? index : sent;
  }

  @Override
  public void close() {
    finished();
    socket.close();
  }
}
