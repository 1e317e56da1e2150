package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code ./paddock run -i} at a terminal: a shell inside has jobs, and is itself a job of the shell
 * outside. What is awaited is never part of what was typed.
 */
final class TerminalTest {
  private static final String INTERRUPT = "\003";
  private static final String END = "\004";
  private static final String SUSPEND = "\032";
  private static final String OUTER = "OUTER$ ";
  private static final String INNER = "INNER$ ";

  @TempDir private static Path folder;
  private static Path pty = Path.of("");
  private static List<Checkout> checkouts = List.of();

  @BeforeAll
  static void prepare() throws Exception {
    pty = Pty.compile(folder);
    checkouts = Checkout.all(folder);
  }

  static List<Checkout> checkouts() {
    return checkouts;
  }

  /** A terminal at which this command was started. */
  private static Pty terminal(Checkout checkout, List<String> command) throws Exception {
    List<String> words = new ArrayList<>(checkout.prefix());
    words.addAll(command);
    return Pty.start(
        pty,
        checkout.home(),
        Map.of(
            "PATH",
            "/usr/local/bin:/usr/bin:/bin",
            "HOME",
            checkout.home().toString(),
            "TERM",
            "dumb",
            "PS1",
            OUTER,
            "HISTFILE",
            "",
            "PTY",
            pty.toString(),
            // Started as: eval "$run" COMMAND.
            "run",
            String.join(" ", run(checkout))),
        words);
  }

  /** What a command inside is started with; of no word a shell would make two. */
  private static List<String> run(Checkout checkout) {
    return List.of(
        checkout.paddock().toString(),
        "run",
        "-q",
        "-r",
        folder.toString(),
        "--pass-env",
        Pty.MARK,
        "--pass-env",
        "PTY",
        "--");
  }

  /** A terminal with a shell that waits for commands. */
  private static Pty shell(Checkout checkout) throws Exception {
    Pty terminal = terminal(checkout, List.of("bash", "--norc", "--noprofile", "-i"));
    terminal.expect(OUTER);
    return terminal;
  }

  /** Starts a shell inside. */
  private static void enter(Pty terminal) throws Exception {
    // Its own prompt, whatever that is, is not waited for: what is typed early is read later.
    terminal.type("$run bash --norc --noprofile -i\nPS1='INNER''$ '\n");
    terminal.expect(INNER);
  }

  /** The status of what the shell ran last, asked at its prompt. */
  private static void expectStatus(Pty terminal, int status, String prompt) throws Exception {
    terminal.type("echo status-$((1000+$?))\n");
    terminal.expect("status-" + (1000 + status));
    terminal.expect(prompt);
  }

  /** Ends the shell outside, after which nothing may be left. */
  private static void leave(Pty terminal) throws Exception {
    terminal.type("exit 3\n");
    assertThat(terminal.waitFor()).isEqualTo(3);
    terminal.expectNothingLeft();
  }

  /** What is typed while a command is stopped is the shell's. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void whatIsTypedAfterAStopIsNotRead(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      terminal.type("mkdir -p own && $run sh -c 'echo u''p >&2; exec cat' > own/read\n");
      terminal.expect("up");
      terminal.type(SUSPEND);
      terminal.expect("Stopped");
      terminal.expect(OUTER);
      terminal.type("echo se''cret\n");
      terminal.expect("secret");
      terminal.expect(OUTER);
      terminal.type("kill -9 %1; wait -f %1; echo read-$((1000+$(wc -c <own/read))); rm -r own\n");
      terminal.expect("read-1000");
      terminal.expect(OUTER);
      leave(terminal);
    }
  }

  /** What has no job of its own: by the flag, and in pipes. */
  private static final List<String> BESIDE =
      List.of(
          "${run% --} --no-interactive -- $PTY job",
          "$run $PTY job | { trap '' INT; exec cat; }", "cat /dev/null | $run $PTY job");

