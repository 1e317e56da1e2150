package dev.paddock.sandbox.process;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Procfs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tells from a program that has just started what an exec must have asked for. */
final class ResultReader {
  private final LoaderReader loader;
  private final boolean withEnvironment;

  ResultReader(LoaderReader loader, boolean withEnvironment) {
    this.loader = loader;
    this.withEnvironment = withEnvironment;
  }

  /**
   * The same as {@link #requests}, but one question where its own name leads to just what it is:
   * for programs that are all judged this way, and of which nothing else was expected.
   */
  List<ExecRequest> fewest(int process, StartedProgram actual) throws KernelException {
    List<byte[]> arguments = Procfs.strings(actual.commandLine());
    byte[] executable = StartedProgram.executable(process);
    boolean whole =
        loader.read(executable, arguments) == null
            && (Arrays.equals(executable, actual.path()) || isNamed(process, actual));
    return whole
        ? List.of(request(ExecRequest.Role.PROGRAM, process, actual, executable, arguments))
        : requests(process, actual);
  }

  /** Whether nothing stands between the name of what runs and what runs. */
  private boolean isNamed(int process, StartedProgram actual) {
    ExecReader reader = new ExecReader(process, loader, withEnvironment, false);
    try (Fd started = reader.open(ExecReader.asked(actual.path()))) {
      return Paths.status(started).isSameFile(actual.image());
    } catch (KernelException | IllegalArgumentException e) {
      return false; // Then all is asked.
    }
  }

  /** What has become of an exec, and nothing about how. */
  static ExecRequest plain(int process, StartedProgram actual) throws KernelException {
    return request(
        ExecRequest.Role.RESULT,
        process,
        actual,
        StartedProgram.executable(process),
        Procfs.strings(actual.commandLine()));
  }

  /**
   * What is to be judged of a program that nobody has judged before it started: what its own name
   * leads to now, and last what it is.
   *
   * @param process the process, which stands at its exec
   * @param actual what it has become
   */
  List<ExecRequest> requests(int process, StartedProgram actual) throws KernelException {
    List<byte[]> arguments = Procfs.strings(actual.commandLine());
    List<byte[]> environment = environment(actual);
    List<ExecRequest> requests = new ArrayList<>();
    ExecReader.Asked by = ExecReader.asked(actual.path());
    ExecReader reader = new ExecReader(process, loader, withEnvironment, true);
    try (Fd started = reader.open(by)) {
      requests.addAll(
          reader.candidate(by, started, asGiven(actual, arguments), environment).requests());
    } catch (KernelException | IllegalArgumentException e) {
      // It leads nowhere any more; its name is judged with what became of it.
      requests.addAll(reader.candidate(by, null, arguments, environment).requests());
    }
    byte[] executable = StartedProgram.executable(process);
    requests.add(request(ExecRequest.Role.RESULT, process, actual, executable, arguments));
    LoaderReader.Loaded loaded = loader.read(executable, arguments);
    if (loaded != null) {
      requests.addAll(
          requests.size() - 1,
          reader
              .candidate(ExecReader.asked(loaded.path()), null, loaded.arguments(), environment)
              .requests());
    }
    return requests;
  }

  private static List<byte[]> environment(StartedProgram actual) {
    byte[] environment = actual.environment();
    return environment == null ? List.of() : Procfs.strings(environment);
  }

  private static ExecRequest request(
      ExecRequest.Role role,
      int process,
      StartedProgram actual,
      byte[] executable,
      List<byte[]> arguments) {
    return new ExecRequest(
        role, process, actual.path(), executable, actual.image(), arguments, environment(actual));
  }

  /** What a program was given, if it is a script whose path stands among what its result got. */
  private static List<byte[]> asGiven(StartedProgram actual, List<byte[]> arguments) {
    for (int i = 1; i < arguments.size(); i++) {
      if (Arrays.equals(arguments.get(i), actual.path())) {
        return arguments.subList(i, arguments.size());
      }
    }
    return arguments;
  }
}
