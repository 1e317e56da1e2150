package dev.paddock.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** On a pseudo-terminal of its own, which is nobody's controlling one; see pts(4). */
final class TerminalTest {
  private static final long TIOCGPTN = 0x80045430L;
  private static final long TIOCSPTLCK = 0x40045431L;
  private static final int C_LFLAG = 12;

  private static Fd master() throws KernelException {
    return Paths.open("/dev/ptmx".getBytes(US_ASCII), Paths.O_RDWR | Paths.O_NOCTTY, 0);
  }

  private static Fd slave(Fd master) throws KernelException {
    MemorySegment number = Kernel.scratch();
    number.set(ValueLayout.JAVA_INT, 0, 0);
    Kernel.check(
        Kernel.call(Nr.IOCTL, master.number(), TIOCSPTLCK, number.address()), "unlockpt", "");
    Kernel.check(Kernel.call(Nr.IOCTL, master.number(), TIOCGPTN, number.address()), "ptsname", "");
    String path = "/dev/pts/" + number.get(ValueLayout.JAVA_INT, 0);
    return Paths.open(path.getBytes(US_ASCII), Paths.O_RDWR | Paths.O_NOCTTY, 0);
  }

  @Test
  void knowsATerminal() throws Exception {
    try (Fd master = master();
        Fd slave = slave(master);
        Pipe pipe = Pipe.open()) {
      assertThat(Terminal.isTerminal(slave)).isTrue();
      assertThat(Terminal.isTerminal(pipe.readEnd())).isFalse();
    }
  }

  @Test
  void windowSizeIsSharedByBothSides() throws Exception {
    try (Fd master = master();
        Fd slave = slave(master)) {
      Terminal.WindowSize size = new Terminal.WindowSize(40_000, 51);
      Terminal.setWindowSize(master, size);
      assertThat(Terminal.windowSize(slave)).isEqualTo(size);
    }
  }

  @Test
  void settingsAreSavedAndGivenBack() throws Exception {
    try (Fd master = master();
        Fd slave = slave(master)) {
      byte[] saved = Terminal.attributes(slave);
      byte[] changed = saved.clone();
      changed[C_LFLAG] ^= 010; // ECHO
      Terminal.setAttributes(slave, changed);
      assertThat(Terminal.attributes(slave)).isEqualTo(changed).isNotEqualTo(saved);
      Terminal.setAttributes(slave, saved);
      assertThat(Terminal.attributes(slave)).isEqualTo(saved);
      assertThatThrownBy(() -> Terminal.setAttributes(slave, new byte[3]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatIsNotOurTerminalHasNoForegroundGroup() throws Exception {
    try (Fd master = master();
        Fd slave = slave(master);
        Pipe pipe = Pipe.open()) {
      assertNoTerminal(() -> Terminal.foregroundGroup(slave));
      assertNoTerminal(() -> Terminal.setForegroundGroup(slave, Processes.group(0)));
      assertNoTerminal(() -> Terminal.windowSize(pipe.readEnd()));
      assertNoTerminal(() -> Terminal.attributes(pipe.readEnd()));
    }
  }

  private static void assertNoTerminal(ThrowingCall call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.is(Errno.ENOTTY)).isTrue());
  }

  private interface ThrowingCall {
    void run() throws KernelException;
  }
}
