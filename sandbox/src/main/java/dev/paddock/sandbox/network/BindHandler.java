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
import java.util.Arrays;

/**
 * Judges bind(2) where the network is the host's: in one of its own the target may bind what it
 * likes.
 */
final class BindHandler implements Handler {
  private final CompiledPlan plan;
  private final Deputy deputy;
  private final Refusals refusals;

  BindHandler(CompiledPlan plan, Deputy deputy, Refusals refusals) {
    this.plan = plan;
    this.deputy = deputy;
    this.refusals = refusals;
  }

  @Override
  public Verdict judge(Call call) throws KernelException {
    try (Socket socket = CallerSockets.socket(call, "bind", refusals)) {
      Socket.Family family = socket.family();
      byte[] raw = SocketHandler.address(call, call.argument(1), call.argument(2));
      SocketAddress address = SocketAddress.decode(raw, raw.length);
      return switch (address) {
        case SocketAddress.UnixPath path when family == Socket.Family.UNIX ->
            path(call, socket, path.path());
        case SocketAddress.UnixAbstract name when family == Socket.Family.UNIX ->
            refused(
                call,
                name,
                "abstract names are the host's, whose programs would find this one under it",
                "");
        case SocketAddress.Inet4 four -> internet(call, socket, address, four.port(), raw);
        case SocketAddress.Inet6 six -> internet(call, socket, address, six.port(), raw);
        // bind(2) of an IPv4 socket reads it as an IPv4 address.
        case SocketAddress.Unspecified any when any.inet4().isPresent() ->
            internet(call, socket, address, any.inet4().get().port(), raw);
        default -> plain(call, socket, raw);
      };
    } catch (KernelException e) {
      return new Verdict.Fail(e.errno().number());
    }
  }

  private Verdict internet(Call call, Socket socket, SocketAddress address, int port, byte[] raw)
      throws KernelException {
    // A port of the kernel's choice is what every client has; listening is judged by itself.
    boolean client = port == 0 && plan.judgesEndpoints();
    return client || (socket.isStream() && plan.mayBind(port))
        ? plain(call, socket, raw)
        : refused(call, address, "", "--net-allow-bind " + port);
  }

  private static Verdict plain(Call call, Socket socket, byte[] raw) throws KernelException {
    return call.isAlive()
        ? SocketHandler.verdict(Capabilities.without(() -> socket.bind(raw)))
        : Verdict.NOT_PERMITTED;
  }

  private Verdict path(Call call, Socket socket, byte[] path) throws KernelException {
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

  private Verdict refused(Call call, SocketAddress address, String rule, String hint) {
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
