package dev.paddock.attacks;

import dev.paddock.linux.Fd;
import dev.paddock.linux.Kernel;
import dev.paddock.linux.Paths;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.Stdio;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs an attack in a sandbox: the base policy, a readable folder, a writable one, nothing else.
 */
final class Inside {
  private static final Duration DEADLINE = Duration.ofSeconds(30).plusMillis(100L * Field.races());

  /** The port that {@link Setting#ONE_PORT} and {@link Setting#ONE_BINDING} grant: discard. */
  private static final String PORT = "9";

  private static final int RING_DESCRIPTOR = 9;
  private static final int IO_URING_SETUP = 425;
  private static final int IO_URING_PARAMETERS_BYTES = 120;
  private static final int FCNTL = System.getProperty("os.arch").equals("aarch64") ? 25 : 72;
  private static final int F_SETFD = 2;

  private Inside() {}

  static Run attack(Attack attack, Field field, ViewMode view) throws IOException {
    Rules rules = attack.setting().rules();
    Sandbox.Builder builder =
        (rules == null ? Sandbox.builder() : rules.builder())
            .view(view)
            .read(field.granted())
            .write(field.scratch());
    switch (attack.setting()) {
      case ONE_PORT -> builder.network("tcp://*:" + PORT);
      case ONE_ADDRESS -> builder.network("127.0.0.1:" + PORT);
      case ONE_BINDING -> builder.bind(PORT);
      case EXEC_TRACED -> builder.traced();
      case IN_A_VIEW -> builder.workspace(field.scratch());
      case PLAIN,
          WAY_OUT,
          TERMINAL,
          READ_ONLY_INPUT,
          LEAKED_ROOT,
          RING,
          EXEC_RULES,
          EXEC_NAMES,
          HUNG_FILE,
          TWENTY_PROCESSES -> {}
    }
    List<String> words = field.command(attack);
    if (attack.setting() == Setting.RING) {
      words.add(Integer.toString(RING_DESCRIPTOR));
    }
    List<Fd> open = new ArrayList<>();
    try {
      Command command =
          command(words).directory(bytes(field.scratch().toString())).timeout(DEADLINE);
      switch (attack.setting()) {
        case TERMINAL ->
            command =
                command.stdin(input(open, field.name("terminal"), Paths.O_RDWR | Paths.O_NOCTTY));
        case READ_ONLY_INPUT ->
            command = command.stdin(input(open, field.name("canary"), Paths.O_RDONLY));
        case LEAKED_ROOT -> open.add(leak());
        case RING -> {
          Fd ring = ring();
          open.add(ring);
          try {
            return run(builder.build(), command.extraDescriptor(RING_DESCRIPTOR, ring));
          } catch (SandboxException refused) {
            // Kernels since 6.7 do not pass rings through sockets. What the target then gets by
            // that number is as good as a ring for a call that must not even look at it.
            Fd other = Paths.open(bytes("/dev/null"), Paths.O_RDWR, 0);
            open.add(other);
            command = command.extraDescriptor(RING_DESCRIPTOR, other);
          }
        }
        case PLAIN,
            ONE_PORT,
            ONE_ADDRESS,
            WAY_OUT,
            ONE_BINDING,
            EXEC_RULES,
            EXEC_TRACED,
            EXEC_NAMES,
            HUNG_FILE,
            TWENTY_PROCESSES,
            IN_A_VIEW -> {}
      }
      return run(builder.build(), command);
    } finally {
      open.forEach(Fd::close);
    }
  }

  /** A command with nothing but a search path in its environment, and its output collected. */
  static Command command(List<String> words, String... assignments) {
    List<byte[]> environment = new ArrayList<>();
    environment.add(bytes("PATH=/usr/bin:/bin"));
    for (String assignment : assignments) {
      environment.add(bytes(assignment));
    }
    return Command.ofBytes(words.stream().map(Inside::bytes).toList())
        .environment(environment)
        .stdin(Stdio.none())
        .stdout(Stdio.capture())
        .stderr(Stdio.capture());
  }

  static Run run(Sandbox sandbox, Command command) throws IOException {
    try {
      Result result = sandbox.run(command);
      return Run.of(result.status(), result.stdout(), result.stderr());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Stdio input(List<Fd> open, String path, int flags) throws IOException {
    Fd file = Paths.open(bytes(path), flags, 0);
    open.add(file);
    return Stdio.descriptor(file);
  }

  /** The root directory in a descriptor that every program started from here would inherit. */
  private static Fd leak() throws IOException {
    Fd root = Paths.open(bytes("/"), Paths.O_RDONLY | Paths.O_DIRECTORY, 0);
    long result = Kernel.call(FCNTL, root.number(), F_SETFD, 0);
    if (result < 0) {
      throw new IOException("fcntl(F_SETFD): " + result);
    }
    return root;
  }

  private static Fd ring() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment parameters = arena.allocate(IO_URING_PARAMETERS_BYTES, Long.BYTES);
      long ring = Kernel.call(IO_URING_SETUP, 4, parameters.address());
      if (ring < 0) {
        // Switched off here: what is handed over then is as good as any for a call that is refused.
        return Paths.open(bytes("/dev/null"), Paths.O_RDWR, 0);
      }
      return Fd.owned((int) ring);
    }
  }
}
