package dev.paddock.sandbox.network;

import dev.paddock.linux.Capabilities;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.plan.CompiledPlan;
import dev.paddock.sandbox.process.CallerFiles;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.HeldCall;
import java.util.Arrays;

/**
 * Judges bind(2) where a socket may be of the host's network: in one of its own the target may bind
 * what it likes.
 */
final class BindHandler implements Handler {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final byte[] LOOPBACK6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

  private final CompiledPlan plan;
  private final CallerSockets callerSockets;
  private final HostSockets hostSockets;
  private final Deputy deputy;
  private final Refusals refusals;
  private final PortListener portListener;

  BindHandler(CompiledPlan plan, Deputy deputy, SocketGuard guard) {
    this.plan = plan;
    this.deputy = deputy;
    this.callerSockets = guard.callerSockets();
    this.hostSockets = guard.hostSockets();
    this.refusals = guard.refusals();
    this.portListener = guard.portListener();
  }

  @Override
  public Verdict judge(Call call) throws KernelException {
    HeldCall held = call.hold();
    try (Socket socket = callerSockets.socket(held, "bind")) {
      Socket.Family family = socket.family();
      byte[] raw = SocketHandler.address(held.thread(), held.argument(1), held.argument(2));
      SocketAddress address = SocketAddress.decode(raw, raw.length);
      return switch (address) {
        case SocketAddress.UnixPath path when family == Socket.Family.UNIX ->
            path(held, socket, path.path());
        case SocketAddress.UnixAbstract name
            when family == Socket.Family.UNIX && !plan.hasOwnLoopback() ->
            refused(
                held,
                name,
                "abstract names are the host's, whose programs would find this one under it",
                "");
        case SocketAddress.Inet4 four -> internet(held, socket, address, four.port(), raw);
        case SocketAddress.Inet6 six -> internet(held, socket, address, six.port(), raw);
        // bind(2) of an IPv4 socket reads it as an IPv4 address.
        case SocketAddress.Unspecified any when any.inet4().isPresent() ->
            internet(held, socket, address, any.inet4().get().port(), raw);
        default -> plain(held, socket, raw);
      };
    } catch (KernelException e) {
      return new Verdict.Fail(e.errno().number());
    }
  }

  private Verdict internet(
      HeldCall call, Socket socket, SocketAddress address, int port, byte[] raw)
      throws KernelException {
    boolean granted = port != 0 && socket.isStream() && plan.grantsBind(port);
    if (!granted && port != 0 && socket.isStream() && plan.publishes(port)) {
      return onLoopback(call, socket, port);
    }
    if (!hostSockets.isHosts(socket)) {
      return granted ? published(call, socket, port, raw) : plain(call, socket, raw);
    }
    // A port of the kernel's choice is what every client has; listening is judged by itself.
    boolean client = port == 0 && (plan.judgesEndpoints() || plan.hasWaysOut());
    if (granted) {
      return orAnother(call, socket, port, raw);
    }
    return client || (port == 0 && socket.isStream() && plan.grantsBind(0))
        ? plain(call, socket, raw)
        : refused(call, address, "", "--net-allow-bind " + port);
  }

  /** A socket of IPv6 that does not lead to IPv4 takes no address of that: EINVAL. */
  private Verdict onLoopback(HeldCall call, Socket socket, int port) throws KernelException {
    byte[] address = socket.isIpv6() ? SocketAddress.mapped(LOOPBACK) : LOOPBACK;
    Verdict verdict = published(call, socket, port, SocketAddress.ofInternet(address, port, 0));
    return socket.isIpv6() && verdict.equals(new Verdict.Fail(Errno.EINVAL))
        ? published(call, socket, port, SocketAddress.ofInternet(LOOPBACK6, port, 0))
        : verdict;
  }

  /** What is to be found from outside is of the host's network. */
  private Verdict published(HeldCall call, Socket socket, int port, byte[] raw)
      throws KernelException {
    try (Socket duplicate = socket.duplicate();
        Socket outside =
            Capabilities.without(
                () ->
                    hostSockets.toward(
                        Destination.inHostsNetwork(raw),
                        raw,
                        call,
                        (int) call.argument(0),
                        duplicate))) {
      return orAnother(call, outside, port, raw);
    }
  }

  /** Binds to a granted port of the host's network; to another one if that is somebody else's. */
  private Verdict orAnother(HeldCall call, Socket socket, int port, byte[] raw)
      throws KernelException {
    Verdict verdict = plain(call, socket, raw);
    boolean another =
        plan.remapsPorts()
            && verdict.equals(new Verdict.Fail(Errno.EADDRINUSE))
            && hostSockets.published(port).isEmpty();
    if (another) {
      verdict = plain(call, socket, SocketAddress.withPort(raw, 0));
    }
    if (verdict instanceof Verdict.Return) {
      hostSockets.publish(port, socket);
      if (another) {
        portListener.remapped(call.thread(), port, socket.localAddress().internetPort());
      }
    }
    return verdict;
  }

  private static Verdict plain(HeldCall call, Socket socket, byte[] raw) throws KernelException {
    return call.isAlive()
        ? SocketHandler.verdict(Capabilities.without(() -> socket.bind(raw)))
        : Verdict.NOT_PERMITTED;
  }

  private Verdict path(HeldCall call, Socket socket, byte[] path) throws KernelException {
    int slash = path.length - 1;
    while (slash >= 0 && path[slash] != '/') {
      slash--;
    }
    // What ends in a slash has no name for a socket; the kernel says what it is.
    byte[] parent = slash < 0 ? new byte[] {'.'} : Arrays.copyOf(path, slash + 1);
    byte[] name = Arrays.copyOfRange(path, slash + 1, path.length);
    if (name.length == 0) {
      name = new byte[] {'.'};
    }
    try (Fd directory =
        Capabilities.without(
            () ->
                new CallerFiles(call.thread()).open(CallerFiles.WORKING_DIRECTORY, parent, true))) {
      byte[] status = Procfs.read(call.thread(), "status");
      int umask = Integer.parseInt(Procfs.statusField(status, "Umask").orElse("077"), 8);
      if (!call.isAlive()) {
        return Verdict.NOT_PERMITTED;
      }
      long result = deputy.bind(socket, directory, name, umask);
      if (result == -Errno.EACCES) {
        ByteString place = ByteString.of(dev.paddock.linux.Paths.ofDescriptor(directory));
        refusals.refused(
            call.thread(),
            "bind",
            ByteString.of(path),
            Errno.EACCES,
            "",
            "-w " + place.shellWord(),
            Strength.KERNEL);
      }
      return SocketHandler.verdict(result);
    }
  }

  private Verdict refused(HeldCall call, SocketAddress address, String rule, String hint) {
    refusals.refused(
        call.thread(),
        "bind",
        ByteString.of(address.toString()),
        Errno.EACCES,
        rule,
        hint,
        Strength.EMULATED);
    return new Verdict.Fail(Errno.EACCES);
  }
}
