package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.plan.CompiledPlan;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;

/**
 * Judges listen(2) on sockets of the host's network: it binds by itself what was not bound, to a
 * port of the kernel's choice. Unix sockets may listen.
 */
final class ListenHandler implements Handler {
  private final CompiledPlan plan;
  private final CallerSockets callerSockets;
  private final HostSockets hostSockets;
  private final Refusals refusals;

  ListenHandler(CompiledPlan plan, SocketGuard guard) {
    this.plan = plan;
    this.callerSockets = guard.callerSockets();
    this.hostSockets = guard.hostSockets();
    this.refusals = guard.refusals();
  }

  @Override
  public Verdict judge(Call call) throws KernelException {
    try (Socket socket = callerSockets.socket(call.hold(), "listen")) {
      if (socket.family() == Socket.Family.INTERNET && hostSockets.isHosts(socket)) {
        int port = socket.localAddress().internetPort();
        if (!plan.grantsBind(Math.max(port, 0)) && !plan.grantsBind(0) && !plan.publishes(port)) {
          refusals.refused(
              call.thread(),
              "listen",
              ByteString.of("port " + Math.max(port, 0)),
              Errno.EACCES,
              "",
              "--net-allow-bind " + Math.max(port, 0),
              Strength.EMULATED);
          return new Verdict.Fail(Errno.EACCES);
        }
      }
      return call.isAlive()
          ? SocketHandler.verdict(socket.listen((int) call.argument(1)))
          : Verdict.NOT_PERMITTED;
    } catch (KernelException e) {
      return new Verdict.Fail(e.errno().number());
    }
  }
}
