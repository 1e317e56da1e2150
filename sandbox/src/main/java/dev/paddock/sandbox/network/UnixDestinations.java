package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.plan.UnixRules;
import dev.paddock.sandbox.process.CallerFiles;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Judges where unix sockets may lead: to those that the run itself has bound, and to those that the
 * policy names. A path is followed once, in the caller's own tree, and what is found there is
 * judged and connected to, whatever the path leads to by then.
 */
final class UnixDestinations implements Destinations {
  private final UnixOwners owners;
  private final UnixRules rules;
  private final Refusals refusals;

  UnixDestinations(UnixOwners owners, UnixRules rules, Refusals refusals) {
    this.owners = owners;
    this.rules = rules;
    this.refusals = refusals;
  }

  @Override
  public Destination judge(
      int thread, String call, Socket socket, SocketAddress address, byte[] raw)
      throws KernelException {
    return switch (address) {
      case SocketAddress.UnixPath path -> byPath(thread, call, path.path());
      case SocketAddress.UnixAbstract name -> byName(thread, call, name, raw);
      default -> Destination.allowed(raw); // Leads nowhere, or dissolves an association.
    };
  }

  private Destination byPath(int thread, String call, byte[] path) throws KernelException {
    Fd file = new CallerFiles(thread).open(CallerFiles.WORKING_DIRECTORY, path, true);
    boolean kept = false;
    try {
      FileStatus status = Paths.status(file);
      UnixOwners.Owner owner =
          status.isSocket() ? owners.of(thread, file, status) : UnixOwners.Owner.RUN;
      if (owner != UnixOwners.Owner.RUN) {
        ByteString real = ByteString.of(Paths.ofDescriptor(file));
        if (!rules.allows(real)) {
          return owner == UnixOwners.Owner.NOBODY
              ? Destination.refused(Errno.ECONNREFUSED)
              : refused(thread, call, real);
        }
      }
      kept = true;
      return new Destination(0, List.of(pinned(file)), file, false, false);
    } finally {
      if (!kept) {
        file.close();
      }
    }
  }

  private Destination byName(int thread, String call, SocketAddress.UnixAbstract name, byte[] raw)
      throws KernelException {
    UnixOwners.Owner owner = owners.of(name.name());
    if (owner == UnixOwners.Owner.RUN) {
      return Destination.allowed(raw);
    }
    if (owner == UnixOwners.Owner.NOBODY) { // Whoever takes the name by then is not reached either.
      return Destination.refused(Errno.ECONNREFUSED);
    }
    refusals.refused(
        thread,
        call,
        ByteString.of(name.toString()),
        Errno.ECONNREFUSED,
        "only sockets of the run's own have abstract names here",
        "",
        Strength.EMULATED);
    return Destination.refused(Errno.ECONNREFUSED);
  }

  private Destination refused(int thread, String call, ByteString path) {
    refusals.refused(
        thread,
        call,
        path,
        Errno.EACCES,
        UnixRules.meaning(path),
        "--unix-allow " + path.shellWord(),
        Strength.EMULATED);
    return Destination.refused(Errno.EACCES);
  }

  /**
   * The address of what a descriptor of ours is open on; the kernel follows such links straight.
   */
  private static byte[] pinned(Fd file) {
    return SocketAddress.ofPath(
        ("/proc/self/fd/" + file.number()).getBytes(StandardCharsets.US_ASCII));
  }
}
