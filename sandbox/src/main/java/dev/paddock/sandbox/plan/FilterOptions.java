package dev.paddock.sandbox.plan;

import java.util.List;

/**
 * What a plan asks of the system call filter.
 *
 * @param tcpConnect whether any TCP port may be connected to; which ones is Landlock's to say
 * @param tcpBind whether any TCP port may be bound; which ones is Landlock's to say
 * @param unixSockets whether unix sockets may be made; the filter cannot see where they lead
 * @param netlinkRoute whether the host's addresses and routes may be asked for
 * @param icmp whether unprivileged ping sockets may be made
 * @param allow names and @groups of system calls that are let through whatever their arguments
 * @param deny names and @groups of system calls that are refused; wins over {@code allow}
 * @param judged names of system calls that are handed to the supervisor where they would be allowed
 * @param observed whether what the filter refuses is handed to the supervisor too, which refuses it
 * @param births whether the making of processes is handed to the supervisor, that of threads not
 * @param others whether what acts on another process by its id is handed to the supervisor, where
 *     the filter alone refuses it
 */
public record FilterOptions(
    boolean tcpConnect,
    boolean tcpBind,
    boolean unixSockets,
    boolean netlinkRoute,
    boolean icmp,
    List<String> allow,
    List<String> deny,
    List<String> judged,
    boolean observed,
    boolean births,
    boolean others) {

  private static final FilterOptions CLOSED =
      new FilterOptions(
          false, false, false, false, false, List.of(), List.of(), List.of(), false, false, false);

  /** Copies the lists. */
  public FilterOptions {
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
    judged = List.copyOf(judged);
  }

  /** Nothing is granted: no socket, no call beyond what any program needs. */
  public static FilterOptions closed() {
    return CLOSED;
  }

  /** These options with TCP as given. */
  public FilterOptions withTcp(boolean connect, boolean bind) {
    return new FilterOptions(
        connect,
        bind,
        unixSockets,
        netlinkRoute,
        icmp,
        allow,
        deny,
        judged,
        observed,
        births,
        others);
  }

  /** These options with unix sockets. */
  public FilterOptions withUnixSockets() {
    return new FilterOptions(
        tcpConnect,
        tcpBind,
        true,
        netlinkRoute,
        icmp,
        allow,
        deny,
        judged,
        observed,
        births,
        others);
  }

  /** These options with routing information. */
  public FilterOptions withNetlinkRoute() {
    return new FilterOptions(
        tcpConnect,
        tcpBind,
        unixSockets,
        true,
        icmp,
        allow,
        deny,
        judged,
        observed,
        births,
        others);
  }

  /** These options with ping sockets. */
  public FilterOptions withIcmp() {
    return new FilterOptions(
        tcpConnect,
        tcpBind,
        unixSockets,
        netlinkRoute,
        true,
        allow,
        deny,
        judged,
        observed,
        births,
        others);
  }

  /** These options with the system calls that a policy names. */
  public FilterOptions withSystemCalls(List<String> allowed, List<String> denied) {
    return new FilterOptions(
        tcpConnect,
        tcpBind,
        unixSockets,
        netlinkRoute,
        icmp,
        allowed,
        denied,
        judged,
        observed,
        births,
        others);
  }

  /** These options with the system calls that the supervisor judges. */
  public FilterOptions withJudged(List<String> names) {
    return new FilterOptions(
        tcpConnect,
        tcpBind,
        unixSockets,
        netlinkRoute,
        icmp,
        allow,
        deny,
        names,
        observed,
        births,
        others);
  }

  /** These options with every refusal handed to the supervisor. */
  public FilterOptions withObserved() {
    return new FilterOptions(
        tcpConnect,
        tcpBind,
        unixSockets,
        netlinkRoute,
        icmp,
        allow,
        deny,
        judged,
        true,
        births,
        others);
  }

  /** Whether nothing but TCP differs from {@link #closed}. */
  boolean isTcpOnly() {
    return equals(closed().withTcp(tcpConnect, tcpBind)); // Whatever options there will be.
  }

  /** These options with the making of processes handed to the supervisor. */
  public FilterOptions withBirths() {
    return new FilterOptions(
        tcpConnect,
        tcpBind,
        unixSockets,
        netlinkRoute,
        icmp,
        allow,
        deny,
        judged,
        observed,
        true,
        others);
  }

  /** These options with what acts on other processes by their ids handed to the supervisor. */
  public FilterOptions withOthers() {
    return new FilterOptions(
        tcpConnect,
        tcpBind,
        unixSockets,
        netlinkRoute,
        icmp,
        allow,
        deny,
        judged,
        observed,
        births,
        true);
  }

  /** Whether a call can reach the supervisor. */
  public boolean notifies() {
    return observed || births || others || !judged.isEmpty();
  }

  /** Whether a socket that leads out of the process tree can be made at all. */
  boolean anySocket() {
    return tcpConnect || tcpBind || unixSockets || netlinkRoute || icmp;
  }

  /** Whether TCP sockets can be made. */
  boolean tcp() {
    return tcpConnect || tcpBind;
  }
}
