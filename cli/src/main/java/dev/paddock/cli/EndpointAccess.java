package dev.paddock.cli;

import dev.paddock.policy.Endpoint;
import dev.paddock.policy.EndpointMatcher;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PortRange;
import dev.paddock.policy.ValueException;
import java.util.HexFormat;

/** Answers whether an endpoint could be reached under a policy. */
final class EndpointAccess {
  private final Policy policy;

  EndpointAccess(Policy policy) {
    this.policy = policy;
  }

  /** Whether one host and port may be connected to; without a scheme, by TCP. */
  Answer answer(String text) throws UsageException {
    Endpoint wanted;
    try {
      wanted = Endpoint.parse(PolicyChoice.everyHost(text));
    } catch (ValueException e) {
      throw new UsageException("--why " + text + ": " + e.problem());
    }
    if (wanted.host() instanceof Endpoint.Host.Network one && isOne(one, wanted)) {
      return decided(text, one, wanted);
    }
    for (Entry<Endpoint> denial : policy.network().deny()) {
      if (covers(denial.value(), wanted)) {
        return new Answer(text, false, "refused", line("network.deny", denial));
      }
    }
    for (Entry<Endpoint> grant : policy.network().allow()) {
      if (covers(grant.value(), wanted)) {
        return new Answer(text, true, "may be connected to", line("network.allow", grant));
      }
    }
    return new Answer(text, false, "refused", "default: no grant covers it");
  }

  private static boolean isOne(Endpoint.Host.Network host, Endpoint wanted) {
    return host.prefix() == host.address().length() * 4
        && wanted.ports().size() == 1
        && wanted.ports().getFirst().low() == wanted.ports().getFirst().high();
  }

  private Answer decided(String text, Endpoint.Host.Network host, Endpoint wanted) {
    Endpoint.Scheme scheme =
        wanted.scheme() == Endpoint.Scheme.ANY ? Endpoint.Scheme.TCP : wanted.scheme();
    EndpointMatcher.Decision decision =
        EndpointMatcher.of(policy.network())
            .decide(
                scheme, HexFormat.of().parseHex(host.address()), wanted.ports().getFirst().low());
    String rule = decision.allowed() ? "network.allow" : "network.deny";
    return new Answer(
        text,
        decision.allowed(),
        decision.allowed() ? "may be connected to" : "refused",
        decision.rule().map(entry -> line(rule, entry)).orElse("default: no grant covers it"));
  }

  private static String line(String rule, Entry<Endpoint> entry) {
    return rule + " \"" + entry.value() + "\" [" + entry.origin() + "]";
  }

  /** Whether all that is asked about lies in what is granted; a host name only in itself. */
  private static boolean covers(Endpoint granted, Endpoint wanted) {
    Endpoint.Scheme scheme =
        wanted.scheme() == Endpoint.Scheme.ANY ? Endpoint.Scheme.TCP : wanted.scheme();
    boolean schemes =
        granted.scheme() == scheme
            || (granted.scheme() == Endpoint.Scheme.ANY && scheme != Endpoint.Scheme.ICMP);
    return schemes && covers(granted.host(), wanted.host()) && ports(granted, wanted);
  }

  private static boolean covers(Endpoint.Host granted, Endpoint.Host wanted) {
    return switch (granted) {
      case Endpoint.Host.Any _ -> true;
      case Endpoint.Host.Group _ -> granted.equals(wanted);
      case Endpoint.Host.Name name ->
          wanted instanceof Endpoint.Host.Name one
              && (name.name().equals(one.name()) || (!one.isWildcard() && name.covers(one.name())));
      case Endpoint.Host.Network network ->
          wanted instanceof Endpoint.Host.Network inner && contains(network, inner);
    };
  }

  private static boolean contains(Endpoint.Host.Network outer, Endpoint.Host.Network inner) {
    if (outer.address().length() != inner.address().length() || inner.prefix() < outer.prefix()) {
      return false;
    }
    for (int bit = 0; bit < outer.prefix(); bit++) {
      if (bit(outer.address(), bit) != bit(inner.address(), bit)) {
        return false;
      }
    }
    return true;
  }

  private static int bit(String hexadecimal, int bit) {
    return Character.digit(hexadecimal.charAt(bit / 4), 16) >> (3 - bit % 4) & 1;
  }

  private static boolean ports(Endpoint granted, Endpoint wanted) {
    if (granted.ports().isEmpty()) {
      return true;
    }
    if (wanted.ports().isEmpty()) {
      return false;
    }
    for (PortRange range : wanted.ports()) {
      for (int port = range.low(); port <= range.high(); port++) {
        if (!granted.hasPort(port)) {
          return false;
        }
      }
    }
    return true;
  }
}
