package dev.paddock.sandbox.process;

import dev.paddock.linux.FileStatus;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an exec is about to do: what is to be judged, and what will then be seen if it does just
 * that.
 *
 * @param requests what is judged, what was asked for first
 * @param readable whether all of these could be read; if not, the last one could not
 * @param image the file that becomes the program; null if only the result can tell, as with a
 *     format that the kernel has been taught (binfmt_misc)
 * @param path AT_EXECFN of the new program
 * @param commandLine its {@code /proc/PID/cmdline}
 * @param environment its {@code /proc/PID/environ}; null if it was not asked for
 */
@SuppressWarnings("ArrayRecordComponent") // compared one by one
record ExecCandidate(
    List<ExecRequest> requests,
    boolean readable,
    @Nullable FileStatus image,
    byte[] path,
    byte[] commandLine,
    byte @Nullable [] environment) {

  /** What was asked for. */
  ExecRequest asked() {
    return requests.getFirst();
  }

  /** Strings as the kernel lays them out: each with a NUL. */
  static byte[] joined(List<byte[]> strings) {
    int length = 0;
    for (byte[] string : strings) {
      length += string.length + 1;
    }
    ByteArrayOutputStream joined = new ByteArrayOutputStream(length);
    for (byte[] string : strings) {
      joined.write(string, 0, string.length);
      joined.write(0);
    }
    return joined.toByteArray();
  }
}
