package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wrappers are seen through as the real programs run what they are told. */
final class WrappersTest {
  private static List<ByteString> words(String line) {
    List<ByteString> words = ShellWords.read(ByteString.of(line));
    assertThat(words).as(line).isNotNull();
    return words == null ? List.of() : words;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          env                                      | []
          env A=1 B= git push                      | [git, push]
          /usr/bin/env -i -u X --chdir=/ git push  | [git, push]
          env -uX -C / - git                       | [git]
          env - -i git                             | [-i, git]
          env - git                                | [git]
          env --unset X --ignore-env git           | [git]
          env --u X git                            | [git]
          env --i git                              | []
          env -S 'git -C "a b"' push               | [git, -C, a b, push]
          env -iS 'A=1 git' x                      | [git, x]
          env -S '-u A git'                        | [git]
          env --split-string='git push'            | [git, push]
          env -S 'git $HOME'                       | []
          env --nothing git                        | []
          env -z git                               | []
          env -u                                   | []
          env -- A=1 -x                            | [-x]
          nice git push                            | [git, push]
          nice -n 5 git                            | [git]
          nice -n5 git                             | [git]
          nice -5 git                              | [git]
          nice --5 git                             | [git]
          nice --adjustment=3 git                  | [git]
          nohup -- git                             | [git]
          nohup --help git                         | []
          timeout 5 git push                       | [git, push]
          timeout -k 1 -s KILL 5s git              | [git]
          timeout --signal=KILL -v 5s git          | [git]
          timeout 5                                | []
          timeout                                  | []
          xargs -0 -n1 -I'{}' git add '{}'         | [git, add, {}]
          xargs -i git                             | [git]
          xargs -P 4 --max-args 2 git              | [git]
          xargs --replace git                      | [git]
          xargs --replace=X git                    | [git]
          xargs -d ',' -r                          | []
          stdbuf -oL -e 0 git                      | [git]
          stdbuf --output=L git                    | [git]
          setsid -fw git                           | [git]
          ionice -c 2 -n7 -t git                   | [git]
          ionice -p 1                              | []
          ionice --class idle git                  | [git]
          chrt -f 1 git                            | [git]
          chrt --idle 0 git                        | [git]
          chrt -i git                              | [git]
          chrt -p 1 2                              | []
          chrt -m                                  | []
          time -p git                              | [git]
          time -o f -f '%e' git                    | [git]
          busybox wget -q x                        | [wget, -q, x]
          busybox /bin/wget                        | [wget]
          busybox                                  | []
          busybox --list                           | []
          toybox ls                                | [ls]
          coreutils --coreutils-prog=rm -r x       | [rm, -r, x]
          coreutils rm                             | []
          sh -c 'git push'                         | [git, push]
          /bin/bash -ec 'git push'                 | [git, push]
          bash --norc -o pipefail -c 'git push'    | [git, push]
          sh -c -e 'git push'                      | [git, push]
          sh -c -- 'git push' x y                  | [git, push]
          sh +x -c git                             | [git]
          dash -c 'A=1 B="2 3" git "push x"'       | [git, push x]
          sh -c 'exec git push'                    | [git, push]
          sh -c 'command -- git'                   | [git]
          sh -c 'command -v git'                   | []
          sh -c 'exec -a x git'                    | []
          sh -c 'git push; true'                   | []
          sh -c 'git $X'                           | []
          sh -c 'git *'                            | []
          sh -c 'if x'                             | []
          sh -c 'eval git'                         | []
          sh -c ''                                 | []
          sh -c                                    | []
          sh script                                | []
          sh -s                                    | []
          bash --rcfile x -c git                   | []
          git push                                 | []
          sh -nc git                               | []
          """)
  void seesThrough(String line, String inner) {
    assertThat(Wrappers.inner(words(line))).hasToString(inner);
  }

  @Test
  void nestedOnesOneAfterTheOther() {
    assertThat(Wrappers.nested(words("nohup env A=1 timeout 3 sh -c 'nice -n 1 sudo x'")))
        .hasToString(
            "[[env, A=1, timeout, 3, sh, -c, nice -n 1 sudo x], [timeout, 3, sh, -c, nice -n 1"
                + " sudo x], [sh, -c, nice -n 1 sudo x], [nice, -n, 1, sudo, x], [sudo, x]]");
    List<ByteString> deep = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      deep.add(ByteString.of("nohup"));
    }
    assertThat(Wrappers.nested(deep)).hasSize(16);
    assertThat(Wrappers.nested(List.of())).isEmpty();
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    process.waitFor();
    return output;
  }

  private static boolean isInstalled(String program) {
    return new java.io.File("/usr/bin/" + program).canExecute();
  }

  /** What is seen is what the installed programs run, for any of their options. */
  @Test
  void agreesWithTheRealPrograms() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<List<String>> forms =
        List.of(
            List.of(
                "env",
                "-i",
                "-",
                "-u",
                "X",
                "--unset=X",
                "--unset",
                "-C/",
                "--chdir",
                "/",
                "A=1",
                "-S",
                "A=2 B=3",
                "-Sprintf %s,",
                "-v",
                "--ignore-e",
                "--",
                "-uY",
                "--ign"),
            List.of("nice", "-n", "1", "-n2", "-3", "--adjustment=1", "--adj", "4", "--"),
            List.of("nohup", "--"),
            List.of(
                "timeout",
                "9",
                "-k",
                "8",
                "-k7",
                "-s",
                "KILL",
                "--signal=HUP",
                "--signal",
                "-v",
                "--foreground",
                "--preserve",
                "-f",
                "--",
                "7s"),
            List.of("stdbuf", "-o", "L", "-oL", "-i0", "-e", "0", "--output=0", "--error", "--"),
            List.of("setsid", "-w", "--wait", "-cw", "--"),
            List.of("ionice", "-c", "3", "-c3", "-t", "-n", "--class=idle", "--cl", "idle", "--"),
            List.of("chrt", "-i", "0", "-b", "-o", "--idle", "--batch", "-R", "--", "-a"),
            List.of(
                "xargs",
                "-0",
                "-n",
                "5",
                "-n4",
                "-t",
                "-r",
                "-x",
                "--max-args=3",
                "--max-ar",
                "2",
                "-e",
                "-E",
                "z",
                "-l",
                "--no-run",
                "-P1",
                "-d,",
                "--",
                "-L2"));
    int ran = 0;
    int seen = 0;
    for (int i = 0; i < 250; i++) {
      List<String> form = forms.get(random.nextInt(forms.size()));
      if (!isInstalled(form.getFirst()) || !isInstalled("printf")) {
        continue;
      }
      List<String> command = new ArrayList<>(List.of("/usr/bin/" + form.getFirst()));
      for (int n = random.nextInt(4); n > 0; n--) {
        command.add(form.get(1 + random.nextInt(form.size() - 1)));
      }
      if (form.getFirst().equals("timeout") && random.nextBoolean()) {
        command.add("5");
      }
      command.addAll(List.of("printf", "%s,", "x", "y", "-z"));
      List<ByteString> argv = new ArrayList<>();
      for (String word : command) {
        argv.add(ByteString.of(word));
      }
      List<ByteString> inner = Wrappers.inner(argv);
      String output = run(command);
      if (output.endsWith("x,y,-z,")) {
        ran++;
      }
      if (inner.isEmpty()) {
        continue;
      }
      StringBuilder expected = new StringBuilder();
      if (inner.getFirst().toString().equals("printf")) {
        for (int k = 2; k < inner.size(); k++) {
          expected.append(inner.get(k)).append(',');
        }
      }
      // A program that refuses its options runs nothing; what is seen then does no harm.
      if (!output.isEmpty() && expected.length() > 0) {
        assertThat(output).as("seed %d: %s", seed, command).isEqualTo(expected.toString());
        seen++;
      }
    }
    // Most of what runs must be seen through, or this would hold for seeing nothing.
    assertThat(seen * 10).as("seed %d: %d of %d", seed, seen, ran).isGreaterThanOrEqualTo(ran * 7);
  }

  /** The words are those that a real shell makes of the line. */
  @Test
  void agreesWithARealShell() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String alphabet = "ab'\"\\  '\"\\=~#/-.,:%+@^\t$*";
    int read = 0;
    for (int i = 0; i < 3000; i++) {
      StringBuilder line = new StringBuilder();
      for (int n = random.nextInt(10); n > 0; n--) {
        line.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      List<ByteString> words = ShellWords.read(ByteString.of(line.toString()));
      if (words == null || read >= 250) {
        continue;
      }
      read++;
      StringBuilder expected = new StringBuilder();
      for (ByteString word : words) {
        expected.append(new String(word.toBytes(), StandardCharsets.ISO_8859_1)).append('\n');
      }
      String script = "set -- " + line + "\nfor word; do printf '%s\\n' \"$word\"; done";
      assertThat(run(List.of("/bin/sh", "-c", script)))
          .as("seed %d: %s", seed, line)
          .isEqualTo(expected.toString());
    }
    assertThat(read).isGreaterThan(50);
  }

  /** Nothing that a command line may contain does more than end in no answer. */
  @Test
  void survivesAnyCommandLine() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<String> parts =
        List.of(
            "env",
            "-S",
            "-",
            "--",
            "--split-string",
            "--split-string=",
            "-S-S",
            "xargs",
            "-I",
            "sh",
            "-c",
            "busybox",
            "coreutils",
            "--coreutils-prog=",
            "",
            "=",
            "A=",
            "timeout",
            "-n",
            "nice",
            "chrt",
            "-o",
            "bash",
            "+",
            "-:",
            "\\",
            "'",
            "ld.so",
            "--argv0",
            "--preload",
            "-\u00e9");
    for (int i = 0; i < 20_000; i++) {
      List<ByteString> argv = new ArrayList<>();
      for (int n = random.nextInt(8); n > 0; n--) {
        argv.add(ByteString.of(parts.get(random.nextInt(parts.size()))));
      }
      try {
        assertThat(Wrappers.nested(argv)).hasSizeLessThanOrEqualTo(16);
        LoaderCommand.of(argv);
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed " + seed + ": " + argv, e);
      }
    }
  }
}
