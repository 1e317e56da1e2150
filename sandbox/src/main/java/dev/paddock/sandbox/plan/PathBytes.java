package dev.paddock.sandbox.plan;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The bytes of a {@link Path}, which the JDK keeps but does not show, except in its URI. */
public final class PathBytes {
  private PathBytes() {}

  /** The bytes that the JDK would hand to the kernel for an absolute path. */
  public static byte[] of(Path path) {
    URI uri = path.toUri();
    String raw = uri.getRawPath();
    byte[] bytes = new byte[raw.length()];
    int length = 0;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        bytes[length++] =
            (byte)
                (Character.digit(raw.charAt(i + 1), 16) << 4
                    | Character.digit(raw.charAt(i + 2), 16));
        i += 2;
      } else {
        byte[] one = String.valueOf(c).getBytes(StandardCharsets.UTF_8);
        bytes[length++] = one[0];
      }
    }
    while (length > 1 && bytes[length - 1] == '/') {
      length--; // A directory's URI ends in a slash.
    }
    return java.util.Arrays.copyOf(bytes, length);
  }
}
