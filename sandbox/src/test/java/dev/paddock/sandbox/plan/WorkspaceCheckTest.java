package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.policy.BuiltIns;
import dev.paddock.policy.Policy;
import dev.paddock.policy.Variables;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.PlanException;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.SupervisionOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkspaceCheckTest {
  @TempDir Path folder;

  private static CompiledPlan plan(Policy policy, Path workspace, Path home) throws PlanException {
    List<byte[]> environment = List.of(("HOME=" + home).getBytes(StandardCharsets.UTF_8));
    Variables variables =
        PolicyPlanner.variables(workspace.toString().getBytes(StandardCharsets.UTF_8), environment);
    return PolicyPlanner.plan(policy, variables, Host.probe(), SupervisionOptions.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/etc", "/usr", "/tmp", "/usr/../etc"})
  void refusesAPlaceOfTheSystem(String place) {
    assertThatThrownBy(() -> plan(BuiltIns.get("build"), Path.of(place), folder))
        .isInstanceOf(PlanException.class)
        .hasMessageContaining("${workspace}")
        .hasMessageContaining("--workdir");
  }

  @Test
  void refusesTheHomeAndWhatHoldsItByAnyName() throws Exception {
    Path home = Files.createDirectories(folder.resolve("people/one"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), home);
    for (Path place : List.of(home, folder.resolve("people"), folder, link)) {
      assertThatThrownBy(() -> plan(BuiltIns.get("agent"), place, home))
          .isInstanceOf(PlanException.class)
          .hasMessageContaining("the home directory");
    }
  }

  @Test
  void aProjectBelowTheHomeIsAWorkspace() throws Exception {
    Path home = folder.resolve("people/one");
    Path project = Files.createDirectories(home.resolve("project"));
    assertThat(plan(BuiltIns.get("build"), project, home).grants()).isNotEmpty();
    assertThat(plan(BuiltIns.get("build"), Files.createDirectory(folder.resolve("other")), home))
        .isNotNull();
  }

  @Test
  void aPolicyThatDoesNotWriteThereDoesNotMind() throws Exception {
    assertThat(plan(BuiltIns.get("base"), Path.of("/"), folder)).isNotNull();
    assertThat(Sandbox.builder().workspace(Path.of("/")).write(folder).build()).isNotNull();
  }
}
