package dev.paddock.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Also covers {@link FileStatus}. */
final class PathsTest {
  private static final int CLONE_FS = 0x200;

  @TempDir private Path folder = Path.of("");
  private Map<Integer, String> before = Map.of();

  @BeforeEach
  void look() {
    before = Descriptors.open();
  }

  @AfterEach
  void nothingLeaks() {
    assertThat(Descriptors.open()).isEqualTo(before);
  }

  private byte[] path(String name) {
    return folder.resolve(name).toString().getBytes(UTF_8);
  }

  private byte[] path(byte[] name) {
    byte[] start = (folder + "/").getBytes(UTF_8);
    byte[] path = Arrays.copyOf(start, start.length + name.length);
    System.arraycopy(name, 0, path, start.length, name.length);
    return path;
  }

  private static void make(byte[] path, String content) throws KernelException {
    try (Fd fd = Paths.open(path, Paths.O_WRONLY | Paths.O_CREAT, 0600)) {
      fd.writeFully(content.getBytes(UTF_8));
    }
  }

  private static void assertErrno(int errno, ThrowingCall call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.of(errno)));
  }

  private interface ThrowingCall {
    void run() throws KernelException;
  }

  @Test
  void namesAreBytes() throws Exception {
    byte[] name = {'a', (byte) 0xff, '\n', (byte) 0xc3, ' '};
    make(path(name), "hi");
    assertThat(Paths.readAll(path(name))).isEqualTo("hi".getBytes(UTF_8));
    try (Fd fd = Paths.open(folder.toString().getBytes(UTF_8), Paths.O_RDONLY, 0)) {
      assertThat(Paths.names(fd)).containsExactly(name);
      try (Fd below = Paths.openAt(fd, name, Paths.O_PATH, 0)) {
        assertThat(Paths.ofDescriptor(below)).isEqualTo(path(name));
        assertThat(Descriptors.isCloseOnExec(below)).isTrue();
      }
    }
    assertThat(Paths.real(path(name))).isEqualTo(path(name));
    Paths.remove(path(name), false);
    assertErrno(Errno.ENOENT, () -> Paths.readAll(path(name)));
  }

  @Test
  void namesOfALargeDirectoryAreComplete() throws Exception {
    List<byte[]> made = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      byte[] name = ("a-rather-long-name-that-fills-the-buffer-" + i).getBytes(UTF_8);
      made.add(name);
      make(path(name), "");
    }
    try (Fd fd = Paths.open(folder.toString().getBytes(UTF_8), Paths.O_RDONLY, 0)) {
      assertThat(Paths.names(fd)).containsExactlyInAnyOrderElementsOf(made);
    }
  }

  @Test
  void statusSaysWhatJavaSays() throws Exception {
    make(path("file"), "12345");
    Files.createLink(folder.resolve("twin"), folder.resolve("file"));
    Files.createSymbolicLink(folder.resolve("link"), Path.of("file"));
    FileStatus status = Paths.status(path("link"));
    Map<String, Object> told = Files.readAttributes(folder.resolve("file"), "unix:*");
    assertThat(status.inode()).isEqualTo(told.get("ino"));
    assertThat(status.mode()).isEqualTo(told.get("mode"));
    assertThat((int) status.uid()).isEqualTo(told.get("uid"));
    assertThat((int) status.gid()).isEqualTo(told.get("gid"));
    assertThat(status.size()).isEqualTo(5);
    assertThat(status.links()).isEqualTo(2);
    // makedev of gnu/sysmacros.h
    long major = status.device() >>> 32;
    long minor = status.device() & 0xffffffffL;
    assertThat((major & 0xfff) << 8 | (minor & 0xff) | (minor & ~0xffL) << 12)
        .isEqualTo(told.get("dev"));
    assertThat(status.isRegular()).isTrue();
    assertThat(status.isSameFile(Paths.status(path("twin")))).isTrue();
    FileStatus link = Paths.linkStatus(path("link"));
    assertThat(link.isSymbolicLink()).isTrue();
    assertThat(link.isRegular()).isFalse();
    assertThat(link.isSameFile(status)).isFalse();
    assertThat(Paths.status("/".getBytes(UTF_8)).isDirectory()).isTrue();
    assertThat(Paths.status("/dev/null".getBytes(UTF_8)).isDevice()).isTrue();
    try (Fd fd = Paths.open(path("file"), Paths.O_PATH, 0)) {
      assertThat(Paths.status(fd).isSameFile(status)).isTrue();
    }
  }

  @Test
  void linksAreReadWhole() throws Exception {
    Files.createSymbolicLink(folder.resolve("link"), Path.of("../some where"));
    assertThat(Paths.readLink(path("link"))).isEqualTo("../some where".getBytes(UTF_8));
    make(path("file"), "");
    assertErrno(Errno.EINVAL, () -> Paths.readLink(path("file")));
    assertErrno(Errno.ENOENT, () -> Paths.readLink(path("none")));
  }

  @Test
  void readingHasALimit() throws Exception {
    make(path("file"), "x".repeat(10_000));
    assertThat(Paths.readAll(path("file"), 10_000)).hasSize(10_000);
    assertErrno(Errno.EFBIG, () -> Paths.readAll(path("file"), 9_999));
    // A file whose size is not known beforehand.
    assertThat(Paths.readAll("/proc/self/maps".getBytes(UTF_8))).hasSizeGreaterThan(4096);
  }

  @Test
  void accessIsJudgedByEffectiveIds() throws Exception {
    make(path("file"), "");
    assertThat(Paths.accessible(path("file"), Paths.R_OK | Paths.W_OK)).isTrue();
    assertThat(Paths.accessible(path("file"), Paths.X_OK)).isFalse();
    assertThat(Paths.accessible(path("none"), 0)).isFalse();
    assertThat(Paths.accessible("/proc/version".getBytes(UTF_8), Paths.X_OK)).isFalse();
  }

  @Test
  void currentDirectoryIsTheProcesses() throws Exception {
    assertThat(Paths.currentDirectory())
        .isEqualTo(Path.of("").toRealPath().toString().getBytes(UTF_8));
  }

  /** In a thread with a current directory of its own: unshare(CLONE_FS) needs no privilege. */
  @Test
  void currentDirectoryMayBeGone() throws Exception {
    Files.createDirectory(folder.resolve("gone"));
    AtomicReference<String> message = new AtomicReference<>("");
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try (Arena arena = Arena.ofConfined()) {
                    long unshared = Kernel.call(number("unshare"), CLONE_FS);
                    long address = Kernel.cString(arena, path("gone")).address();
                    long changed = Kernel.call(number("chdir"), address);
                    assertThat(unshared).isZero();
                    assertThat(changed).isZero();
                    Paths.remove(path("gone"), true);
                    Paths.currentDirectory();
                  } catch (KernelException e) {
                    message.set(e.toString());
                  }
                });
    thread.join();
    assertThat(message.get()).endsWith("getcwd: No such file or directory (ENOENT)");
    assertThat(Files.exists(Path.of(""))).isTrue();
  }

  private static int number(String call) {
    return SystemCalls.byName(call).orElseThrow().number(Arch.current());
  }

  @Test
  void messagesShowThePathWithoutControlCharacters() {
    assertThatThrownBy(() -> Paths.open("/no\u001b[31m\nwhere".getBytes(UTF_8), 0, 0))
        .hasMessage("open /no?[31m?where: No such file or directory (ENOENT)");
  }

  @Test
  void makesAndRemovesDirectories() throws Exception {
    Paths.makeDirectory(path("d"), 0700);
    assertThat(Paths.status(path("d")).mode() & 0777).isEqualTo(0700);
    assertErrno(Errno.EEXIST, () -> Paths.makeDirectory(path("d"), 0700));
    assertErrno(Errno.EISDIR, () -> Paths.remove(path("d"), false));
    Paths.remove(path("d"), true);
    assertErrno(Errno.ENOENT, () -> Paths.status(path("d")));
  }

  @Test
  void treesAreRemovedAndLinksNotFollowed() throws Exception {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Files.writeString(outside.resolve("canary"), "alive");
    Files.createDirectories(folder.resolve("tree/a/b/c"));
    Files.createSymbolicLink(folder.resolve("tree/a/b/up"), outside);
    Files.createSymbolicLink(folder.resolve("tree/out"), outside);
    Files.createSymbolicLink(folder.resolve("tree/dangling"), Path.of("nowhere"));
    Files.createSymbolicLink(folder.resolve("tree/a/loop"), Path.of("../a"));
    for (int i = 0; i < 50; i++) {
      Files.createDirectories(folder.resolve("tree/a/b/d" + i + "/e/f"));
      Files.writeString(folder.resolve("tree/a/b/d" + i + "/file"), "x");
    }
    // Names that the removal might want for itself.
    Files.createDirectories(folder.resolve("tree/.removed-0/full"));
    Files.writeString(folder.resolve("tree/.removed-1"), "x");
    Paths.removeTree(path("tree"));
    assertThat(folder.resolve("tree")).doesNotExist();
    assertThat(outside.resolve("canary")).hasContent("alive");
  }

  @Test
  void aLinkInPlaceOfTheTreeIsNotFollowed() throws Exception {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Files.writeString(outside.resolve("canary"), "alive");
    Files.createSymbolicLink(folder.resolve("tree"), outside);
    assertErrno(Errno.ENOTDIR, () -> Paths.removeTree(path("tree")));
    assertErrno(Errno.ENOENT, () -> Paths.removeTree(path("none")));
    assertThat(outside.resolve("canary")).hasContent("alive");
    assertThat(folder.resolve("tree")).isSymbolicLink();
  }

  /** As module caches leave them; for an ordinary user nothing in them could be removed. */
  @Test
  void treesOfUnwritableDirectoriesAreRemoved() throws Exception {
    Path deep = Files.createDirectories(folder.resolve("tree/a/b/c"));
    Files.writeString(deep.resolve("file"), "x");
    for (String name : List.of("tree/a/b/c", "tree/a/b", "tree/a", "tree")) {
      mode(folder.resolve(name), 0);
    }
    Paths.removeTree(path("tree"));
    assertThat(Files.exists(folder.resolve("tree"), LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  private static void mode(Path path, int mode) {
    byte[] bytes = path.toString().getBytes(UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      long address = Kernel.cString(arena, bytes).address();
      assertThat(Kernel.call(Nr.FCHMODAT, Constants.AT_FDCWD, address, mode)).isZero();
    }
  }

  /** Deeper than any stack, any path, and any table of descriptors would allow. */
  @Test
  void noDepthIsTooDeep() throws IOException {
    int depth = 2_000;
    Paths.makeDirectory(path("tree"), 0700);
    Fd place = Paths.open(path("tree"), Paths.O_PATH, 0);
    byte[] name = "a-directory-inside-another".getBytes(UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      long address = Kernel.cString(arena, name).address();
      for (int i = 0; i < depth; i++) {
        assertThat(Kernel.call(Nr.MKDIRAT, place.number(), address, 0700)).isZero();
        Fd next = Paths.openAt(place, name, Paths.O_PATH, 0);
        place.close();
        place = next;
      }
    } finally {
      place.close();
    }
    Paths.removeTree(path("tree"));
    assertThat(folder.resolve("tree")).doesNotExist();
  }
}
