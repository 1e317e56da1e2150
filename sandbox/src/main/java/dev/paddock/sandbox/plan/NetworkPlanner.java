package dev.paddock.sandbox.plan;

import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Endpoint;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Glob;
import dev.paddock.policy.Origin;
import dev.paddock.policy.PathPattern;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PortRange;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.SupervisionOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plans where sockets may lead, and who sees to that. */
final class NetworkPlanner {
  private static final String JUDGED = "connect, sendto, sendmsg, sendmmsg";
  private static final String COST = "about 20 µs each";

  private final PlanDraft draft;

  NetworkPlanner(PlanDraft draft) {
    this.draft = draft;
  }

  void plan() {
    String without = withoutSupervisor();
    draft.judgesAddresses = without.isEmpty();
    Policy.Network network = draft.policy.network();
    for (Entry<Endpoint> entry : network.allow()) {
      allow(entry);
    }
    for (Entry<Endpoint> entry : network.deny()) {
      String rule = "network.deny \"" + entry.value() + "\"";
      judged(rule, entry.origin(), "");
    }
    for (Entry<PortRange> entry : network.bind()) {
      boolean all = entry.value().equals(PortRange.ALL);
      draft.bind = widen(draft.bind, all ? List.of() : List.of(entry.value()));
      ports("network.bind \"" + entry.value() + "\"", entry.origin(), all);
    }
    for (Entry<PortRange> entry : network.denyBind()) {
      draft.bind = without(draft.bind, entry.value());
      ports("network.deny-bind \"" + entry.value() + "\"", entry.origin(), false);
    }
    network.portRemap().filter(Entry::value).ifPresent(entry -> portRemap(entry, without));
    for (Entry<PortRange> entry : network.publish()) {
      draft.published.add(entry.value());
      String rule = "network.publish \"" + entry.value() + "\"";
      if (draft.judgesAddresses) {
        ports(rule, entry.origin(), false);
      } else {
        draft.problem(entry.origin(), rule + " needs a supervisor, and there is none: " + without);
      }
    }
    unixSockets(network.unix());
    if (!draft.judgesAddresses) {
      unjudged(without);
    }
  }

  private void portRemap(Entry<Boolean> entry, String without) {
    if (!draft.judgesAddresses) {
      draft.problem(
          entry.origin(), "network.port-remap needs a supervisor, and there is none: " + without);
      return;
    }
    draft.remapsPorts = true;
    draft.lines.add(
        new PlanLine(
            "network.port-remap",
            entry.origin(),
            Strength.EMULATED,
            "the supervisor binds a free port where the granted one is taken",
            "",
            "",
            ""));
  }

  private static boolean isName(Endpoint endpoint) {
    return endpoint.host() instanceof Endpoint.Host.Name name && !name.name().equals("localhost");
  }

  private void allow(Entry<Endpoint> entry) {
    Endpoint endpoint = entry.value();
    String rule = "network.allow \"" + endpoint + "\"";
    if (endpoint.scheme() == Endpoint.Scheme.TCP
        && endpoint.host() instanceof Endpoint.Host.Any
        && draft.policy.network().deny().isEmpty()) {
      // Of these Landlock holds the port, whoever else judges.
      draft.connect = widen(draft.connect, endpoint.ports());
      ports(rule, entry.origin(), endpoint.ports().isEmpty());
      return;
    }
    switch (endpoint.scheme()) {
      case TCP -> draft.tcp = true;
      case UDP -> draft.udp = true;
      case ICMP -> draft.icmp = true;
      case ANY -> {
        draft.tcp = true;
        draft.udp = true;
      }
    }
    judged(rule, entry.origin(), note(endpoint));
  }

  private static String note(Endpoint endpoint) {
    if (endpoint.host() instanceof Endpoint.Host.Any) {
      return "not this machine, link-local addresses, multicast, and those of clouds' credentials";
    }
    return isName(endpoint)
        ? "looked up at each connect; whoever serves the name can pass on to another host"
        : "";
  }

  /** When it is known what the target has of its own: how it comes to know names. */
  void planNames() {
    boolean named = false;
    for (Entry<Endpoint> entry : draft.policy.network().allow()) {
      named |= isName(entry.value()) || entry.value().host() instanceof Endpoint.Host.Any;
    }
    draft.servesHostsNames = named && !draft.waysOut;
    if (named && draft.judgesAddresses && !(draft.waysOut && draft.hasRoot())) {
      draft.unprotected.add(
          "names are found by TCP only (RES_OPTIONS=use-vc), since there is no network and no file"
              + " tree of its own: what asks by UDP in a way of its own, as musl does, finds none");
    }
  }

