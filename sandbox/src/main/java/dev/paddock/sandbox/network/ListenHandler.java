package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
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
      boolean judged = socket.family() == Socket.Family.INTERNET && hostSockets.isHosts(socket);
      if (judged && !mayListen(socket)) {
        return refused(call, socket);
      }
      if (!call.isAlive()) {
        return Verdict.NOT_PERMITTED;
      }
      long result = socket.listen((int) call.argument(1));
      // A port of the kernel's choice could have been given back meanwhile, and another one taken.
      if (judged && result == 0 && !mayListen(socket)) {
        long _ = socket.connect(SocketAddress.unspecified());
        return refused(call, socket);
      }
      return SocketHandler.verdict(result);
    } catch (KernelException e) {
      return new Verdict.Fail(e.errno().number());
    }
  }

  /** What is published is found on loopback alone, also at a port that the kernel has chosen. */
  private boolean mayListen(Socket socket) throws KernelException {
    SocketAddress address = socket.localAddress();
    int port = Math.max(address.internetPort(), 0);
    int granted = hostSockets.granted(port);
    return plan.grantsBind(granted)
        || plan.grantsBind(0)
        || (plan.publishes(granted) && address.isLoopback() && !address.isUnspecified());
  }

  private Verdict refused(Call call, Socket socket) throws KernelException {
    int port = Math.max(socket.localAddress().internetPort(), 0);
    refusals.refused(
        call.thread(),
        "listen",
        ByteString.of("port " + port),
        Errno.EACCES,
        "",
        "--net-allow-bind " + port,
        Strength.EMULATED);
    return new Verdict.Fail(Errno.EACCES);
  }
}
