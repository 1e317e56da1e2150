package dev.paddock.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares every constant and struct layout with the machine's headers. What these are too old to
 * define is named in the output and asked of the kernel instead. Numbers of arm64 that differ are
 * compared with the table of system calls, no arm64 machine being there.
 */
final class HeadersTest {
  private static final String INCLUDES =
      """
      #define _GNU_SOURCE
      #include <dirent.h>
      #include <errno.h>
      #include <fcntl.h>
      #include <limits.h>
      #include <poll.h>
      #include <sched.h>
      #include <signal.h>
      #include <spawn.h>
      #include <stddef.h>
      #include <stdio.h>
      #include <string.h>
      #include <unistd.h>
      #include <netinet/in.h>
      #include <netinet/tcp.h>
      #include <netinet/udp.h>
      #include <sys/epoll.h>
      #include <sys/eventfd.h>
      #include <sys/ioctl.h>
      #include <sys/mman.h>
      #include <sys/prctl.h>
      #include <sys/resource.h>
      #include <sys/socket.h>
      #include <sys/stat.h>
      #include <sys/uio.h>
      #include <sys/un.h>
      #include <sys/utsname.h>
      #include <sys/wait.h>
      #include <linux/audit.h>
      #include <linux/auxvec.h>
      #include <linux/elf.h>
      #include <linux/memfd.h>
      #include <linux/netlink.h>
      #include <linux/openat2.h>
      #include <linux/ptrace.h>
      #include <linux/sock_diag.h>
      #include <linux/unix_diag.h>
      #include <linux/inet_diag.h>
      #include <linux/kcmp.h>
      #include <linux/capability.h>
      #include <linux/seccomp.h>
      #include <linux/socket.h>
      #include <linux/vm_sockets.h>
      """;

  /** What Debian's 6.1 headers lack; {@link #whatHeadersMayLackTheKernelKnows} asks the kernel. */
  private static final Set<String> NEWER =
      Set.of(
          "(int)(MFD_EXEC)",
          "(int)(MFD_NOEXEC_SEAL)",
          "(long)(SECCOMP_IOCTL_NOTIF_SET_FLAGS)",
          "(int)(SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)");

  @TempDir private Path folder = Path.of("");

  private void compare(String what, Map<String, Long> expected) throws Exception {
    Map<String, OptionalLong> found =
        CProgram.values(folder, INCLUDES, new ArrayList<>(expected.keySet()));
    Set<String> missing = new TreeSet<>();
    Map<String, Long> defined = new TreeMap<>();
    found.forEach(
        (expression, value) -> {
          if (value.isPresent()) {
            defined.put(expression, value.getAsLong());
          } else {
            missing.add(expression);
          }
        });
    System.out.println(
        "Headers: "
            + defined.size()
            + " "
            + what
            + " compared; too new for them, checked by asking the kernel: "
            + missing);
    assertThat(NEWER).containsAll(missing);
    Map<String, Long> wanted = new TreeMap<>(expected);
    wanted.keySet().removeAll(missing);
    assertThat(defined).isEqualTo(wanted);
  }