  private void judged(String rule, Origin origin, String note) {
    draft.judgesEndpoints = true;
    draft.lines.add(
        new PlanLine(
            rule,
            origin,
            Strength.EMULATED,
            "the supervisor connects and sends, to the address that it judged",
            JUDGED,
            COST,
            note));
  }

  /** What is left of some ports without others. */
  private static List<PortRange> without(@Nullable List<PortRange> ports, PortRange out) {
    List<PortRange> left = new ArrayList<>();
    for (PortRange range : ports == null ? List.of(PortRange.ALL) : ports) {
      if (range.low() < out.low()) {
        left.add(new PortRange(range.low(), Math.min(range.high(), out.low() - 1)));
      }
      if (range.high() > out.high()) {
        left.add(new PortRange(Math.max(range.low(), out.high() + 1), range.high()));
      }
    }
    return left;
  }

  private static @Nullable List<PortRange> widen(
      @Nullable List<PortRange> ports, List<PortRange> more) {
    if (ports == null || more.isEmpty()) {
      return null;
    }
    ports.addAll(more);
    return ports;
  }

  private void ports(String rule, Origin origin, boolean all) {
    if (draft.judgesAddresses) { // What it does itself, Landlock does not hold.
      draft.lines.add(
          new PlanLine(
              rule,
              origin,
              Strength.EMULATED,
              "the supervisor connects, binds and listens, where it judged",
              "bind, connect, listen",
              COST,
              ""));
      return;
    }
    if (!all) {
      draft.need(Host.NETWORK);
    }
    draft.lines.add(
        new PlanLine(
            rule,
            origin,
            Strength.KERNEL,
            all ? "BPF: TCP sockets may be made" : "Landlock, TCP port; BPF: TCP sockets only",
            "",
            "under 1 µs at each connect or bind",
            "any host, this machine too"));
  }

  // ------------------------------------------------------------------ unix sockets

  private void unixSockets(List<Entry<PathPattern>> entries) {
    for (Entry<PathPattern> entry : entries) {
      PathPattern pattern = entry.value();
      String rule = "network.unix \"" + pattern + "\"";
      if (!pattern.except().isEmpty()) {
        draft.problem(entry.origin(), rule + ": nothing can be left out of it");
        continue;
      }
      ByteString path = pattern.text();
      ByteString shown = FileLookup.literalPart(path);
      try {
        ByteString real = draft.root.realIfThere(shown);
        PlanLine line =
            new PlanLine(
                rule,
                entry.origin(),
                Strength.EMULATED,
                "the supervisor connects, to the very socket that was judged",
                JUDGED,
                COST,
                Glob.isPattern(path) ? "" : UnixRules.meaning(real == null ? path : real));
        if (real == null && pattern.optional()) {
          draft.lines.add(PlanDraft.absent(line));
          continue;
        }
        if (real == null) {
          draft.problem(
              entry.origin(),
              rule + ": " + shown + " does not exist; end it in ? if it may be missing");
          continue;
        }
        FileStatus status = draft.root.linkStatus(real);
        draft.lines.add(line);
        draft.unixPaths.add(real.plus(path.slice(shown.length(), path.length())));
        draft.visible.add(new Grant(real, Access.Level.READ, Grant.Kind.of(status), line, true));
      } catch (KernelException e) {
        draft.problem(entry.origin(), rule + ": " + e.errno());
      }
    }
  }

  /**
   * Why no supervisor can judge addresses; empty if one can, which alone can tell the sockets of
   * the run's own from others.
   */
  private String withoutSupervisor() {
    if (draft.traced || draft.supervisionOptions.wants(SupervisionOptions.Wish.KERNEL_ONLY)) {
      return draft.traced ? "--traced" : "--no-supervisor";
    }
    for (String name : List.of(Host.NOTIFICATION, Host.TRACING)) {
      if (!draft.host.has(name)) {
        return draft.host.feature(name).detail();
      }
    }
    return "";
  }

  private void unjudged(String without) {
    if (draft.judgesEndpoints) {
      draft.problems.add(
          "addresses in network.allow and network.deny need a supervisor, and there is none: "
              + without);
    }
    if (!draft.unixPaths.isEmpty()) {
      draft.problems.add("network.unix needs a supervisor, and there is none: " + without);
    }
    draft.unprotected.add(
        "unix sockets: none can be made, not even between processes of the run, since there is no"
            + " supervisor to judge where they lead ("
            + without
            + ")");
  }
}
