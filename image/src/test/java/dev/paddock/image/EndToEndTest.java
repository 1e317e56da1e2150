package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
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
  void aPolicyMayComeThroughAPipe(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            policy() { echo 'extends = "base"'; echo '[environment]'; echo 'set = { A = "b" }'; }
            policy | $PADDOCK run -p /dev/stdin -- printenv A
            bash -c 'policy() { echo "[environment]"; echo "set = { A = \\"c\\" }"; echo "[files]";
              echo "read = [\\"/\\"]"; }; $PADDOCK run -p <(policy) -- printenv A'
            head -c 1048577 /dev/zero | $PADDOCK run -p /dev/stdin -- true; echo $?
            $PADDOCK run -p /dev/fd/9 -- true; echo $?
            """);
    assertThat(answer.output()).as(answer.errors()).isEqualTo("b\nc\n125\n125\n");
    assertThat(ours(answer)).hasSize(2);
    assertThat(ours(answer).get(0)).contains("larger than 1 MiB");
    assertThat(ours(answer).get(1)).contains("no such policy file");
  }

  private static final Path CONTAINER =
      Shell.root().resolve("image/src/test/resources/hosts/container.py");

  /** Where the host gives a part of a view not, all but that is as with it, and it is said. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void aWithheldPartIsToldAndNothingElseIsMissing(Checkout checkout) throws Exception {
    record Host(String part, String lost, String withholding) {}
    Files.copy(CONTAINER, checkout.home().resolve("container.py"));
    for (Host host :
        List.of(
            new Host("view.loopback", "no loopback of its own", limit("net")),
            new Host("view.processes", "no process numbers of its own", limit("pid")),
            new Host("view.ipc", "no IPC of its own", limit("ipc")),
            new Host("view.files", "no file tree of its own", limit("mnt")),
            // As in a container: what of /proc is hidden there must stay hidden.
            new Host(
                "view.processes",
                "no process numbers of its own",
                "mount --bind /dev/null /proc/kcore || exit 77"),
            // As an ordinary user where user name spaces are switched off.
            new Host(
                "view.files",
                "no file tree of its own",
                limit("user") + "; PADDOCK=\"setpriv --bounding-set -sys_admin $PADDOCK\""),
            // In a container of Docker's, by its default seccomp profile.
            new Host(
                "view.files",
                "no file tree of its own",
                "test $(uname -m) = x86_64 || exit 77; PADDOCK=\"python3 $HOME/container.py"
                    + " $PADDOCK\""))) {
      Shell.Answer answer =
          checkout.run(
              """
              mkdir project && cd project
              cat >withhold <<'EOF'
              %s
              export HOME="$PWD"; mkdir inner; cd inner
              $PADDOCK run -p agent -- sh -c "echo runs >out; cat out"
              $PADDOCK run -p agent --view require -- true; echo $?
              $PADDOCK run -p agent --view off -- echo runs
              $PADDOCK explain -p agent | tr -s ' \\n' ' ' | grep -o "%s" | head -1
              EOF
              unshare -rm sh ./withhold
              status=$?; cd ..; rm -r project; exit $status
              """
                  .formatted(host.withholding, host.lost));
      if (answer.status() == 77 || answer.errors().contains("unshare failed")) {
        continue; // This host withholds it in another way.
      }
      assertThat(answer.output())
          .as("%s: %s", host.withholding, answer.errors())
          .isEqualTo("runs\n125\nruns\n" + host.lost + "\n");
      assertThat(answer.errors()).contains(host.part);
    }
  }

  private static String limit(String kind) {
    return "echo 0 >/proc/sys/user/max_" + kind + "_namespaces || exit 77";
  }

  /** Another root, here one with the host's programs in it, and what is mounted beside these. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void aCommandHasAnotherRoot(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            $PADDOCK check | grep -q 'yes *view-root' || exit 77
            mkdir root out; cd root; mkdir etc srv; echo inner >etc/name
            for each in bin lib lib64; do test ! -L /$each || ln -s usr/$each $each; done; cd ..
            run() { $PADDOCK run --chroot root --fs-mount /usr:/usr:ro --fs-mount /out:out "$@"; }
            run -- sh -c 'cat /etc/name; pwd; echo x >/out/x; cat /out/x; ls /' | tr '\n' ' '; echo
            run --cwd /srv -- sh -c 'pwd; touch new || touch /tmp/new && echo temporary'
            run -w /srv --cwd /srv -- sh -c 'touch new && ls'; ls root/srv out
            run --view off -- true; echo $?
            rm -r root out
            """);
    assumeTrue(answer.status() != 77);
    assertThat(answer.output())
        .as(answer.errors())
        .isEqualTo(
            """
            inner / x bin dev etc lib lib64 out proc srv sys tmp usr var\s
            /srv
            temporary
            new
            out:
            x

            root/srv:
            new
            125
            """);
  }

  /** One's own checkout is a workspace, but what runs Paddock outside is not changed in it. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void theImageInAWorkspaceIsNotChanged(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            cd "$(dirname "$PADDOCK")" || exit 1
            $PADDOCK check | grep -q 'yes *view-root' || exit 77
            $PADDOCK run -p agent --workdir image -- sh -c 'cd image/target
              touch paddock/bin/more; mv -T paddock other; ln -sfn /tmp paddock; cd ..
              mv target other; rm -rf target/paddock/bin'
            $PADDOCK run -- echo well
            test ! -w image || $PADDOCK run -p agent --workdir image -- sh -c '
              touch image/fine && rm image/fine' || echo closed
            $PADDOCK run -p agent --workdir image/target -- true; echo $?
            $PADDOCK run -p agent --workdir image --view off -- true; echo $?
            """);
    assumeTrue(answer.status() != 77);
    assertThat(answer.output()).as(answer.errors()).isEqualTo("well\n125\n125\n");
    assertThat(answer.errors())
        .contains("'paddock/bin/more': Read-only file system")
        .contains("which only a view around it can keep");
  }

  @ParameterizedTest
  @MethodSource("checkouts")
  void whatTheCallerIgnoresStaysIgnored(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            look='cut -d " " -f 33 /proc/self/stat' # the signals up to 31
            sh -c "$look"; $PADDOCK run -- sh -c "$look"
            trap '' HUP INT QUIT USR1 PIPE TSTP
            sh -c "$look"; $PADDOCK run -- sh -c "$look"
            nohup sh -c "$look"; nohup $PADDOCK run -P 9 -- sh -c "$look"
            """);
    String[] lines = answer.output().split("\n", -1);
    assertThat(lines).as(answer.errors()).hasSize(7);
    for (int bare = 0; bare < 6; bare += 2) {
      assertThat(lines[bare + 1]).isEqualTo(lines[bare]);
    }
    assertThat(lines[2]).isNotEqualTo(lines[0]);
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
              "$PADDOCK run -q -w . -- sh -c '"
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

  /** What fork and execve hand down, limits and masks and filters, is what the caller had. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void theCommandInheritsWhatItsCallerHas(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            ulimit -Sn 256; ulimit -Sc 0; ulimit -Ss 4096; umask 027; echo 7 >/proc/self/coredump_filter
            look='ulimit -Sa; ulimit -Ha; umask; nice; ionice; cat /proc/self/coredump_filter /proc/self/oom_score_adj /proc/self/cgroup
              grep -E "^(SigBlk|SigCgt|Cpus_allowed|Mems_allowed|THP_enabled|Speculation|Uid|Gid|Groups|VmLck)" /proc/self/status'
            nice -n 3 ionice -c 2 -n 6 sh -c "$look" >bare
            nice -n 3 ionice -c 2 -n 6 $PADDOCK run -- sh -c "$look" >inside
            wc -l <bare; diff bare inside; rm bare inside
            """);
    assertThat(answer.errors()).isEmpty();
    String[] lines = answer.output().split("\n", 2);
    assertThat(Integer.parseInt(lines[0].strip())).isGreaterThan(40);
    assertThat(lines[1]).isEmpty();
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
  void whatTheStartCannotLiveInIsNamed(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            (ulimit -v 1000000; $PADDOCK run -- true; echo $?)
            $PADDOCK run -m 100 -- true; echo $?
            top=$PWD/long; mkdir $top
            export top PADDOCK
            bash -c 'cd $top; name=$(printf %0250d 0)
              for ((i = 0; i < 17; i++)); do mkdir $name && cd $name; done
              $PADDOCK run -- true; echo $?'
            rm -r $top
            """);
    assertThat(answer.output()).as(answer.errors()).isEqualTo("125\n125\n125\n");
    List<String> lines = ours(answer);
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).startsWith("paddock: the address space is limited to 1000000 kB");
    assertThat(lines.get(1)).contains("100 bytes of memory", "such as 100M");
    assertThat(lines.get(2)).contains("tells no path of more than 4095");
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

  /**
   * What a sandbox in a sandbox cannot have is said without proposing what it cannot have either.
   */
  @ParameterizedTest
  @MethodSource("checkouts")
  void aSandboxInASandboxHasNoSupervisorOfItsOwn(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            $PADDOCK run -q -r / -- $PADDOCK run -q -r /usr -m 1G -- echo kernel; echo $?
            $PADDOCK run -q -r / -- $PADDOCK run -q -r /usr -P 9 -- true; echo $?
            $PADDOCK run -q -r / -P 99 -- $PADDOCK run -q -r /usr --denials -- true; echo $?
            $PADDOCK run -q -r / -- $PADDOCK run -q -r /usr --traced --exec-deny id -- true; echo $?
            """);
    assertThat(answer.output()).as(answer.errors()).isEqualTo("kernel\n0\n125\n125\n125\n");
    assertThat(ours(answer))
        .hasSize(3)
        .noneMatch(line -> line.contains("--traced"))
        .satisfies(
            lines -> {
              assertThat(lines.get(0)).contains("allows no second supervisor");
              assertThat(lines.get(1)).contains("allows no second supervisor");
              assertThat(lines.get(2)).contains("allows no tracing");
            });
  }

  /** What a killed Paddock leaves, the next one removes. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void whatAKilledRunLeavesIsRemovedByTheNext(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            mkdir -p own/project own/temporary; mkfifo own/project/up
            TMPDIR=$PWD/own/temporary; export TMPDIR
            run() { $PADDOCK run -q -p build --workdir own/project --events own/events --cwd own/project -- "$@"; }
            run sh -c 'echo up >up; exec sleep 600' &
            read up <own/project/up
            place=$(find own/temporary -mindepth 2 -maxdepth 2)
            [ -d "$place" ] && pkill -KILL -P $! || kill -KILL $!
            wait
            [ -d "$place" ] && echo left
            run true
            [ -d "$place" ] || echo removed
            find own/temporary -mindepth 2; rm -r own
            """);
    assertThat(answer.output()).as(answer.errors()).isEqualTo("left\nremoved\n");
  }

  /** What --denials proposes is pasted until nothing is proposed any more: then it has worked. */
  @ParameterizedTest
  @MethodSource("checkouts")
  void whatIsProposedLeadsToTheEnd(Checkout checkout) throws Exception {
    Shell.Answer answer =
        checkout.run(
            """
            mkdir -p "own/a b" "own/it's" own/w own/bin
            echo one > "own/a b/f?le"; echo two > "own/it's/\\$two"; cp /bin/echo own/bin/say
            cat >own/script <<'END'
            set -e
            [ ! -c /dev/ptmx ] || script -qec true /dev/null
            cat "own/a b/f?le"; ls "own/it's"; cat "own/it's/\\$two"; own/bin/say three; echo four > own/w/new
            mv own/w/new own/w/newer; cat own/w/newer; ln -s x own/w/link; mkdir own/w/d; rmdir own/w/d
            END
            flags=
            for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
              eval "$PADDOCK run --denials $flags -- sh own/script" >own/out 2>own/err && break
              more=$(sed -n 's/.*; granted by //p' own/err | head -1)
              [ -n "$more" ] || break
              flags="$flags $more"
            done
            echo "status $? in $round rounds"; cat own/out; cat own/err >&2; chmod -R u+w own; rm -r own
            """);
    assertThat(answer.output())
        .as(answer.errors())
        .matches("status 0 in [0-9]+ rounds\none\n\\$two\ntwo\nthree\nfour\n");
  }
}
