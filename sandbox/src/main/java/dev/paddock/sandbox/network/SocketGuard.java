package dev.paddock.sandbox.network;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketDiagnostics;
import dev.paddock.linux.SocketOptions;
import dev.paddock.policy.EndpointMatcher;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Policy;
import dev.paddock.sandbox.launch.Supervision;
import dev.paddock.sandbox.names.HostNames;
import dev.paddock.sandbox.names.HostServers;
import dev.paddock.sandbox.names.NameServer;
import dev.paddock.sandbox.names.NameTable;
import dev.paddock.sandbox.names.Names;
import dev.paddock.sandbox.names.PinnedNames;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.plan.CompiledPlan;
import dev.paddock.sandbox.plan.UnixRules;
import dev.paddock.sandbox.process.ProcessTree;
import dev.paddock.sandbox.supervise.FailureListener;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.Workers;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The judges of one run's socket calls, put together. */
public final class SocketGuard implements AutoCloseable {
  private final CompiledPlan plan;
  private final Refusals refusals;
  private final FailureListener failures;
  private final SocketWaiter waiter;
  private final UnixOwners owners;
  private final Deputy deputy;
  private final HostNames hosts;
  private final CallerSockets callerSockets;
  private final HostSockets hostSockets;
  private final Families families;
  private final @Nullable NameServer nameServer;
  private final PortListener portListener;

  /**
   * For one run.
   *
   * @param beginning its processes, and the sockets of its own network, which are taken over if
   *     this does not throw
   * @param rules the target's Landlock rules; they stay the caller's
   * @param workers what has to be looked up is looked up by them
   * @throws KernelException if its name server cannot begin
   */
  public SocketGuard(
      CompiledPlan plan,
      ProcessTree tree,
      Supervision.Beginning beginning,
      LandlockRuleset rules,
      Workers workers,
      Refusals refusals,
      PortListener portListener,
      FailureListener failures)
      throws KernelException {
    this.portListener = portListener;
    this.plan = plan;
    this.refusals = refusals;
    this.failures = failures;
    this.waiter = new SocketWaiter(failures);
    this.deputy = new Deputy(rules);
    Fd diagnosis = beginning.diagnosis();
    this.owners =
        new UnixOwners(tree, diagnosis == null ? null : SocketDiagnostics.adopt(diagnosis));
    this.callerSockets = new CallerSockets(refusals);
    this.hosts = new HostNames(workers);
    // Before there is anything to be closed again.
    HostServers servers = plan.redirectsNames() ? HostServers.read() : null;
    Supervision.NameServer sockets = beginning.names();
    if (sockets == null && plan.servesNames()) {
      sockets = onHost();
    }
    Socket resolver = sockets == null ? null : Socket.adopt(sockets.datagrams());
    Socket listener = sockets == null ? null : Socket.adopt(sockets.listener());
    SocketOptions options =
        resolver == null || listener == null ? null : new SocketOptions(listener, resolver);
    this.hostSockets = new HostSockets(plan.hasOwnLoopback(), options, refusals);
    ResolverAddress redirected =
        resolver == null || listener == null || servers == null
            ? null
            : new ResolverAddress(servers, resolver, listener);
    NameTable table = new NameTable();
    PinnedNames pinned =
        plan.policy().network().names().map(Entry::value).orElse(Policy.NameAnswers.OWN)
                == Policy.NameAnswers.PINNED
            ? new PinnedNames()
            : null;
    EndpointMatcher endpoints = EndpointMatcher.of(plan.policy().network());
    this.families =
        new Families(
            new UnixDestinations(owners, new UnixRules(plan.unixPaths()), refusals),
            new InternetDestinations(
                plan, endpoints, hostSockets, table, hosts, pinned, redirected, refusals));
    this.nameServer =
        sockets == null
            ? null
            : NameServer.start(
                new Names(endpoints, table, hosts, pinned, refusals, beginning.target()),
                sockets.datagrams(),
                sockets.listener(),
                failures);
  }

  private static Supervision.NameServer onHost() throws KernelException {
    Socket datagrams = Socket.onLoopback(false);
    try {
      return new Supervision.NameServer(datagrams.fd(), Socket.onLoopback(true).fd());
    } catch (KernelException e) {
      datagrams.close();
      throw e;
    }
  }

  SocketWaiter waiter() {
    return waiter;
  }

  HostNames hosts() {
    return hosts;
  }

  CallerSockets callerSockets() {
    return callerSockets;
  }

  PortListener portListener() {
    return portListener;
  }

  /** What the target has bound of what was granted, by that port: the host's port that it has. */
  public Map<Integer, Integer> ports() {
    return hostSockets.ports();
  }

  HostSockets hostSockets() {
    return hostSockets;
  }

  Families families() {
    return families;
  }

  Refusals refusals() {
    return refusals;
  }

  FailureListener failures() {
    return failures;
  }

  /** Who judges a system call; empty for one that is not its to judge. */
  public Optional<Handler> handler(String call) {
    return switch (call) {
      case "connect" -> Optional.of(new ConnectHandler(this));
      case "sendto", "sendmsg", "sendmmsg" -> Optional.of(new SendHandler(call, this));
      case "bind" -> Optional.of(new BindHandler(plan, deputy, this));
      case "listen" -> Optional.of(new ListenHandler(plan, this));
      case "epoll_create", "epoll_create1" -> Optional.of(_ -> hostSockets.epollMade());
      default -> Optional.empty();
    };
  }

  /** Lets go of the calls that wait, when nobody is left to be answered. */
  @Override
  public void close() {
    if (nameServer != null) {
      nameServer.close();
    }
    waiter.end();
    deputy.close();
    callerSockets.close();
    owners.close();
  }
}
