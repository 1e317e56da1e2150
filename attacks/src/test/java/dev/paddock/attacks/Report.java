package dev.paddock.attacks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came of every attack: one table in Markdown. */
final class Report {
  private final Map<String, Line> lines = new LinkedHashMap<>();

  private static final class Line {
    private @Nullable String bare;
    private @Nullable String inside;
    private boolean failed;
  }

  synchronized void bare(String id, String text) {
    line(id).bare = text;
  }

  synchronized void inside(String id, String text) {
    line(id).inside = text;
  }

  synchronized void failed(String id) {
    line(id).failed = true;
  }

  private Line line(String id) {
    return lines.computeIfAbsent(id, key -> new Line());
  }

  /** The attacks of which one half is missing: neither run nor skipped with a reason. */
  synchronized List<String> incomplete(List<Attack> attacks) {
    List<String> missing = new ArrayList<>();
    for (Attack attack : attacks) {
      Line line = lines.get(attack.id());
      if (line == null || line.bare == null || line.inside == null) {
        missing.add(attack.id());
      }
    }
    return missing;
  }

  /** Writes the table, and says where. */
  synchronized Path write(String name, List<Attack> attacks) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("# Attacks (").append(User.isRoot() ? "root" : "user " + User.id()).append(")\n\n");
    text.append("| row | attack | bare | inside | expected inside | mechanism | verdict |\n");
    text.append("|---|---|---|---|---|---|---|\n");
    for (Attack attack : attacks) {
      Line line = lines.getOrDefault(attack.id(), new Line());
      String bare = line.bare == null ? "not run" : line.bare;
      String inside = line.inside == null ? "not run" : line.inside;
      String verdict;
      if (line.failed) {
        verdict = "FAILED";
      } else if (line.bare == null || line.inside == null) {
        verdict = "not run";
      } else if (bare.startsWith("skipped") || inside.startsWith("skipped")) {
        verdict = inside.startsWith("skipped") ? "skipped" : "refused; not provable bare here";
      } else {
        verdict = "held";
      }
      text.append("| ").append(attack.row());
      for (String cell :
          List.of(
              attack.id(),
              bare,
              inside,
              attack.insideStep() == null
                  ? attack.inside()
                  : attack.insideStep() + ": " + attack.inside(),
              mechanism(attack),
              verdict)) {
        text.append(" | ").append(printable(cell).replace("|", "\\|"));
      }
      text.append(" |\n");
    }
    return writeText(name, text.toString());
  }

  private static String mechanism(Attack attack) {
    String name = attack.mechanism().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    // A missing capability gives the same error as the filter in front of it: no run can tell
    // which.
    return attack.mechanism() == Attack.Mechanism.BPF
            && attack.rootOnly() != null
            && attack.inside().equals("EPERM")
        ? name + ", behind it the lack of a capability"
        : name;
  }

  private static Path writeText(String name, String text) throws IOException {
    String chosen = System.getProperty("paddock.attacks.report");
    Path folder = chosen == null ? Path.of("target") : Path.of(chosen);
    try {
      Files.createDirectories(folder);
      return Files.writeString(folder.resolve(name), text).toAbsolutePath();
    } catch (IOException notHere) {
      // An ordinary user may have no folder to write to where the tests were started.
      Path file = Files.createTempFile("paddock-attacks-", "-" + name);
      return Files.writeString(file, text);
    }
  }

  /** The text with everything that could speak to a terminal made visible. */
  static String printable(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        shown.append("\\n");
      } else if (c < 0x20 || c >= 0x7f) {
        shown.append(String.format("\\x%02x", (int) c));
      } else {
        shown.append(c);
      }
    }
    return shown.toString();
  }
}
