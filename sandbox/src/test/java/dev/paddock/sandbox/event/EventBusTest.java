package dev.paddock.sandbox.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class EventBusTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @AfterEach
  void noThreadIsLeft() throws Exception {
    for (Thread thread : sinkThreads()) {
      thread.join(10_000);
    }
    assertThat(sinkThreads()).isEmpty();
  }

  private static List<Thread> sinkThreads() {
    List<Thread> threads = new ArrayList<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("paddock-events-")) {
        threads.add(thread);
      }
    }
    return threads;
  }

  private static Event fork(EventBus bus, int parent, int child) {
    return new Event.Fork(bus.head("s", parent, 1), child, Event.Fork.Kind.FORK, Strength.VERIFIED);
  }

  @Test
  void withoutSinksThereIsNothing() {
    try (EventBus bus = new EventBus("x", List.of())) {
      assertThat(bus.isActive()).isFalse();
      bus.post(fork(bus, 1, 2));
      assertThat(sinkThreads()).isEmpty();
      assertThat(bus.heldBytes()).isZero();
      assertThat(bus.close(LONG)).isEmpty();
    }
  }

  @RepeatedTest(50)
  void fiftyThreadsPostAndEverySinkGetsAllInOrder() throws Exception {
    int producers = 50;
    int each = 150; // Fewer in all than there is room for: none may be lost.
    Ledger one = new Ledger();
    Ledger two = new Ledger();
    try (EventBus bus = new EventBus("x", List.of(one, two))) {
      postFromMany(bus, producers, each);
      List<SinkReport> reports = bus.close(LONG);
      for (SinkReport report : reports) {
        assertThat(report).isEqualTo(new SinkReport("ledger", (long) producers * each, 0, 0, ""));
      }
      assertThat(bus.heldBytes()).isZero();
    }
    for (Ledger ledger : List.of(one, two)) {
      ledger.assertWhole("all", (long) producers * each);
      assertThat(ledger.missing()).isZero();
      assertOrderOfEachProducer(ledger, producers);
    }
  }

  @RepeatedTest(50)
  void whatASmallRingLosesIsCountedExactly() throws Exception {
    int producers = 50;
    int each = 200;
    Ledger ledger = new Ledger();
    try (EventBus bus = new EventBus("x", List.of(ledger), 64)) {
      postFromMany(bus, producers, each);
      SinkReport report = bus.close(LONG).getFirst();
      ledger.assertWhole("small", (long) producers * each);
      assertThat(report.delivered()).isEqualTo(ledger.taken());
      assertThat(report.lost()).isEqualTo(ledger.missing());
      assertOrderOfEachProducer(ledger, producers);
    }
  }

  private static void postFromMany(EventBus bus, int producers, int each) throws Exception {
    CyclicBarrier start = new CyclicBarrier(producers);
    List<Thread> threads = new ArrayList<>();
    AtomicInteger failures = new AtomicInteger();
    for (int producer = 0; producer < producers; producer++) {
      int id = producer + 1;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      start.await();
                      for (int i = 1; i <= each; i++) {
                        bus.post(fork(bus, id, i));
                      }
                    } catch (Exception e) {
                      failures.incrementAndGet();
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).hasValue(0);
  }

  private static void assertOrderOfEachProducer(Ledger ledger, int producers) {
    int[] last = new int[producers + 1];
    for (Event event : ledger.events) {
      if (event instanceof Event.Fork fork) {
        int producer = fork.head().pid();
        assertThat(fork.child()).isGreaterThan(last[producer]);
        last[producer] = fork.child();
      }
    }
  }

  @Test
  void aSinkThatHangsHoldsUpNobody() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    Semaphore seen = new Semaphore(0);
    Ledger slow = new Ledger();
    EventSink hanging =
        EventSink.callback(
            event -> {
              hangs.countDown();
              awaitQuietly(release);
              slow.accept(event);
            });
    Ledger quick = new Ledger();
    EventSink counting =
        EventSink.callback(
            event -> {
              quick.accept(event);
              seen.release();
            });
    int posted = 3 * EventBus.CAPACITY;
    try (EventBus bus = new EventBus("x", List.of(hanging, counting))) {
      bus.post(fork(bus, 1, 1));
      hangs.await();
      seen.acquire();
      for (int i = 2; i <= posted; i++) {
        bus.post(fork(bus, 1, i));
        seen.acquire(); // The other sink gets each event while the first one hangs.
      }
      release.countDown();
      List<SinkReport> reports = bus.close(LONG);
      assertThat(reports.get(0).lost()).isEqualTo(slow.missing()).isPositive();
      assertThat(reports.get(0).delivered()).isEqualTo(slow.taken());
      assertThat(reports.get(1)).isEqualTo(new SinkReport("callback", posted, 0, 0, ""));
    }
    slow.assertWhole("slow", posted);
    quick.assertWhole("quick", posted);
    assertThat(quick.missing()).isZero();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // A callback that is deaf to interrupts.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aSinkThatNeverReturnsIsGivenUp() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    EventSink hanging =
        EventSink.callback(
            _ -> {
              hangs.countDown();
              awaitQuietly(release);
            });
    EventBus bus = new EventBus("x", List.of(hanging));
    for (int i = 1; i <= 10; i++) {
      bus.post(fork(bus, 1, i));
    }
    hangs.await();
    SinkReport report = bus.close(Duration.ofMillis(1)).getFirst();
    assertThat(report.delivered()).isZero();
    assertThat(report.lost()).isEqualTo(10);
    release.countDown();
  }

  @Test
  void aCallbackThatThrowsGetsTheNextEventToo() {
    Ledger ledger = new Ledger();
    EventSink throwing =
        EventSink.callback(
            event -> {
              ledger.accept(event);
              if (event.head().sequence() % 2 == 0) {
                throw new IllegalStateException("even\n");
              }
              if (event.head().sequence() == 5) {
                throw new StackOverflowError();
              }
            });
    EventBus bus = new EventBus("x", List.of(throwing));
    for (int i = 1; i <= 10; i++) {
      bus.post(fork(bus, 1, i));
    }
    assertThat(bus.close(LONG).getFirst())
        .isEqualTo(new SinkReport("callback", 10, 0, 6, "even\n"));
    ledger.assertWhole("throwing", 10);
    assertThat(ledger.missing()).isZero();
  }

  @Test
  void aSinkIsToldWhatItRefused() {
    Ledger ledger = new Ledger();
    EventSink refusing =
        new EventSink() {
          @Override
          public String name() {
            return "refusing";
          }

          @Override
          public void accept(Event event) throws IOException {
            long child = event instanceof Event.Fork fork ? fork.child() : 0;
            if (child >= 3 && child <= 5) {
              throw new IOException("no room");
            }
            ledger.accept(event);
          }
        };
    EventBus bus = new EventBus("x", List.of(refusing));
    for (int i = 1; i <= 8; i++) {
      bus.post(fork(bus, 1, i));
    }
    assertThat(bus.close(LONG).getFirst())
        .isEqualTo(new SinkReport("refusing", 5, 3, 0, "no room"));
    ledger.assertWhole("refusing", 8);
    // Once after each refusal it was told, and took it: one Dropped for the three.
    assertThat(ledger.missing()).isEqualTo(3);
  }

  @Test
  void whatComesAfterTheEndIsCounted() {
    Ledger ledger = new Ledger();
    EventBus bus = new EventBus("x", List.of(ledger));
    bus.post(fork(bus, 1, 1));
    assertThat(bus.close(LONG).getFirst().lost()).isZero();
    assertThat(bus.isActive()).isFalse();
    bus.post(fork(bus, 1, 2));
    bus.post(fork(bus, 1, 3));
    assertThat(bus.close(LONG).getFirst()).isEqualTo(new SinkReport("ledger", 1, 2, 0, ""));
    bus.close();
    ledger.assertWhole("before the end", 1);
  }

  @RepeatedTest(50)
  void closingWhileManyPostLosesNothingUncounted() throws Exception {
    Ledger ledger = new Ledger();
    int producers = 8;
    int each = 300;
    CountDownLatch half = new CountDownLatch(producers * each / 2);
    EventBus bus = new EventBus("x", List.of(ledger));
    List<Thread> threads = new ArrayList<>();
    for (int producer = 1; producer <= producers; producer++) {
      int id = producer;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 1; i <= each; i++) {
                      bus.post(fork(bus, id, i));
                      half.countDown();
                    }
                  }));
    }
    half.await();
    List<SinkReport> _ = bus.close(LONG);
    for (Thread thread : threads) {
      thread.join();
    }
    SinkReport report = bus.reports().getFirst();
    assertThat(report.delivered() + report.lost()).isEqualTo((long) producers * each);
    assertThat(report.delivered()).isEqualTo(ledger.taken());
    ledger.assertWhole("closing", ledger.taken() + ledger.missing());
    assertThat(ledger.missing()).isZero();
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    EventBus bus =
        new EventBus(
            "x",
            List.of(
                EventSink.callback(
                    _ -> {
                      hangs.countDown();
                      awaitQuietly(release);
                    })));
    bus.post(fork(bus, 1, 1));
    hangs.await();
    Thread.currentThread().interrupt();
    assertThat(bus.close(LONG).getFirst().lost()).isEqualTo(1);
    assertThat(Thread.interrupted()).isTrue();
    release.countDown();
  }

  @Test
  void memoryIsBoundedWhateverTheArguments() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    List<Event> events = new ArrayList<>();
    EventSink hanging =
        EventSink.callback(
            event -> {
              hangs.countDown();
              awaitQuietly(release);
              events.add(event);
            });
    EventBus bus = new EventBus("x", List.of(hanging));
    Arguments large = Arguments.of(List.of(ByteString.of(new byte[2 << 20])));
    for (int i = 1; i <= EventBus.CAPACITY; i++) {
      bus.post(
          new Event.Exec(
              bus.head("", i, 1),
              ByteString.of("/bin/x"),
              ByteString.of("/bin/x"),
              large,
              Event.Decision.ALLOW,
              "",
              "",
              0,
              Strength.VERIFIED,
              Duration.ZERO));
    }
    hangs.await();
    assertThat(bus.heldBytes()).isPositive().isLessThan(EventBus.MOST_HELD * 3 / 2);
    release.countDown();
    List<SinkReport> _ = bus.close(LONG);
    Event.Exec first = (Event.Exec) events.getFirst();
    assertThat(first.arguments()).isEqualTo(large);
    Event.Exec last = (Event.Exec) events.getLast();
    assertThat(last.arguments().values()).isEmpty();
    assertThat(last.arguments().count()).isEqualTo(1);
    assertThat(last.arguments().lostBytes()).isEqualTo(2 << 20);
    assertThat(bus.heldBytes()).isZero();
  }
}
