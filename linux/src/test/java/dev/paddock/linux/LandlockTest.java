package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LandlockTest {
  private static final int EXDEV = 18;
  private static final int ENOTTY = 25;
  private static final int ENOEXEC = 8;

  private static final Landlock HOST = Landlock.probe();

  @TempDir private static Path directory;
  private static Path helper;
  private static int runs;

  @BeforeAll
  static void compile() throws Exception {
    assumeTrue(HOST.abi() > 0, HOST.reason());
    helper = CompiledHelper.compile(LandlockTest.class, "confined", directory);
  }

  private static Fd open(Path path) throws KernelException {
    return Paths.open(bytes(path.toString()), Paths.O_PATH, 0);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Starts the helper with the ruleset and returns the error number of each attempt. */
  private static List<Integer> attempt(LandlockRuleset ruleset, String... attempts)
      throws IOException {
    Path results = directory.resolve("results-" + runs++);
    List<byte[]> argv = new ArrayList<>();
    argv.add(bytes("confined"));
    argv.add(bytes(results.toString()));
    for (String attempt : attempts) {
      argv.add(bytes(attempt));
    }
    int pid = Spawn.start(bytes(helper.toString()), argv, List.of(), ruleset.fd(), 3);
    assertThat(Processes.await(pid)).isEqualTo(new Processes.Exit(false, 0, false));
    List<Integer> errors = new ArrayList<>();
    for (String line : Files.readAllLines(results)) {
      errors.add(Integer.valueOf(line));
    }
    return errors;
  }

  /** Lays out what the attempt at a right needs and returns the path that it is made at. */
  private static Path prepare(Path where, LandlockFileRight right) throws IOException {
    Path path = where.resolve("object");
    switch (right) {
      case EXECUTE -> {
        Files.writeString(path, "neither script nor program");
        assertThat(path.toFile().setExecutable(true)).isTrue();
      }
      case WRITE_FILE, READ_FILE, REMOVE_FILE, TRUNCATE -> Files.writeString(path, "content");
      case READ_DIR, REMOVE_DIR -> Files.createDirectory(path);
      case REFER -> {
        Files.writeString(path, "content");
        Files.createDirectory(where.resolve("object.other"));
      }
      case IOCTL_DEV -> {
        return Path.of("/dev/null");
      }
      case MAKE_CHAR,
          MAKE_DIR,
          MAKE_REG,
          MAKE_SOCK,
          MAKE_FIFO,
          MAKE_BLOCK,
          MAKE_SYM,
          RESOLVE_UNIX -> {}
    }
    return path;
  }

  private static int success(LandlockFileRight right) {
    return switch (right) {
      case EXECUTE -> ENOEXEC;
      case IOCTL_DEV -> ENOTTY;
      case MAKE_BLOCK -> Processes.effectiveUid() == 0 ? 0 : Errno.EPERM;
      default -> 0;
    };
  }

  @ParameterizedTest
  @EnumSource(LandlockFileRight.class)
  void aHandledFileRightIsRefusedUnlessAllowed(LandlockFileRight right) throws Exception {
    assumeTrue(HOST.fileRights().contains(right), "this kernel does not know it");
    Path where = Files.createTempDirectory(directory, "right");
    Path object = prepare(where, right);
    Path granted = object.startsWith(where) ? where : object;
    Set<LandlockFileRight> all = EnumSet.copyOf(HOST.fileRights());
    Set<LandlockFileRight> others = EnumSet.copyOf(HOST.fileRights());
    others.remove(right);
    for (boolean allowed : new boolean[] {false, true}) {
      try (LandlockRuleset ruleset = LandlockRuleset.create(HOST, all, Set.of(), Set.of());
          Fd parent = open(granted)) {
        assertThat(ruleset.allowPath(parent, granted.equals(where), allowed ? all : others))
            .isTrue();
        int expected =
            allowed ? success(right) : right == LandlockFileRight.REFER ? EXDEV : Errno.EACCES;
        assertThat(attempt(ruleset, right.name(), object.toString())).containsExactly(expected);
      }
    }
  }

  @Test
  void rightsOfDirectoriesAreLeftOutForFiles() throws Exception {
    Path file = Files.writeString(directory.resolve("single"), "content");
    Path neighbour = Files.writeString(directory.resolve("neighbour"), "content");
    Set<LandlockFileRight> all = HOST.fileRights();
    try (LandlockRuleset ruleset = LandlockRuleset.create(HOST, all, Set.of(), Set.of());
        Fd parent = open(file)) {
      assertThat(ruleset.allowPath(parent, false, Set.of(LandlockFileRight.READ_DIR))).isFalse();
      assertThat(ruleset.allowPath(parent, false, all)).isTrue();
      assertThat(
              attempt(
                  ruleset,
                  "READ_FILE",
                  file.toString(),
                  "WRITE_FILE",
                  file.toString(),
                  "READ_FILE",
                  neighbour.toString(),
                  "REMOVE_FILE",
                  file.toString()))
          .containsExactly(0, 0, Errno.EACCES, Errno.EACCES);
    }
  }

  @Test
  void portsAreRefusedUnlessAllowed() throws Exception {
    assumeTrue(HOST.networkRights().contains(LandlockNetworkRight.CONNECT_TCP), "ABI 4");
    Set<LandlockNetworkRight> both =
        EnumSet.of(LandlockNetworkRight.BIND_TCP, LandlockNetworkRight.CONNECT_TCP);
    try (ServerSocket open = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        LandlockRuleset ruleset = LandlockRuleset.create(HOST, Set.of(), both, Set.of())) {
      int port = open.getLocalPort();
      assertThat(ruleset.allowPort(port, Set.of(LandlockNetworkRight.CONNECT_TCP))).isTrue();
      assertThat(ruleset.allowPort(port, Set.of())).isFalse();
      String[] refused = {"CONNECT_TCP", "" + closed.getLocalPort()};
      assertThat(
              attempt(ruleset, "CONNECT_TCP", "" + port, refused[0], refused[1], "BIND_TCP", "0"))
          .containsExactly(0, Errno.EACCES, Errno.EACCES);
      assertThat(ruleset.allowPort(0, both)).isTrue();
      assertThat(attempt(ruleset, "BIND_TCP", "0")).containsExactly(0);
    }
    try (LandlockRuleset ruleset = LandlockRuleset.create(HOST, Set.of(), both, Set.of())) {
      assertThatIllegalArgumentException().isThrownBy(() -> ruleset.allowPort(65536, both));
      assertThatIllegalArgumentException().isThrownBy(() -> ruleset.allowPort(-1, both));
    }
  }

  @Test
  void scopesKeepSignalsInside() throws Exception {
    assumeTrue(HOST.scopes().contains(LandlockScope.SIGNAL), "ABI 6");
    String me = "" + Processes.pid();
    try (LandlockRuleset ruleset =
        LandlockRuleset.create(HOST, Set.of(), Set.of(), Set.of(LandlockScope.SIGNAL))) {
      assertThat(attempt(ruleset, "SIGNAL", me, "ABSTRACT_UNIX_SOCKET", "paddock-nobody"))
          .containsExactly(Errno.EPERM, 111);
    }
  }

  @Test
  void whatTheHostLacksIsRefusedByUs() {
    Landlock old = new Landlock(1, "");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                LandlockRuleset.create(old, Set.of(LandlockFileRight.TRUNCATE), Set.of(), Set.of()))
        .withMessageContaining("ABI 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LandlockRuleset.create(HOST, Set.of(), Set.of(), Set.of()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void anOlderAbiGetsAStructOfItsSize(int abi) throws Exception {
    assumeTrue(abi <= HOST.abi(), "this kernel is older");
    Landlock old = new Landlock(abi, "");
    try (LandlockRuleset ruleset =
        LandlockRuleset.create(old, old.fileRights(), old.networkRights(), old.scopes())) {
      assertThat(ruleset.files()).isEqualTo(LandlockFileRight.of(abi));
      assertThat(ruleset.network()).isEqualTo(LandlockNetworkRight.of(abi));
    }
  }

  @Test
  void theKernelKnowsWhatOurTableSaysItKnows() throws Exception {
    assumeTrue(HOST.abi() <= 10, "newer than the table");
    Landlock next = new Landlock(99, "");
    for (LandlockFileRight right : LandlockFileRight.values()) {
      boolean known = HOST.fileRights().contains(right);
      if (known) {
        LandlockRuleset.create(HOST, Set.of(right), Set.of(), Set.of()).close();
      } else {
        assertThatThrownBy(() -> LandlockRuleset.create(next, Set.of(right), Set.of(), Set.of()))
            .as(right.name())
            .isInstanceOf(KernelException.class);
      }
    }
    for (LandlockNetworkRight right : LandlockNetworkRight.values()) {
      if (!HOST.networkRights().contains(right)) {
        assertThatThrownBy(() -> LandlockRuleset.create(next, Set.of(), Set.of(right), Set.of()))
            .as(right.name())
            .isInstanceOf(KernelException.class);
      }
    }
  }

  @Test
  void aThreadRestrictsOnlyItself() throws Exception {
    Path file = Files.writeString(directory.resolve("of-a-thread"), "content");
    byte[] path = bytes(file.toString());
    long[] result = new long[1];
    Paths.open(path, Paths.O_RDONLY, 0).close();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try (LandlockRuleset ruleset =
                      LandlockRuleset.create(
                          HOST, Set.of(LandlockFileRight.WRITE_FILE), Set.of(), Set.of())) {
                    ruleset.restrictSelf();
                    Paths.open(path, Paths.O_WRONLY, 0).close();
                  } catch (KernelException e) {
                    result[0] = e.errno().number();
                  }
                });
    thread.join();
    assertThat(result[0]).isEqualTo(Errno.EACCES);
    Paths.open(path, Paths.O_WRONLY, 0).close();
  }
}
