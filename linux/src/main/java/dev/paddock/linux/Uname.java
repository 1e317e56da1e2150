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
  /** Asks the kernel. */
  public static Uname read() throws KernelException {
    MemorySegment u = Kernel.scratch();
    Kernel.check(Kernel.call(Nr.UNAME, u.address()), "uname", "");
    return new Uname(
        u.getString(Layouts.Utsname.SYSNAME),
        u.getString(Layouts.Utsname.RELEASE),
        u.getString(Layouts.Utsname.MACHINE));
  }
}
