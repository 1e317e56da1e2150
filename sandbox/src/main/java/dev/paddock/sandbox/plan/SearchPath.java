package dev.paddock.sandbox.plan;

import dev.paddock.linux.KernelException;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * PATH without the directories that a plan opens nothing of. A program in one of those is found by
 * a shell's search, which then ends with "Permission denied" where the next directory would have
 * had one that may run.
 */
final class SearchPath {
  private static final ByteString PATH = ByteString.of("PATH=");
  private static final ByteString COLON = ByteString.of(":");

  private SearchPath() {}

  /**
   * The environment with such a PATH. If nothing of it can be reached it stays as it is.
   *
   * @param root whose paths these are
   * @param environment as {@code NAME=value}
   * @param access what the plan makes of a path without symbolic links
   */
  static List<byte[]> reachable(
      TargetRoot root,
      List<byte[]> environment,
      List<Grant> grants,
      Function<ByteString, Access> access) {
    List<byte[]> changed = new ArrayList<>(environment.size());
    for (byte[] assignment : environment) {
      ByteString string = ByteString.of(assignment);
      changed.add(
          string.startsWith(PATH) ? reachable(root, string, grants, access).toBytes() : assignment);
    }
    return changed;
  }

  private static ByteString reachable(
      TargetRoot root,
      ByteString assignment,
      List<Grant> grants,
      Function<ByteString, Access> access) {
    ByteString kept = PATH;
    int at = PATH.length();
    while (at <= assignment.length()) {
      int colon = assignment.indexOf(':', at);
      int end = colon < 0 ? assignment.length() : colon;
      ByteString folder = assignment.slice(at, end);
      if (isReachable(root, folder, grants, access)) {
        kept = (kept.equals(PATH) ? kept : kept.plus(COLON)).plus(folder);
      }
      at = end + 1;
    }
    return kept.equals(PATH) ? assignment : kept;
  }

  private static boolean isReachable(
      TargetRoot root, ByteString folder, List<Grant> grants, Function<ByteString, Access> access) {
    if (folder.isEmpty() || folder.at(0) != '/') {
      return true; // It depends on where the program is by then.
    }
    ByteString real;
    try {
      real = root.realIfThere(folder);
    } catch (KernelException e) {
      return false;
    }
    if (real == null) {
      return true; // What is not there stops no search.
    }
    boolean covered = false;
    for (Grant grant : grants) {
      if (Grant.isBelow(grant.path(), real)) {
        return true;
      }
      covered |= grant.covers(real);
    }
    return covered && access.apply(real).readable();
  }
}
