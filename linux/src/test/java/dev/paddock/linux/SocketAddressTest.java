package dev.paddock.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.linux.SocketAddress.Inet4;
import dev.paddock.linux.SocketAddress.Inet6;
import dev.paddock.linux.SocketAddress.Malformed;
import dev.paddock.linux.SocketAddress.Netlink;
import dev.paddock.linux.SocketAddress.UnixAbstract;
import dev.paddock.linux.SocketAddress.UnixPath;
import dev.paddock.linux.SocketAddress.UnixUnnamed;
import dev.paddock.linux.SocketAddress.Unknown;
import dev.paddock.linux.SocketAddress.Unspecified;
import dev.paddock.linux.SocketAddress.Vsock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SocketAddressTest {
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;

  private static ByteBuffer buffer(int size, int family) {
    ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    return size >= 2 ? buffer.putShort((short) family) : buffer;
  }

  private static SocketAddress decode(ByteBuffer buffer) {
    return SocketAddress.decode(bytes(buffer), buffer.capacity());
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return bytes;
  }

  private static byte[] inet4(int family) {
    return bytes(
        buffer(16, family).order(ByteOrder.BIG_ENDIAN).putShort((short) 65_535).putInt(0xc0a80001));
  }

  private static ByteBuffer inet6(long high, long low, int scope) {
    return buffer(28, Constants.AF_INET6)
        .order(ByteOrder.BIG_ENDIAN)
        .putShort((short) 443)
        .putInt(0x12345)
        .putLong(high)
        .putLong(low)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(scope);
  }

  @Test
  void inet4() {
    SocketAddress address = SocketAddress.decode(inet4(Constants.AF_INET), 16);
    assertThat(address).isEqualTo(new Inet4(0xc0a80001, 65_535)).hasToString("192.168.0.1:65535");
    byte[] longer = Arrays.copyOf(inet4(Constants.AF_INET), 100);
    assertThat(SocketAddress.decode(longer, 100)).isEqualTo(address);
    assertThat(SocketAddress.decode(longer, 15)).isEqualTo(new Malformed(Constants.AF_INET, 15));
  }

  @Test
  void inet6WithScope() {
    SocketAddress address = decode(inet6(0xfe80L << 48, 1, -2));
    assertThat(address)
        .isEqualTo(new Inet6(0xfe80L << 48, 1, 443, 0x12345, -2))
        .hasToString("[fe80:0:0:0:0:0:0:1%4294967294]:443");
    assertThat(((Inet6) address).mapped()).isEmpty();
  }

  @Test
  void inet6WithoutScope() {
    byte[] bytes = bytes(inet6(1, 2, 7));
    for (int length = 24; length < 28; length++) {
      assertThat(SocketAddress.decode(bytes, length)).isEqualTo(new Inet6(1, 2, 443, 0x12345, 0));
    }
    assertThat(SocketAddress.decode(bytes, 23)).isEqualTo(new Malformed(Constants.AF_INET6, 23));
  }

  @Test
  void mappedAddressesAreSeenThrough() {
    Inet6 mapped = (Inet6) decode(inet6(0, 0xffff7f000001L, 0));
    assertThat(mapped.mapped()).contains(new Inet4(0x7f000001, 443));
    assertThat(((Inet6) decode(inet6(0, 0x7f000001L, 0))).mapped()).isEmpty();
    assertThat(((Inet6) decode(inet6(1, 0xffff7f000001L, 0))).mapped()).isEmpty();
    assertThat(((Inet6) decode(inet6(0, 0x1ffff7f000001L, 0))).mapped()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"/run/x, /run/x", "x, x", "/a\0b, /a", "/a\0\0\0, /a"})
  void unixPathsEndAtTheirNul(String given, String path) {
    byte[] name = given.getBytes(ISO_8859_1);
    assertThat(decode(buffer(2 + name.length, Constants.AF_UNIX).put(name)))
        .isEqualTo(new UnixPath(path.getBytes(ISO_8859_1)));
  }

  @Test
  void unixPathsMayLackTheirNul() {
    byte[] name = new byte[108];
    Arrays.fill(name, (byte) 0xff);
    assertThat(decode(buffer(110, Constants.AF_UNIX).put(name))).isEqualTo(new UnixPath(name));
    assertThat(decode(buffer(111, Constants.AF_UNIX).put(name)))
        .isEqualTo(new Malformed(Constants.AF_UNIX, 111));
  }

  @Test
  void abstractNamesKeepEveryByte() {
    assertThat(decode(buffer(6, Constants.AF_UNIX).put(new byte[] {0, 'a', 0, 0})))
        .isEqualTo(new UnixAbstract(new byte[] {'a', 0, 0}))
        .isNotEqualTo(new UnixAbstract(new byte[] {'a'}))
        .isNotEqualTo(new UnixPath(new byte[] {'a', 0, 0}));
    assertThat(decode(buffer(3, Constants.AF_UNIX))).isEqualTo(new UnixAbstract(new byte[0]));
    assertThat(decode(buffer(2, Constants.AF_UNIX))).isEqualTo(new UnixUnnamed());
  }

  @Test
  void othersOfTheKernel() {
    assertThat(decode(buffer(12, Constants.AF_NETLINK).putShort((short) 0).putInt(-1).putInt(5)))
        .isEqualTo(new Netlink(-1, 5));
    assertThat(decode(buffer(11, Constants.AF_NETLINK)))
        .isEqualTo(new Malformed(Constants.AF_NETLINK, 11));
    assertThat(decode(buffer(16, Constants.AF_VSOCK).putShort((short) 0).putInt(99).putInt(2)))
        .isEqualTo(new Vsock(2, 99));
    assertThat(decode(buffer(15, Constants.AF_VSOCK)))
        .isEqualTo(new Malformed(Constants.AF_VSOCK, 15));
    assertThat(decode(buffer(2, 0xfffe))).isEqualTo(new Unknown(0xfffe));
  }

  /** An IPv4 UDP socket sends to such an address, whatever its family says. */
  @Test
  void unspecifiedMayHideAnAddress() {
    assertThat(SocketAddress.decode(inet4(Constants.AF_UNSPEC), 16))
        .isEqualTo(new Unspecified(Optional.of(new Inet4(0xc0a80001, 65_535))));
    assertThat(SocketAddress.decode(inet4(Constants.AF_UNSPEC), 15))
        .isEqualTo(new Unspecified(Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1, 129, 0x10000, Integer.MAX_VALUE})
  void absurdLengthsAreMalformed(int length) {
    assertThat(SocketAddress.decode(new byte[1], length)).isEqualTo(new Malformed(-1, length));
  }

  @Test
  void aCopyThatIsTooShortIsOurOwnMistake() {
    assertThatThrownBy(() -> SocketAddress.decode(new byte[15], 16))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  /** Any bytes of any length decode to something, and only the bytes within the length count. */
  @Test
  void anythingDecodes() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int[] families = {0, 1, 2, 10, 16, 40};
    for (int round = 0; round < 200_000; round++) {
      byte[] bytes = new byte[SocketAddress.MAXIMUM];
      random.nextBytes(bytes);
      if (random.nextInt(10) > 0) {
        bytes[0] = (byte) families[random.nextInt(families.length)];
        bytes[1] = 0;
      }
      if (random.nextBoolean()) {
        bytes[2 + random.nextInt(20)] = 0;
      }
      int length = random.nextInt(-2, SocketAddress.MAXIMUM + 3);
      SocketAddress address = SocketAddress.decode(bytes, length);
      byte[] exact = Arrays.copyOf(bytes, Math.clamp(length, 0, SocketAddress.MAXIMUM));
      assertThat(SocketAddress.decode(exact, length)).as("seed %d", seed).isEqualTo(address);
      assertThat(address.toString()).as("seed %d", seed).isNotEmpty();
    }
  }

  /**
   * The kernel is the judge: what is malformed here, connect(2) refuses with EINVAL; what is not,
   * it refuses for other reasons or takes.
   */
  @ParameterizedTest
  @CsvSource({"1, 2", "2, 2", "10, 2", "16, 3"})
  void malformedIsWhatTheKernelRefuses(int family, int type) throws Exception {
    assertThat(type).isIn(SOCK_DGRAM, SOCK_RAW);
    for (int length = 2; length <= SocketAddress.MAXIMUM + 2; length++) {
      byte[] bytes = new byte[SocketAddress.MAXIMUM + 2];
      bytes[0] = (byte) family;
      if (family == Constants.AF_UNIX) {
        Arrays.fill(bytes, 2, bytes.length, (byte) 'x');
      }
      if (family == Constants.AF_INET6) {
        bytes[23] = 1; // ::1
      }
      boolean malformed = SocketAddress.decode(bytes, length) instanceof Malformed;
      long answer = connect(family, type, bytes, length);
      if (family == Constants.AF_UNIX && length == 2) {
        // No address at all is nothing to connect to, but it is what bind(2) and getsockname(2)
        // know.
        assertThat(answer).isEqualTo(-Errno.EINVAL);
      } else {
        assertThat(answer == -Errno.EINVAL)
            .as("family %d, length %d: %d", family, length, answer)
            .isEqualTo(malformed);
      }
    }
  }

  /** What a socket is bound to, as the kernel tells it, decodes to what it was bound to. */
  @Test
  void theKernelGivesAbstractNamesBack() throws Exception {
    byte[] name = ("paddock-test-" + Processes.pid() + "\0x\0").getBytes(ISO_8859_1);
    ByteBuffer address = buffer(3 + name.length, Constants.AF_UNIX).put((byte) 0).put(name);
    try (Fd socket = socket(Constants.AF_UNIX, SOCK_DGRAM);
        Arena arena = Arena.ofConfined()) {
      assertThat(decode(named(socket, arena, SocketAddress.MAXIMUM))).isEqualTo(new UnixUnnamed());
      MemorySegment memory = arena.allocate(address.capacity());
      MemorySegment.copy(MemorySegment.ofArray(bytes(address)), 0, memory, 0, memory.byteSize());
      assertThat(Kernel.call(number("bind"), socket.number(), memory.address(), memory.byteSize()))
          .isZero();
      assertThat(decode(named(socket, arena, SocketAddress.MAXIMUM)))
          .isEqualTo(new UnixAbstract(name))
          .isEqualTo(decode(address));
    }
  }

  private static ByteBuffer named(Fd socket, Arena arena, int room) {
    MemorySegment memory = arena.allocate(room);
    MemorySegment length = arena.allocate(4, 4);
    length.set(ValueLayout.JAVA_INT, 0, room);
    assertThat(
            Kernel.call(number("getsockname"), socket.number(), memory.address(), length.address()))
        .isZero();
    return ByteBuffer.wrap(
        memory.asSlice(0, length.get(ValueLayout.JAVA_INT, 0)).toArray(ValueLayout.JAVA_BYTE));
  }

  private static int number(String call) {
    return SystemCalls.byName(call).orElseThrow().number(Arch.current());
  }

  private static Fd socket(int family, int type) {
    long made = Kernel.call(number("socket"), family, type | Constants.SOCK_CLOEXEC, 0);
    assumeTrue(made != -97, "this host has no address family " + family); // EAFNOSUPPORT
    return Fd.owned((int) made);
  }

  private static long connect(int family, int type, byte[] bytes, int length) {
    try (Fd socket = socket(family, type);
        Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(bytes.length);
      MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, bytes.length);
      return Kernel.call(number("connect"), socket.number(), memory.address(), length);
    }
  }
}
