package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * What uname(2) says.
 *
 * @param system such as {@code Linux}
 * @param node the name of this machine in its network
 * @param release such as {@code 6.18.4}
 * @param machine such as {@code x86_64}
 */
public record Uname(String system, String node, String release, String machine) {
  /** The size of each field, its NUL included: __NEW_UTS_LEN + 1, see linux/utsname.h. */
  private static final int FIELD = 65;

  /** Asks the kernel. */
  public static Uname read() throws KernelException {
    MemorySegment u = Kernel.scratch();
    Kernel.check(Kernel.call(Nr.UNAME, u.address()), "uname", "");
    return new Uname(
        text(u, Layouts.Utsname.SYSNAME),
        text(u, Layouts.Utsname.NODENAME),
        text(u, Layouts.Utsname.RELEASE),
        text(u, Layouts.Utsname.MACHINE));
  }

  /**
   * Whether the kernel is of a release or a later one.
   *
   * @return false also where the release says nothing we understand
   */
  public boolean isAtLeast(int major, int minor) {
    int dot = release.indexOf('.');
    int end = dot + 1;
    while (end < release.length() && Character.isDigit(release.charAt(end))) {
      end++;
    }
    try {
      int first = Integer.parseInt(release.substring(0, Math.max(dot, 0)));
      int second = Integer.parseInt(release.substring(dot + 1, end));
      return first > major || (first == major && second >= minor);
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Not getString(), which makes a class at run time, in every start. */
  private static String text(MemorySegment u, long offset) {
    byte[] field = u.asSlice(offset, FIELD).toArray(ValueLayout.JAVA_BYTE);
    int length = 0;
    while (length < FIELD && field[length] != 0) {
      length++;
    }
    return new String(field, 0, length, StandardCharsets.UTF_8);
  }
}
