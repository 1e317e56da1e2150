package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.sandbox.supervise.HeldCall;
import java.util.Set;

/**
 * A connect(2) that is made in its caller's place. Where a name has several addresses, one is tried
 * after the other, as RFC 8305 has it; who does not wait gets the first that does not fail at once.
 */
final class Connecting implements SocketOperation {
  /** How long an address may take before the next one is tried. */
  private static final long PATIENCE_NANOS = 1_000_000_000L;

  /** With these another address may do better. */
  private static final Set<Integer> NEXT =
      Set.of(
          Errno.ECONNREFUSED,
          Errno.ENETUNREACH,
          Errno.EHOSTUNREACH,
          Errno.ETIMEDOUT,
          Errno.ECONNRESET,
          Errno.EADDRNOTAVAIL);

  private final HeldCall call;
  private final HostSockets hostSockets;
  private final Destination destination;
  private final boolean internet;
  private Socket socket;
  private int index;
  private long begun;
  private boolean waited;

  /** Takes over the socket and the destination. */
  Connecting(
      HeldCall call,
      HostSockets hostSockets,
      Socket socket,
      Destination destination,
      boolean internet) {
    this.call = call;
    this.hostSockets = hostSockets;
    this.socket = socket;
    this.destination = destination;
    this.internet = internet;
    this.begun = System.nanoTime();
  }

  @Override
  public long attempt() throws KernelException {
    while (true) {
      long result = socket.connect(destination.addresses().get(index));
      if (result == Socket.WAIT) {
        waited = true;
        if (isLast() || System.nanoTime() - begun < PATIENCE_NANOS) {
          return result;
        }
      } else if (isLast() || result >= 0 || !NEXT.contains((int) -result)) {
        return result;
      }
      if (!next()) {
        return result == Socket.WAIT ? -Errno.ETIMEDOUT : result;
      }
    }
  }

  private boolean isLast() {
    return index == destination.addresses().size() - 1;
  }

  /** Goes on with the next address; whether there is one that this socket can lead to. */
  private boolean next() throws KernelException {
    index++;
    begun = System.nanoTime();
    long _ = socket.connect(SocketAddress.unspecified());
    byte[] address = destination.addresses().get(index);
    if (!HostSockets.needsIpv6(address) || socket.isIpv6()) {
      return true;
    }
    if (waited) {
      return false; // It is waited for on this socket.
    }
    socket = hostSockets.toward(destination, address, call, (int) call.argument(0), socket);
    return true;
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
  public boolean isTimed() {
    return !isLast();
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
