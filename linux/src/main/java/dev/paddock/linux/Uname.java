package dev.paddock.linux;

import java.lang.foreign.MemorySegment;

/**
 * What uname(2) says.
 *
 * @param system such as {@code Linux}
 * @param release such as {@code 6.18.4}
 * @param machine such as {@code x86_64}
 */
public record Uname(String system, String release, String machine) {
  private static final int FIELD = 65;

  /** Asks the kernel; struct utsname { char sysname[65], nodename[65], release[65], …; }. */
  public static Uname read() throws KernelException {
    MemorySegment u = Kernel.scratch();
    Kernel.check(Kernel.call(Nr.UNAME, u.address()), "uname", "");
    return new Uname(u.getString(0), u.getString(2 * FIELD), u.getString(4 * FIELD));
  }
}
