package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manual pages and the completion script that the image brings. */
final class DocumentsTest {
  private static final Path SHARE = Shell.root().resolve("image/target/paddock/share");

  @TempDir private Path folder;

  private static List<Path> pages() throws Exception {
    try (Stream<Path> files = Files.list(SHARE.resolve("man/man1"))) {
      return files.sorted().toList();
    }
  }

  @Test
  void everyCommandHasAPageAndIsWhatTheCommandLinePrints() throws Exception {
    List<String> names = new ArrayList<>();
    for (Path page : pages()) {
      names.add(String.valueOf(page.getFileName()));
    }
    assertThat(names)
        .contains("paddock.1", "paddock-run.1", "paddock-check.1", "paddock-policy.1")
        .hasSizeGreaterThan(5);
    String paddock = "'" + Shell.root().resolve("paddock") + "' ";
    String program = Files.readString(SHARE.resolve("man/man1/paddock.1"));
    assertThat(Shell.run(folder, paddock + "manual", Map.of()).output()).isEqualTo(program);
    for (String name : names) {
      String page = name.replaceAll("\\.1$", "");
      if (!page.equals("paddock")) {
        assertThat(program).contains(page.replace("-", "\\-") + "(1)");
      }
    }
    assertThat(Shell.run(folder, paddock + "manual run", Map.of()).output())
        .isEqualTo(Files.readString(SHARE.resolve("man/man1/paddock-run.1")));
    assertThat(Shell.run(folder, paddock + "completion", Map.of()).output())
        .isEqualTo(Files.readString(SHARE.resolve("bash-completion/completions/paddock")));
  }

  @Test
  void everyFlagOfThePagesIsInTheDocuments() throws Exception {
    Path docs = Shell.root().resolve("docs");
    // What is known and refused is only in the second.
    String commands =
        Files.readString(docs.resolve("commands.md"))
            + Files.readString(docs.resolve("sandlock.md"));
    int flags = 0;
    for (Path page : pages()) {
      for (String line : Files.readAllLines(page)) {
        if (line.startsWith("\\fB\\-")) {
          String names = line.substring(0, line.indexOf("\\fR")).replace("\\-", "-");
          for (String name : names.substring(3).split(", ", -1)) {
            assertThat(commands).as("documents, of %s", page).contains("`" + name);
            flags++;
          }
        }
      }
    }
    assertThat(flags).isGreaterThan(40);
  }

  /** By whichever formatter is there; that every line is one a formatter knows holds anyway. */
  @Test
  void pagesParse() throws Exception {
    for (Path page : pages()) {
      for (String line : Files.readAllLines(page)) {
        if (line.startsWith(".")) {
          assertThat(line).as(page.toString()).matches("\\.(TH|SH|PP|TP)( .*)?");
        }
        assertThat(line).as(page.toString()).doesNotStartWith("'").matches("[ -~]*");
      }
      Shell.Answer answer =
          Shell.run(
              folder,
              "if command -v mandoc >/dev/null; then mandoc -T lint -W error \"$PAGE\";"
                  + " elif command -v groff >/dev/null; then groff -man -ww -z \"$PAGE\"; fi",
              Map.of("PAGE", page.toString()));
      assertThat(answer.status()).as(answer.output()).isZero();
      assertThat(answer.output() + answer.errors()).as(page.toString()).isEmpty();
    }
  }

  @Test
  void bashReadsTheCompletionAndCompletes() throws Exception {
    Path script = SHARE.resolve("bash-completion/completions/paddock");
    Shell.Answer answer =
        Shell.run(
            folder,
            "bash -n \"$SCRIPT\" && exec bash -c 'source \"$SCRIPT\"; complete -p paddock;"
                + " COMP_WORDS=(paddock che) COMP_CWORD=1; _complete_paddock; echo \"$COMPREPLY\"'",
            Map.of("SCRIPT", script.toString()));
    assertThat(answer.status()).as(answer.errors()).isZero();
    assertThat(answer.output()).contains("_complete_paddock").endsWith("check\n");
  }
}
