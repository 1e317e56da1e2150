package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** What the kernel says, and what a confined process makes it say. */
final class LinuxFuzzTest {
  /** The sockaddr, its length as the process gives it last. */
  @FuzzTest
  void socketAddress(byte[] content) {
    int[] lengths = {
      content.length, content.length / 2, 0, -1, Integer.MIN_VALUE, SocketAddress.MAXIMUM + 1
    };
    for (int length : lengths) {
      SocketAddress address = SocketAddress.decode(content, length);
      assertHarmless(address.toString());
      assertThat(address).isEqualTo(SocketAddress.decode(content.clone(), length));
      switch (address) {
        case SocketAddress.UnixPath path -> {
          assertThat(path.path()).doesNotContain((byte) 0);
          assertThat(path.path().length).isBetween(1, 108);
        }
        case SocketAddress.UnixAbstract name ->
            assertThat(name.name().length).isLessThanOrEqualTo(107);
        case SocketAddress.Inet4 inet -> assertThat(inet.port()).isBetween(0, 65535);
        case SocketAddress.Inet6 inet -> assertThat(inet.port()).isBetween(0, 65535);
        case SocketAddress.Malformed bad -> assertThat(bad.length()).isEqualTo(length);
        case SocketAddress.Unspecified _,
            SocketAddress.UnixUnnamed _,
            SocketAddress.Netlink _,
            SocketAddress.Vsock _,
            SocketAddress.Unknown _ -> {}
      }
    }
  }

  private static void assertHarmless(String shown) {
    assertThat(shown).isNotEmpty();
    for (int at = 0; at < shown.length(); at++) {
      assertThat(Character.isISOControl(shown.charAt(at))).as(shown).isFalse();
    }
  }

  /** An answer of sock_diag(7), of which a confined program chooses the names of its sockets. */
  @FuzzTest
  void unixSockets(byte[] content) {
    SocketDiagnostics.Answer answer = SocketDiagnostics.decode(content, 7);
    assertThat(answer.error()).isNotNegative();
    assertThat(answer.sockets().size()).isLessThanOrEqualTo(content.length / 32);
    for (SocketDiagnostics.UnixEntry entry : answer.sockets()) {
      assertThat(entry.name().length).isLessThan(content.length);
    }
  }

  @FuzzTest
  void processStat(byte[] content) {
    try {
      ProcessStat stat = ProcessStat.parse(content);
      assertThat(stat.command().length).isLessThan(content.length);
      assertThat(stat).isEqualTo(ProcessStat.parse(content.clone()));
    } catch (KernelException e) {
      assertThat(e.errno().number()).isEqualTo(Errno.EBADMSG);
    }
  }

  /** A process's name in front of the rest: whatever it is, the rest is read the same. */
  @FuzzTest
  void processName(byte[] content) throws KernelException {
    byte[] name = Arrays.copyOf(content, Math.min(64, content.length));
    byte[] rest = " S 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 77 9\n".getBytes(ASCII);
    ByteBuffer line = ByteBuffer.allocate(5 + name.length + 1 + rest.length);
    line.put("42 (".getBytes(ASCII)).put(name).put((byte) ')').put(rest);
    ProcessStat stat = ProcessStat.parse(Arrays.copyOf(line.array(), line.position()));
    assertThat(stat.command()).isEqualTo(name);
    assertThat(stat.pid()).isEqualTo(42);
    assertThat(stat.parent()).isEqualTo(1);
    assertThat(stat.startTime()).isEqualTo(77);
  }

  private static final java.nio.charset.Charset ASCII = java.nio.charset.StandardCharsets.US_ASCII;

  @FuzzTest
  void processStatus(byte[] content) {
    assertThat(Procfs.statusField(content, "Uid").orElse("").indexOf('\n')).isNegative();
    try {
      long _ = Procfs.signalMask(content, "SigPnd");
    } catch (KernelException e) {
      assertThat(e.errno().number()).isEqualTo(Errno.EBADMSG);
    }
  }

  @FuzzTest
  void strings(byte[] content) {
    int total = 0;
    for (byte[] string : Procfs.strings(content)) {
      assertThat(string).doesNotContain((byte) 0);
      total += string.length + 1;
    }
    assertThat(total).isBetween(content.length, content.length + 1);
  }

  /** A stack, read as that of a new program. */
  @FuzzTest
  void initialStack(byte[] content) {
    InitialStack stack = new InitialStack(1, 0x7f00, content);
    for (int what = 0; what < 3; what++) {
      try {
        byte[] read =
            switch (what) {
              case 0 -> stack.arguments();
              case 1 -> stack.environment();
              default -> stack.path();
            };
        if (what < 2) {
          assertThat(read.length == 0 || read[read.length - 1] == 0).isTrue();
        } else {
          assertThat(read).doesNotContain((byte) 0);
        }
      } catch (KernelException e) {
        assertThat(e.errno().number()).isEqualTo(Errno.EBADMSG);
      }
    }
  }

  /** A stack laid out as the kernel does it gives back what was laid there. */
  @FuzzTest
  void laidStack(byte[] content) throws KernelException {
    List<byte[]> strings = Procfs.strings(content);
    int argc = strings.size() / 2;
    long base = 0x7ffc_0000_1000L;
    int words = 1 + strings.size() + 2 + 6;
    int size = 8 * words + content.length + strings.size() + 8;
    ByteBuffer stack = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    stack.putLong(argc);
    int at = 8 * words;
    for (int i = 0; i < strings.size(); i++) {
      if (i == argc) {
        stack.putLong(0);
      }
      stack.putLong(base + at);
      System.arraycopy(strings.get(i), 0, stack.array(), at, strings.get(i).length);
      at += strings.get(i).length + 1;
    }
    if (argc == strings.size()) {
      stack.putLong(0);
    }
    stack.putLong(0).putLong(33).putLong(-1);
    stack.putLong(Constants.AT_EXECFN).putLong(base + at).putLong(0).putLong(0);
    stack.array()[at] = '/';
    InitialStack read = new InitialStack(1, base, stack.array());
    List<byte[]> all = new java.util.ArrayList<>(Procfs.strings(read.arguments()));
    assertThat(all).hasSize(argc);
    all.addAll(Procfs.strings(read.environment()));
    assertThat(all).usingElementComparator(Arrays::compare).isEqualTo(strings);
    assertThat(read.path()).isEqualTo(new byte[] {'/'});
  }

  /** Control messages of recvmsg(2). */
  @FuzzTest
  void controlMessages(byte[] content) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment control = arena.allocate(Math.max(8, content.length), 8);
      MemorySegment.copy(MemorySegment.ofArray(content), 0, control, 0, content.length);
      assertThat(UnixSocket.numbers(control, content.length).size())
          .isLessThanOrEqualTo(content.length / 4);
    }
  }

  /** A notification: the fields are where the kernel has them. */
  @FuzzTest
  void notification(byte[] content) {
    Notification notification = new Notification();
    byte[] whole = Arrays.copyOf(content, Layouts.SeccompNotif.SIZE);
    MemorySegment.copy(MemorySegment.ofArray(whole), 0, notification.cleared(), 0, whole.length);
    ByteBuffer fields = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(notification.id()).isEqualTo(fields.getLong(0));
    assertThat(notification.thread()).isEqualTo(fields.getInt(8));
    assertThat(notification.number()).isEqualTo(fields.getInt(16));
    assertThat(notification.instructionPointer()).isEqualTo(fields.getLong(24));
    for (int i = 0; i < 6; i++) {
      assertThat(notification.argument(i)).isEqualTo(fields.getLong(32 + 8 * i));
    }
  }
}
