package dev.paddock.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * The environment that the user gave. Our own JVM must start without what a JVM or the dynamic
 * loader acts upon (JAVA_TOOL_OPTIONS, LD_PRELOAD, ...), and a shell loses variables with odd
 * names; so the start script hands the exact block over as base64 (RFC 4648), in pieces, since one
 * string of an environment is limited to 128 KiB (execve(2), MAX_ARG_STRLEN).
 */
final class Inherited {
  private static final String NAME = "PADDOCK_ENVIRON_";
  private static final byte[] IGNORED = Bytes.utf8("PADDOCK_SIGNALS_IGNORED=");
  private static final byte[] GONE = Bytes.utf8("PADDOCK_DIRECTORY_GONE=1");

  private Inherited() {}

  /**
   * The user's environment.
   *
   * @param own the environment of this process; it is the user's if nothing was handed over
   * @throws IllegalArgumentException if what was handed over is no base64
   */
  static List<byte[]> environment(List<byte[]> own) {
    StringBuilder base64 = new StringBuilder();
    int piece = 0;
    byte[] name = Bytes.utf8(NAME + piece + "=");
    for (int at = 0; at < own.size(); at++) {
      byte[] entry = own.get(at);
      if (Bytes.startsWith(entry, name)) {
        base64.append(Bytes.latin1(entry, name.length, entry.length));
        piece++;
        name = Bytes.utf8(NAME + piece + "=");
        at = -1; // The pieces may stand in any order.
      }
    }
    return piece == 0 ? own : strings(Base64.getDecoder().decode(base64.toString()));
  }

  /**
   * Whether the user's current directory has been deleted. A JVM does not start in such a
   * directory, so the start script goes to another one and says so here.
   */
  static boolean isDirectoryGone(List<byte[]> own) {
    for (byte[] entry : own) {
      if (Arrays.equals(entry, GONE)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The signals that the caller ignores, bit n-1 for signal n. The JVM may have set other
   * dispositions since, so the start script says which they were: the decimal number of
   * proc_pid_stat(5), which knows the signals up to 31.
   */
  static long ignoredSignals(List<byte[]> own) {
    for (byte[] entry : own) {
      if (Bytes.startsWith(entry, IGNORED)) {
        return Long.parseLong(Bytes.latin1(entry, IGNORED.length, entry.length));
      }
    }
    return 0;
  }

  /** NUL-terminated strings, as in /proc/PID/environ and cmdline. */
  static List<byte[]> strings(byte[] block) {
    List<byte[]> strings = new ArrayList<>();
    int from = 0;
    while (from < block.length) {
      int end = Bytes.indexOf(block, 0, from);
      if (end < 0) {
        end = block.length;
      }
      strings.add(Bytes.slice(block, from, end));
      from = end + 1;
    }
    return strings;
  }
}
