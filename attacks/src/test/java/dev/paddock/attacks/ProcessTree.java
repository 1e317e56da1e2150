package dev.paddock.attacks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who exists, as /proc tells it; see proc(5). */
final class ProcessTree {
  private static final Path PROC = Path.of("/proc");

  private ProcessTree() {}

  /**
   * The living descendants of a process; who is dead and only not yet waited for does not count.
   */
  static Set<Long> descendants(long ancestor) throws IOException {
    Map<Long, List<Long>> children = new HashMap<>();
    Set<Long> dead = new HashSet<>();
    for (long pid : processes()) {
      String stat = read(pid, "stat");
      // The name stands in parentheses and may contain anything, closing ones too.
      int end = stat.lastIndexOf(')');
      if (end < 0) {
        continue;
      }
      String[] fields = stat.substring(end + 2).split(" ", 3);
      children.computeIfAbsent(Long.parseLong(fields[1]), key -> new ArrayList<>()).add(pid);
      if (fields[0].equals("Z") || fields[0].equals("X")) {
        dead.add(pid);
      }
    }
    Set<Long> found = new HashSet<>();
    List<Long> next = new ArrayList<>(List.of(ancestor));
    while (!next.isEmpty()) {
      for (long child : children.getOrDefault(next.removeLast(), List.of())) {
        if (found.add(child)) {
          next.add(child);
        }
      }
    }
    found.removeAll(dead);
    return found;
  }

  /** The processes that have this assignment in their environment. */
  static Set<Long> withEnvironment(String assignment) throws IOException {
    Set<Long> found = new HashSet<>();
    for (long pid : processes()) {
      if (read(pid, "environ").contains(assignment + "\0")) {
        found.add(pid);
      }
    }
    return found;
  }

  /** The children of one process, asked for all its threads; the kernel's own list, and quick. */
  static List<Long> children(long pid) {
    List<Long> children = new ArrayList<>();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(PROC.resolve(pid + "/task"))) {
      for (Path thread : threads) {
        for (String word : readText(thread.resolve("children")).split(" ", -1)) {
          if (!word.isBlank()) {
            children.add(Long.valueOf(word.trim()));
          }
        }
      }
    } catch (IOException gone) {
      return List.of();
    }
    return children;
  }

  /** What a process executes; empty if it is gone. */
  static String executable(long pid) {
    try {
      return Files.readSymbolicLink(PROC.resolve(pid + "/exe")).toString();
    } catch (IOException gone) {
      return "";
    }
  }

  private static List<Long> processes() throws IOException {
    List<Long> pids = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path entry : entries) {
        pids.add(Long.valueOf(entry.getFileName().toString()));
      }
    }
    return pids;
  }

  private static String read(long pid, String name) {
    return readText(PROC.resolve(pid + "/" + name));
  }

  private static String readText(Path path) {
    try {
      return new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }
}
