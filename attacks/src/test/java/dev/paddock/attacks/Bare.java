package dev.paddock.attacks;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs an attack with nothing around it. */
final class Bare {
  private static final Duration DEADLINE = Duration.ofSeconds(30).plusMillis(100L * Field.races());

  private Bare() {}

  static Run attack(Attack attack, Field field) throws IOException {
    List<String> command = field.command(attack);
    @Nullable File input =
        switch (attack.setting()) {
          case TERMINAL -> new File(field.name("terminal"));
          case READ_ONLY_INPUT -> new File(field.name("canary"));
          case PLAIN,
              ONE_PORT,
              ONE_ADDRESS,
              WAY_OUT,
              ONE_BINDING,
              LEAKED_ROOT,
              RING,
              EXEC_RULES,
              EXEC_TRACED,
              EXEC_NAMES,
              HUNG_FILE,
              TWENTY_PROCESSES,
              IN_A_VIEW ->
              null;
        };
    if (attack.setting() == Setting.LEAKED_ROOT) {
      List<String> leaking =
          new ArrayList<>(List.of("/bin/sh", "-c", "exec 7</; exec \"$@\"", "sh"));
      leaking.addAll(command);
      command = leaking;
    }
    return run(command, input);
  }

  /** Runs a command to its end, or kills it at the deadline. */
  static Run run(List<String> command, @Nullable File input) throws IOException {
    return run(command, input, DEADLINE);
  }

  /** Runs a command to its end, or kills it at the deadline. */
  static Run run(List<String> command, @Nullable File input, Duration deadline) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.redirectInput(input == null ? new File("/dev/null") : input);
    Process process = builder.start();
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<byte[]> output = readers.submit(reading(process.getInputStream()));
      Future<byte[]> errors = readers.submit(reading(process.getErrorStream()));
      if (!process.waitFor(deadline.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("not over after " + deadline + ": " + command);
      }
      return Run.of(process.exitValue(), output.get(), errors.get());
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException("cannot read the output of " + command, e);
    }
  }

  private static Callable<byte[]> reading(InputStream stream) {
    return stream::readAllBytes;
  }
}
