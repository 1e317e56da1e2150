package dev.paddock.sandbox.process;

import dev.paddock.linux.FileStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program that is about to be executed, or has been a moment ago and not run yet.
 *
 * @param role what the program is in this exec
 * @param thread the calling thread's id
 * @param path its path as it was given; for a descriptor {@code /dev/fd/N}, or {@code
 *     /dev/fd/N/path}, as the kernel has it
 * @param executable the absolute path of the file that this leads to, without symbolic links; a
 *     file without a name ends in {@code " (deleted)"}. Empty if it leads to none that is known
 * @param file that file; null if it is not known
 * @param arguments the program's arguments, its own name first; never empty
 * @param environment the environment, {@code NAME=value} each; empty unless {@link
 *     ExecJudge#needsEnvironment}
 * @param interpreters the words of a script's first line, and its interpreter's, which name what
 *     runs it; requests of their own follow
 */
@SuppressWarnings(
    "ArrayRecordComponent") // bytes as the process gave them, never compared as a whole
public record ExecRequest(
    Role role,
    int thread,
    byte[] path,
    byte[] executable,
    @Nullable FileStatus file,
    List<byte[]> arguments,
    List<byte[]> environment,
    List<byte[]> interpreters) {
  /** What a program is in an exec. */
  public enum Role {
    /** What was asked for: a binary, or a file that nobody knows how to run. */
    PROGRAM,
    /** What was asked for, which is a script; its interpreter follows. */
    SCRIPT,
    /** What the first line of a script names. */
    INTERPRETER,
    /** What the dynamic loader was told to run. */
    LOADED,
    /** What became the program in the end, which is not what was expected. */
    RESULT
  }

  /** A program that nothing interprets. */
  public ExecRequest(
      Role role,
      int thread,
      byte[] path,
      byte[] executable,
      @Nullable FileStatus file,
      List<byte[]> arguments,
      List<byte[]> environment) {
    this(role, thread, path, executable, file, arguments, environment, List.of());
  }

  /** The same, run by these. */
  ExecRequest by(List<byte[]> programs) {
    return new ExecRequest(role, thread, path, executable, file, arguments, environment, programs);
  }

  /** Copies the lists. */
  public ExecRequest {
    arguments = List.copyOf(arguments);
    environment = List.copyOf(environment);
    interpreters = List.copyOf(interpreters);
  }
}
