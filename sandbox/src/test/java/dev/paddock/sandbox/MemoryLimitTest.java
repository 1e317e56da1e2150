package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.event.Event;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which way to take memory is caught by which limit; the table is printed at the end. */
final class MemoryLimitTest {
  private static final long LIMIT = 96L << 20;

  /** Who catches it. */
  enum Catch {
    /** The process is refused more; it goes on. */
    RLIMIT,
    /** The tree is killed. */
    TREE,
    /** The filter refuses the call that would take it. */
    FILTER,
    /** Nobody: it is memory of files, which goes on after the process. */
    NOBODY
  }

  /** A way to take 300 MiB. */
  enum Way {
    MALLOC("keep = bytearray(300 << 20)", Catch.RLIMIT),
    PRIVATE_MAPPING(
        "m = mmap.mmap(-1, 300 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); touch(m)",
        Catch.RLIMIT),
    SHARED_MAPPING("m = mmap.mmap(-1, 300 << 20); touch(m)", Catch.TREE),
    MEMFD_MAPPED(
        "f = os.memfd_create('x'); os.ftruncate(f, 300 << 20); touch(mmap.mmap(f, 300 << 20))",
        Catch.TREE),
    MEMFD_WRITTEN(
        "f = os.memfd_create('x')\nfor i in range(300): os.write(f, bytes(1 << 20))", Catch.NOBODY),
    TMPFS_FILE(
        "f = open(sys.argv[1] + '/file', 'wb')\nfor i in range(300): f.write(bytes(1 << 20))",
        Catch.NOBODY),
    SYSV_SEGMENT(
        """
        import ctypes; c = ctypes.CDLL(None, use_errno=True)
        if c.shmget(0, 300 << 20, 0o1600) < 0: raise OSError(ctypes.get_errno(), 'shmget')
        """,
        Catch.FILTER),
    STACK(
        """
        import threading
        threading.stack_size(300 << 20)
        t = threading.Thread(target=print); t.start(); t.join()
        """,
        Catch.RLIMIT),
    FIFTY_PROCESSES(
        """
        r, w = os.pipe()
        for i in range(50):
          if os.fork() == 0:
            keep = bytearray(os.urandom(1 << 12) * (6 << 8)); os.read(r, 1); os._exit(0)
        os.wait()
        """,
        Catch.TREE);

    private final String program;
    private final Catch expected;

    Way(String program, Catch expected) {
      this.program = program;
      this.expected = expected;
    }
  }

  private static final Map<Way, String> TABLE = new TreeMap<>();

  private static final String START =
      """
      import mmap, os, sys
      def touch(m):
        for i in range(0, len(m), 4096): m[i] = 1
      """;

  @AfterAll
  static void print() {
    StringBuilder table = new StringBuilder("What takes memory, and what catches it at 96 MiB:\n");
    TABLE.forEach(
        (way, what) -> table.append("  ").append(way).append(": ").append(what).append('\n'));
    System.out.print(table);
  }

  @ParameterizedTest
  @EnumSource
  void eachWayIsCaughtAsIsWritten(Way way) throws Exception {
    Path scratch = Files.createTempDirectory(Path.of("/dev/shm"), "paddock-memory");
    try {
      Queue<Event> events = new ConcurrentLinkedQueue<>();
      Sandbox sandbox =
          Sandbox.builder()
              .write(scratch)
              .limits(Limits.none().memory(LIMIT))
              .onEvent(events::add)
              .build();
      Result result =
          sandbox.run(
              Command.of("python3", "-I", "-c", START + way.program, scratch.toString())
                  .directory("/"));
      String errors = new String(result.stderr(), StandardCharsets.UTF_8);
      Catch caught = caught(result, errors);
      TABLE.put(
          way,
          caught
              + " ("
              + result.outcome()
              + ", at most "
              + (result.usage().peakBytes() >> 20)
              + " MiB)");
      assertThat(caught).as(errors).isEqualTo(way.expected);
      if (caught == Catch.TREE) {
        assertThat(result.status()).isEqualTo(Result.KILLED);
        assertThat(result.usage().peakBytes()).isGreaterThan(LIMIT);
        assertThat(events)
            .anyMatch(
                event ->
                    event instanceof Event.LimitReached reached
                        && reached.limit().equals("memory")
                        && reached.action() == Event.Action.TREE_KILLED);
        assertThat(events)
            .anyMatch(
                event ->
                    event instanceof Event.Ended ended
                        && ended.outcome() instanceof Outcome.Stopped);
      }
    } finally {
      Files.deleteIfExists(scratch.resolve("file"));
      Files.delete(scratch);
    }
  }

  private static Catch caught(Result result, String errors) {
    if (result.outcome() instanceof Outcome.Stopped stopped) {
      assertThat(stopped.rule()).isEqualTo("limits.memory");
      return Catch.TREE;
    }
    if (result.status() == 0) {
      return Catch.NOBODY;
    }
    if (errors.contains("MemoryError")
        || errors.contains("Cannot allocate memory")
        || errors.contains("can't start new thread")) {
      return Catch.RLIMIT;
    }
    assertThat(errors).contains("Error");
    return Catch.FILTER;
  }

  /** It holds the limit that it was given, and no other. */
  @Test
  void aProcessCannotRaiseItsOwnLimits() throws Exception {
    String program =
        """
        import resource, os
        for limit in (resource.RLIMIT_DATA, resource.RLIMIT_NOFILE):
          soft, hard = resource.getrlimit(limit)
          print(hard)
          for who in (0, os.getpid(), os.getppid()):
            try:
              resource.prlimit(who, limit, (hard * 2, hard * 2)); print("raised", who)
            except OSError as e: print(e.errno)
            except ValueError as e: print("value")
        """;
    Sandbox sandbox = Sandbox.builder().limits(Limits.none().memory(LIMIT).openFiles(64)).build();
    Result result = sandbox.run(Command.of("python3", "-I", "-c", program).directory("/"));
    List<String> lines = new String(result.stdout(), StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).noneMatch(line -> line.startsWith("raised"));
    assertThat(lines).contains("" + LIMIT, "64").hasSize(8);
  }
}
