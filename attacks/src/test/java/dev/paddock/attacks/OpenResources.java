package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * What this process, in which the supervisor works, has: descriptors by kind, threads of Paddock's
 * by name, and children. Taken before and after: nothing of a run may stay.
 *
 * @param descriptors how many of each kind
 * @param threads how many of each name without numbers
 * @param children how many living descendants
 */
record OpenResources(Map<String, Integer> descriptors, Map<String, Integer> threads, int children) {
  /** Threads that wait for the next work may do so for some seconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  static OpenResources take() throws IOException {
    Map<String, Integer> descriptors = new TreeMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path entry : entries) {
        try {
          String target = Files.readSymbolicLink(entry).toString();
          // Files of the JVM's own come and go; what the kernel makes for us has a colon.
          if (target.contains(":[") || target.startsWith("anon_inode:")) {
            descriptors.merge(target.replaceAll("[0-9]+", "N"), 1, Integer::sum);
          }
        } catch (NoSuchFileException gone) {
          // The one by which we look, or one that another thread has just closed.
        }
      }
    }
    Map<String, Integer> threads = new TreeMap<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      String name = thread.getName().replaceAll("[0-9]+", "N");
      // The JVM and the test's own helpers start threads as they like.
      if (name.contains("paddock")) {
        threads.merge(name, 1, Integer::sum);
      }
    }
    Set<Long> children = ProcessTree.descendants(ProcessHandle.current().pid());
    return new OpenResources(descriptors, threads, children.size());
  }

  /** Fails unless nothing is there before long that was not there before. */
  void assertNothingLeft() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Map<String, Integer> more = take().beyond(this);
    while (!more.isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      more = take().beyond(this);
    }
    assertThat(more).as("what the run left behind").isEmpty();
  }

  private Map<String, Integer> beyond(OpenResources before) {
    Map<String, Integer> more = new TreeMap<>();
    add(more, before.descriptors, descriptors);
    add(more, before.threads, threads);
    if (children > before.children) {
      more.put("children", children - before.children);
    }
    return more;
  }

  private static void add(
      Map<String, Integer> more, Map<String, Integer> before, Map<String, Integer> now) {
    for (Map.Entry<String, Integer> entry : now.entrySet()) {
      int added = entry.getValue() - before.getOrDefault(entry.getKey(), 0);
      if (added > 0) {
        more.put(entry.getKey(), added);
      }
    }
  }
}
