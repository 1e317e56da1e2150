package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.linux.Arch;
import dev.paddock.linux.SystemCall;
import dev.paddock.linux.SystemCallGroup;
import dev.paddock.linux.SystemCalls;
import dev.paddock.linux.bpf.Disassembler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SystemCallFilterTest {
  private static final FilterOptions EVERYTHING =
      FilterOptions.closed().withTcp(true, true).withUnixSockets().withNetlinkRoute().withIcmp();

  private static Map<String, String> effects(FilterOptions options) {
    Map<String, String> effects = new HashMap<>();
    for (FilterLine line : SystemCallFilter.of(options, Arch.X86_64).lines()) {
      effects.put(line.call(), line.effect());
    }
    return effects;
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void isSmallAndShallow(Arch arch) {
    for (FilterOptions options : List.of(FilterOptions.closed(), EVERYTHING)) {
      SystemCallFilter filter = SystemCallFilter.of(options, arch);
      assertThat(filter.program().size()).isLessThan(600);
      assertThat(filter.program().depth()).isLessThan(70);
      assertThat(Disassembler.listing(filter.program(), arch)).hasSize(filter.program().size());
    }
  }

  @Test
  void everyNameInTheTablesIsASystemCall() {
    for (CallTable.Entry[] table : List.of(CallTable.ALLOWED, CallTable.REFUSED)) {
      for (CallTable.Entry entry : table) {
        for (String name : entry.calls().split(" ", -1)) {
          assertThat(SystemCalls.byName(name)).as(name).isPresent();
        }
      }
    }
    for (String name : CallTable.HOT.split(" ", -1)) {
      // What is let through whatever its arguments are, the kernel's bitmap answers.
      assertThat(effects(FilterOptions.closed()).get(name))
          .as(name)
          .isNotNull()
          .isNotEqualTo("allowed");
    }
    new CheckedCalls(
            EVERYTHING,
            (call, _, _, _) -> assertThat(SystemCalls.byName(call)).as(call).isPresent())
        .all();
  }

  @Test
  void everyCallHasALine() {
    List<FilterLine> lines = SystemCallFilter.of(FilterOptions.closed(), Arch.AARCH64).lines();
    long calls = SystemCalls.all().stream().filter(call -> call.exists(Arch.AARCH64)).count();
    assertThat(lines).hasSize((int) calls);
    assertThat(lines).noneMatch(line -> line.reason().isEmpty());
  }

  @Test
  void nothingDangerousIsAllowed() {
    Map<String, String> effects = effects(EVERYTHING);
    for (SystemCall call : SystemCalls.group(SystemCallGroup.DANGEROUS)) {
      if (call.exists(Arch.X86_64) && !call.name().equals("unshare")) {
        assertThat(effects.get(call.name())).as(call.name()).isIn("EPERM", "ENOSYS");
      }
    }
  }

  @Test
  void aPolicyOpensAndClosesByNameAndGroup() {
    FilterOptions options =
        FilterOptions.closed().withSystemCalls(List.of("@ipc", "ptrace"), List.of("semop", "kill"));
    Map<String, String> effects = effects(options);
    assertThat(effects)
        .containsEntry("shmget", "allowed")
        .containsEntry("mq_open", "allowed")
        .containsEntry("ptrace", "allowed")
        .containsEntry("semop", "EPERM")
        .containsEntry("kill", "EPERM");
    List<String> weakenings = SystemCallFilter.of(options, Arch.X86_64).weakenings();
    assertThat(weakenings)
        .anyMatch(line -> line.startsWith("ptrace is let through"))
        .anyMatch(line -> line.startsWith("shmget is let through"))
        .noneMatch(line -> line.startsWith("semop "));
    assertThat(SystemCallFilter.of(FilterOptions.closed(), Arch.X86_64).weakenings()).isEmpty();
  }

  @Test
  void whatIsAllowedAlreadyIsNoWeakening() {
    FilterOptions options =
        FilterOptions.closed().withSystemCalls(List.of("read", "socket"), List.of());
    assertThat(SystemCallFilter.of(options, Arch.X86_64).weakenings())
        .singleElement()
        .asString()
        .startsWith("socket is let through whatever its arguments are; otherwise: EPERM");
  }

  @Test
  void namesThatDoNotExistAreRefusedWithASuggestion() {
    FilterOptions options =
        FilterOptions.closed()
            .withSystemCalls(List.of("opnat", "@netwrok"), List.of("execve", "xyzzyxyzzy"));
    assertThat(SystemCallFilter.problems(options))
        .containsExactly(
            "there is no system call \"opnat\", did you mean \"openat\"?",
            "there is no system call group \"@netwrok\", did you mean \"@network\"?",
            "there is no system call \"xyzzyxyzzy\"",
            "system call \"execve\" cannot be denied: no program starts or runs without it");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SystemCallFilter.of(options, Arch.X86_64))
        .withMessageContaining("openat");
  }

  @Test
  void judgedCallsKeepTheirRefusals() {
    FilterOptions options = FilterOptions.closed().withJudged(List.of("execve", "clone", "ptrace"));
    SystemCallFilter filter = SystemCallFilter.of(options, Arch.X86_64);
    List<String> listing = Disassembler.listing(filter.program(), Arch.X86_64);
    assertThat(listing).anyMatch(line -> line.endsWith("; notify"));
    assertThat(effects(options))
        .containsEntry("execve", "judged by the supervisor")
        .containsEntry("ptrace", "judged by the supervisor");
  }

  @Test
  void whatStaysOpenIsSaid() {
    assertThat(SystemCallFilter.openGaps(FilterOptions.closed(), Set.of()))
        .anyMatch(gap -> gap.startsWith("metadata: chmod"))
        .noneMatch(gap -> gap.startsWith("listening"));
    assertThat(SystemCallFilter.openGaps(EVERYTHING, Set.of()))
        .anyMatch(gap -> gap.startsWith("listening"))
        .anyMatch(gap -> gap.startsWith("unix sockets"));
  }
}
