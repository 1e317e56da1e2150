package dev.paddock.linux;

import dev.paddock.linux.Layouts.Winsize;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Terminals; see ioctl_tty(2). */
public final class Terminal {
  /** More than the kernel's {@code struct termios} (36 bytes on both architectures). */
  private static final int TERMIOS = 64;

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
    return Kernel.call(Nr.IOCTL, fd.number(), Constants.TCGETS, Kernel.scratch().address()) == 0;
  }

  /**
   * The foreground process group of our controlling terminal.
   *
   * @throws KernelException with ENOTTY if the descriptor is not our controlling terminal
   */
  public static int foregroundGroup(Fd fd) throws KernelException {
    MemorySegment group = Kernel.scratch();
    Kernel.check(
        Kernel.call(Nr.IOCTL, fd.number(), Constants.TIOCGPGRP, group.address()),
        "ioctl(TIOCGPGRP)",
        "");
    return group.get(ValueLayout.JAVA_INT, 0);
  }

  /** The size of the window. */
  public static WindowSize windowSize(Fd fd) throws KernelException {
    MemorySegment size = Kernel.scratch();
    Kernel.check(
        Kernel.call(Nr.IOCTL, fd.number(), Constants.TIOCGWINSZ, size.address()),
        "ioctl(TIOCGWINSZ)",
        "");
    return new WindowSize(
        size.get(ValueLayout.JAVA_SHORT, Winsize.WS_COL) & 0xffff,
        size.get(ValueLayout.JAVA_SHORT, Winsize.WS_ROW) & 0xffff);
  }

  /**
   * Makes a process group of our session the foreground one of our controlling terminal. A caller
   * that is in the background itself is stopped by SIGTTOU, unless the calling thread blocks that.
   */
  public static void setForegroundGroup(Fd fd, int group) throws KernelException {
    MemorySegment value = Kernel.scratch();
    value.set(ValueLayout.JAVA_INT, 0, group);
    Kernel.check(
        Kernel.call(Nr.IOCTL, fd.number(), Constants.TIOCSPGRP, value.address()),
        "ioctl(TIOCSPGRP)",
        "");
  }

  /** Sets the size of the window; whoever is in the foreground gets SIGWINCH if it is another. */
  public static void setWindowSize(Fd fd, WindowSize size) throws KernelException {
    MemorySegment value = Kernel.scratch().asSlice(0, Winsize.SIZE).fill((byte) 0);
    value.set(ValueLayout.JAVA_SHORT, Winsize.WS_ROW, (short) size.rows());
    value.set(ValueLayout.JAVA_SHORT, Winsize.WS_COL, (short) size.columns());
    Kernel.check(
        Kernel.call(Nr.IOCTL, fd.number(), Constants.TIOCSWINSZ, value.address()),
        "ioctl(TIOCSWINSZ)",
        "");
  }

  /** The settings of a terminal, only to be given back to {@link #setAttributes}. */
  public static byte[] attributes(Fd fd) throws KernelException {
    MemorySegment settings = Kernel.scratch().asSlice(0, TERMIOS).fill((byte) 0);
    Kernel.check(
        Kernel.call(Nr.IOCTL, fd.number(), Constants.TCGETS, settings.address()),
        "ioctl(TCGETS)",
        "");
    byte[] saved = new byte[TERMIOS];
    MemorySegment.copy(settings, 0, MemorySegment.ofArray(saved), 0, TERMIOS);
    return saved;
  }

  /** Gives a terminal the settings that {@link #attributes} saved, at once. */
  public static void setAttributes(Fd fd, byte[] saved) throws KernelException {
    if (saved.length != TERMIOS) {
      throw new IllegalArgumentException(saved.length + " bytes are no saved settings");
    }
    MemorySegment settings = Kernel.scratch();
    MemorySegment.copy(MemorySegment.ofArray(saved), 0, settings, 0, TERMIOS);
    Kernel.check(
        Kernel.call(Nr.IOCTL, fd.number(), Constants.TCSETS, settings.address()),
        "ioctl(TCSETS)",
        "");
  }
}
