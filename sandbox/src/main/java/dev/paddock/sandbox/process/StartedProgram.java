package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.InitialStack;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Tracee;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program that an exec has just started, before its first instruction: nobody but the kernel has
 * written its memory.
 *
 * @param image the file that it is
 * @param path AT_EXECFN: the path that execve was given
 * @param commandLine its arguments, each with a NUL
 * @param environment the same of its environment; null if it was not asked for
 */
@SuppressWarnings("ArrayRecordComponent") // compared one by one
record StartedProgram(
    FileStatus image, byte[] path, byte[] commandLine, byte @Nullable [] environment) {

  /** Where {@code /proc} shows the file that a process executes. */
  private static byte[] link(int process) {
    return ("/proc/" + process + "/exe").getBytes(StandardCharsets.US_ASCII);
  }

  /** Looks at a process that stands at its exec. */
  static StartedProgram read(Tracee.Executed executed, boolean withEnvironment)
      throws KernelException {
    int process = executed.thread();
    FileStatus image = Paths.status(link(process));
    try {
      InitialStack stack = executed.stack();
      return new StartedProgram(
          image, stack.path(), stack.arguments(), withEnvironment ? stack.environment() : null);
    } catch (KernelException e) {
      if (!e.is(Errno.EPROTO) && !e.is(Errno.EBADMSG)) {
        throw e;
      }
      // A 32-bit program: the kernel says the same elsewhere, only slower.
      return new StartedProgram(
          image,
          Procfs.executedPath(process),
          Procfs.read(process, "cmdline"),
          withEnvironment ? Procfs.read(process, "environ") : null);
    }
  }

  /** The path of a process's program. */
  static byte[] executable(int process) throws KernelException {
    return Paths.readLink(link(process));
  }

  /**
   * What is not as expected of an exec of which only the name was looked up. Whether that is a
   * script is told from the arguments: an interpreter gets the script's path before those that the
   * script was given.
   *
   * @return null if everything can be as expected
   */
  ExecReports.@Nullable Difference differenceFromAsked(ExecRequest asked) {
    if (!Arrays.equals(path, asked.path())) {
      return ExecReports.Difference.IMAGE;
    }
    boolean same = asked.file() != null && image.isSameFile(asked.file());
    if (same) {
      return Arrays.equals(commandLine, ExecCandidate.joined(asked.arguments()))
          ? null
          : ExecReports.Difference.ARGUMENTS;
    }
    List<byte[]> script = new ArrayList<>(asked.arguments());
    script.set(0, asked.path());
    byte[] tail = ExecCandidate.joined(script);
    int start = commandLine.length - tail.length;
    boolean interpreted =
        start > 0
            && commandLine[start - 1] == 0
            && Arrays.equals(commandLine, start, commandLine.length, tail, 0, tail.length);
    return interpreted ? null : ExecReports.Difference.IMAGE;
  }

  /** What is not as expected; null if everything is. */
  ExecReports.@Nullable Difference difference(ExecCandidate candidate) {
    if (!Arrays.equals(path, candidate.path())
        || (candidate.image() != null && !image.isSameFile(candidate.image()))) {
      return ExecReports.Difference.IMAGE;
    }
    // Without an image nobody knows what becomes of the arguments.
    if (candidate.image() != null && !Arrays.equals(commandLine, candidate.commandLine())) {
      return ExecReports.Difference.ARGUMENTS;
    }
    return Arrays.equals(environment, candidate.environment())
        ? null
        : ExecReports.Difference.ENVIRONMENT;
  }
}
