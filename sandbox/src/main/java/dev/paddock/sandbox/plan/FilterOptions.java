package dev.paddock.sandbox.plan;

import dev.paddock.linux.SystemCallGroup;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a plan asks of the system call filter.
 *
 * @param features what is let through or handed to the supervisor beyond what any program needs
 * @param allow names and @groups of system calls that are let through whatever their arguments
 * @param deny names and @groups of system calls that are refused; wins over {@code allow}
 * @param judged names of system calls that are handed to the supervisor where they would be allowed
 */
public record FilterOptions(
    Set<Feature> features, List<String> allow, List<String> deny, List<String> judged) {
  /** One thing that a filter does beyond the usual. */
  public enum Feature {
    /** Any TCP port may be connected to; which ones is Landlock's to say. */
    TCP_CONNECT,
    /** Any TCP port may be bound; which ones is Landlock's to say. */
    TCP_BIND,
    /** Unix sockets may be made; the filter cannot see where they lead. */
    UNIX_SOCKETS,
    /** What names an address, or may, is handed to the supervisor, which makes it. */
    JUDGED_ADDRESSES,
    /** The host's addresses and routes may be asked for. */
    NETLINK_ROUTE,
    /** UDP sockets may be made. */
    UDP,
    /** Unprivileged ping sockets may be made. */
    ICMP,
    /** The network is the target's own: TCP and UDP lead nowhere else. */
    OWN_NETWORK,
    /** Besides, some sockets can be of the host's: which, the supervisor says. */
    WAYS_OUT,
    /** System V IPC and POSIX message queues are the target's own. */
    OWN_IPC,
    /** Every process number is that of one of the tree. */
    OWN_PROCESSES,
    /** Besides, nobody outside the tree traces any of it, so it may trace itself. */
    OWN_TRACING,
    /** What may not be changed lies on mounts that are read-only. */
    OWN_FILES,
    /** What the filter refuses is handed to the supervisor too, which refuses it. */
    OBSERVED,
    /** The making of processes is handed to the supervisor, that of threads is not. */
    BIRTHS,
    /** What acts on another process by its id is handed to it, where the filter alone refuses. */
    OTHERS
  }

  private static final FilterOptions CLOSED =
      new FilterOptions(EnumSet.noneOf(Feature.class), List.of(), List.of(), List.of());

  /** Copies what it is given. */
  public FilterOptions {
    EnumSet<Feature> copy = EnumSet.noneOf(Feature.class);
    copy.addAll(features);
    features = Collections.unmodifiableSet(copy);
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
    judged = List.copyOf(judged);
  }

  /** Nothing is granted: no socket, no call beyond what any program needs. */
  public static FilterOptions closed() {
    return CLOSED;
  }

  private FilterOptions with(Feature feature, boolean wanted) {
    if (has(feature) == wanted) {
      return this;
    }
    EnumSet<Feature> all = EnumSet.noneOf(Feature.class);
    all.addAll(features);
    if (wanted) {
      all.add(feature);
    } else {
      all.remove(feature);
    }
    return new FilterOptions(all, allow, deny, judged);
  }

  /** These options with TCP as given. */
  public FilterOptions withTcp(boolean connect, boolean bind) {
    return with(Feature.TCP_CONNECT, connect).with(Feature.TCP_BIND, bind);
  }

  /** These options with unix sockets. */
  public FilterOptions withUnixSockets() {
    return with(Feature.UNIX_SOCKETS, true);
  }

  /** These options with unix sockets, and every address judged by the supervisor. */
  public FilterOptions withJudgedAddresses() {
    return withUnixSockets().with(Feature.JUDGED_ADDRESSES, true);
  }

  /** These options with routing information. */
  public FilterOptions withNetlinkRoute() {
    return with(Feature.NETLINK_ROUTE, true);
  }

  /** These options with UDP sockets, or without. */
  public FilterOptions withUdp(boolean udp) {
    return with(Feature.UDP, udp);
  }

  /** These options with ping sockets. */
  public FilterOptions withIcmp() {
    return with(Feature.ICMP, true);
  }

  /** These options with a network of the target's own. */
  public FilterOptions withOwnNetwork() {
    return with(Feature.OWN_NETWORK, true).withNetlinkRoute().withTcp(true, true);
  }

  /** These options with sockets of the host's in a network of the target's own, or without. */
  public FilterOptions withWaysOut(boolean some) {
    return with(Feature.WAYS_OUT, some);
  }

  /** Whether a socket can be of the host's network. */
  boolean hasHostSockets() {
    return !has(Feature.OWN_NETWORK) || has(Feature.WAYS_OUT);
  }

  /** These options with IPC of the target's own, or without. */
  public FilterOptions withOwnIpc(boolean own) {
    return with(Feature.OWN_IPC, own);
  }

  /** These options with a file tree of the target's own, or without. */
  public FilterOptions withOwnFiles(boolean own) {
    return with(Feature.OWN_FILES, own);
  }

  /** These options with process numbers of the target's own, which it may trace, or without. */
  public FilterOptions withOwnProcesses(boolean own, boolean tracing) {
    return with(Feature.OWN_PROCESSES, own).with(Feature.OWN_TRACING, own && tracing);
  }

  /** These options with every refusal handed to the supervisor. */
  public FilterOptions withObserved() {
    return with(Feature.OBSERVED, true);
  }

  /** These options with the making of processes handed to the supervisor. */
  public FilterOptions withBirths() {
    return with(Feature.BIRTHS, true);
  }

  /** These options with what acts on other processes by their ids handed to the supervisor. */
  public FilterOptions withOthers() {
    return with(Feature.OTHERS, true);
  }

  /** These options with the system calls that a policy names. */
  public FilterOptions withSystemCalls(List<String> allowed, List<String> denied) {
    return new FilterOptions(features, allowed, denied, judged);
  }

  /** These options with the system calls that the supervisor judges. */
  public FilterOptions withJudged(List<String> names) {
    return new FilterOptions(features, allow, deny, names);
  }

  /** Whether the supervisor judges where sockets lead. */
  boolean judgesAddresses() {
    return has(Feature.JUDGED_ADDRESSES);
  }

  boolean has(Feature feature) {
    return features.contains(feature);
  }

  /** Whether nothing but TCP differs from {@link #closed}. */
  boolean isTcpOnly() {
    return withTcp(false, false).equals(CLOSED); // Whatever options there will be.
  }

  /** These options without what {@link #withJudgedAddresses} adds. */
  FilterOptions withoutJudgedAddresses() {
    return with(Feature.UNIX_SOCKETS, false).with(Feature.JUDGED_ADDRESSES, false);
  }

  /** Whether the supervisor is asked about addresses and nothing else. */
  public boolean judgesOnlyAddresses() {
    return has(Feature.JUDGED_ADDRESSES) && !withoutJudgedAddresses().notifies();
  }

  /** Whether a call can reach the supervisor. */
  public boolean notifies() {
    return has(Feature.OBSERVED)
        || has(Feature.BIRTHS)
        || has(Feature.OTHERS)
        || has(Feature.JUDGED_ADDRESSES)
        || !judged.isEmpty();
  }

  /** Whether the tree may debug itself: what only a debugger needs is then no danger to it. */
  boolean debugs() {
    return has(Feature.OWN_TRACING) || allow.contains(SystemCallGroup.DEBUG.label());
  }

  /** Whether a socket that leads out of the process tree can be made at all. */
  boolean anySocket() {
    return tcp()
        || has(Feature.UNIX_SOCKETS)
        || has(Feature.NETLINK_ROUTE)
        || has(Feature.ICMP)
        || has(Feature.UDP);
  }

  /** Whether TCP sockets can be made. */
  boolean tcp() {
    return has(Feature.TCP_CONNECT) || has(Feature.TCP_BIND);
  }
}
