package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Origin;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyBuilder;
import dev.paddock.policy.PolicyException;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.event.Event;
import dev.paddock.sandbox.event.EventSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can go wrong with a process that is taken over, and what nobody is to notice. */
final class AttachmentTest {
  private final Queue<Event> events = new ConcurrentLinkedQueue<>();

  /** A process beside this one, not a child of it; it says who it is first. */
  private static final class Beside implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;
    private final int pid;

    Beside(String script) throws IOException {
      process =
          new ProcessBuilder(
                  "/bin/sh",
                  "-c",
                  "exec 3<&0; \"$@\" <&3 & wait $!",
                  "sh",
                  "/bin/sh",
                  "-c",
                  "echo $$; " + script)
              .redirectErrorStream(true)
              .start();
      lines = process.inputReader();
      pid = Integer.parseInt(lines.readLine());
    }

    void tell() throws IOException {
      OutputStream input = process.getOutputStream();
      input.write('\n');
      input.flush();
    }

    String line() throws IOException {
      return "" + lines.readLine();
    }

    int status() throws InterruptedException {
      return process.waitFor();
    }

    @Override
    public void close() throws IOException {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      lines.close();
    }
  }

  private Attachment.Order order(@Nullable ExecDecider decider, String... denied) throws Exception {
    PolicyBuilder policy = new PolicyBuilder();
    for (String line : denied) {
      PolicyBuilder _ = policy.putExecDeny(ByteString.of(line), Origin.flag("test"));
    }
    return new Attachment.Order(policy.build(), supervisionOptions("s1", decider), false);
  }

  private SupervisionOptions supervisionOptions(String session, @Nullable ExecDecider decider) {
    SupervisionOptions.Builder supervisionOptions =
        SupervisionOptions.builder().session(session).sink(() -> EventSink.callback(events::add));
    return decider == null
        ? supervisionOptions.build()
        : supervisionOptions.decider(decider).build();
  }

  @Test
  void whoIsNotThereIsSaidSo() throws Exception {
    int gone;
    try (Beside beside = new Beside("exit 0")) {
      gone = beside.pid;
      assertThat(beside.status()).isZero();
    }
    assertThatThrownBy(() -> Attachment.to(gone, order(null)))
        .isInstanceOf(SandboxException.class)
        .hasMessage("there is no process " + gone);
  }

  @Test
  void whoHasEndedAndWaitsForItsParentIsNotThere() throws Exception {
    try (Beside beside = new Beside("exec python3 -I -c '" + PARENT + "'")) {
      int zombie = Integer.parseInt(beside.line());
      while (Procfs.state(zombie) != 'Z') {
        Thread.onSpinWait();
      }
      assertThatThrownBy(() -> Attachment.to(zombie, order(null)))
          .isInstanceOf(SandboxException.class)
          .hasMessage("there is no process " + zombie);
    }
  }

  /** Does not wait for its child. */
  private static final String PARENT =
      """
      import os, time
      child = os.fork()
      if child == 0: os._exit(0)
      print(child, flush=True)
      time.sleep(1000)
      """;

  @Test
  void ourselvesAndOurChildrenAreRefused() throws Exception {
    assertThatThrownBy(() -> Attachment.to(Processes.pid(), order(null)))
        .hasMessageContaining("cannot trace itself");
    Process child = new ProcessBuilder("sleep", "1000").start();
    try {
      assertThatThrownBy(() -> Attachment.to((int) child.pid(), order(null)))
          .hasMessageContaining("is a child of this process");
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  @Test
  void whoIsTracedAlreadyIsSaidSo() throws Exception {
    try (Beside beside = new Beside("read line; echo done");
        Attachment first = Attachment.to(beside.pid, order(null))) {
      assertThatThrownBy(() -> Attachment.to(beside.pid, order(null)))
          .isInstanceOf(SandboxException.class)
          .hasMessageContaining("is traced already, by ");
      beside.tell();
      assertThat(beside.line()).isEqualTo("done");
      assertThat(first.waitFor()).isTrue();
    }
  }

  @Test
  void whoBelongsToAnotherUserIsSaidSo() throws Exception {
    Assumptions.assumeTrue(Processes.effectiveUid() != 0, "root may trace everybody");
    assertThatThrownBy(() -> Attachment.to(1, order(null)))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("belongs to user 0");
  }

  @Test
  void theFirstTheSecondAndTheHundredthExecAreJudged() throws Exception {
    String script =
        """
        read line
        i=0
        while [ $i -lt 100 ]; do /bin/true; i=$((i+1)); done
        /usr/bin/env; echo $?
        """;
    try (Beside beside = new Beside(script);
        Attachment attachment = Attachment.to(beside.pid, order(null, "env"))) {
      beside.tell();
      String last = "";
      for (String line = beside.line(); !line.equals("null"); line = beside.line()) {
        last = line;
      }
      assertThat(last).isEqualTo("137");
      assertThat(attachment.waitFor()).isTrue();
    }
    assertThat(events).filteredOn(Event.Exec.class::isInstance).hasSize(101);
    assertThat(events).filteredOn(Event.Fork.class::isInstance).hasSizeGreaterThanOrEqualTo(100);
  }

  @Test
  void aProgramOf32BitsRunsAsBare(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(Arch.current() == Arch.X86_64, "needs i386");
    Path program = directory.toRealPath().resolve("exit7");
    Files.writeString(
        directory.resolve("exit7.c"),
        """
        __asm__(".globl _start\\n_start: mov $1, %eax; mov $7, %ebx; int $0x80");
        """);
    Process compiler =
        new ProcessBuilder("gcc", "-m32", "-nostdlib", "-static", "-o", "exit7", "exit7.c")
            .directory(directory.toFile())
            .inheritIO()
            .start();
    assertThat(compiler.waitFor()).isZero();
    Assumptions.assumeTrue(
        new ProcessBuilder(program.toString()).start().waitFor() == 7,
        "this kernel runs no i386 programs");
    try (Beside beside = new Beside("read line; " + program + " a b; echo $?");
        Attachment attachment = Attachment.to(beside.pid, order(null))) {
      beside.tell();
      assertThat(beside.line()).isEqualTo("7");
      assertThat(attachment.waitFor()).isTrue();
    }
    assertThat(events)
        .filteredOn(Event.Exec.class::isInstance)
        .singleElement()
        .satisfies(
            event -> {
              Event.Exec exec = (Event.Exec) event;
              assertThat(exec.executable()).isEqualTo(ByteString.of(program.toString()));
              assertThat(exec.arguments().values())
                  .containsExactly(
                      ByteString.of(program.toString()), ByteString.of("a"), ByteString.of("b"));
            });
    assertThat(events).noneMatch(Event.Alert.class::isInstance);
  }

  @Test
  void aProgramThatMayNotBeReadRunsWhereItIsOnlyWatched(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(Processes.effectiveUid() != 0, "root reads everything");
    Path program = Files.copy(Path.of("/bin/echo"), directory.toRealPath().resolve("secret"));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("--x--x--x"));
    try (Beside beside = new Beside("read line; " + program + " a; echo $?");
        Attachment attachment = Attachment.to(beside.pid, order(null))) {
      beside.tell();
      assertThat(beside.line()).isEqualTo("a");
      assertThat(beside.line()).isEqualTo("0");
      assertThat(attachment.waitFor()).isTrue();
    }
    assertThat(events)
        .filteredOn(Event.Exec.class::isInstance)
        .singleElement()
        .satisfies(
            event -> {
              Event.Exec exec = (Event.Exec) event;
              assertThat(exec.strength()).isEqualTo(Strength.OBSERVED);
              assertThat(exec.arguments().values())
                  .containsExactly(ByteString.of("" + program), ByteString.of("a"));
            });
    events.clear();
    try (Beside beside = new Beside("read line; " + program + " a; echo $?");
        Attachment attachment = Attachment.to(beside.pid, order(null, "never"))) {
      beside.tell();
      assertThat(beside.line()).isEqualTo("Killed");
      assertThat(beside.line()).isEqualTo("137");
      assertThat(attachment.waitFor()).isTrue();
    }
    assertThat(events)
        .filteredOn(Event.Exec.class::isInstance)
        .singleElement()
        .satisfies(
            event ->
                assertThat(((Event.Exec) event).rule()).isEqualTo("exec.deny \"never\" (test)"));
  }

  @Test
  void whoIsKilledWhileItIsJudgedRaisesAnAlertAndNothingElse() throws Exception {
    ExecDecider killer =
        query -> {
          if (query.executable().toString().endsWith("/true")) {
            Processes.kill(query.pid(), 9);
          }
          return Decision.allow();
        };
    try (Beside beside = new Beside("read line; /bin/true; echo $?; /bin/echo on");
        Attachment attachment = Attachment.to(beside.pid, order(killer))) {
      beside.tell();
      assertThat(afterKill(beside)).isEqualTo("137");
      assertThat(beside.line()).isEqualTo("on");
      assertThat(attachment.waitFor()).isTrue();
    }
    assertThat(events)
        .anyMatch(
            event ->
                event instanceof Event.Alert alert
                    && alert.kind() == Event.Alert.Kind.STOP_BYPASSED
                    && alert.action() == Event.Action.REPORTED);
  }

  /** The next line that is not the shell's own word about a kill. */
  private static String afterKill(Beside beside) throws IOException {
    String line = beside.line();
    return line.startsWith("Killed") ? beside.line() : line;
  }

  @Test
  void aContinueFromOutsideDoesNotWakeWhoIsJudged() throws Exception {
    List<Character> states = new ArrayList<>();
    ExecDecider waker =
        query -> {
          Processes.kill(query.pid(), 18);
          states.add(Procfs.state(query.pid()));
          return Decision.allow();
        };
    try (Beside beside = new Beside("read line; /bin/echo on");
        Attachment attachment = Attachment.to(beside.pid, order(waker))) {
      beside.tell();
      assertThat(beside.line()).isEqualTo("on");
      assertThat(attachment.waitFor()).isTrue();
    }
    assertThat(states).isNotEmpty().containsOnly('t');
    assertThat(events).noneMatch(Event.Alert.class::isInstance);
  }

  @Test
  void aJudgeThatThrowsKills() throws Exception {
    ExecDecider broken =
        _ -> {
          throw new IllegalStateException("broken");
        };
    try (Beside beside = new Beside("read line; /bin/true; echo $?");
        Attachment attachment = Attachment.to(beside.pid, order(broken))) {
      beside.tell();
      assertThat(afterKill(beside)).isEqualTo("137");
      assertThat(attachment.waitFor()).isTrue();
    }
    assertThat(events).anyMatch(Event.HandlerFailed.class::isInstance);
  }

  @Test
  void lettingGoTwiceAndOfWhoIsGoneDoesNothing() throws Exception {
    try (Beside beside = new Beside("read line; exit 3")) {
      Attachment attachment = Attachment.to(beside.pid, order(null));
      beside.tell();
      assertThat(beside.status()).isEqualTo(3);
      assertThat(attachment.waitFor()).isTrue();
      attachment.detach();
      attachment.close();
      attachment.close();
      assertThat(attachment.left()).isZero();
    }
  }

  @Test
  void whatCannotBeHeldIsRefusedByName() throws Exception {
    Policy full =
        PolicyFile.parse(
            "full.toml",
            """
            [files]
            read = ["/usr"]
            write = ["/tmp"]
            [network]
            allow = ["tcp://*:443"]
            [signals]
            deny = ["tree:KILL"]
            [limits]
            processes = 3
            """
                .getBytes(StandardCharsets.UTF_8));
    Attachment.Order order = new Attachment.Order(full, supervisionOptions("s1", null), false);
    assertThatThrownBy(() -> Attachment.to(1, order))
        .isInstanceOfSatisfying(
            PlanException.class,
            e -> {
              assertThat(e.problems()).hasSize(4);
              assertThat(e.problems().getFirst())
                  .startsWith("full.toml:2")
                  .contains("files and 1 more such line")
                  .contains("paddock run");
            });
  }

  @Test
  void noSessionHasToBeMeantByThePolicyToo() throws Exception {
    assertThatThrownBy(
            () ->
                Attachment.to(
                    1, new Attachment.Order(Policy.EMPTY, supervisionOptions("", null), true)))
        .isInstanceOf(PlanException.class)
        .hasMessageContaining("[attach] sessionless = true");
    assertThatThrownBy(
            () ->
                Attachment.to(
                    1, new Attachment.Order(Policy.EMPTY, supervisionOptions("", null), false)))
        .isInstanceOf(PlanException.class);
    Policy meant =
        PolicyFile.parse(
            "s.toml", "[attach]\nsessionless = true\n".getBytes(StandardCharsets.UTF_8));
    try (Beside beside = new Beside("read line");
        Attachment attachment =
            Attachment.to(
                beside.pid, new Attachment.Order(meant, supervisionOptions("", null), true))) {
      assertThat(attachment.session()).isEmpty();
    }
    assertThatThrownBy(
            () ->
                PolicyFile.parse(
                    "s.toml",
                    "[attach]\nsessionless = true\n[files]\nread = [\"/usr\"]\n"
                        .getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("s.toml:4")
        .hasMessageContaining("cannot stand beside attach.sessionless");
  }

  @Test
  void aSessionLivesAsLongAsSomebodyIsInIt() throws Exception {
    Session first = Session.create();
    String id = first.id();
    try (Session second = Session.join(id)) {
      first.close();
      assertThat(second.id()).isEqualTo(id);
      Session.join(id).close();
    }
    for (String unknown : List.of(id, "", "../x", "nobody")) {
      assertThatThrownBy(() -> Session.join(unknown))
          .isInstanceOf(SandboxException.class)
          .hasMessageContaining("there is no session");
    }
  }
}
