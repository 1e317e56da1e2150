package dev.paddock.sandbox.network;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.sandbox.supervise.HeldCall;

/** Judges sendto(2), sendmsg(2) and sendmmsg(2). */
final class SendHandler extends SocketHandler {
  private final Families families;
  private final HostSockets hostSockets;

  SendHandler(String name, SocketGuard guard) {
    super(name, guard);
    this.families = guard.families();
    this.hostSockets = guard.hostSockets();
  }

  @Override
  SocketOperation begin(HeldCall call, Socket socket) throws KernelException {
    CallerMessages messages =
        switch (name()) {
          case "sendto" -> CallerMessages.ofSendto(call);
          case "sendmsg" -> CallerMessages.ofSendmsg(call);
          default -> CallerMessages.ofSendmmsg(call);
        };
    return new Sending(call, name(), socket, families.of(socket.family()), hostSockets, messages);
  }
}
