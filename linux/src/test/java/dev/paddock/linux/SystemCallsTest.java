package dev.paddock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SystemCallsTest {
  /** What arch/arm64/include/uapi/asm/unistd.h asks of the generic table. */
  private static final String ARM64_SOURCE =
      """
      #define __ARCH_WANT_RENAMEAT
      #define __ARCH_WANT_NEW_STAT
      #define __ARCH_WANT_SET_GET_RLIMIT
      #define __ARCH_WANT_TIME32_SYSCALLS
      #define __ARCH_WANT_SYS_CLONE3
      #define __ARCH_WANT_MEMFD_SECRET
      #include <asm-generic/unistd.h>
      """;

  @Test
  void numbersOfTheHostAreThoseOfItsHeaders() throws Exception {
    Arch host = Arch.current();
    Map<String, Integer> header = numbers("#include <asm/unistd.h>\n");
    assertThat(header).hasSizeGreaterThan(250);
    header.forEach((name, number) -> assertNumber(host, name, number));
  }

  @Test
  void numbersOfArmAreThoseOfTheGenericTable() throws Exception {
    Map<String, Integer> header = numbers(ARM64_SOURCE);
    assertThat(header).hasSizeGreaterThan(250);
    header.forEach((name, number) -> assertNumber(Arch.AARCH64, name, number));
  }

  private static void assertNumber(Arch arch, String name, int number) {
    assertThat(SystemCalls.byName(name))
        .as("%s of %s", name, arch)
        .hasValueSatisfying(call -> assertThat(call.number(arch)).as(name).isEqualTo(number));
    assertThat(SystemCalls.byNumber(arch, number).orElseThrow().name()).isEqualTo(name);
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void noNumberIsTakenTwice(Arch arch) {
    Set<Integer> seen = new HashSet<>();
    for (SystemCall call : SystemCalls.all()) {
      if (call.exists(arch)) {
        assertThat(seen.add(call.number(arch))).as(call.name()).isTrue();
        assertThat(SystemCalls.byNumber(arch, call.number(arch))).containsSame(call);
      }
    }
  }

  @Test
  void everyCallHasAGroupAndArgumentsThatCanBeRead() {
    for (SystemCall call : SystemCalls.all()) {
      assertThat(call.groups()).as(call.name()).isNotEmpty();
      assertThat(call.arguments()).as(call.name()).hasSizeLessThanOrEqualTo(6);
      assertThat(SystemCalls.byName(call.name())).containsSame(call);
      assertThat(call.exists(Arch.X86_64) || call.exists(Arch.AARCH64)).isTrue();
    }
    for (SystemCallGroup group : SystemCallGroup.values()) {
      assertThat(SystemCalls.group(group)).as(group.label()).isNotEmpty();
      assertThat(SystemCallGroup.byLabel(group.label())).isSameAs(group);
    }
  }

  @Test
  void numbersBeyondTheTableBelongToNobody() {
    for (int number : new int[] {-1, Integer.MIN_VALUE, 470, 100_000, Integer.MAX_VALUE, 400}) {
      assertThat(SystemCalls.byNumber(Arch.X86_64, number)).isEmpty();
      assertThat(SystemCalls.byNumber(Arch.AARCH64, number)).isEmpty();
    }
  }

  @Test
  void theNewestCallsAreThere() {
    assertThat(SystemCalls.byName("file_setattr").orElseThrow().number(Arch.AARCH64))
        .isEqualTo(469);
    assertThat(SystemCalls.byName("cachestat").orElseThrow().number(Arch.X86_64)).isEqualTo(451);
    assertThat(SystemCalls.byName("uretprobe").orElseThrow().exists(Arch.AARCH64)).isFalse();
  }

  /** Asks the C preprocessor; names that stand for other names are followed. */
  private static Map<String, Integer> numbers(String source)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("cc", "-E", "-dM", "-x", "c", "-").redirectErrorStream(true).start();
    process.getOutputStream().write(source.getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(process.waitFor()).as(output).isZero();
    Map<String, String> definitions = new TreeMap<>();
    for (String line : output.lines().toList()) {
      String[] words = line.split(" ", 3);
      if (words.length == 3 && words[1].startsWith("__NR")) {
        definitions.put(words[1], words[2].strip());
      }
    }
    Map<String, Integer> numbers = new TreeMap<>();
    for (Map.Entry<String, String> entry : definitions.entrySet()) {
      String name = entry.getKey();
      if (name.startsWith("__NR_") && !name.equals("__NR_syscalls")) {
        String value = entry.getValue();
        while (definitions.containsKey(value)) {
          value = definitions.get(value);
        }
        numbers.put(name.substring("__NR_".length()), Integer.valueOf(value));
      }
    }
    numbers.remove("arch_specific_syscall");
    return numbers;
  }
}
