package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Procfs;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.Attachment;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.event.Event;
import dev.paddock.sandbox.event.EventSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Takes over programs in the middle of whatever they do. From then on none of their descendants
 * runs what is denied, and nothing else about them changes; once they are let go, no trace is left.
 *
 * <p>How often each is tried, says the property {@code paddock.attacks.attaches}.
 */
class AttachTest {
  /** What a program is busy with; attached.c. */
  enum Mode {
    FORKS(10),
    VFORK(10),
    EXEC(10),
    THREADS(80),
    SERVER(10),
    CLONE(10),
    SHELL(10),
    STOPPED(10);

    private final int denied;

    Mode(int denied) {
      this.denied = denied;
    }

    /**
     * Whoever is traced is woken by signals that it ignores by default, such as SIGCHLD, and
     * epoll_wait(2) is not begun again then. No tracer can help it.
     */
    private String eintr() {
      return this == SERVER ? "\\d+" : "0";
    }
  }

  /** The same as attached.c does, in pipelines. */
  private static final String SCRIPT =
      """
      exec 100>/dev/null
      ok=0 failed=0 killed=0 ran=0 freed=0
      echo ready $$
      while [ ! -e "$1/go" ]; do
        if "$2/marker-a" | "$2/marker-a" | "$2/marker-a"; then ok=$((ok+1)); else failed=$((failed+1)); fi
      done
      for i in 1 2 3 4 5 6 7 8 9 10; do
        "$2/marker-a" | "$2/marker-d"
        case $? in 137) killed=$((killed+1));; 0) ran=$((ran+1));; *) failed=$((failed+1));; esac
      done
      echo denied
      while [ ! -e "$1/free" ]; do "$2/marker-a"; done
      for i in 1 2 3 4 5; do "$2/marker-a" | "$2/marker-d" && freed=$((freed+1)); done
      echo free
      echo ok=$ok failed=$failed killed=$killed ran=$ran freed=$freed eintr=0
      """;

  private static final String STARTER = "\"$@\" & wait $!";

  private final Random random = new Random(Long.getLong("paddock.attacks.seed", 1));
  private Path root = Path.of("/nonexistent");
  private Path programs = root;

  @BeforeEach
  void layOut() throws IOException {
    root = Files.createTempDirectory("paddock-attach-").toRealPath();
    programs = Field.programs(root);
    Programs.copy("attached", root);
  }

  @AfterEach
  void cleanUp() throws IOException {
    for (ProcessHandle left : ProcessHandle.allProcesses().toList()) {
      if (left.info().commandLine().orElse("").contains(root.toString())) {
        left.destroyForcibly();
      }
    }
    Trees.delete(root);
  }

  @ParameterizedTest
  @EnumSource
  void everyDescendantIsJudged(Mode mode) throws Exception {
    for (int round = 0; round < Integer.getInteger("paddock.attacks.attaches", 3); round++) {
      takeOver(mode, "round " + round + " of " + mode);
    }
  }

  private void takeOver(Mode mode, String what) throws Exception {
    Path scratch = Files.createTempDirectory(root, "scratch");
    // Not as a child of ours: we would wait for it ourselves.
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", STARTER, "sh"));
    command.addAll(command(mode, scratch));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (BufferedReader lines = process.inputReader()) {
      String ready = lines.readLine();
      assertThat(ready).as(what).startsWith("ready ");
      int pid = Integer.parseInt(ready.substring("ready ".length()));
      LockSupport.parkNanos(random.nextInt(3_000_000)); // Any moment will do.
      if (mode == Mode.STOPPED) {
        stopAndLetGo(pid, what);
      }
      Queue<Event> events = new ConcurrentLinkedQueue<>();
      try (Attachment attachment = Attachment.to(pid, order(events))) {
        if (mode == Mode.STOPPED) {
          assertThat(Procfs.state(pid)).as(what).isIn('t', 'T');
          signal(pid, "CONT");
        }
        Files.createFile(scratch.resolve("go"));
        assertThat(lines.readLine()).as(what).isEqualTo("denied");
        assertThat(attachment.pid()).isEqualTo(pid);
      }
      assertUntouched(pid, what);
      Files.createFile(scratch.resolve("free"));
      assertThat(lines.readLine()).as(what).isEqualTo("free");
      String counts = lines.readLine();
      assertThat(counts)
          .as(what)
          .matches(
              "ok=\\d+ failed=0 killed=" + mode.denied + " ran=0 freed=5 eintr=" + mode.eintr());
      assertThat(process.waitFor()).as(what).isZero();
      assertThat(denials(events)).as(what).isEqualTo(mode.denied);
      assertThat(events).as(what).noneMatch(Event.Alert.class::isInstance);
      assertThat(events).as(what).anyMatch(Event.Attached.class::isInstance);
      assertThat(events).as(what).anyMatch(Event.Detached.class::isInstance);
    } finally {
      for (ProcessHandle left : process.descendants().toList()) {
        left.destroyForcibly();
      }
      process.destroyForcibly().waitFor();
    }
  }

