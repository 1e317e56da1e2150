package dev.paddock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Fd;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Pipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Everything but running: the other commands, and what is refused before anything runs. */
final class CommandsTest {
  private Caller caller;

  @BeforeEach
  void makeCaller() throws IOException {
    caller = new Caller();
  }

  @AfterEach
  void removeCaller() throws IOException {
    caller.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rum ls                       | unknown command rum, did you mean run?; paddock help lists them
          -r /usr ls                   | the command comes first: paddock run -r ...
          run                          | no command to run; write it last: paddock run -r . -- ls
          run -r /usr --               | no command to run; write it last: paddock run -r . -- ls
          run -p biuld -- ls           | there is no built-in policy "biuld", did you mean "build"?; there are base, toolchains, caches, build, agent, observe, none; a file's name contains a slash or ends in .toml
          run -p base --profile-file=x ls | --policy and --profile-file cannot be used together
          run --clean-env --inherit-env ls | --clean-env and --inherit-env cannot be used together
          run -t 0 ls                  | --timeout 0: the time "0" must be more than zero
          run -t soon ls               | --timeout soon:
          run --max-open-files 0 ls    | --max-open-files 0: "0" is no limit for limits.open-files; write a whole number from 1 on
          run --max-open-files 2G ls   | --max-open-files 2G: "2G" is no limit for limits.open-files; write a whole number from 1 on
          run --net-allow-bind 70000 ls | --net-allow-bind 70000: port 70000 does not exist; ports go from 0 to 65535
          run --net-allow-bind 80,x ls | --net-allow-bind 80,x: "x" is no port; write a number from 0 to 65535 or a range such as 9000-9005
          run --net-allow tcp://*:70000 ls | --net-allow tcp://*:70000: port 70000 does not exist; ports go from 0 to 65535
          run --net-allow http://x ls  | --net-allow http://x: "http://x": the schemes are tcp://, udp:// and icmp://
          run --fs-read= ls            | --fs-read needs a path, and got an empty one
          run --env X ls               | --env X: write NAME=VALUE; --pass-env NAME passes what is set already
          run --pass-env A=B ls        | --pass-env A=B: "A=B" is no name of a variable
          run --fs-mount /a ls         | --fs-mount /a: "/a": write PLACE:PATH or PLACE:PATH:ro, such as /data:/srv/data:ro
          run --cwd nowhere ls         | --cwd nowhere: No such file or directory
          run --cwd /dev/null ls       | --cwd /dev/null: not a directory
          run --name a/b ls            | --name a/b: a name is 1 to 64 printable ASCII characters without / and spaces
          run --name .. ls             | --name ..: a name is 1 to 64 printable ASCII characters without / and spaces
          run --status-fd x ls         | --status-fd x: FD is a whole number from 0 to 1048575
          run --status-fd 1000000 ls   | --status-fd 1000000: Bad file descriptor
          run -i ls                    | -i needs a terminal, and this process has none; leave -i out, or use script(1) or ssh -t
          check now                    | paddock check takes no operands, but now follows
          policy                       | paddock policy needs list, show NAME|FILE or validate FILE
          policy shwo base             | paddock policy knows list, show and validate, not shwo
          policy show                  | paddock policy show needs one NAME or FILE
          policy validate              | paddock policy validate needs a FILE
          completion fish              | paddock completion knows bash and zsh, not fish
          help rnu                     | unknown command rnu, did you mean run?; paddock help lists them
          """)
  void whatIsWrongIsSaidInOneLineAndNothingRuns(String line, String message) throws IOException {
    Caller.Answer answer = caller.call(line.split(" "));
    assertThat(answer.err()).startsWith("paddock: " + message).hasLineCount(1).endsWith("\n");
    assertThat(answer.out()).isEmpty();
    assertThat(answer.status()).isEqualTo(125);
  }

  @Test
  void aCallWithoutACommandSaysWhereHelpIs() throws IOException {
    Caller.Answer answer = caller.call();
    assertThat(answer.err())
        .isEqualTo(
            "paddock: no command given, as in: paddock run [options] -- command ...; paddock help"
                + " lists them\n");
    assertThat(answer.status()).isEqualTo(125);
  }

  @Test
  void aCommandWithoutANameIsNotFound() throws IOException {
    Caller.Answer answer = caller.call("run", "--", "");
    assertThat(answer.err())
        .isEqualTo("paddock: the name of the command is empty, and nothing is called so\n");
    assertThat(answer.status()).isEqualTo(127);
  }

  @Test
  void aDeletedDirectoryIsNamedAndSoIsTheWayOut() throws IOException {
    caller.directoryGone();
    assertThat(caller.call("run", "ls").err())
        .isEqualTo(
            "paddock: the current directory has been deleted; change to another one, or name one"
                + " with --cwd\n");
    assertThat(caller.call("run", "-r", "x", "--cwd", "/", "ls").err())
        .isEqualTo(
            "paddock: --fs-read x: the current directory has been deleted; write an absolute"
                + " path\n");
  }

  @Test
  void namesInMessagesCannotForgeOthers() throws IOException {
    byte[] evil = {'x', '\n', 'p', ':', 0x1b, '[', '2', 'J', (byte) 0xff};
    Caller.Answer answer =
        caller.call(List.of(Bytes.utf8("run"), Bytes.utf8("--cwd"), evil, Bytes.utf8("ls")));
    assertThat(answer.err())
        .isEqualTo("paddock: --cwd x\\x0Ap:\\x1B[2J\\xFF: No such file or directory\n");
    assertThat(answer.status()).isEqualTo(125);
  }

  @Test
  void theVersionIsPrinted() throws IOException {
    for (String flag : List.of("-V", "--version")) {
      Caller.Answer answer = caller.call(flag);
      assertThat(answer.out()).isEqualTo("paddock 1.2.3-test\n");
      assertThat(answer.status()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void everyCommandHasHelpThatNamesAllItsFlags(Verb verb) throws IOException {
    Caller.Answer answer = caller.call(verb.word(), "--help");
    assertThat(answer.status()).isZero();
    assertThat(answer.err()).isEmpty();
    assertThat(answer.out())
        .startsWith("Usage: paddock " + verb.word())
        .contains(verb.summary().substring(0, 30))
        .isEqualTo(caller.call("help", verb.word()).out())
        .doesNotContain("\033");
    for (Flag flag : Flag.values()) {
      if (verb.knows(flag)) {
        assertThat(answer.out()).contains(flag.shown());
      }
    }
    assertThat(answer.out().lines().mapToInt(String::length).max().orElse(0))
        .isLessThanOrEqualTo(80);
  }

  @Test
  void helpOfTheProgramNamesEveryCommand() throws IOException {
    Caller.Answer answer = caller.call("--help");
    assertThat(answer.status()).isZero();
    for (Verb verb : Verb.values()) {
      assertThat(answer.out()).contains("  " + verb.word());
    }
    assertThat(answer.out()).isEqualTo(caller.call("help").out());
  }

  @Test
  void coloursAreForTerminalsThatWantThem() throws IOException {
    Console terminal =
        new Console() {
          @Override
          public void leaveInterruptsToCommand() {}

          @Override
          public boolean isTerminal(Fd fd) {
            return true;
          }

          @Override
          public int columns() {
            return 120;
          }

          @Override
          public Optional<Fd> controlling() {
            return Optional.empty();
          }
        };
    caller.with(terminal);
    assertThat(caller.call("--help").out()).doesNotContain("\033");
    caller.with("TERM=xterm");
    assertThat(caller.call("--help").out()).contains("\033[");
    caller.with("NO_COLOR=1");
    assertThat(caller.call("--help").out()).doesNotContain("\033");
  }

  @Test
  void aClosedPipeIsNoErrorThatNeedsWords() throws IOException {
    Pipe pipe = Pipe.open();
    pipe.readEnd().close();
    Path err = caller.directory().resolve("err");
    byte[] name = Bytes.utf8(err.toString());
    int status;
    try (Fd stderr = Paths.open(name, Paths.O_WRONLY | Paths.O_CREAT, 0600)) {
      List<byte[]> words = List.of(Bytes.utf8("help"));
      status = Paddock.run(caller.context(words, stderr, pipe.writeEnd(), stderr));
    }
    pipe.close();
    assertThat(status).isEqualTo(141);
    assertThat(err).isEmptyFile();
  }

  @Test
  void aFullDeviceIsAnError() throws IOException {
    Path err = caller.directory().resolve("err");
    int status;
    try (Fd stderr = Paths.open(Bytes.utf8(err.toString()), Paths.O_WRONLY | Paths.O_CREAT, 0600);
        Fd full = Paths.open(Bytes.utf8("/dev/full"), Paths.O_WRONLY, 0)) {
      status = Paddock.run(caller.context(List.of(Bytes.utf8("help")), stderr, full, stderr));
    }
    assertThat(status).isEqualTo(125);
    assertThat(err).hasContent("paddock: cannot write standard output: No space left on device");
  }

  @Test
  void theBuiltInPoliciesAreListedAndShown() throws IOException {
    Caller.Answer list = caller.call("policy", "list");
    assertThat(list.status()).isZero();
    for (String name : List.of("base", "build", "agent", "observe")) {
      assertThat(list.out()).contains(name + " ");
      Caller.Answer show = caller.call("policy", "show", name);
      assertThat(show.status()).as(show.err()).isZero();
      assertThat(show.out()).contains("[files]").contains("\"/usr\"");
      Path copy = caller.directory().resolve(name + ".toml");
      Files.write(copy, show.stdout());
      Caller.Answer valid = caller.call("policy", "validate", name + ".toml");
      assertThat(valid.err()).isEmpty();
      assertThat(valid.out()).isEqualTo(name + ".toml: well-formed\n");
      assertThat(caller.call("policy", "show", copy.toString()).out()).isEqualTo(show.out());
    }
  }

  @Test
  void aRuleThatNeverDecidesIsWarnedOf() throws IOException {
    Files.writeString(
        caller.directory().resolve("late.toml"), "[exec]\ndeny = [\"git\", \"git push\"]\n");
    Caller.Answer answer = caller.call("policy", "validate", "late.toml");
    assertThat(answer.status()).isZero();
    assertThat(answer.out()).isEqualTo("late.toml: well-formed\n");
    assertThat(answer.err())
        .startsWith("paddock: warning: ")
        .contains("late.toml:2:16: exec.deny \"git push\" never decides")
        .hasLineCount(1);
    assertThat(caller.call("explain", "-p", "./late.toml").out())
        .contains("Written, and without effect:");
  }

  @Test
  void everyProblemOfAFileIsNamedWithItsPlace() throws IOException {
    Path file = caller.directory().resolve("bad.toml");
    Files.writeString(
        file,
        """
        [netwrok]
        [network]
        bind = ["70000"]
        [limits]
        memory = "2Q"
        """);
    for (List<String> words :
        List.of(
            List.of("policy", "validate", "bad.toml"),
            List.of("run", "-p", "bad.toml", "ls"),
            List.of("run", "--profile-file", file.toString(), "ls"),
            List.of("explain", "-p", "./bad.toml"))) {
      Caller.Answer answer = caller.call(words.toArray(String[]::new));
      assertThat(answer.status()).isEqualTo(125);
      assertThat(answer.out()).isEmpty();
      assertThat(answer.err().lines())
          .hasSize(3)
          .allMatch(line -> line.startsWith("paddock: " + file.getParent()))
          .anyMatch(
              line -> line.contains("bad.toml:1:") && line.contains("did you mean \"network\"?"))
          .anyMatch(line -> line.contains("bad.toml:3:") && line.contains("70000"))
          .anyMatch(line -> line.contains("bad.toml:5:") && line.contains("2Q"));
    }
  }

  @Test
  void aPolicyThatIsMissingOrNoTextIsNamed() throws IOException {
    Caller.Answer missing = caller.call("run", "-p", "./none.toml", "ls");
    assertThat(missing.status()).isEqualTo(125);
    assertThat(missing.err()).contains("none.toml: there is no such policy file").hasLineCount(1);
    Files.write(caller.directory().resolve("odd.toml"), new byte[] {(byte) 0xff, 0x00});
    Caller.Answer odd = caller.call("policy", "validate", "odd.toml");
    assertThat(odd.status()).isEqualTo(125);
    assertThat(odd.err()).contains("odd.toml: is not UTF-8").hasLineCount(1);
  }

  @Test
  void theCompletionScriptIsReadByBash() throws IOException, InterruptedException {
    Path script = caller.directory().resolve("completion");
    Files.write(script, caller.call("completion", "bash").stdout());
    assertThat(complete(script, "paddock", "run", "--fs-r")).containsExactly("--fs-read");
    assertThat(complete(script, "paddock", "che")).containsExactly("check");
    assertThat(complete(script, "paddock", "run", "-p", "b")).containsExactly("base", "build");
    assertThat(complete(script, "paddock", "run", "-r", caller.directory() + "/compl"))
        .containsExactly(script.toString());
  }

  private static List<String> complete(Path script, String... words)
      throws IOException, InterruptedException {
    String line = String.join(" ", words);
    // compopt complains outside of a real completion, so what it says is dropped.
    String command =
        ("source " + script)
            + ("; COMP_WORDS=(" + line + "); COMP_CWORD=" + (words.length - 1))
            + ("; COMP_LINE='" + line + "'; COMP_POINT=" + line.length())
            + "; _complete_paddock 2>/dev/null; echo \"${COMPREPLY[*]}\"";
    Process bash = new ProcessBuilder("/bin/bash", "-c", command).start();
    bash.getOutputStream().close();
    String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).isZero();
    return List.of(output.strip().split("\\s+"));
  }

  @Test
  void manualPagesNameEveryFlag() throws IOException {
    String page = caller.call("manual", "run").out();
    assertThat(page).startsWith(".TH \"PADDOCK-RUN\" 1 ");
    for (Flag flag : Flag.values()) {
      if (Verb.RUN.knows(flag)) {
        assertThat(page).contains(flag.shown().replace("-", "\\-"));
      }
    }
    assertThat(caller.call("manual").out()).contains("EXIT STATUS").contains(".SH \"COMMANDS\"");
  }
}
