package dev.paddock.sandbox.observe;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.SocketAddress;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.plan.CompiledPlan;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;

/** Looks at the ports that connect(2) and bind(2) name. Landlock decides; this only explains it. */
public final class NetworkRefusals implements Handler {
  private final boolean binds;
  private final CompiledPlan plan;
  private final Refusals refusals;

  /** For bind, or for connect. */
  public NetworkRefusals(boolean binds, CompiledPlan plan, Refusals refusals) {
    this.binds = binds;
    this.plan = plan;
    this.refusals = refusals;
  }

  @Override
  public Verdict judge(Call call) {
    try {
      look(call);
    } catch (KernelException e) {
      // An address that cannot be read or understood: the kernel says so itself.
      return Verdict.CONTINUE;
    }
    // Landlock holds the ports on the address that the kernel itself copies.
    return Verdict.CONTINUE;
  }

  private void look(Call call) throws KernelException {
    long length = call.argument(2) & 0xffffffffL;
    if (length < 2 || length > SocketAddress.MAXIMUM) {
      return;
    }
    byte[] bytes = new byte[(int) length];
    call.read(call.argument(1), bytes);
    SocketAddress address = SocketAddress.decode(bytes, bytes.length);
    int port =
        switch (address) {
          case SocketAddress.Inet4 four -> four.port();
          case SocketAddress.Inet6 six -> six.port();
          default -> -1; // Landlock's ports are TCP's.
        };
    if (port < 0 || !call.isAlive()) {
      return;
    }
    boolean outside = plan.hasOwnLoopback() && !binds && !address.isLoopback();
    if (!outside && (binds ? plan.mayBind(port) : plan.mayConnect(port))) {
      return;
    }
    refusals.refused(
        call.thread(),
        binds ? "bind" : "connect",
        ByteString.of(address.toString()),
        outside ? Errno.ENETUNREACH : Errno.EACCES,
        "",
        binds ? "--net-allow-bind " + port : "--net-allow 'tcp://*:" + port + "'",
        Strength.OBSERVED);
  }
}