  @ParameterizedTest
  @MethodSource("checkouts")
  void whatHasNoJobOfItsOwnIsAPartOfOurs(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      terminal.type("set -o pipefail\n");
      terminal.expect(OUTER);
      for (String command : BESIDE) {
        terminal.type(command + "\n");
        terminal.expect("job: up");
        terminal.type(SUSPEND);
        terminal.expect("Stopped");
        terminal.expect(OUTER);
        terminal.type("fg\n");
        terminal.expect("job: continued");
        terminal.type(INTERRUPT);
        terminal.expect("job: interrupted");
        terminal.expect(OUTER);
        expectStatus(terminal, 130, OUTER);
      }
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void whatHandlesControlCInAPipeGoesOn(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      terminal.type(
          "set -o pipefail; $run bash -c 'trap \"echo cau\"\"ght; exit 5\" INT;"
              + " echo u\"\"p; while :; do read -t 0.1; done' | { trap '' INT; exec cat; }\n");
      terminal.expect("up");
      terminal.type(INTERRUPT);
      terminal.expect("caught");
      terminal.expect(OUTER);
      expectStatus(terminal, 5, OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void whatItSignalsInAPipeStaysInside(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      terminal.type("set -o pipefail; $run sh -c 'kill -KILL 0' | { cat; echo li''ved; }\n");
      terminal.expect("lived");
      terminal.expect(OUTER);
      expectStatus(terminal, 137, OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void whoReadsInTheBackgroundInAPipeStopsToo(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      terminal.type("set -b; $run $PTY read | cat &\n");
      terminal.expect("Stopped");
      terminal.type("fg\n");
      terminal.expect("read: continued");
      terminal.type("line\n");
      terminal.expect("read: line");
      terminal.type(END);
      terminal.expect(OUTER);
      expectStatus(terminal, 0, OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void quitsOnControlBackslash(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      for (String flag : List.of("", "--no-interactive")) {
        terminal.type("${run% --} " + flag + " -- sh -c 'echo u''p; exec sleep 600'\n");
        terminal.expect("up");
        terminal.type("\034");
        terminal.expect(OUTER);
        expectStatus(terminal, 131, OUTER);
      }
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aShellInsideHasJobs(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      enter(terminal);
      // Ctrl-C is the job's: the shell lives.
      terminal.type("$PTY job\n");
      terminal.expect("job: up");
      terminal.type(INTERRUPT);
      terminal.expect("job: interrupted");
      terminal.expect(INNER);
      expectStatus(terminal, 130, INNER);

      // Ctrl-Z stops it, and fg continues the very same.
      terminal.type("$PTY job\n");
      terminal.expect("job: up");
      terminal.type(SUSPEND);
      terminal.expect("Stopped");
      terminal.expect(INNER);
      terminal.type("jobs\n");
      terminal.expect("Stopped");
      terminal.expect(INNER);
      terminal.type("fg\n");
      terminal.expect("job: continued");
      terminal.type(INTERRUPT);
      terminal.expect("job: interrupted");
      terminal.expect(INNER);

      // A job in the background is left alone by Ctrl-C.
      terminal.type("$PTY job &\n");
      terminal.expect("job: up");
      terminal.type("$PTY job\n");
      terminal.expect("job: up");
      terminal.type(INTERRUPT);
      terminal.expect("job: interrupted");
      terminal.expect(INNER);
      terminal.type("jobs\n");
      terminal.expect("Running");
      terminal.expect(INNER);
      terminal.type("kill -INT %1; wait\n");
      terminal.expect("job: interrupted");
      terminal.expect(INNER);
      terminal.type("exit 4\n");
      terminal.expect(OUTER);
      expectStatus(terminal, 4, OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aShellInsideIsAJobOfTheShellOutside(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      enter(terminal);
      for (int round = 0; round < 3; round++) {
        terminal.type("suspend\n");
        terminal.expect("Stopped");
        terminal.expect(OUTER);
        terminal.type("jobs\n");
        terminal.expect("Stopped");
        terminal.expect(OUTER);
        terminal.type("fg\n");
        terminal.type("echo again-$((40+" + round + "))\n");
        terminal.expect("again-" + (40 + round));
        terminal.expect(INNER);
      }
      terminal.type("exit 7\n");
      terminal.expect(OUTER);
      expectStatus(terminal, 7, OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aProgramInsideIsAJobOfTheShellOutside(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      terminal.type("$run $PTY job\n");
      terminal.expect("job: up");
      terminal.type(SUSPEND);
      terminal.expect("Stopped");
      terminal.expect(OUTER);
      terminal.type("fg\n");
      terminal.expect("job: continued");
      terminal.type(INTERRUPT);
      terminal.expect("job: interrupted");
      terminal.expect(OUTER);
      expectStatus(terminal, 130, OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void theWindowsSizeIsSeenInside(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      enter(terminal);
      terminal.type("stty size\n");
      terminal.expect("24 80");
      terminal.expect(INNER);
      terminal.type("$PTY job\n");
      terminal.expect("job: up");
      terminal.resize(31, 97);
      terminal.expect("job: 31 by 97");
      terminal.type(INTERRUPT);
      terminal.expect(INNER);
      terminal.type("stty size\n");
      terminal.expect("31 97");
      terminal.expect(INNER);
      terminal.type("exit\n");
      terminal.expect(OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void theEndOfInputEndsTheShellAndTheTerminalIsAsBefore(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      terminal.type("before=$(stty -g)\n");
      terminal.expect(OUTER);
      enter(terminal);
      terminal.type("(exit 9)\n");
      terminal.expect(INNER);
      terminal.type(END);
      terminal.expect(OUTER);
      expectStatus(terminal, 9, OUTER);
      terminal.type("[ \"$before\" = \"$(stty -g)\" ] && echo sa\"\"me\n");
      terminal.expect("same");
      terminal.expect(OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aScriptThatStartedItIsStoppedToo(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      terminal.type("bash -c \"$run $PTY job; echo after-\\$?\"\n");
      terminal.expect("job: up");
      terminal.type(SUSPEND);
      terminal.expect("Stopped");
      terminal.expect(OUTER);
      terminal.type("fg\n");
      terminal.expect("job: continued");
      terminal.type(INTERRUPT);
      terminal.expect("job: interrupted");
      terminal.expect("after-130");
      terminal.expect(OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void whoReadsInTheBackgroundStopsUntilItIsInTheForeground(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      terminal.type("set -b; $run $PTY read &\n");
      terminal.expect("Stopped");
      terminal.type("fg\n");
      terminal.expect("read: continued");
      terminal.type("li\\ne\n");
      terminal.expect("read: li\\ne");
      terminal.type(SUSPEND);
      terminal.expect("Stopped");
      terminal.expect(OUTER);
      terminal.type("fg\n");
      terminal.expect("read: continued");
      terminal.type("other\n");
      terminal.expect("read: other");
      terminal.type(END);
      terminal.expect(OUTER);
      expectStatus(terminal, 0, OUTER);
      leave(terminal);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void withoutAShellOutsideNothingStops(Checkout checkout) throws Exception {
    List<String> command = new ArrayList<>(run(checkout));
    command.addAll(List.of(pty.toString(), "job"));
    try (Pty terminal = terminal(checkout, command)) {
      terminal.expect("job: up");
      terminal.type(SUSPEND);
      terminal.expect("job: continued");
      terminal.type(INTERRUPT);
      terminal.expect("job: interrupted");
      assertThat(terminal.waitFor()).isEqualTo(130);
      terminal.expectNothingLeft();
    }
  }

  @SuppressWarnings("try") // closed before the block ends: that is the test
  @ParameterizedTest
  @MethodSource("checkouts")
  void aTerminalThatIsGoneEndsEverything(Checkout checkout) throws Exception {
    try (Pty terminal = shell(checkout)) {
      enter(terminal);
      terminal.type("$PTY job\n");
      terminal.expect("job: up");
      terminal.close();
      terminal.expectNothingLeft();
    }
  }
}