  /** The static final numbers of a class, by name. */
  private static Map<String, Number> numbers(Class<?> table) throws IllegalAccessException {
    Map<String, Number> numbers = new TreeMap<>();
    for (Field field : table.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType().isPrimitive()) {
        field.setAccessible(true);
        if (field.get(null) instanceof Number number) {
          numbers.put(field.getName(), number);
        }
      }
    }
    return numbers;
  }

  private static void put(Map<String, Long> expected, String name, Number number) {
    // An int stands for 32 bits whatever their sign in C.
    expected.put(
        number instanceof Integer ? "(int)(" + name + ")" : "(long)(" + name + ")",
        number.longValue());
  }

  @Test
  void constantsAreThoseOfTheHeaders() throws Exception {
    Map<String, Long> expected = new TreeMap<>();
    numbers(Constants.class)
        .forEach(
            (name, number) ->
                put(expected, name.startsWith("LINUX_CAP") ? "_" + name : name, number));
    numbers(Paths.class)
        .forEach(
            (name, number) -> {
              if (!name.equals("OWNER")) {
                put(expected, name, number);
              }
            });
    numbers(Poll.class)
        .forEach(
            (name, number) -> {
              if (!name.equals("FOREVER")) {
                put(expected, "POLL" + name, number);
              }
            });
    numbers(Errno.class).forEach((name, number) -> put(expected, name, number));
    numbers(Seccomp.class).forEach((name, number) -> put(expected, "SECCOMP_RET_" + name, number));
    for (ResourceLimit limit : ResourceLimit.values()) {
      put(expected, "RLIMIT_" + limit, limit.number());
    }
    put(expected, "RLIM_INFINITY", ResourceLimit.UNLIMITED);
    put(expected, "AUDIT_ARCH_X86_64", Arch.X86_64.audit());
    put(expected, "AUDIT_ARCH_AARCH64", Arch.AARCH64.audit());
    put(expected, "sizeof(struct sockaddr_storage)", SocketAddress.MAXIMUM);
    put(expected, "SIGRTMIN", 34);
    put(expected, "SIGRTMAX", Signals.LAST);
    assertThat(expected).hasSizeGreaterThan(120);
    compare("constants", expected);
  }

  @Test
  void layoutsAreThoseOfTheHeaders() throws Exception {
    Map<String, Long> expected = new TreeMap<>();
    for (Class<?> layout : Layouts.class.getDeclaredClasses()) {
      Field nameField = layout.getDeclaredField("NAME");
      nameField.setAccessible(true);
      String struct = String.valueOf(nameField.get(null));
      numbers(layout)
          .forEach(
              (name, number) ->
                  expected.put(
                      name.equals("SIZE")
                          ? "sizeof(" + struct + ")"
                          : "offsetof("
                              + struct
                              + ", "
                              + name.toLowerCase(Locale.ROOT).replace("__", ".")
                              + ")",
                      number.longValue()));
    }
    // What Spawn and the tests' signal handlers take for granted.
    expected.put("sizeof(posix_spawnattr_t) <= 1024", 1L);
    expected.put("sizeof(posix_spawn_file_actions_t) <= 1024", 1L);
    expected.put("sizeof(sigset_t)", 128L);
    expected.put("sizeof(struct sigaction)", 152L);
    expected.put("offsetof(struct sigaction, sa_flags)", 136L);
    assertThat(expected).hasSizeGreaterThan(60);
    compare("sizes and offsets", expected);
  }

  @Test
  void errorNumbersNamesAndTextsAreThoseOfTheCLibrary() throws Exception {
    Map<String, OptionalLong> found =
        CProgram.values(
            folder,
            INCLUDES,
            // Of this header alone: others have names that begin like that, such as elf.h.
            CProgram.macros(folder, "#define _GNU_SOURCE\n#include <errno.h>\n").stream()
                .filter(name -> name.matches("E[A-Z0-9]+"))
                .toList());
    Set<String> others = Set.of("EWOULDBLOCK", "EDEADLOCK", "ENOTSUP", "EOF");
    Set<Long> numbers = new TreeSet<>();
    found.forEach(
        (name, value) -> {
          if (value.isPresent() && !others.contains(name)) {
            numbers.add(value.getAsLong());
            assertThat(Errno.of((int) value.getAsLong()).name()).isEqualTo(name);
          }
        });
    assertThat(numbers).hasSizeGreaterThan(125);
    StringBuilder source = new StringBuilder(INCLUDES).append("int main(void) {\n");
    for (long number : numbers) {
      source.append("puts(strerror(").append(number).append("));\n");
    }
    Files.writeString(folder.resolve("errors.c"), source.append("}\n"));
    assertThat(CProgram.run(folder, "cc", "-o", "errors", "errors.c")).isEmpty();
    List<String> texts = CProgram.run(folder, "./errors").lines().toList();
    List<String> ours = numbers.stream().map(number -> Errno.of(number.intValue()).text()).toList();
    assertThat(ours).isEqualTo(texts);
    for (int number = 1; number < 200; number++) {
      boolean named = !Errno.of(number).name().startsWith("errno ");
      assertThat(named).as("errno %d", number).isEqualTo(numbers.contains((long) number));
    }
  }

  @Test
  void unknownErrorNumbersAreKept() {
    assertThat(Errno.of(4095)).hasToString("Unknown error 4095 (errno 4095)");
    assertThat(Errno.of(0).number()).isZero();
    assertThat(Errno.of(-7).number()).isEqualTo(-7);
    assertThat(Errno.of(41).name()).isEqualTo("errno 41");
  }

  @Test
  void signalNamesAreThoseOfTheHeaders() throws Exception {
    List<String> names =
        CProgram.macros(folder, INCLUDES).stream()
            .filter(name -> name.matches("SIG[A-Z0-9]+") && !name.matches("SIG(RT.*|EV.*|STKSZ)"))
            .toList();
    Set<String> others = Set.of("SIGIOT", "SIGCLD", "SIGPOLL", "SIGUNUSED");
    Map<String, OptionalLong> found = CProgram.values(folder, INCLUDES, names);
    Set<Integer> numbers = new TreeSet<>();
    found.forEach(
        (name, value) -> {
          long number = value.orElse(0);
          if (number > 0 && number < 32 && !others.contains(name)) {
            assertThat(Signals.name((int) number)).isEqualTo(name);
            numbers.add((int) number);
          }
        });
    assertThat(numbers).hasSize(31);
    numbers(Signals.class)
        .forEach(
            (name, number) -> {
              if (name.startsWith("SIG")) {
                assertThat(Signals.name(number.intValue())).isEqualTo(name);
              }
            });
    assertThat(Signals.name(34)).isEqualTo("SIGRTMIN");
    assertThat(Signals.name(64)).isEqualTo("SIGRTMIN+30");
    assertThat(Signals.name(32)).isEqualTo("signal 32");
    assertThat(Signals.name(0)).isEqualTo("signal 0");
    assertThat(Signals.name(-1)).isEqualTo("signal -1");
    assertThat(Signals.name(65)).isEqualTo("signal 65");
  }

  @Test
  void callNumbersAreThoseOfTheTable() throws Exception {
    assertCallNumbers(Nr.class, Arch.current());
  }

  /** The same classes, loaded as if this were an arm64 machine. */
  @Test
  void callNumbersOfArmAreThoseOfTheTable() throws Exception {
    String architecture = System.getProperty("os.arch");
    URL classes = Nr.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes}, null)) { // the platform's loader knows our module
      System.setProperty("os.arch", "aarch64");
      assertCallNumbers(loader.loadClass(Nr.class.getName()), Arch.AARCH64);
      Map<String, Number> paths = numbers(loader.loadClass(Paths.class.getName()));
      // arch/arm64/include/uapi/asm/fcntl.h
      assertThat(paths.get("O_DIRECTORY")).isEqualTo(040000);
      assertThat(paths.get("O_NOFOLLOW")).isEqualTo(0100000);
    } finally {
      System.setProperty("os.arch", architecture);
    }
  }

  private static void assertCallNumbers(Class<?> table, Arch arch) throws IllegalAccessException {
    Map<String, Number> ours = numbers(table);
    assertThat(ours).hasSizeGreaterThan(40);
    ours.forEach(
        (name, number) ->
            assertThat(SystemCalls.byName(name.toLowerCase(Locale.ROOT)).orElseThrow().number(arch))
                .as("%s of %s", name, arch)
                .isEqualTo(number));
  }

  @Test
  void whatHeadersMayLackTheKernelKnows() throws Exception {
    // MFD_NOEXEC_SEAL and MFD_EXEC decide about the execute bits, from Linux 6.3 on.
    int modern = memFd(Constants.MFD_NOEXEC_SEAL);
    int program = memFd(Constants.MFD_EXEC);
    if (modern == -Errno.EINVAL) {
      assertThat(Uname.read().release()).matches("(5\\.|6\\.[0-2]\\.).*");
      return;
    }
    try (Fd data = Fd.owned(modern);
        Fd code = Fd.owned(program)) {
      assertThat(Paths.status(data).mode() & 0111).isZero();
      assertThat(Paths.status(code).mode() & 0111).isEqualTo(0111);
    }
  }

  private static int memFd(int flag) {
    try (Arena arena = Arena.ofConfined()) {
      long name = Kernel.cString(arena, "test".getBytes(US_ASCII)).address();
      return (int) Kernel.call(Nr.MEMFD_CREATE, name, Constants.MFD_CLOEXEC | flag);
    }
  }
}
