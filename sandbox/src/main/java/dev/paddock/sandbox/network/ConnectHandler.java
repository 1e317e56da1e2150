package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.sandbox.supervise.HeldCall;

/** Judges connect(2). */
final class ConnectHandler extends SocketHandler {
  private final Families families;
  private final HostSockets hostSockets;

  ConnectHandler(SocketGuard guard) {
    super("connect", guard);
    this.families = guard.families();
    this.hostSockets = guard.hostSockets();
  }

  @Override
  SocketOperation begin(HeldCall call, Socket socket) throws KernelException {
    Socket.Family family = socket.family();
    byte[] raw = address(call.thread(), call.argument(1), call.argument(2));
    SocketAddress address = SocketAddress.decode(raw, raw.length);
    Destination destination =
        families.of(family).judge(call.thread(), name(), socket, address, raw);
    if (!destination.isAllowed()) {
      throw new KernelException(Errno.of(destination.errno()), name(), "");
    }
    Socket used;
    try {
      used =
          hostSockets.toward(
              destination, destination.address(), call, (int) call.argument(0), socket);
    } catch (KernelException | RuntimeException e) {
      destination.close();
      throw e;
    }
    return new Connecting(call, hostSockets, used, destination, family == Socket.Family.INTERNET);
  }
}
