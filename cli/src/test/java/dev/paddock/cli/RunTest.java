package dev.paddock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Fd;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Pipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code paddock run} against the real kernel. */
final class RunTest {
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
          true                | 0
          false               | 1
          exit 42             | 42
          kill -9 $$          | 137
          kill -TERM $$       | 143
          """)
  void theStatusIsTheCommandsOwn(String script, int status) throws IOException {
    Caller.Answer answer = caller.call("run", "-q", "-e", script);
    assertThat(answer.err()).isEmpty();
    assertThat(answer.out()).isEmpty();
    assertThat(answer.status()).isEqualTo(status);
  }

  @Test
  void whatIsGrantedCanBeUsed() throws IOException {
    Files.createDirectory(caller.directory().resolve("out"));
    Caller.Answer answer =
        caller.call("run", "-w", "out", "--", "sh", "-c", "echo hi >out/x; cat out/x");
    assertThat(answer.err()).isEmpty();
    assertThat(answer.out()).isEqualTo("hi\n");
    assertThat(caller.directory().resolve("out/x")).hasContent("hi");
  }

  @Test
  void anUngrantedArgumentIsNamedWithTheFlagThatWouldGrantIt() throws IOException {
    Path key = Files.writeString(caller.directory().resolve("demo.key"), "s3cret");
    for (String word :
        List.of(
            key.toString(),
            "demo.key",
            "./demo.key",
            "../" + caller.directory().getFileName() + "/demo.key")) {
      Caller.Answer answer = caller.call("run", "--", "cat", word);
      assertThat(answer.out()).isEmpty();
      assertThat(answer.status()).isEqualTo(1);
      assertThat(ours(answer))
          .as(word)
          .containsExactly(
              "paddock: hint: %s is in no grant of this policy; \"-r %s\" would grant reading it"
                  .formatted(key, key));
    }
    assertThat(caller.call("run", "-q", "--", "cat", "demo.key").err()).doesNotContain("paddock:");
    assertThat(caller.call("run", "-r", "demo.key", "cat", "demo.key").out()).isEqualTo("s3cret");
  }

  @Test
  void pathsBehindOptionsAreSeen() throws IOException {
    Path key = Files.writeString(caller.directory().resolve("key"), "x");
    for (String word : List.of("--file=" + key, "-f" + key, "if=" + key)) {
      Caller.Answer answer = caller.call("run", "--", "false", word);
      assertThat(ours(answer))
          .as(word)
          .hasSize(1)
          .allMatch(line -> line.contains(" " + key + " is"));
    }
  }

  @Test
  void hintsQuoteOddNamesAndComeOnce() throws IOException {
    byte[] odd = Bytes.join(Bytes.utf8(caller.directory() + "/a \033["), new byte[] {(byte) 0xff});
    Paths.open(odd, Paths.O_WRONLY | Paths.O_CREAT, 0600).close();
    Caller.Answer answer = caller.call(List.of(Bytes.utf8("run"), Bytes.utf8("false"), odd, odd));
    assertThat(ours(answer))
        .containsExactly(
            "paddock: hint: %s/a \\x1B[\\xFF is in no grant of this policy; \"-r $'%s/a \\x1B[\\xFF'\" would grant reading it"
                .formatted(caller.directory(), caller.directory()));
  }

  @Test
  void tooManyHintsAreCounted() throws IOException {
    List<String> words = new ArrayList<>(List.of("run", "false"));
    for (int file = 0; file < 8; file++) {
      Files.createFile(caller.directory().resolve("f" + file));
      words.add("f" + file);
    }
    List<String> lines = ours(caller.call(words.toArray(String[]::new)));
    assertThat(lines).hasSize(6);
    assertThat(lines.getLast())
        .isEqualTo("paddock: hint: 3 more arguments are in no grant of this policy");
  }

  @Test
  void anUngrantedDirectoryIsNamed() throws IOException {
    Caller.Answer answer = caller.call("run", "--", "ls");
    assertThat(answer.status()).isEqualTo(2);
    assertThat(ours(answer))
        .containsExactly(
            "paddock: hint: the current directory %s is in no grant of this policy; \"-r %s\" would grant reading it, -w changing it too"
                .formatted(caller.directory(), caller.directory()));
    assertThat(caller.call("run", "--", "true").err()).isEmpty();
    assertThat(ours(caller.call("run", "-r", ".", "--", "false")))
        .containsExactly("paddock: hint: with --denials it is said what was refused");
    assertThat(ours(caller.call("run", "--denials", "-r", ".", "--", "false"))).isEmpty();
    assertThat(ours(caller.call("run", "-q", "-r", ".", "--", "false"))).isEmpty();
  }

  @Test
  void aFileToBeMadeLeadsToItsDirectory() throws IOException {
    Path directory = Files.createDirectory(caller.directory().resolve("d"));
    assertThat(ours(caller.call("run", "touch", "d/new")))
        .containsExactly(
            "paddock: hint: %s is in no grant of this policy; \"-w %s\" would grant making files in it"
                .formatted(directory, directory));
    assertThat(ours(caller.call("run", "-r", "d", "touch", "d/new")))
        .containsExactly(
            "paddock: hint: %s is granted for reading only; \"-w %s\" would grant making files in it"
                .formatted(directory, directory));
  }

  @Test
  void aCommandThatIsNotThereIs127AndOneThatMayNotRunIs126() throws IOException {
    Caller.Answer missing = caller.call("run", "no-such-program");
    assertThat(missing.err()).isEqualTo("paddock: no-such-program: command not found\n");
    assertThat(missing.status()).isEqualTo(127);
    Path program = caller.directory().resolve("program");
    Files.copy(Path.of("/bin/true"), program);
    Caller.Answer refused = caller.call("run", "./program");
    assertThat(refused.err())
        .startsWith("paddock: ")
        .contains("program is in no grant")
        .contains("-r ");
    assertThat(refused.status()).isEqualTo(126);
    assertThat(caller.call("run", "-r", ".", "./program").status()).isZero();
    Caller.Answer none = caller.call("run", "-r", ".", "--cwd", "/", "/etc/passwd");
    assertThat(none.status()).isEqualTo(126);
    assertThat(none.err()).contains("/etc/passwd is not an executable file");
  }

  @Test
  void aPathThatDoesNotExistIsRefusedUnlessItMayBeMissing() throws IOException {
    Caller.Answer answer = caller.call("run", "-r", "nowhere", "--", "true");
    assertThat(answer.status()).isEqualTo(125);
    assertThat(answer.err())
        .startsWith("paddock: --fs-read: files.read \"" + caller.directory() + "/nowhere\"")
        .contains("does not exist")
        .hasLineCount(1);
    assertThat(caller.call("run", "-r", "nowhere?", "--", "true").status()).isZero();
  }

  @Test
  void whatNothingHoldsYetIsRefusedByName() throws IOException {
    assertThat(
            caller.call("run", "--no-supervisor", "--net-allow", "example.com:443", "true").err())
        .contains("need a supervisor, and there is none: --no-supervisor");
    assertThat(caller.call("run", "--view", "off", "-w", ".", "--fs-deny", "./x", "true").err())
        .startsWith("paddock: --fs-deny: files.deny \"" + caller.directory() + "/x\"")
        .contains("inside a write grant");
    assertThat(caller.call("run", "--fs-deny", "/usr/bin/env", "true").status()).isZero();
    assertThat(caller.call("run", "--fs-deny", "/usr/bin/env", "env").status()).isEqualTo(126);
    assertThat(caller.call("run", "--net-allow", "tcp://:443", "true").status()).isZero();
    assertThat(caller.call("run", "--fs-deny", "/var/lib", "true").status()).isZero();
  }

  @Test
  void aDeletedDirectoryCanBeLeft() throws IOException {
    Caller.Answer answer = caller.directoryGone().call("run", "--cwd", "/usr", "--", "pwd");
    assertThat(answer.err()).isEmpty();
    assertThat(answer.out()).isEqualTo("/usr\n");
  }

  @Test
  void theTimeLimitEndsEverything() throws IOException {
    Caller.Answer answer = caller.call("run", "-t", "0.3", "--", "sleep", "60");
    assertThat(answer.status()).isEqualTo(124);
    assertThat(answer.err()).isEqualTo("paddock: timed out after 300 ms\n");
  }

  @Test
  void theEnvironmentIsASafeListUnlessAsked() throws IOException {
    caller.with("FOO=1").with("MY_TOKEN=s").with("LC_ALL=C").with("TERM=dumb");
    byte[] odd = {'O', 'D', 'D', '=', (byte) 0xff, '\n', '$', '{', 'x'};
    caller.with(odd);
    assertThat(environment("run", "--", "env"))
        .containsExactlyInAnyOrder(
            "PATH=/usr/bin:/bin", "HOME=" + caller.directory(), "LC_ALL=C", "TERM=dumb");
    assertThat(environment("run", "--clean-env", "--", "env"))
        .containsExactlyInAnyOrder("PATH=/usr/bin:/bin", "TERM=dumb");
    assertThat(environment("run", "--clean-env", "--pass-env", "FOO", "--", "env"))
        .contains("FOO=1");
    assertThat(environment("run", "--env", "FOO=2", "--env", "A=${x}$(id)", "--", "env"))
        .contains("FOO=2", "A=${x}$(id)");
    assertThat(environment("run", "--pass-env", "MY_*", "--", "env")).doesNotContain("MY_TOKEN=s");
    assertThat(environment("run", "--pass-env", "MY_TOKEN", "--", "env")).contains("MY_TOKEN=s");
    assertThat(caller.call("run", "--inherit-env", "--", "printenv", "ODD").stdout())
        .isEqualTo(new byte[] {(byte) 0xff, '\n', '$', '{', 'x', '\n'});
  }

  private List<String> environment(String... words) throws IOException {
    Caller.Answer answer = caller.call(words);
    assertThat(answer.err()).isEmpty();
    return answer.out().lines().toList();
  }

  @Test
  void aMegabyteOfArgumentsAndBytesThatAreNoTextArriveAsTheyWere() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<byte[]> words = new ArrayList<>(List.of(Bytes.utf8("run"), Bytes.utf8("printf")));
    words.add(Bytes.utf8("%s\\n"));
    java.io.ByteArrayOutputStream expected = new java.io.ByteArrayOutputStream();
    while (expected.size() < 1_000_000) {
      byte[] word = new byte[1 + random.nextInt(400)];
      for (int at = 0; at < word.length; at++) {
        word[at] = (byte) (1 + random.nextInt(255));
      }
      words.add(word);
      expected.writeBytes(word);
      expected.write('\n');
    }
    Caller.Answer answer = caller.call(words);
    assertThat(answer.err()).isEmpty();
    assertThat(answer.status()).isZero();
    assertThat(Arrays.equals(answer.stdout(), expected.toByteArray())).as("seed %d", seed).isTrue();
  }

  @Test
  void standardInputIsTheCallers() throws IOException {
    byte[] odd = {(byte) 0xfe, 0, '\n', 1};
    assertThat(caller.input(odd).call("run", "cat").stdout()).isEqualTo(odd);
  }

  @Test
  void theUmaskIsTheCallers() throws IOException {
    assertThat(caller.call("run", "sh", "-c", "umask").out()).isEqualTo("0022\n");
  }

  @Test
  void theEndCanBeReadByMachines() throws IOException {
    Path file = caller.directory().resolve("status");
    try (Fd fd = Paths.open(Bytes.utf8(file.toString()), Paths.O_WRONLY | Paths.O_CREAT, 0600)) {
      String number = "" + fd.number();
      assertThat(caller.call("run", "--status-fd", number, "sh", "-c", "exit 3").status())
          .isEqualTo(3);
      caller.call("run", "-q", "--status-fd=" + number, "-e", "kill -9 $$");
      caller.call("run", "-q", "--status-fd=" + number, "-t", "0.2", "sleep", "9");
      caller.call("run", "-q", "--status-fd=" + number, "no-such-program");
      caller.call("run", "-q", "--status-fd=" + number, "-r", "no-such-file", "true");
      // The command itself has no such descriptor.
      caller.call("run", "-q", "-e", "echo forged >&" + number);
    }
    assertThat(file)
        .hasContent(
            """
            {"exit_code":3,"status":3}
            {"exit_code":-1,"signal":9,"status":137}
            {"exit_code":-1,"timed_out":true,"status":124}
            {"exit_code":127,"status":127}
            {"exit_code":125,"status":125}
            """);
    Caller.Answer json = caller.call("run", "--json", "--name", "n1", "true");
    assertThat(json.err())
        .startsWith("paddock: {\"name\":\"n1\",\"exit_code\":0,\"status\":0,\"wall_us\":");
    assertThat(caller.call("run", "--json", "--name", "n2", "no-such-program").err())
        .startsWith("paddock: {\"name\":\"n2\",\"exit_code\":127,\"status\":127}\n");
    assertThat(caller.call("run", "-v", "true").err()).startsWith("paddock: exit status 0 after ");
  }

  @Test
  void aCancelledRunEndsAndSaysNothingOfHints() throws Exception {
    Cancellation cancellation = new Cancellation();
    caller.with(cancellation);
    Path err = caller.directory().resolve("err");
    List<byte[]> words =
        List.of(Bytes.utf8("run"), Bytes.utf8("-e"), Bytes.utf8("echo; sleep 600"));
    AtomicInteger status = new AtomicInteger(-1);
    try (Pipe pipe = Pipe.open();
        Fd nothing = Paths.open(Bytes.utf8("/dev/null"), Paths.O_RDONLY, 0);
        Fd stderr = Paths.open(Bytes.utf8("" + err), Paths.O_WRONLY | Paths.O_CREAT, 0600)) {
      Context context = caller.context(words, nothing, pipe.writeEnd(), stderr);
      Thread run = Thread.ofPlatform().start(() -> status.set(Paddock.run(context)));
      assertThat(pipe.readEnd().read(new byte[1], 0, 1)).isEqualTo(1);
      cancellation.cancel();
      run.join();
      pipe.writeEnd().close();
      assertThat(pipe.readEnd().read(new byte[1], 0, 1)).as("nobody is left to write").isZero();
    }
    assertThat(status).hasValue(143);
    assertThat(err).isEmptyFile();
  }

  @Test
  void aRunThatIsCancelledBeforeItStartsEndsToo() throws IOException {
    Cancellation cancellation = new Cancellation();
    cancellation.cancel();
    assertThat(caller.with(cancellation).call("run", "sleep", "600").status()).isEqualTo(143);
  }

  @Test
  void checkAndExplainAgreeWithTheRun() throws IOException {
    Caller.Answer check = caller.call("check");
    assertThat(check.status()).isZero();
    assertThat(check.out()).contains("landlock").contains("paddock run works on this host.");
    assertThat(caller.call("check", "--json").out())
        .startsWith("{\"kernel\":\"Linux ")
        .contains("\"runs\":true");
    Caller.Answer explain = caller.call("explain", "-w", ".", "--", "git", "status", "/etc/shadow");
    assertThat(explain.err()).isEmpty();
    assertThat(explain.out())
        .contains("files.write \"" + caller.directory() + "\"")
        .contains("Not protected on this host:")
        .contains("\n/etc/shadow: refused, by default: no grant covers it\n")
        .doesNotContain("\033");
    assertThat(caller.call("explain", "--json").out())
        .startsWith("{\"lines\":[{\"rule\":")
        .endsWith("}\n");
    assertThat(caller.call("explain", "--bpf").out()).contains("; architecture");
    Caller.Answer why =
        caller.call(
            "explain",
            "--net-allow",
            "tcp://*:443",
            "--why",
            "/usr/bin/env",
            "--why",
            "tcp://example.com:443",
            "--why",
            "example.com:80",
            "--why",
            "sh",
            "--why",
            "no-such");
    assertThat(why.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("/usr/bin/env: may be read, listed and executed"),
            line ->
                assertThat(line)
                    .startsWith("tcp://example.com:443: may be connected to, by network.allow"),
            line ->
                assertThat(line)
                    .isEqualTo("example.com:80: refused, by default: no grant covers it"),
            line -> assertThat(line).startsWith("sh -> ").contains("may be read"),
            line -> assertThat(line).startsWith("no-such: no such program"));
  }

  @Test
  void aTildeInAQuestionIsTheHomeDirectoryAsInAPolicy() throws Exception {
    Path home = caller.directory();
    Files.createDirectory(home.resolve("kept"));
    Caller.Answer answer =
        caller.call(
            "explain", "-r", home + "/kept", "--why", "~/kept/x", "--why", "~/no", "--why", "~");
    assertThat(answer.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains(" -> " + home + "/kept/x: may be read"),
            line -> assertThat(line).contains(" -> " + home + "/no: refused"),
            line -> assertThat(line).contains(home + ": refused"));
  }

  @Test
  void explainJudgesCommandsAsTheRulesForProgramsDo() throws Exception {
    Caller.Answer answer =
        caller.call(
            "explain",
            "--exec-deny",
            "cat --force*",
            "--why",
            "cat --force",
            "--why",
            "cat file",
            "--why",
            "env A=b nice cat --forced",
            "--",
            "sh",
            "-c",
            "cat --force");
    assertThat(answer.out().lines().filter(line -> line.contains("cat") && line.contains(", by")))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("cat --force: refused, by exec.deny"),
            line -> assertThat(line).startsWith("cat -> ").contains("may be read"),
            line ->
                assertThat(line)
                    .startsWith("env A=b nice cat --forced: runs what is refused, by exec.deny"),
            line ->
                assertThat(line)
                    .startsWith("sh -c 'cat --force': runs what is refused, by exec.deny"));
  }

  /** The lines that Paddock itself wrote. */
  private static List<String> ours(Caller.Answer answer) {
    return new String(answer.stderr(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("paddock:"))
        .toList();
  }

  @Test
  void whatWasRefusedIsInTheLastLineForMachines() throws IOException {
    Files.createFile(caller.directory().resolve("secret"));
    List<String> lines = ours(caller.call("run", "-q", "--json", "--denials", "cat", "secret"));
    assertThat(lines)
        .singleElement()
        .asString()
        .contains(
            "\"denials\":[{\"count\":1,\"call\":\"openat\",\"object\":\"%s/secret\",\"errno\":\"ENOENT\",\"rule\":\"\",\"hint\":\"-r %s/secret\"}"
                .formatted(caller.directory(), caller.directory()))
        .contains("\"denials_left_out\":0,\"events_lost\":0")
        .containsPattern("\"peak_bytes\":[1-9][0-9]{4}");
  }

  @Test
  void whichRuleRefusedAProgramIsSaidAfterAFailure() throws IOException {
    String said = "/usr/bin/id was refused by exec.deny \"id\" (--exec-deny)";
    String[] words = {"run", "--exec-deny", "id", "sh", "-c", "id 2>/dev/null"};
    assertThat(caller.call(words).err()).contains("paddock: " + said + "\n");
    words[5] = "id 2>/dev/null; true";
    assertThat(caller.call(words).err()).isEmpty();
    assertThat(
            ours(
                caller.call(
                    "run", "--json", "-q", "--exec-deny", "id", "sh", "-c", "id 2>/dev/null")))
        .singleElement()
        .asString()
        .contains("\"notices\":[\"" + said.replace("\"", "\\\"") + "\"]");
  }
}
