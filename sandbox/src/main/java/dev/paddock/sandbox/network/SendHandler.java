package dev.paddock.sandbox.network;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.supervise.Call;

/** Judges sendto(2), sendmsg(2) and sendmmsg(2). */
final class SendHandler extends SocketHandler {
  private final Families families;

  SendHandler(String name, Families families, SocketWaiter waiter, Refusals refusals) {
    super(name, waiter, refusals);
    this.families = families;
  }

  @Override
  SocketOperation begin(Call call, Socket socket) throws KernelException {
    CallerMessages messages =
        switch (name()) {
          case "sendto" -> CallerMessages.ofSendto(call);
          case "sendmsg" -> CallerMessages.ofSendmsg(call);
          default -> CallerMessages.ofSendmmsg(call);
        };
    return new Sending(call.thread(), name(), socket, families.of(socket.family()), messages);
  }
}