  /** Then nobody judges any more, and nobody stands still. */
  @Test
  void aTracerThatIsKilledLetsAllGo() throws Exception {
    Path scratch = Files.createDirectory(root.resolve("scratch"));
    Process process =
        new ProcessBuilder(command(Mode.THREADS, scratch))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines = process.inputReader()) {
      String ready = "" + lines.readLine();
      int pid = Integer.parseInt(ready.substring("ready ".length()));
      String classes =
          System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
      Process tracer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin/java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  classes,
                  AttachMain.class.getName(),
                  "" + pid)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      assertThat(tracer.getInputStream().read()).isEqualTo('a');
      tracer.destroyForcibly().waitFor();
      assertUntouched(pid, "after the tracer's end");
      Files.createFile(scratch.resolve("go"));
      assertThat(lines.readLine()).isEqualTo("denied");
      Files.createFile(scratch.resolve("free"));
      assertThat(lines.readLine()).isEqualTo("free");
      assertThat(lines.readLine()).matches("ok=\\d+ failed=0 killed=0 ran=80 freed=5 eintr=0");
      assertThat(process.waitFor()).isZero();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private List<String> command(Mode mode, Path scratch) {
    return switch (mode) {
      case SHELL ->
          List.of("/bin/bash", "-c", SCRIPT, "bash", scratch.toString(), programs.toString());
      case STOPPED -> command(Mode.FORKS, scratch);
      case FORKS, VFORK, EXEC, THREADS, SERVER, CLONE ->
          List.of(
              root.resolve("attached").toString(),
              mode.name().toLowerCase(java.util.Locale.ROOT),
              scratch.toString(),
              programs.toString());
    };
  }

  /** A process that is stopped stays so, while it is taken over and afterwards. */
  private void stopAndLetGo(int pid, String what) throws Exception {
    signal(pid, "STOP");
    awaitStopped(pid); // A stop comes when the process next leaves the kernel.
    Attachment.to(pid, order(new ConcurrentLinkedQueue<>())).close();
    awaitStopped(pid); // From the one stop into the other it goes by itself, and runs nothing.
    long before = processorTime(pid);
    assertThat(Procfs.state(pid)).as(what).isEqualTo('T');
    assertThat(processorTime(pid)).as(what).isEqualTo(before);
  }

  private static void awaitStopped(int pid) throws Exception {
    while (Procfs.state(pid) != 'T') {
      Thread.onSpinWait();
    }
  }

  private static long processorTime(int pid) throws Exception {
    String[] times =
        new String(Procfs.read(pid, "schedstat"), StandardCharsets.US_ASCII).split(" ", -1);
    return Long.parseLong(times[0]);
  }

  private static void signal(int pid, String name) throws Exception {
    int status = new ProcessBuilder("/bin/kill", "-s", name, "" + pid).start().waitFor();
    assertThat(status).isZero();
  }

  private static long denials(Queue<Event> events) {
    return events.stream()
        .filter(event -> event instanceof Event.Exec exec && exec.decision() == Event.Decision.DENY)
        .count();
  }

  private Attachment.Order order(Queue<Event> events) throws Exception {
    Policy policy =
        PolicyFile.parse(
            "attach.toml", "[exec]\ndeny = [\"marker-d\"]\n".getBytes(StandardCharsets.UTF_8));
    SupervisionOptions supervisionOptions =
        SupervisionOptions.builder()
            .session("test")
            .sink(() -> EventSink.callback(events::add))
            .build();
    return new Attachment.Order(policy, supervisionOptions, false);
  }

  /** Nobody is traced or stopped, no signal waits. */
  private static void assertUntouched(int pid, String what) throws IOException {
    List<Integer> processes = new ArrayList<>(List.of(pid));
    ProcessHandle.of(pid)
        .ifPresent(handle -> handle.descendants().forEach(d -> processes.add((int) d.pid())));
    for (int process : processes) {
      try {
        for (int thread : Procfs.threads(process)) {
          byte[] status = Procfs.read(thread, "status");
          String state = Procfs.statusField(status, "State").orElse("");
          assertThat(Procfs.statusField(status, "TracerPid")).as(what).contains("0");
          assertThat(state).as(what).doesNotStartWith("t").doesNotStartWith("T");
          assertThat(Procfs.signalMask(status, "SigPnd")).as(what).isZero();
        }
      } catch (dev.paddock.linux.KernelException e) {
        // It has ended meanwhile.
      }
    }
  }
}
