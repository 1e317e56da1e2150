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
   * What is to be judged of a program that nobody has judged before it started: what its own name
   * leads to now, and last what it is.
   *
   * @param process the process, which stands at its exec
   * @param actual what it has become
   * @param usual what it counts as where its own name leads to just what it is
   */
  List<ExecRequest> requests(int process, StartedProgram actual, ExecRequest.Role usual)
      throws KernelException {
    List<byte[]> arguments = Procfs.strings(actual.commandLine());
    List<byte[]> environment =
        actual.environment() == null ? List.of() : Procfs.strings(actual.environment());
    byte[] executable = StartedProgram.executable(process);
    LoaderReader.Loaded loaded = loader.read(executable, arguments);
    ExecRequest whole = request(usual, process, actual, executable, arguments, environment);
    if (loaded == null && Arrays.equals(executable, actual.path())) {
      return List.of(whole); // It was asked for by just the path of what it is.
    }
    List<ExecRequest> requests = new ArrayList<>();
    ExecReader.Asked by = ExecReader.asked(actual.path());
    ExecReader reader = new ExecReader(process, loader, withEnvironment);
    try (Fd started = reader.open(by)) {
      if (loaded == null && Paths.status(started).isSameFile(actual.image())) {
        return List.of(whole); // Nothing stands between its name and what runs.
      }
      requests.addAll(
          reader.candidate(by, started, asGiven(actual, arguments), environment).requests());
    } catch (KernelException | IllegalArgumentException e) {
      // It leads nowhere any more; its name is judged with what became of it.
      requests.addAll(reader.candidate(by, null, arguments, environment).requests());
    }
    requests.add(
        request(ExecRequest.Role.RESULT, process, actual, executable, arguments, environment));
    if (loaded != null) {
      requests.addAll(
          requests.size() - 1,
          reader
              .candidate(ExecReader.asked(loaded.path()), null, loaded.arguments(), environment)
              .requests());
    }
    return requests;
  }

  private static ExecRequest request(
      ExecRequest.Role role,
      int process,
      StartedProgram actual,
      byte[] executable,
      List<byte[]> arguments,
      List<byte[]> environment) {
    return new ExecRequest(
        role, process, actual.path(), executable, actual.image(), arguments, environment);
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
