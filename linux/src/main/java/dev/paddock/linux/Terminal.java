package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Terminals; see ioctl_tty(2). */
public final class Terminal {
  private static final long TCGETS = 0x5401;
  private static final long TIOCGPGRP = 0x540f;
  private static final long TIOCGWINSZ = 0x5413;

  private Terminal() {}

  /**
   * The size of a terminal's window.
   *
   * @param columns in characters
   * @param rows in characters
   */
  public record WindowSize(int columns, int rows) {}

  /** Whether a descriptor is a terminal. */
  public static boolean isTerminal(Fd fd) {
    return Kernel.call(Nr.IOCTL, fd.number(), TCGETS, Kernel.scratch().address()) == 0;
  }

  /**
   * The foreground process group of our controlling terminal.
   *
   * @throws KernelException with ENOTTY if the descriptor is not our controlling terminal
   */
  public static int foregroundGroup(Fd fd) throws KernelException {
    MemorySegment group = Kernel.scratch();
    Kernel.check(
        Kernel.call(Nr.IOCTL, fd.number(), TIOCGPGRP, group.address()), "ioctl(TIOCGPGRP)", "");
    return group.get(ValueLayout.JAVA_INT, 0);
  }

  /** The size of the window; struct winsize { u16 rows, columns, xpixel, ypixel; }. */
  public static WindowSize windowSize(Fd fd) throws KernelException {
    MemorySegment size = Kernel.scratch();
    Kernel.check(
        Kernel.call(Nr.IOCTL, fd.number(), TIOCGWINSZ, size.address()), "ioctl(TIOCGWINSZ)", "");
    return new WindowSize(
        size.get(ValueLayout.JAVA_SHORT, 2) & 0xffff, size.get(ValueLayout.JAVA_SHORT, 0) & 0xffff);
  }
}
