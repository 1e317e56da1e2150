package dev.paddock.sandbox.plan;

import dev.paddock.policy.ByteString;
import dev.paddock.policy.Glob;
import dev.paddock.sandbox.PlanLine;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a line of a policy denies: a path, of which any name may be a glob, and all below it.
 *
 * @param names the names of the path from the root on; the first ones without symbolic links
 * @param line the line of the plan
 */
record Denial(List<ByteString> names, PlanLine line) {
  /** Copies the names. */
  Denial {
    names = List.copyOf(names);
  }

  /** Whether a path is denied. */
  boolean covers(ByteString path) {
    List<ByteString> rest = rest(names, names(path));
    return rest != null && rest.isEmpty();
  }

  /** Whether something below a path may be denied. */
  boolean isBelow(ByteString path) {
    List<ByteString> rest = rest(names, names(path));
    return rest != null && !rest.isEmpty();
  }

  /**
   * What is left of a path's names inside a directory.
   *
   * @return none if the path is the directory or what that is in; null if it lies beside it
   */
  static @Nullable List<ByteString> rest(List<ByteString> names, List<ByteString> directory) {
    for (int i = 0; i < directory.size() && i < names.size(); i++) {
      if (!Glob.of(names.get(i)).matches(directory.get(i))) {
        return null;
      }
    }
    return names.subList(Math.min(directory.size(), names.size()), names.size());
  }

  /** The names of an absolute path. */
  static List<ByteString> names(ByteString path) {
    List<ByteString> names = new ArrayList<>();
    int at = 1;
    while (at < path.length()) {
      int slash = path.indexOf('/', at);
      int end = slash < 0 ? path.length() : slash;
      names.add(path.slice(at, end));
      at = end + 1;
    }
    return names;
  }
}
