package dev.paddock.sandbox.plan;

import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.PathPattern;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.ValueException;
import dev.paddock.policy.Variables;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Whether a directory may be what a policy calls {@code ${workspace}}. A policy that grants writing
 * there means a project, not the place that somebody happened to stand in: the root, a home with
 * its keys and start-up files, or Paddock's own program.
 */
final class WorkspaceCheck {
  /** Themselves; a project may lie below. */
  private static final String[] SYSTEM = {
    "/", "/bin", "/boot", "/dev", "/dev/shm", "/etc", "/home", "/lib", "/lib32", "/lib64", "/media",
    "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/bin",
    "/usr/lib", "/usr/local", "/var", "/var/lib", "/var/tmp"
  };

  private WorkspaceCheck() {}

  /** Refuses each write grant of an unsuitable workspace, by its rule. */
  static void check(PlanDraft draft, Iterable<Entry<PathPattern>> written) {
    Variables variables = draft.variables;
    for (Entry<PathPattern> entry : written) {
      if (!isWorkspace(entry.value(), variables)) {
        continue;
      }
      boolean hasRoot = draft.parts.contains(ViewPart.FILES);
      String reason = unsuitable(variables.workspace(), variables.home(), hasRoot);
      if (reason != null) {
        draft.problem(
            entry.origin(),
            "files.write \""
                + entry.value()
                + "\": "
                + variables.workspace()
                + " "
                + reason
                + ", and no workspace: change to a project, or name one with --workdir; without"
                + " this policy, -w "
                + variables.workspace()
                + " is obeyed");
      }
    }
  }

  private static boolean isWorkspace(PathPattern pattern, Variables variables) {
    if (!pattern.text().startsWith(ByteString.of("${workspace"))) {
      return false;
    }
    try {
      ByteString workspace = new PathPattern(variables.workspace(), false).expand(variables).text();
      return pattern.expand(variables).text().equals(workspace);
    } catch (ValueException e) {
      return false; // The planner refuses what cannot be expanded.
    }
  }

  /** Why a directory is no workspace, or null if it may be one. */
  private static @Nullable String unsuitable(
      ByteString workspace, @Nullable ByteString home, boolean hasRoot) {
    FileStatus status;
    ByteString real;
    try {
      status = Paths.status(workspace.toBytes());
      real = ByteString.of(Paths.real(workspace.toBytes()));
    } catch (KernelException e) {
      return null; // The grant itself is refused for it.
    }
    if (home != null) {
      if (isSame(status, home)) {
        return "is the home directory";
      }
      if (holds(real, home)) {
        return "holds the home directory";
      }
    }
    for (String path : SYSTEM) {
      if (isSame(status, ByteString.of(path))) {
        return "is a directory of the system";
      }
    }
    ByteString image = image();
    if (image == null || !Grant.isBelow(image, real)) {
      return null;
    }
    boolean kept = hasRoot && !Grant.isBelow(real, image);
    return kept ? null : "holds the Paddock that you run, which only a view around it can keep";
  }

  /**
   * The directory that must not change for this program to stay what it is, or null where it runs
   * from no image: the one that the image is in, for a link in it leads there.
   */
  static @Nullable ByteString image() {
    try {
      byte[] home = System.getProperty("java.home").getBytes(StandardCharsets.UTF_8);
      ByteString image = ByteString.of(Paths.real(home));
      if (exists(image.plus(ByteString.of("/lib/paddock.aot")))) {
        int slash = image.lastIndexOf('/');
        return slash > 0 ? image.slice(0, slash) : image;
      }
    } catch (KernelException gone) {
      // Then nothing starts from it any more.
    }
    return null;
  }

  private static boolean isSame(FileStatus status, ByteString path) {
    try {
      return status.isSameFile(Paths.status(path.toBytes()));
    } catch (KernelException missing) {
      return false;
    }
  }

  private static boolean holds(ByteString directory, ByteString path) {
    try {
      return Grant.isBelow(ByteString.of(Paths.real(path.toBytes())), directory);
    } catch (KernelException missing) {
      return false;
    }
  }

  private static boolean exists(ByteString path) {
    try {
      Paths.status(path.toBytes());
      return true;
    } catch (KernelException missing) {
      return false;
    }
  }
}
