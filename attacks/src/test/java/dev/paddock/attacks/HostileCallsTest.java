package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.policy.PolicyException;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.event.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rows 46 and 50: whole crowds of wrong system calls, by programs made for that, under everything
 * that a supervisor can do. Whatever becomes of the program, the supervisor lives, nothing outside
 * is touched, and nothing of the run is left. None is run bare: without a sandbox around them they
 * hurt the machine.
 *
 * <p>How long each takes, says the property {@code paddock.attacks.hostile}, in seconds.
 */
class HostileCallsTest {
  /** Exec rules, the count of processes, rules for signals: all that is held. */
  private static final String RULES =
      """
      extends = "base"
      [files]
      read = ["/proc/self"]
      [exec]
      deny = ["marker-d", "* arg-d"]
      [signals]
      deny = ["children:SIGTRAP"]
      [limits]
      processes = 100
      open-files = 512
      """;

  /** A program, and how it is asked to run for a while. */
  enum Crowd {
    SYSBADADDR("stress-ng", "--sysbadaddr 2"),
    SYSINVAL("stress-ng", "--sysinval 2"),
    ENOSYS("stress-ng", "--enosys 2"),
    SECCOMP("stress-ng", "--seccomp 2"),
    VFORK("stress-ng", "--vfork 4"),
    CLONE("stress-ng", "--clone 2"),
    // It makes no socket inside and tries for ever.
    TRINITY(
        "trinity",
        "-q -l off -C 4 -s 1 -a 64 --disable-fds=sockets --disable-fds=perf --disable-fds=drm");

    private final String program;
    private final String arguments;

    Crowd(String program, String arguments) {
      this.program = program;
      this.arguments = arguments;
    }

    private List<String> command(String file) {
      List<String> command = new ArrayList<>(List.of(file));
      if (program.equals("stress-ng")) {
        command.addAll(List.of("--timeout", seconds() + "s", "--oomable", "--temp-path", "."));
      }
      command.addAll(List.of(arguments.split(" ", -1)));
      if (this == SYSINVAL) {
        command.add("--pathological");
      }
      if (program.equals("trinity")) {
        command.addAll(List.of("-N", Integer.toString(2000 * seconds())));
      }
      return command;
    }
  }

  /** Why it is not run; null if it is. */
  private static @Nullable String skip(Crowd crowd) {
    if (!Files.isExecutable(Path.of("/usr/bin", crowd.program))) {
      return crowd.program + " is not installed";
    }
    if (crowd == Crowd.SYSINVAL && !Boolean.getBoolean("paddock.attacks.pathological")) {
      return "it may hang the machine, says stress-ng: -Dpaddock.attacks.pathological=true runs it";
    }
    if (crowd == Crowd.TRINITY && User.isRoot()) {
      return "trinity does not want to be run by root; the ordinary user runs it";
    }
    return null;
  }

  private Path root = Path.of("/nonexistent");
  private Path programs = root;
  private Path scratch = root;

  private static int seconds() {
    return Integer.getInteger("paddock.attacks.hostile", 1);
  }

  @BeforeEach
  void layOut() throws IOException {
    root = Files.createTempDirectory("paddock-hostile-").toRealPath();
    programs = Field.programs(root);
    Programs.copy("stress", programs);
    scratch = Files.createDirectory(root.resolve("scratch"));
  }

  @AfterEach
  void cleanUp() throws IOException {
    Trees.delete(root);
  }

  @ParameterizedTest
  @EnumSource
  void theSupervisorLives(Crowd crowd) throws Exception {
    String skip = skip(crowd);
    Assumptions.assumeTrue(skip == null, skip);
    Path file = Path.of("/usr/bin", crowd.program);
    AtomicLong denials = new AtomicLong();
    Sandbox sandbox = sandbox(denials);
    useful(sandbox);
    useful(sandbox);
    OpenResources before = OpenResources.take();
    String mark = "PADDOCK_ATTACK=hostile-" + crowd + "-" + ProcessHandle.current().pid();
    Path hidden = Files.createDirectory(root.resolve("hidden"));
    Path outside = Files.writeString(root.resolve("canary"), "untouched\n");
    Path canaryProgram = Programs.copy("canary", hidden);
    String tag = "hostile-" + ProcessHandle.current().pid();
    try (Canary canary = new Canary(canaryProgram, hidden, outside, tag)) {
      Map<String, String> state = canary.state();
      String attributes = attributes(outside);
      Result result =
          sandbox.run(
              Inside.command(crowd.command(file.toString()), mark, "HOME=" + scratch)
                  .directory(Inside.bytes(scratch.toString()))
                  .timeout(Duration.ofSeconds(60 + 3L * seconds()))
                  .grace(Duration.ofSeconds(1)));
      String said = new String(result.stderr(), StandardCharsets.ISO_8859_1);
      assertThat(result.outcome())
          .as("%s: %s", crowd, said)
          .isNotInstanceOf(Outcome.TimedOut.class);
      assertThat(canary.state()).as("the canary").isEqualTo(state);
      assertThat(attributes(outside)).as("the file outside").isEqualTo(attributes);
      assertThat(ProcessTree.withEnvironment(mark)).as("survivors").isEmpty();
    }
    useful(sandbox);
    before.assertNothingLeft();
  }

  private static String attributes(Path file) throws IOException {
    return new TreeMap<>(Files.readAttributes(file, "unix:mode,uid,gid,nlink,size,ctime"))
        + Files.readString(file);
  }

  /** What is to work before and after. */
  private void useful(Sandbox sandbox) throws IOException {
    Run run =
        Inside.run(
            sandbox,
            Inside.command(
                    List.of(
                        programs.resolve("stress").toString(), "bursts", "20", programs.toString()))
                .directory(Inside.bytes(scratch.toString()))
                .timeout(Duration.ofSeconds(30)));
    assertThat(run.output()).as(run.describe()).contains("done=20 failed=0");
  }

  private Sandbox sandbox(AtomicLong denials) throws IOException {
    try {
      return Sandbox.builder()
          .policy(PolicyFile.parse("hostile.toml", RULES.getBytes(StandardCharsets.UTF_8)))
          .read(programs)
          .write(scratch)
          .denials()
          .onEvent(
              event -> {
                if (event instanceof Event.Denied) {
                  denials.incrementAndGet();
                }
              })
          .build();
    } catch (PolicyException e) {
      throw new IOException(e);
    }
  }
}
