package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class KernelTest {
  private static final int THREADS = 8;
  private static final int ROUNDS = 5_000;
  private static final int NO_CALL = 9_999;

  @Test
  void returnsTheResultOrTheNegativeErrno() {
    assertThat(Kernel.call(Nr.GETPID)).isEqualTo(ProcessHandle.current().pid());
    assertThat(Kernel.call(Nr.CLOSE, -1)).isEqualTo(-Errno.EBADF);
    assertThat(Kernel.call(NO_CALL)).isEqualTo(-Errno.ENOSYS);
    assertThat(Kernel.call(Nr.KILL, Integer.MAX_VALUE, 0)).isEqualTo(-Errno.ESRCH);
    assertThat(Kernel.call(Nr.LSEEK, -1, 0, 0)).isEqualTo(-Errno.EBADF);
  }

  /** Each thread sees the errno of its own calls, also while seven others fail in other ways. */
  @Test
  void errnoBelongsToTheThread() throws Exception {
    CyclicBarrier start = new CyclicBarrier(THREADS);
    try (ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        Pipe pipe = Pipe.open()) {
      pipe.readEnd().nonBlocking();
      int empty = pipe.readEnd().number();
      List<Callable<Long>> calls =
          List.of(
              () -> Kernel.call(Nr.CLOSE, -1),
              () -> Kernel.call(NO_CALL),
              () -> Kernel.call(Nr.KILL, Integer.MAX_VALUE, 0),
              () -> Kernel.call(Nr.READ, empty, Kernel.scratch().address(), 1),
              () -> Kernel.call(Nr.LSEEK, empty, 0, 0),
              () -> Kernel.call(Nr.UNAME, 1),
              () -> Kernel.call(Nr.PIPE2, Kernel.scratch().address(), -1),
              () -> Kernel.call(Nr.GETPID));
      List<Long> expected =
          List.of(
              (long) -Errno.EBADF,
              (long) -Errno.ENOSYS,
              (long) -Errno.ESRCH,
              (long) -Errno.EAGAIN,
              -29L, // ESPIPE
              (long) -Errno.EFAULT,
              (long) -Errno.EINVAL,
              (long) Processes.pid());
      List<Future<Integer>> wrong = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Callable<Long> call = calls.get(i);
        long right = expected.get(i);
        wrong.add(
            executor.submit(
                () -> {
                  start.await();
                  int count = 0;
                  for (int round = 0; round < ROUNDS; round++) {
                    count += call.call() == right ? 0 : 1;
                  }
                  return count;
                }));
      }
      for (Future<Integer> count : wrong) {
        assertThat(count.get()).isZero();
      }
    }
  }

  @Test
  void scratchBelongsToTheThread() throws Exception {
    MemorySegment mine = Kernel.scratch();
    assertThat(Kernel.scratch().address()).isEqualTo(mine.address());
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      long theirs = other.submit(() -> Kernel.scratch().address()).get();
      assertThat(Math.abs(theirs - mine.address())).isGreaterThanOrEqualTo(mine.byteSize());
    }
  }

  @Test
  void worksInVirtualThreads() throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Long>> results = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        results.add(executor.submit(() -> Kernel.call(Nr.CLOSE, -1)));
      }
      for (Future<Long> result : results) {
        assertThat(result.get()).isEqualTo(-Errno.EBADF);
      }
    }
  }

  @Test
  void stringsAreCopiedWithTheirEnd() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vector =
          Kernel.cStrings(arena, List.of(new byte[] {'a', (byte) 0xff}, new byte[0]));
      assertThat(vector.byteSize()).isEqualTo(24);
      assertThat(vector.get(ValueLayout.JAVA_LONG, 16)).isZero();
      MemorySegment string = Kernel.cString(arena, new byte[] {'a', (byte) 0xff});
      assertThat(string.toArray(ValueLayout.JAVA_BYTE)).containsExactly('a', 0xff, 0);
    }
  }

  /** The kernel would open another file than the one that was judged. */
  @Test
  void refusesNulInsideStrings() {
    assertThatThrownBy(() -> Paths.open(new byte[] {'/', 0, 'x'}, Paths.O_PATH, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NUL");
  }

  @Test
  void exceptionsSayCallObjectAndErrno() {
    assertThatThrownBy(() -> Kernel.check(-Errno.EACCES, "open", "/x"))
        .isInstanceOfSatisfying(
            KernelException.class,
            e -> {
              assertThat(e.errno().name()).isEqualTo("EACCES");
              assertThat(e.is(Errno.EACCES)).isTrue();
              assertThat(e.call()).isEqualTo("open");
              assertThat(e.object()).isEqualTo("/x");
            })
        .hasMessage("open /x: Permission denied (EACCES)");
    assertThatThrownBy(() -> Kernel.check(-Errno.EINVAL, "uname", ""))
        .hasMessage("uname: Invalid argument (EINVAL)");
  }
}
