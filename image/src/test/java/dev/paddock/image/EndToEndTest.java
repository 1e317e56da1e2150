package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The real {@code ./paddock}, called as shells may call it when things are not as usual. */
final class EndToEndTest {
  @TempDir private static Path folder;
  private static List<Checkout> checkouts = List.of();

  @BeforeAll
  static void prepare() throws Exception {
    checkouts = Checkout.all(folder);
    // Whatever has to be built is built before anybody reads messages.
    for (Checkout checkout : checkouts) {
      assertThat(checkout.run("$PADDOCK --version").status()).isZero();
    }
  }

  static List<Checkout> checkouts() {
    return checkouts;
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void everySetOfClosedDescriptorsIsServed(Checkout checkout) throws Exception {
    for (int open = 0; open < 8; open++) {
      String closed =
          ((open & 1) == 0 ? "" : " <&-")
              + ((open & 2) == 0 ? "" : " >&-")
              + ((open & 4) == 0 ? "" : " 2>&-");
      // What was closed leads nowhere inside, and nothing of ours takes its place.
      Shell.Answer answer =
          checkout.run(
              "$PADDOCK run -w . -- sh -c '"
                  + "for fd in 0 1 2; do readlink /proc/self/fd/$fd; done >seen;"
                  + " cat; echo out; echo err >&2; exit 5'"
                  + closed);
      Shell.Answer seen = checkout.run("cat seen; rm seen");
      assertThat(answer.status()).as(closed).isEqualTo(5);
      assertThat(answer.output()).as(closed).isEqualTo((open & 2) == 0 ? "out\n" : "");
      assertThat(answer.errors()).as(closed).isEqualTo((open & 4) == 0 ? "err\n" : "");
      String[] leads = seen.output().split("\n", -1);
      assertThat(leads[0]).as(closed).isEqualTo("/dev/null");
      assertThat(leads[2].equals("/dev/null")).as(closed).isEqualTo((open & 4) != 0);
    }
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void messagesThatNobodyCanReadChangeNoStatus(Checkout checkout) throws Exception {
    assertThat(checkout.run("$PADDOCK run -- no-such-program <&- >&- 2>&-").status())
        .isEqualTo(127);
    assertThat(checkout.run("$PADDOCK run --no-such-flag <&- >&- 2>&-").status()).isEqualTo(125);
    assertThat(checkout.run("$PADDOCK check <&- >&- 2>&-").status()).isZero();
    Shell.Answer full = checkout.run("$PADDOCK policy list >/dev/full");
    assertThat(full.status()).isEqualTo(125);
    assertThat(full.errors()).contains("No space left on device").hasLineCount(1);
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aDirectoryThatIsGoneIsNamedAndCanBeLeft(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            mkdir gone && cd gone && rmdir ../gone
            $PADDOCK run -- true; echo $?
            $PADDOCK run -r . -- true; echo $?
            $PADDOCK run --cwd / -- pwd; echo $?
            $PADDOCK policy list >/dev/null; echo $?
            """);
    assertThat(answer.output()).as(answer.errors()).isEqualTo("125\n125\n/\n0\n0\n");
    assertThat(ours(answer))
        .containsExactly(
            "paddock: the current directory has been deleted; change to another one, or name one"
                + " with --cwd",
            "paddock: --fs-read .: the current directory has been deleted; write an absolute"
                + " path");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aPolicyThatCannotBeReadIsNamed(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            mkfifo pipe.toml; mkdir folder.toml; printf '[files\\n' >wrong.toml; printf 'extends = "base"\\n' >closed.toml
            printf 'x\\377' >bytes.toml; ln -s loop.toml loop.toml; chmod 0 closed.toml
            for policy in none folder pipe wrong bytes loop closed; do
              $PADDOCK run -p ./$policy.toml -- true 2>>errors; printf '%s %s, ' $policy $?
            done
            cat errors; rm -r errors *.toml
            """);
    // Root can read what nobody may.
    String closed = checkout.readsEverything() ? "0" : "125";
    assertThat(answer.output())
        .as(answer.errors())
        .startsWith(
            "none 125, folder 125, pipe 125, wrong 125, bytes 125, loop 125, closed "
                + closed
                + ", paddock: ")
        .contains("none.toml: there is no such policy file")
        .contains("folder.toml: is not a regular file")
        .contains("pipe.toml: is not a regular file")
        .contains("wrong.toml:1:7: ")
        .contains("bytes.toml: is not UTF-8")
        .contains("loop.toml: ");
    assertThat(answer.output().contains("closed.toml: may not be read"))
        .isNotEqualTo(checkout.readsEverything());
    assertThat(answer.errors()).isEmpty();
  }

  /** Under a filter of somebody else's whose listener is held: there can be one. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void whereNoListenerCanBeHadProgramsAreTraced(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            cat >listened.py <<'END'
            import ctypes, os, struct, sys
            libc = ctypes.CDLL(None, use_errno=True)
            allow = struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000)  # BPF_RET, SECCOMP_RET_ALLOW
            code = ctypes.create_string_buffer(allow)
            program = struct.pack("HxxxxxxP", 1, ctypes.addressof(code))
            seccomp = 317 if os.uname().machine == "x86_64" else 277
            if libc.prctl(38, 1, 0, 0, 0) != 0: sys.exit("no_new_privs")
            if libc.syscall(seccomp, 1, 8, program) < 0: sys.exit("no listener")
            pid = os.fork()
            if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            END
            python3 listened.py $PADDOCK run --exec-deny id -- echo listened; echo $?
            python3 listened.py $PADDOCK run --no-supervisor -- echo kernel; echo $?
            python3 listened.py $PADDOCK run --traced --exec-deny id -- sh -c '/bin/echo traced; id; echo on'
            python3 listened.py $PADDOCK run --traced --exec-deny id -- id; echo $?
            rm listened.py
            """);
    assertThat(answer.output()).as(answer.errors()).isEqualTo("125\nkernel\n0\ntraced\non\n137\n");
    assertThat(ours(answer))
        .satisfiesExactly(
            first -> assertThat(first).contains("one is there already").contains("--traced"),
            second ->
                assertThat(second)
                    .isEqualTo(
                        "paddock: exec: refused by exec.deny \"id\" (--exec-deny); the whole tree"
                            + " was killed"));
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void aMegabyteOfArgumentsArrivesAsItWas(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            x=$(head -c 99999 /dev/zero | tr '\\0' '\\377')
            set -- "$x" "$x" "$x" "$x" "$x" "$x" "$x" "$x" "$x" "$x"
            printf '%s\\n' "$@" | cksum
            $PADDOCK run -- printf '%s\\n' "$@" | cksum
            """);
    String[] sums = answer.output().split("\n", -1);
    assertThat(sums).as(answer.errors()).hasSize(3);
    assertThat(sums[1]).isEqualTo(sums[0]).endsWith(" 1000000");
    assertThat(answer.errors()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void namesThatAreNoTextAreNames(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            odd=$(printf 'o\\377d\\nd')
            mkdir "$odd" && cd "$odd" && echo content >"f$odd"
            $PADDOCK run -r "../$odd" -- cat "../$odd/f$odd"
            $PADDOCK run -r . -- pwd | tail -n +2
            $PADDOCK run -r . --pass-env "X" -- sh -c 'printf "%s" "$1" "$X"' "$odd" "$odd"
            ODD=$odd $PADDOCK run --pass-env ODD -- sh -c 'printf "%s\\n" "$ODD"'
            cp /bin/true "p$odd" && $PADDOCK run -r . "./p$odd"; echo $?
            $PADDOCK run -- cat "f$odd"; echo $?
            """);
    assertThat(answer.output())
        .isEqualTo("content\n" + "d\n" + "o\u00ffd\nd" + "o\u00ffd\nd\n" + "0\n" + "1\n");
    assertThat(ours(answer))
        .singleElement()
        .asString()
        .startsWith("paddock: hint: ")
        .contains("/o\\xFFd\\x0Ad/fo\\xFFd\\x0Ad is in no grant")
        .matches("[ -~]*");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void whatIsWrongOnTheLineIsSaid(Checkout checkout) throws Exception {
    for (String[] line :
        new String[][] {
          {"run ''", "127", "the name of the command is empty"},
          {"run", "125", "no command to run"},
          {"run no-such-program", "127", "no-such-program: command not found"},
          {"run -r /no/such/path true", "125", "does not exist"},
          {"run --net-allow tcp://*:70000 true", "125", "70000"},
          {"run -t forever true", "125", "forever"},
          {"run -r / -- /etc", "126", "/etc"},
        }) {
      Shell.Answer answer = checkout.run("$PADDOCK " + line[0]);
      assertThat(answer.status()).as(line[0]).isEqualTo(Integer.parseInt(line[1]));
      assertThat(answer.output()).as(line[0]).isEmpty();
      assertThat(ours(answer)).as(line[0]).singleElement().asString().contains(line[2]);
    }
  }

  /** The lines that Paddock itself wrote. */
  private static List<String> ours(Shell.Answer answer) {
    return answer.errors().lines().filter(line -> line.startsWith("paddock:")).toList();
  }
}
