package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Processes;
import dev.paddock.policy.BuiltIns;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.event.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A root of the run's own: what is granted is there as it is, and nothing else is. */
final class ViewTest {
  @TempDir Path folder;
  private Path work;

  @BeforeEach
  void prepare() throws IOException {
    for (ViewPart part : ViewPart.values()) {
      Feature feature = Host.probe().view(part);
      assumeTrue(feature.available(), feature.detail());
    }
    folder = folder.toRealPath();
    work = Files.createDirectory(folder.resolve("work"));
  }

  private Sandbox.Builder build() {
    return Sandbox.builder().policy(BuiltIns.get("build")).workspace(work);
  }

  private Sandbox.Builder with(String policy) throws Exception {
    byte[] text = ("extends = \"build\"\n" + policy).getBytes(StandardCharsets.UTF_8);
    return Sandbox.builder().policy(PolicyFile.parse("test", text)).workspace(work);
  }

  private String shell(Sandbox.Builder builder, String script) throws Exception {
    Result result =
        builder
            .build()
            .run(
                Command.of("sh", "-c", "exec 2>&1\n" + script)
                    .directory("" + work)
                    .timeout(Duration.ofMinutes(1)));
    assertThat(text(result.stderr())).isEmpty();
    return text(result.stdout());
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Every file below a directory with its content, its mode and the time of its last change. */
  private static Map<String, String> tree(Path directory) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        tree.put(
            "" + file,
            Files.isRegularFile(file)
                ? Files.readString(file) + Files.getLastModifiedTime(file)
                : "" + Files.getPosixFilePermissions(file));
      }
    }
    return tree;
  }

  @Test
  void onlyWhatIsGrantedExists() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "s3cret");
    Files.writeString(work.resolve("file"), "text");
    assertThat(
            shell(
                build(),
                "cat file; echo; cat "
                    + secret
                    + "; ls "
                    + folder
                    + "; test -e /var/log || echo none"))
        .isEqualTo("text\ncat: " + secret + ": No such file or directory\nwork\nnone\n");
    assertThat(shell(build().view(ViewMode.OFF), "cat " + secret))
        .isEqualTo("cat: " + secret + ": Permission denied\n");
  }

  @Test
  void temporaryFilesAndHomeAreTheRunsOwn() throws Exception {
    String script =
        """
        ls -A /tmp /var/tmp /dev/shm | grep -v '^$'; echo "$TMPDIR"
        touch /tmp/one /var/tmp/two /dev/shm/three "$HOME/four" && ls /tmp /var/tmp /dev/shm
        ls "$HOME"
        stat -c %a /dev/shm
        """;
    Sandbox sandbox = build().build();
    for (int i = 0; i < 2; i++) { // The second finds nothing of the first.
      Result result = sandbox.run(Command.of("sh", "-c", script).directory("" + work));
      assertThat(text(result.stderr())).isEmpty();
      String output = text(result.stdout());
      // The workspace may lie in one of them.
      assertThat(output).containsOnlyOnce("one\n").containsOnlyOnce("two\n");
      assertThat(output).containsOnlyOnce("three\n").contains("four\n").endsWith("1777\n");
      assertThat(output).contains("\n/tmp\n");
    }
    assertThat(Path.of("/tmp/one")).doesNotExist();
    assertThat(Path.of("/dev/shm/three")).doesNotExist();
  }

  @Test
  void processesAreTheRunsOwn() throws Exception {
    String output =
        shell(build(), "echo $$ $PPID; ls /proc | grep -c '^[0-9]'; kill -0 1 && echo reached");
    assertThat(output).startsWith("2 1\n").doesNotContain("" + Processes.pid());
    int seen = Integer.parseInt(output.lines().toList().get(1));
    assertThat(seen).isLessThan(8);
  }

  @Test
  void terminalsAndSharedMemoryWork() throws Exception {
    assertThat(
            shell(
                build(),
                """
                script -qc 'tty; echo inside' /dev/null | tr -d '\\r'
                python3 -I -c 'from multiprocessing import Pool
                print(Pool(2).map(abs, [-1, -2]))'
                """))
        .isEqualTo("/dev/pts/0\ninside\n[1, 2]\n");
  }

  @Test
  void linksOnTheWayLeadWhereTheyLed() throws Exception {
    Path real = Files.createDirectories(folder.resolve("real/place"));
    Files.writeString(real.resolve("file"), "found");
    Files.createSymbolicLink(folder.resolve("link"), Path.of("real"));
    Files.createSymbolicLink(folder.resolve("second"), folder.resolve("link/place"));
    assertThat(
            shell(
                build().read(folder.resolve("second")),
                "cat " + folder + "/second/file; echo; readlink " + folder + "/second /bin"))
        .startsWith("found\n" + folder.resolve("link/place"));
  }

  @Test
  void whatIsDeniedInsideAWriteGrantIsHidden() throws Exception {
    Files.writeString(work.resolve(".env"), "KEY=1");
    Files.createDirectories(work.resolve("deep/closed/sub"));
    Files.writeString(work.resolve("deep/closed/sub/file"), "closed");
    Files.writeString(work.resolve("deep/open"), "open");
    Map<String, String> before = tree(work);
    String output =
        shell(
            build()
                .deny(
                    work.resolve(".env"),
                    work.resolve("deep/closed"),
                    work.resolve("absent/never")),
            """
            cat .env; cat deep/closed/sub/file; ls deep/closed; cat deep/open; echo
            renamed() {
              python3 -I -c 'import os, sys
            try: os.rename(*sys.argv[1:])
            except OSError as e: print("not renamed", sys.argv[1], e.errno)' "$@"
            }
            renamed .env x; renamed deep/closed x; renamed deep x
            rm -f .env; ln .env x; rm -rf deep/closed
            echo > .env; chmod 600 .env; ln -s .env s; cat s; rm s
            cat /proc/self/cwd/.env; cat /proc/self/root$PWD/.env
            cat deep/../.env; mv deep/open deep/moved && mv deep/moved deep/open
            """);
    assertThat(output)
        .contains("open\n", "cannot remove '.env'")
        .doesNotContain("KEY")
        .doesNotContain("closed\n")
        .contains("not renamed .env 16", "not renamed deep/closed 18", "not renamed deep 16");
    before.remove("" + work.resolve("deep")); // Its time has changed, as it should.
    Map<String, String> after = tree(work);
    after.remove("" + work.resolve("deep"));
    assertThat(after).isEqualTo(before);
  }

  @Test
  void whatIsReadOnlyInsideAWriteGrantIsNotChanged() throws Exception {
    Path hooks = Files.createDirectories(work.resolve(".git/hooks"));
    Files.writeString(hooks.resolve("pre-commit"), "exit 0");
    Files.writeString(work.resolve(".git/config"), "[core]");
    Map<String, String> before = tree(hooks);
    String output =
        shell(
            with(
                "[files]\nread-only = [\"${workspace}/.git/hooks\","
                    + " \"${workspace}/.git/config\", \"${workspace}/none?\"]\n"),
            """
            cat .git/hooks/pre-commit .git/config; echo
            echo x > .git/hooks/pre-commit; echo x > .git/hooks/new; echo x >> .git/config
            mv .git/hooks .git/other; mv .git other; rm .git/config; chmod 700 .git/hooks/pre-commit
            mv .git/config .git/c; ln .git/config c
            echo ref > .git/HEAD && mv .git/HEAD .git/HEAD2 && cat .git/HEAD2
            """);
    assertThat(output).contains("exit 0[core]\n", "Read-only file system").endsWith("ref\n");
    assertThat(tree(hooks)).isEqualTo(before);
    assertThat(work.resolve(".git/config")).hasContent("[core]");
    assertThat(work.resolve("none")).doesNotExist();
    assertThat(with("").build().plan().access(hooks.toString().getBytes(StandardCharsets.UTF_8)))
        .satisfies(access -> assertThat(access.writable()).isTrue());
  }

  @Test
  void whatOnlyAViewCanHoldIsRefusedByNameWithoutOne() {
    String policy = "[files]\nread-only = [\"${workspace}/x?\"]\n";
    assertThatThrownBy(() -> with(policy).view(ViewMode.OFF).build())
        .hasMessageContaining("files.read-only")
        .hasMessageContaining("only a view can hold it (view.mode is \"off\")");
    assertThatThrownBy(() -> build().view(ViewMode.OFF).deny(work.resolve("x")).build())
        .hasMessageContaining("only a view can hold a denial inside a write grant");
    assertThatThrownBy(() -> with("[files]\nread-only = [\"/usr/bin\"]\n").build())
        .hasMessageContaining("lies inside no write grant");
  }

  @Test
  void metadataOutsideWriteGrantsIsClosed() throws Exception {
    Path readable = Files.createDirectory(folder.resolve("readable"));
    Files.writeString(readable.resolve("file"), "text");
    Files.setLastModifiedTime(
        readable.resolve("file"), java.nio.file.attribute.FileTime.fromMillis(1000));
    Map<String, String> before = tree(readable);
    String output =
        shell(
            build().read(readable),
            "cd "
                + readable
                + " && chmod 777 file; touch file; chown $(id -u) file; "
                + "setfattr -n user.x -v y file 2>/dev/null && echo set; "
                + "python3 -I -c 'import os; f = os.open(\"file\", os.O_RDONLY); os.fchmod(f, 0)'");
    assertThat(output.lines().filter(line -> line.contains("Read-only file system")).count())
        .isEqualTo(4);
    assertThat(output).doesNotContain("set\n");
    assertThat(tree(readable)).isEqualTo(before);
  }

  @Test
  void whatIsAbsentInsideAndThereOutsideIsTold() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "s3cret");
    List<Event> events = new CopyOnWriteArrayList<>();
    shell(
        build().denials().onEvent(events::add),
        "cat " + secret + " " + folder + "/nothing; touch /usr/x /tmp/y");
    List<String> refused =
        events.stream()
            .filter(Event.Denied.class::isInstance)
            .map(event -> (Event.Denied) event)
            .map(event -> event.arguments() + " " + Errno.of(event.errno()).name())
            .distinct()
            .toList();
    assertThat(refused).contains(secret + " ENOENT", "/usr EROFS");
    assertThat(refused).noneMatch(line -> line.contains("nothing") || line.startsWith("/tmp/y"));
  }

  @Test
  void whatAViewMakesHarmlessIsAllowedInIt() throws Exception {
    String script =
        """
        python3 -I - <<'END'
        import ctypes, os, signal
        c = ctypes.CDLL(None, use_errno=True)
        print("shmget", c.shmget(0, 4096, 0o1600) >= 0)
        q = ctypes.CDLL("librt.so.1", use_errno=True).mq_open(b"/q", os.O_CREAT | os.O_RDWR, 0o600, None)
        print("mq_open", q >= 0)
        child = os.fork()
        if child == 0: signal.pause()
        print("ptrace", c.ptrace(16, child, 0, 0) == 0)
        os.waitpid(child, 0)
        os.setpriority(os.PRIO_PROCESS, child, 5)
        print("priority", os.getpriority(os.PRIO_PROCESS, child))
        os.sched_setaffinity(child, os.sched_getaffinity(child))
        try: os.setpriority(os.PRIO_PGRP, 0, 5); print("group")
        except PermissionError: print("no group")
        print("init", c.ptrace(16, 1, 0, 0) == 0)
        def refused(call, *words):
          try: call(*words); print("not refused", call)
          except PermissionError: pass
        refused(os.setpriority, os.PRIO_PROCESS, 1, 19)
        refused(os.setpriority, os.PRIO_USER, 0, 19)
        refused(os.sched_setaffinity, 1, {0})
        refused(os.sched_setscheduler, 1, os.SCHED_IDLE, os.sched_param(0))
        import fcntl, resource
        end, _ = os.pipe()
        fcntl.fcntl(end, fcntl.F_SETOWN, os.getpid())
        refused(fcntl.fcntl, end, fcntl.F_SETOWN, -os.getpid())
        refused(resource.prlimit, 1, resource.RLIMIT_CPU, (1, 1))
        os.kill(child, 9)
        END
        """;
    assertThat(shell(build(), script))
        .isEqualTo(
            """
            shmget True
            mq_open True
            ptrace True
            priority 5
            no group
            init False
            """);
    // Where the numbers are the host's, none of it is.
    String calls = script.substring(0, script.indexOf("child = os.fork()")) + "END\n";
    assertThat(shell(build().view(ViewMode.OFF), calls)).isEqualTo("shmget False\nmq_open False\n");
  }

  @Test
  void whoIsSupervisedGoesByTheHostsNumbers() throws Exception {
    List<Event> events = new CopyOnWriteArrayList<>();
    String output = shell(build().onEvent(events::add), "echo $$; cp /bin/true /tmp/x; /tmp/x");
    assertThat(events)
        .filteredOn(Event.Exec.class::isInstance)
        .extracting(event -> event.head().pid())
        .contains(Integer.parseInt(output.strip()));
    assertThat(events)
        .filteredOn(Event.Exec.class::isInstance)
        .anySatisfy(
            event -> assertThat("" + ((Event.Exec) event).executable()).isEqualTo("/tmp/x"));
    assertThat(shell(build().denyExec("/tmp/x"), "cp /bin/true /tmp/x; /tmp/x || echo $?"))
        .endsWith("Permission denied\n126\n");
  }

  /** A sandbox may be made long before its runs. */
  @Test
  void whatIsDeniedIsLookedForWhenARunBegins() throws Exception {
    Sandbox sandbox = build().deny(work.resolve(".env")).build();
    Command command = Command.of("cat", ".env").directory("" + work);
    assertThat(text(sandbox.run(command).stderr())).contains("No such file");
    Files.writeString(work.resolve(".env"), "KEY=1");
    assertThat(text(sandbox.run(command).stderr())).contains("Permission denied");
    Files.delete(work.resolve(".env"));
    Files.createDirectory(work.resolve(".env"));
    assertThat(text(sandbox.run(Command.of("ls", ".env").directory("" + work)).stderr()))
        .contains("Permission denied");
    Files.delete(work.resolve(".env"));
    Files.createSymbolicLink(work.resolve(".env"), Path.of("other"));
    assertThatThrownBy(() -> sandbox.run(command))
        .hasMessageContaining("make the view: cover " + work.resolve(".env"))
        .hasMessageContaining("ELOOP");
  }

  @Test
  void whatALinkLeadsToIsHeldToo() throws Exception {
    Files.writeString(work.resolve("secret"), "KEY=1");
    Files.createSymbolicLink(work.resolve(".env"), Path.of("secret"));
    Sandbox.Builder agent = Sandbox.builder().policy(BuiltIns.get("agent")).workspace(work);
    assertThat(shell(agent, "cat .env; cat secret")).doesNotContain("KEY");
  }

  /** All there is cannot be shown with something hidden in it. */
  @Test
  void withAllGrantedNothingIsHidden() throws Exception {
    assertThatThrownBy(() -> build().read(Path.of("/")).deny(work.resolve(".env")).build())
        .hasMessageContaining("only a view can hold")
        .hasMessageContaining("grants all there is");
    assertThatThrownBy(() -> build().read(Path.of("/")).view(ViewMode.REQUIRE).build())
        .hasMessageContaining("view.files");
    assertThat(shell(build().read(Path.of("/")), "test -d /var && echo there"))
        .isEqualTo("there\n");
  }

  /** Nothing is made on the host, also not for names that are not there; links are not followed. */
  @Test
  void theHostIsAsItWasAndAPlantedLinkIsNoPlace() throws Exception {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Files.writeString(outside.resolve("file"), "untouched");
    String policy =
        """
        [files]
        read-only = ["${workspace}/kept?", "${workspace}/in/kept?"]
        deny = ["${workspace}/hidden", "${workspace}/in/hidden", "${workspace}/.env*"]
        private = ["${home}/.cache-of-a-test?"]
        """;
    Files.createDirectory(work.resolve("in"));
    Map<String, String> before = tree(folder);
    assertThat(shell(with(policy), "echo ran")).isEqualTo("ran\n");
    assertThat(tree(folder)).isEqualTo(before);

    Files.createSymbolicLink(work.resolve("hidden"), outside.resolve("file"));
    Files.createSymbolicLink(work.resolve("in/hidden"), outside);
    before = tree(folder);
    shell(with(policy), "cat hidden in/hidden/file; echo n > hidden; echo n > in/hidden/n");
    assertThat(tree(folder)).isEqualTo(before);

    Files.createSymbolicLink(work.resolve("kept"), outside);
    assertThatThrownBy(() -> with(policy).build())
        .hasMessageContaining(
            "is a symbolic link that leads out of the write grant, to " + outside);
  }

  @Test
  void aCommandMayReadWhatItIsGranted() throws Exception {
    Files.writeString(work.resolve(".env"), "KEY=s3cret");
    String script =
        "cat \"$PADDOCK_POLICY\"; echo more 2>/dev/null >>\"$PADDOCK_POLICY\" || echo kept";
    for (ViewMode mode : List.of(ViewMode.AUTO, ViewMode.OFF)) {
      Sandbox sandbox = with("[limits]\nprocesses = 9\n[exec]\ndeny = [\"su\"]").view(mode).build();
      Command command = Command.of("sh", "-c", script).directory("" + work);
      Result result = sandbox.run(command.showingPolicy());
      assertThat(text(result.stdout()))
          .contains("May be read:\n  /usr\n")
          .contains("  " + work + "\n")
          .contains(mode == ViewMode.OFF ? "No TCP servers on any port" : "A loopback of its own")
          .contains("su: not to be run")
          .contains("processes: 9")
          .contains("(this run's own, deleted at its end)")
          .doesNotContain("s3cret");
      if (mode == ViewMode.AUTO) { // Without, it lies in a directory that the run may change.
        assertThat(text(result.stdout())).endsWith("kept\n");
      }
      assertThat(text(sandbox.run(Command.of("printenv", "PADDOCK_POLICY")).stdout())).isEmpty();
    }
  }
}
