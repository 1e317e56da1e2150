package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.supervise.Call;

/** Judges connect(2). */
final class ConnectHandler extends SocketHandler {
  private final Families families;

  ConnectHandler(Families families, SocketWaiter waiter, Refusals refusals) {
    super("connect", waiter, refusals);
    this.families = families;
  }

  @Override
  SocketOperation begin(Call call, Socket socket) throws KernelException {
    Socket.Family family = socket.family();
    byte[] raw = address(call, call.argument(1), call.argument(2));
    SocketAddress address = SocketAddress.decode(raw, raw.length);
    Destination destination =
        families.of(family).judge(call.thread(), name(), socket, address, raw);
    if (!destination.isAllowed()) {
      throw new KernelException(Errno.of(destination.errno()), name(), "");
    }
    return new Connecting(socket, destination, family == Socket.Family.INTERNET);
  }
}
