package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Also covers {@link EventFd}. */
final class PollTest {
  private static final long MILLISECOND = 1_000_000;

  @Test
  void saysWhichPlacesAreReady() throws Exception {
    try (Poll poll = new Poll(3);
        Pipe pipe = Pipe.open();
        EventFd event = EventFd.open()) {
      poll.set(0, pipe.readEnd(), Poll.IN);
      poll.set(1, pipe.writeEnd(), Poll.OUT);
      poll.set(2, event.fd(), Poll.IN);
      assertThat(poll.await(0)).isEqualTo(1);
      assertThat(poll.ready(0)).isZero();
      assertThat(poll.ready(1)).isEqualTo(Poll.OUT);
      poll.clear(1);
      assertThat(poll.await(0)).isZero();
      event.signal();
      event.signal();
      assertThat(poll.await(Poll.FOREVER)).isEqualTo(1);
      assertThat(poll.ready(2)).isEqualTo(Poll.IN);
      event.reset();
      event.reset();
      assertThat(poll.await(0)).isZero();
      pipe.writeEnd().close();
      assertThat(poll.await(Poll.FOREVER)).isEqualTo(1);
      assertThat(poll.ready(0)).isEqualTo(Poll.HUP);
    }
  }

  @Test
  void placesOutsideTheSetAreRefused() throws Exception {
    try (Poll poll = new Poll(1);
        EventFd event = EventFd.open()) {
      assertThatThrownBy(() -> poll.set(1, event.fd(), Poll.IN))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> poll.ready(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void waitsAsLongAsItIsTold() throws Exception {
    try (Poll poll = new Poll(1)) {
      long start = System.nanoTime();
      assertThat(poll.await(20 * MILLISECOND)).isZero();
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20 * MILLISECOND);
    }
  }

  /** If each signal made a finite wait start anew, this one would have no end. */
  @Test
  void signalsMakeTheWaitNeitherShorterNorLonger() throws Exception {
    try (Interruptions interruptions = new Interruptions();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        Poll poll = new Poll(1)) {
      CompletableFuture<Integer> waiter = new CompletableFuture<>();
      Future<Long> wait =
          executor.submit(
              () -> {
                waiter.complete(Processes.thread());
                long start = System.nanoTime();
                assertThat(poll.await(300 * MILLISECOND)).isZero();
                return System.nanoTime() - start;
              });
      int thread = waiter.get();
      long deadline = System.nanoTime() + 20_000 * MILLISECOND;
      while (!wait.isDone() && System.nanoTime() < deadline) {
        interruptions.interrupt(thread);
        LockSupport.parkNanos(50_000);
      }
      assertThat(wait.get()).isBetween(300 * MILLISECOND, 15_000 * MILLISECOND);
    }
  }
}
