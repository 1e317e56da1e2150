package dev.paddock.cli;

import dev.paddock.policy.ByteString;
import java.util.ArrayList;
import java.util.List;

/** Which directories of PATH a command does not get, as it can reach nothing in them. */
final class DroppedDirectories {
  private static final ByteString PATH = ByteString.of("PATH=");

  private DroppedDirectories() {}

  /**
   * The directories, in their order.
   *
   * @param caller the caller's environment, as {@code NAME=value}
   * @param target what the target gets of it
   */
  static List<String> of(List<byte[]> caller, List<byte[]> target) {
    List<ByteString> kept = directories(target);
    List<String> dropped = new ArrayList<>();
    for (ByteString directory : directories(caller)) {
      if (!kept.contains(directory)) {
        dropped.add(Text.show(directory.toBytes()));
      }
    }
    return kept.isEmpty() ? List.of() : dropped;
  }

  private static List<ByteString> directories(List<byte[]> environment) {
    List<ByteString> directories = new ArrayList<>();
    for (byte[] assignment : environment) {
      ByteString string = ByteString.of(assignment);
      if (!string.startsWith(PATH)) {
        continue;
      }
      int at = PATH.length();
      while (at <= string.length()) {
        int colon = string.indexOf(':', at);
        int end = colon < 0 ? string.length() : colon;
        directories.add(string.slice(at, end));
        at = end + 1;
      }
      break;
    }
    return directories;
  }
}
