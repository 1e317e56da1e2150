package dev.paddock.sandbox.plan;

import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.SandboxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the target's executable as execvp(3) does, but knows the plan: a candidate that the plan
 * does not let run is passed over, as execvp passes over EACCES.
 */
public final class ExecutableSearch {
  private static final ByteString DEFAULT_PATH = ByteString.of("/bin:/usr/bin");
  private static final ByteString PATH = ByteString.of("PATH=");

  private final CompiledPlan plan;
  private final ByteString directory;
  private @Nullable ByteString refused;
  private @Nullable ByteString notExecutable;

  private ExecutableSearch(CompiledPlan plan, ByteString directory) {
    this.plan = plan;
    this.directory = directory;
  }

  /**
   * The path to execute.
   *
   * @param name the program as it was asked for
   * @param environment the target's
   * @param directory the target's working directory, absolute
   * @throws SandboxException with 127 if there is no such program, or 126 if it may not be executed
   */
  public static byte[] find(
      CompiledPlan plan, byte[] name, List<byte[]> environment, byte[] directory)
      throws SandboxException {
    ExecutableSearch search = new ExecutableSearch(plan, ByteString.of(directory));
    ByteString wanted = ByteString.of(name);
    if (wanted.indexOf('/', 0) >= 0) {
      if (search.isUsable(wanted)) {
        return name;
      }
      throw search.failure(wanted);
    }
    ByteString path = DEFAULT_PATH;
    for (byte[] assignment : environment) {
      ByteString string = ByteString.of(assignment);
      if (string.startsWith(PATH)) {
        path = string.slice(PATH.length(), string.length());
        break;
      }
    }
    int at = 0;
    while (at <= path.length()) {
      int colon = path.indexOf(':', at);
      int end = colon < 0 ? path.length() : colon;
      ByteString folder = path.slice(at, end);
      ByteString candidate =
          folder.isEmpty() ? wanted : folder.plus(ByteString.of("/")).plus(wanted);
      if (search.isUsable(candidate)) {
        return folder.isEmpty() ? ByteString.of("./").plus(wanted).toBytes() : candidate.toBytes();
      }
      at = end + 1;
    }
    throw search.failure(wanted);
  }

  private boolean isUsable(ByteString candidate) {
    ByteString absolute =
        candidate.at(0) == '/' ? candidate : directory.plus(ByteString.of("/")).plus(candidate);
    try {
      FileStatus status = plan.root().status(absolute);
      if (!status.isRegular() || !plan.root().accessible(absolute, Paths.X_OK)) {
        notExecutable = notExecutable == null ? candidate : notExecutable;
        return false;
      }
    } catch (KernelException missing) {
      return false; // Not here: the search goes on, and says so if it ends without a find.
    }
    if (!plan.access(absolute.toBytes()).readable()) {
      refused = refused == null ? absolute : refused;
      return false;
    }
    return true;
  }

  private SandboxException failure(ByteString wanted) {
    if (refused != null) {
      return new SandboxException(
          SandboxException.NOT_EXECUTABLE,
          refused + " is in no grant of this policy; \"-r " + refused + "\" would grant it");
    }
    if (notExecutable != null) {
      return new SandboxException(
          SandboxException.NOT_EXECUTABLE, notExecutable + " is not an executable file");
    }
    return new SandboxException(SandboxException.NOT_FOUND, wanted + ": command not found");
  }
}
