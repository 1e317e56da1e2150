package dev.paddock.sandbox.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.linux.HostLookup;
import dev.paddock.sandbox.supervise.Workers;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the name server is made of; as a whole it is tried with real resolvers in the image. */
final class NamesTest {
  private static byte[] bytes(String address) {
    return InetAddress.ofLiteral(address).getAddress();
  }

  @Test
  void eachNameKeepsAnAddressThatNoNetworkRoutes() {
    NameTable table = new NameTable();
    int one = table.address("one.test").orElseThrow();
    int two = table.address("two.test").orElseThrow();
    assertThat(table.address("one.test")).contains(one);
    assertThat(one).isNotEqualTo(two);
    for (int address : new int[] {one, two}) {
      assertThat(NameTable.isOfNames(address)).isTrue();
      assertThat(NameTable.isOwn(address)).isFalse();
    }
    assertThat(table.name(one)).contains("one.test");
    assertThat(table.name(two + 1)).isEmpty();
    assertThat(NameTable.isOfNames(0xc6120000 - 1)).isFalse();
    assertThat(NameTable.isOfNames(0xc6140000)).isFalse();
  }

  @Test
  void theAddressesEndBeforeTheNetworkDoes() {
    NameTable table = new NameTable();
    int last = 0;
    int count = 0;
    while (table.address("n" + count).isPresent()) {
      last = table.address("n" + count).orElseThrow();
      count++;
    }
    assertThat(count).isEqualTo(131_069);
    assertThat(last).isEqualTo(0xc613fffe);
    assertThat(table.address("n0")).isPresent();
  }

  @Test
  void serversAreReadAsResolversReadThem() {
    HostServers servers =
        HostServers.parse(
            """
            # nameserver 192.0.2.9
            search a.test
            nameserver\t192.0.2.1 # first
             nameserver fe80::1%eth0
            nameserver nonsense
            nameserver
            """);
    assertThat(servers.contains(bytes("192.0.2.1"))).isTrue();
    assertThat(servers.contains(bytes("fe80::1"))).isTrue();
    assertThat(servers.contains(bytes("192.0.2.9"))).isFalse();
    assertThat(servers.contains(bytes("127.0.0.1"))).isFalse();
    assertThat(HostServers.parse("").contains(bytes("127.0.0.1"))).isTrue();
    assertThat(HostServers.parse("").contains(bytes("::1"))).isTrue();
  }

  @Test
  void namesOfAnAddressAreReadFromAHostsFile() {
    String text =
        "127.0.0.1 localhost\n192.0.2.1\tOne.test one # uno\n#192.0.2.1 no\n2001:db8::1 six\n";
    assertThat(HostsFile.names(text, bytes("192.0.2.1"))).containsExactly("one.test", "one");
    assertThat(HostsFile.names(text, bytes("2001:db8::1"))).containsExactly("six");
    assertThat(HostsFile.names(text, bytes("192.0.2.2"))).isEmpty();
    assertThat(HostsFile.names("nonsense one\n192.0.2.1\n", bytes("192.0.2.1"))).isEmpty();
  }

  @Test
  void aPinIsForItsNameAndAddress() {
    PinnedNames pins = new PinnedNames();
    pins.pin(bytes("192.0.2.1"), "one.test");
    pins.pin(bytes("192.0.2.1"), "two.test");
    pins.pin(bytes("2001:db8::1"), "one.test");
    assertThat(pins.names(bytes("192.0.2.1"))).containsExactlyInAnyOrder("one.test", "two.test");
    assertThat(pins.names(bytes("::ffff:192.0.2.1"))).hasSize(2);
    assertThat(pins.names(bytes("192.0.2.2"))).isEmpty();
  }

  @Test
  void aNameIsLookedUpOnceForAllWhoAskMeanwhile() throws Exception {
    Workers workers = new Workers();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(3);
    AtomicInteger lookups = new AtomicInteger();
    HostNames names =
        new HostNames(
            workers,
            name -> {
              lookups.incrementAndGet();
              try {
                asked.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return new HostLookup.Result(List.of(bytes("192.0.2.1")), true);
            });
    List<HostLookup.Result> results = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      names.find(
          "one.test",
          result -> {
            synchronized (results) {
              results.add(result);
            }
            told.countDown();
          });
    }
    assertThat(names.fresh("one.test")).isEmpty();
    asked.countDown();
    told.await();
    assertThat(lookups.get()).isEqualTo(1);
    assertThat(results).hasSize(3).allMatch(result -> result.addresses().size() == 1);
    assertThat(names.fresh("one.test")).isPresent();
    workers.end();
  }

  @Test
  void whoAsksForTooManyAtOnceIsTold() throws Exception {
    Workers workers = new Workers();
    CountDownLatch end = new CountDownLatch(1);
    HostNames names =
        new HostNames(
            workers,
            _ -> {
              try {
                end.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return new HostLookup.Result(List.of(), false);
            });
    for (int i = 0; i < 1024; i++) {
      names.find("n" + i, _ -> {});
    }
    List<HostLookup.Result> told = new ArrayList<>();
    names.find("one-more", told::add);
    assertThat(told).hasSize(1);
    // So that whoever begins again does not ask again.
    assertThat(names.fresh("one-more")).isPresent();
    end.countDown();
    workers.end();
  }

  @Test
  void oneWhoThrowsKeepsNobodyFromBeingTold() throws Exception {
    Workers workers = new Workers();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(1);
    HostNames names =
        new HostNames(
            workers,
            _ -> {
              try {
                asked.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return new HostLookup.Result(List.of(), false);
            });
    names.find(
        "one.test",
        _ -> {
          throw new IllegalStateException("the first");
        });
    names.find("one.test", _ -> told.countDown());
    asked.countDown();
    told.await();
    workers.end();
  }

  @Test
  void whatCannotBeReadHasAnAnswerThatSaysSo() throws Exception {
    byte[] pointer = {0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, (byte) 0xc0, 12, 0, 1, 0, 1};
    assertThatThrownBy(() -> Question.decode(pointer))
        .isInstanceOf(Question.MalformedException.class);
    byte[] dotted = {0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'a', '.', 'b', 0, 0, 1, 0, 1};
    assertThat(Question.decode(dotted).orElseThrow().name()).isEqualTo("a?b");
    assertThat(Question.decode(new byte[11])).isEmpty();
    assertThat(Answer.malformed(9)).startsWith(0, 9, 0x80, 1);
  }

  /** The host's own name is known to it, by whatever means it has. */
  @Test
  void theHostIsAskedByItsOwnResolution() {
    HostLookup.Result here = HostLookup.addresses("localhost");
    assertThat(here.exists()).isTrue();
    assertThat(here.addresses())
        .isNotEmpty()
        .allMatch(address -> address.length == 4 ? address[0] == 127 : address[15] == 1);
    assertThat(HostLookup.addresses("a..b").addresses()).isEmpty();
  }
}
