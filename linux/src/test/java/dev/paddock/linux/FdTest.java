package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FdTest {
  private Map<Integer, String> before = Map.of();

  @BeforeEach
  void look() {
    before = Descriptors.open();
  }

  @AfterEach
  void nothingLeaks() {
    assertThat(Descriptors.open()).isEqualTo(before);
  }

  @Test
  void closesOnceAndNeverAnotherFile() throws Exception {
    Pipe pipe = Pipe.open();
    int number = pipe.readEnd().number();
    pipe.close();
    try (Pipe next = Pipe.open()) { // The kernel gives the lowest free number: the same again.
      assertThat(next.readEnd().number()).isEqualTo(number);
      pipe.readEnd().close();
      assertThat(next.readEnd().isOpen()).isTrue();
    }
    assertThat(pipe.readEnd().isClosed()).isTrue();
    assertThat(pipe.readEnd()).hasToString("fd " + number + " (closed)");
    assertThatThrownBy(() -> pipe.readEnd().number()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void borrowedStaysOpen() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      Fd borrowed = Fd.borrowed(pipe.readEnd().number());
      borrowed.close();
      assertThat(pipe.readEnd().isOpen()).isTrue();
      assertThatThrownBy(borrowed::number).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void negativeNumbersAreNoDescriptors() {
    assertThatThrownBy(() -> Fd.owned(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void duplicatesAreCloseOnExecAndTheirOwn() throws Exception {
    try (Pipe pipe = Pipe.open();
        Fd twin = pipe.writeEnd().duplicate()) {
      assertThat(Descriptors.isCloseOnExec(pipe.readEnd())).isTrue();
      assertThat(Descriptors.isCloseOnExec(twin)).isTrue();
      assertThat(twin.number()).isGreaterThanOrEqualTo(3).isNotEqualTo(pipe.writeEnd().number());
      pipe.writeEnd().close();
      twin.writeFully(new byte[] {7});
      byte[] one = new byte[1];
      assertThat(pipe.readEnd().read(one, 0, 1)).isEqualTo(1);
      assertThat(one).containsExactly(7);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4095, 4096, 4097, 65536, 65537, 300_000})
  void streamsCarryEveryByte(int size) throws Exception {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    try (ExecutorService executor = Executors.newSingleThreadExecutor();
        Pipe pipe = Pipe.open()) {
      Future<?> writer =
          executor.submit(
              () -> {
                try (OutputStream out = pipe.writeEnd().outputStream()) {
                  out.write(content);
                }
                return null;
              });
      try (InputStream in = pipe.readEnd().inputStream()) {
        assertThat(in.readAllBytes()).isEqualTo(content);
        assertThat(in.read()).isEqualTo(-1);
      }
      writer.get();
    }
  }

  @Test
  void readsIntoTheRangeOnly() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      pipe.writeEnd().writeFully(new byte[] {1, 2, 3, 4});
      byte[] bytes = new byte[6];
      assertThat(pipe.readEnd().read(bytes, 2, 3)).isEqualTo(3);
      assertThat(bytes).containsExactly(0, 0, 1, 2, 3, 0);
      assertThat(pipe.readEnd().read(bytes, 6, 0)).isZero();
      assertThatThrownBy(() -> pipe.readEnd().read(bytes, 5, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> pipe.writeEnd().write(bytes, -1, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void readsAndWritesMemoryOutsideTheHeap() throws Exception {
    try (Arena arena = Arena.ofConfined();
        Pipe pipe = Pipe.open()) {
      MemorySegment out = arena.allocate(3);
      out.set(ValueLayout.JAVA_BYTE, 2, (byte) 9);
      assertThat(pipe.writeEnd().write(out)).isEqualTo(3);
      MemorySegment in = arena.allocate(8);
      assertThat(pipe.readEnd().read(in)).isEqualTo(3);
      assertThat(in.get(ValueLayout.JAVA_BYTE, 2)).isEqualTo((byte) 9);
      assertThatThrownBy(() -> pipe.readEnd().read(MemorySegment.ofArray(new byte[8])))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void emptyNonBlockingPipeSaysSo() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      pipe.readEnd().nonBlocking();
      assertThatThrownBy(() -> pipe.readEnd().read(new byte[1], 0, 1))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.is(Errno.EAGAIN)).isTrue());
    }
  }

  @Test
  void readerGoneIsBrokenPipeAndNoSignal() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      pipe.readEnd().close();
      assertThatThrownBy(() -> pipe.writeEnd().writeFully(new byte[1]))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.is(Errno.EPIPE)).isTrue());
    }
  }

  @Test
  void closedStreamsAreInputOutputErrors() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      InputStream in = pipe.readEnd().inputStream();
      OutputStream out = pipe.writeEnd().outputStream();
      out.write(5);
      assertThat(in.available()).isEqualTo(1);
      in.close();
      out.close();
      in.close();
      assertThatThrownBy(in::read).isInstanceOf(IOException.class).hasMessageContaining("closed");
      assertThatThrownBy(in::available).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> out.write(1)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void signalsDoNotEndReads() throws Exception {
    try (Interruptions interruptions = new Interruptions();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        Pipe pipe = Pipe.open()) {
      CompletableFuture<Integer> reader = new CompletableFuture<>();
      Future<Integer> read =
          executor.submit(
              () -> {
                reader.complete(Processes.thread());
                return pipe.readEnd().read(new byte[8], 0, 8);
              });
      for (int i = 0; i < 50; i++) {
        Interruptions.awaitInside(reader.get(), Nr.READ);
        interruptions.interrupt(reader.get());
      }
      pipe.writeEnd().writeFully(new byte[] {1, 2, 3});
      assertThat(read.get()).isEqualTo(3);
    }
  }
}
