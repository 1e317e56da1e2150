package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EndpointMatcherTest {
  private static EndpointMatcher rules(String allow, String deny) throws Exception {
    String text = "[network]\nallow = [" + allow + "]\ndeny = [" + deny + "]\n";
    return EndpointMatcher.of(
        PolicyFile.parse("test", text.getBytes(StandardCharsets.UTF_8)).network());
  }

  private static byte[] bytes(String address) throws Exception {
    return InetAddress.getByName(address).getAddress();
  }

  @ParameterizedTest
  @CsvSource({
    "one.test:443, TCP, one.test, 443, true",
    "one.test:443, UDP, one.test, 443, true",
    "one.test:443, TCP, one.test, 80, false",
    "tcp://one.test, UDP, one.test, 80, false",
    "one.test, TCP, two.test, 80, false",
    "one.test, TCP, sub.one.test, 80, false",
    "*.one.test, TCP, sub.one.test, 80, true",
    "*.one.test, TCP, a.b.one.test, 80, true",
    "*.one.test, TCP, one.test, 80, false",
    "*.one.test, TCP, noone.test, 80, false",
    "*.one.test, TCP, .one.test, 80, false",
    "*, TCP, any.test, 80, true",
    "one.test=10.0.0.0/8:443, TCP, one.test, 443, true",
    "192.0.2.1, TCP, one.test, 443, false",
  })
  void aGrantCoversAName(String rule, Endpoint.Scheme protocol, String name, int port, boolean is)
      throws Exception {
    EndpointMatcher matcher = rules("\"" + rule + "\"", "");
    assertThat(matcher.decide(protocol, name, port).allowed()).isEqualTo(is);
    if (is) {
      assertThat(matcher.grantsName(name)).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "one.test, 203.0.113.1, true",
    "one.test, 127.0.0.1, false",
    "one.test, 0.0.0.0, false",
    "one.test, 10.0.0.1, false",
    "one.test, 172.31.0.1, false",
    "one.test, 192.168.1.1, false",
    "one.test, 100.64.0.1, false",
    "one.test, 198.18.0.5, false",
    "one.test, 169.254.169.254, false",
    "one.test, fd00::1, false",
    "one.test, fe80::1, false",
    "one.test, ::1, false",
    "one.test, ::ffff:10.0.0.1, false",
    "one.test, 64:ff9b::a00:1, false",
    "one.test, 64:ff9b::cb00:7101, true",
    "one.test, 64:ff9b:1::1, false",
    "one.test, 2002:a00:1::1, false",
    "one.test, 2001:db8::1, true",
    "one.test=10.0.0.0/8, 10.0.0.1, true",
    "one.test=10.0.0.0/8, 203.0.113.1, false",
    "one.test=127.0.0.1, 127.0.0.1, true",
    "one.test=[fd00::/8], fd00::1, true",
    "*, 10.0.0.1, true",
    "*, 127.0.0.1, false",
    "*, 169.254.169.254, false",
  })
  void aNameLeadsInsideOnlyWhereItsRuleSaysSo(String rule, String address, boolean is)
      throws Exception {
    EndpointMatcher matcher = rules("\"" + rule + "\"", "");
    Entry<Endpoint> grant =
        matcher.decide(Endpoint.Scheme.TCP, "one.test", 443).rule().orElseThrow();
    assertThat(matcher.leadsTo(grant, Endpoint.Scheme.TCP, bytes(address), 443)).isEqualTo(is);
  }

  @Test
  void aDenialHoldsForNamesAndForWhereTheyLead() throws Exception {
    EndpointMatcher matcher = rules("\"*\", \"10.1.0.0/16\"", "\"*.bad.test\", \"203.0.113.0/24\"");
    assertThat(matcher.grantsName("a.bad.test")).isFalse();
    assertThat(matcher.decide(Endpoint.Scheme.TCP, "a.bad.test", 1).allowed()).isFalse();
    Entry<Endpoint> grant =
        matcher.decide(Endpoint.Scheme.TCP, "good.test", 1).rule().orElseThrow();
    assertThat(matcher.leadsTo(grant, Endpoint.Scheme.TCP, bytes("203.0.113.9"), 1)).isFalse();
    assertThat(matcher.leadsTo(grant, Endpoint.Scheme.TCP, bytes("198.51.100.9"), 1)).isTrue();
    EndpointMatcher named = rules("\"one.test\", \"10.1.0.0/16:5\"", "\"one.test:7\"");
    Entry<Endpoint> one = named.decide(Endpoint.Scheme.TCP, "one.test", 5).rule().orElseThrow();
    assertThat(named.leadsTo(one, Endpoint.Scheme.TCP, bytes("10.1.2.3"), 5)).isTrue();
    assertThat(named.leadsTo(one, Endpoint.Scheme.TCP, bytes("10.1.2.3"), 6)).isFalse();
    assertThat(named.grantsName("one.test")).isTrue();
    assertThat(named.decide(Endpoint.Scheme.TCP, "one.test", 7).allowed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, TCP, 10.1.2.3, 5, true",
    "10.1.2.3, UDP, 10.1.2.3, 5, true",
    "10.1.2.3, ICMP, 10.1.2.3, 0, false",
    "icmp://10.1.2.3, ICMP, 10.1.2.3, 77, true",
    "tcp://10.1.2.3, UDP, 10.1.2.3, 5, false",
    "udp://10.1.2.3, TCP, 10.1.2.3, 5, false",
    "10.1.2.3:5-7, TCP, 10.1.2.3, 7, true",
    "10.1.2.3:5-7, TCP, 10.1.2.3, 8, false",
    "10.0.0.0/9, TCP, 10.127.255.255, 1, true",
    "10.0.0.0/9, TCP, 10.128.0.0, 1, false",
    "[2001:db8::/33]:443, TCP, 2001:db8:7fff::1, 443, true",
    "[2001:db8::/33]:443, TCP, 2001:db8:8000::1, 443, false",
    "localhost, TCP, 127.9.9.9, 1, true",
    "localhost, TCP, ::1, 1, true",
    "localhost, TCP, 0.0.0.0, 1, true",
    "localhost, TCP, ::, 1, true",
    "localhost, TCP, 10.0.0.1, 1, false",
    "127.0.0.1, TCP, 0.0.0.0, 1, true",
    "*, TCP, 192.0.2.1, 443, true",
    "*, TCP, 10.0.0.1, 443, true",
    "*, TCP, 2001:db8::1, 443, true",
    "example.com, TCP, 192.0.2.1, 443, false",
  })
  void aGrantCovers(String rule, Endpoint.Scheme protocol, String address, int port, boolean is)
      throws Exception {
    EndpointMatcher.Decision decision =
        rules("\"" + rule + "\"", "").decide(protocol, bytes(address), port);
    assertThat(decision.allowed()).isEqualTo(is);
    assertThat(decision.rule().isPresent()).isEqualTo(is);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "224.0.0.251",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "ff02::fb",
        "fd00:ec2::254",
        "fd20:ce::254",
        "64:ff9b::a9fe:a9fe"
      })
  void everyHostIsNotThisOneNorWhatIsAtHand(String address) throws Exception {
    for (String all : new String[] {"*", "0.0.0.0/0", "[::/0]"}) {
      assertThat(
              rules("\"" + all + "\"", "")
                  .decide(Endpoint.Scheme.TCP, bytes(address), 80)
                  .allowed())
          .as(all)
          .isFalse();
    }
    String named = address.indexOf(':') < 0 ? address : "[" + address + "]";
    if (!address.equals("0.0.0.0") && !address.equals("::")) {
      assertThat(
              rules("\"" + named + ":80\"", "")
                  .decide(Endpoint.Scheme.TCP, bytes(address), 80)
                  .allowed())
          .isTrue();
    }
  }

  @Test
  void aDenialWinsAndSaysSo() throws Exception {
    EndpointMatcher rules = rules("\"*\", \"127.0.0.1\"", "\"10.0.0.0/8\", \"tcp://*:25\"");
    EndpointMatcher.Decision decision = rules.decide(Endpoint.Scheme.UDP, bytes("10.9.9.9"), 53);
    assertThat(decision.allowed()).isFalse();
    assertThat(decision.rule().orElseThrow().value()).hasToString("10.0.0.0/8");
    assertThat(rules.decide(Endpoint.Scheme.TCP, bytes("192.0.2.1"), 25).allowed()).isFalse();
    assertThat(rules.decide(Endpoint.Scheme.TCP, bytes("127.0.0.1"), 25).allowed()).isFalse();
    assertThat(rules.decide(Endpoint.Scheme.TCP, bytes("192.0.2.1"), 26).allowed()).isTrue();
  }

  /** A network holds exactly the addresses that its mask says, computed another way. */
  @Test
  void networksHoldWhatTheirMaskSays() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      int prefix = 1 + random.nextInt(32);
      int mask = -1 << (32 - prefix);
      int network = ((random.nextInt() & 0x3fffffff) | 0x40000000) & mask;
      int address =
          1 | (random.nextBoolean() ? random.nextInt() : network ^ 1 << random.nextInt(1, 32));
      String rule = text(network & mask) + "/" + prefix;
      assertThat(
              rules("\"" + rule + "\"", "")
                  .decide(Endpoint.Scheme.TCP, bytes(text(address)), 1)
                  .allowed())
          .as("%s in %s, seed %d", text(address), rule, seed)
          .isEqualTo((address & mask) == (network & mask));
    }
  }

  private static String text(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 255)
        + "."
        + (address >>> 8 & 255)
        + "."
        + (address & 255);
  }
}
