package dev.paddock.sandbox.run;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.SandboxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a run has from the calling process where its command names nothing else. */
final class CallerState {
  private static final byte[] STATUS = "/proc/self/status".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] UMASK = "\nUmask:\t".getBytes(StandardCharsets.US_ASCII);

  private CallerState() {}

  /** Where a command begins: absolute, by the current directory where it says nothing else. */
  static byte[] directory(Command command) throws SandboxException, KernelException {
    byte[] own = null;
    byte @Nullable [] asked = command.directory().orElse(null);
    if (asked == null || asked.length == 0 || asked[0] != '/') {
      try {
        own = Paths.currentDirectory();
      } catch (KernelException e) {
        if (!e.is(Errno.ENOENT)) {
          throw e;
        }
        throw new SandboxException(
            SandboxException.FAILED,
            "the current directory no longer exists; change to another one, or use --cwd",
            e);
      }
    }
    if (asked == null) {
      return Objects.requireNonNull(own);
    }
    if (own == null) {
      return asked;
    }
    return ByteString.of(own).plus(ByteString.of("/")).plus(ByteString.of(asked)).toBytes();
  }

  /** The environment, as {@code NAME=value}. */
  static List<byte[]> environment() {
    try {
      byte[] block = Paths.readAll("/proc/self/environ".getBytes(StandardCharsets.US_ASCII));
      List<byte[]> assignments = new ArrayList<>();
      int start = 0;
      for (int i = 0; i < block.length; i++) {
        if (block[i] == 0) {
          assignments.add(Arrays.copyOfRange(block, start, i));
          start = i + 1;
        }
      }
      return assignments;
    } catch (KernelException e) {
      throw new IllegalStateException("cannot read our own environment", e);
    }
  }

  /** The file mode creation mask. */
  static int umask() throws KernelException, SandboxException {
    byte[] status = new byte[512]; // The umask is in the second line.
    int length;
    try (Fd file = Paths.open(STATUS, Paths.O_RDONLY, 0)) {
      length = file.read(status, 0, status.length);
    }
    for (int at = 0; at + UMASK.length < length; at++) {
      if (Arrays.equals(status, at, at + UMASK.length, UMASK, 0, UMASK.length)) {
        int umask = 0;
        for (int i = at + UMASK.length; i < length && status[i] >= '0' && status[i] <= '7'; i++) {
          umask = (umask << 3) | (status[i] - '0');
        }
        return umask & 0777;
      }
    }
    throw new SandboxException(
        SandboxException.FAILED, "/proc/self/status names no umask; give one with umask(…)");
  }
}
