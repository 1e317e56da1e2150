package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;

/** A connect(2) that is made in its caller's place. */
final class Connecting implements SocketOperation {
  private final Socket socket;
  private final Destination destination;
  private final boolean internet;

  /** Takes over both. */
  Connecting(Socket socket, Destination destination, boolean internet) {
    this.socket = socket;
    this.destination = destination;
    this.internet = internet;
  }

  @Override
  public long attempt() throws KernelException {
    return socket.connect(destination.address());
  }

  @Override
  public Socket socket() {
    return socket;
  }

  /** A full queue of a unix socket tells nobody that it has room again. */
  @Override
  public boolean isTold() {
    return internet;
  }

  @Override
  public long timeout() throws KernelException {
    return socket.sendTimeout();
  }

  @Override
  public long overdue() {
    return internet ? -Errno.EINPROGRESS : -Errno.EAGAIN;
  }

  @Override
  public long done() {
    return 0;
  }

  @Override
  public void close() {
    destination.close();
    socket.close();
  }
}
