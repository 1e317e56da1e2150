package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UnreachableRulesTest {
  private static List<String> found(String policy) throws PolicyException {
    return UnreachableRules.of(PolicyFile.parse("p.toml", policy.getBytes(StandardCharsets.UTF_8)))
        .stream()
        .map(PolicyProblem::toString)
        .toList();
  }

  @Test
  void whatComesTooLateIsNamedWithWhatComesFirst() throws Exception {
    assertThat(
            found(
                """
                [exec]
                deny = ["git push", "rm", "git push --force*", "rm -r"]
                [[exec.rules]]
                match = "git"
                decision = "audit"
                [[exec.rules]]
                match = "git"
                args = ["commit"]
                decision = "deny"
                [[exec.rules]]
                match = "rm"
                decision = "allow"
                """))
        .satisfiesExactly(
            one ->
                assertThat(one)
                    .isEqualTo(
                        "p.toml:2:27: exec.deny \"git push --force*\" never decides: exec.deny"
                            + " \"git push\" (p.toml:2:9) comes first and matches all that it"
                            + " does; put it before that, or leave it out"),
            one -> assertThat(one).contains("exec.deny \"rm -r\" never decides"),
            one -> assertThat(one).contains("exec.rules \"git\" never decides"),
            one -> assertThat(one).contains("exec.rules \"rm\" never decides: exec.deny \"rm\""));
  }

  @Test
  void anyProgramComesBeforeEveryName() throws Exception {
    assertThat(
            found(
                """
                [[exec.rules]]
                match = "*"
                decision = "audit"
                [[exec.rules]]
                match = "curl"
                decision = "deny"
                [[exec.rules]]
                match = "/opt/**"
                decision = "deny"
                """))
        .singleElement()
        .asString()
        .contains("exec.rules \"curl\" never decides: exec.rules \"*\"");
  }

  @Test
  void whatMayDecideIsLeftAlone() throws Exception {
    assertThat(
            found(
                """
                [exec]
                deny = ["git push --force*", "git push", "/usr/bin/rm", "rm"]
                [[exec.rules]]
                match = "python3"
                env = ["PYTHONPATH=*"]
                decision = "allow"
                [[exec.rules]]
                match = "python3"
                decision = "deny"
                [[exec.rules]]
                match = "cp"
                args = ["a", "b"]
                decision = "deny"
                [[exec.rules]]
                match = "cp"
                args = ["b"]
                decision = "deny"
                """))
        .isEmpty();
    for (String name : BuiltIns.names()) {
      assertThat(UnreachableRules.of(BuiltIns.get(name))).as(name).isEmpty();
    }
  }

  @Test
  void aCallThatIsDeniedTooIsNotAllowed() throws Exception {
    assertThat(found("[syscalls]\nallow = [\"ptrace\", \"kcmp\"]\ndeny = [\"ptrace\"]\n"))
        .singleElement()
        .asString()
        .startsWith("p.toml:2:10: syscalls.allow \"ptrace\" never decides");
  }
}
