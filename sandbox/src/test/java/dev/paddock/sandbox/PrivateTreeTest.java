package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.policy.ByteString;
import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.layers.LayerStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees that are seen as they are and changed in a layer of the workspace. */
final class PrivateTreeTest {
  @TempDir Path folder;
  private Path work;
  private Path tree;

  @BeforeEach
  void prepare() throws Exception {
    Feature feature = Host.probe().view(ViewPart.FILES);
    assumeTrue(feature.available(), feature.detail());
    folder = folder.toRealPath();
    work = Files.createDirectory(folder.resolve("work"));
    tree = Files.createDirectory(folder.resolve("tree"));
    Files.writeString(tree.resolve("old"), "outside");
  }

  private Sandbox sandbox(Path workspace, String key) throws Exception {
    byte[] text =
        ("extends = \"base\"\n"
                + "[files]\n"
                + "write = [\"${workspace}\", \"${tmp}\"]\n"
                + "[view]\n"
                + "temporary = \"own\"\n"
                + key.replace("TREE", "\"" + tree + "\""))
            .getBytes(StandardCharsets.UTF_8);
    return Sandbox.builder().policy(PolicyFile.parse("test", text)).workspace(workspace).build();
  }

  private String shell(Sandbox sandbox, Path workspace, String script) throws Exception {
    Result result =
        sandbox.run(
            Command.of("sh", "-c", "exec 2>&1; cd " + tree + "; " + script)
                .directory("" + workspace));
    return new String(result.stdout(), StandardCharsets.UTF_8);
  }

  private static final String PRIVATE = "private = [TREE]\n";

  @Test
  void whatIsChangedIsKeptForTheWorkspaceAndNobodyElse() throws Exception {
    Sandbox sandbox = sandbox(work, PRIVATE);
    assertThat(shell(sandbox, work, "cat old; echo in > new; echo x > old; mkdir d; ls"))
        .isEqualTo("outsided\nnew\nold\n");
    assertThat(shell(sandbox, work, "cat old new; mv new moved; rm old; ls"))
        .isEqualTo("x\nin\nd\nmoved\n");
    assertThat(shell(sandbox(work, PRIVATE), work, "ls")).isEqualTo("d\nmoved\n");
    Path other = Files.createDirectory(folder.resolve("other"));
    assertThat(shell(sandbox(other, PRIVATE), other, "ls; cat old")).isEqualTo("old\noutside");
    assertThat(tree.resolve("old")).hasContent("outside");
    assertThat(tree.resolve("new")).doesNotExist();

    LayerStore store = store();
    assertThat(store.list())
        .anySatisfy(layer -> assertThat(layer.workspace()).isEqualTo(ByteString.of("" + work)));
    // Whoever was killed while it was begun has left a layer without a name.
    for (LayerStore.Layer layer : store.list()) {
      if (layer.workspace().equals(ByteString.of("" + work))) {
        Files.writeString(Path.of("" + layer.folder(), "about"), "");
      }
    }
    assertThat(shell(sandbox(work, PRIVATE), work, "ls")).isEqualTo("d\nmoved\n");
    assertThat(store.remove(ByteString.of("" + work))).isTrue();
    assertThat(store.remove(ByteString.of("" + other))).isTrue();
    assertThat(shell(sandbox(work, PRIVATE), work, "cat old")).isEqualTo("outside");
    assertThat(store.remove(ByteString.of("" + work))).isTrue();
  }

  private static LayerStore store() {
    String state = Objects.requireNonNull(System.getenv("XDG_STATE_HOME"), "tests set it");
    return LayerStore.of(List.of(ByteString.of("XDG_STATE_HOME=" + state)), null).orElseThrow();
  }

  @Test
  void aSecondRunAtTheSameTimeHasLayersThatEndWithIt() throws Exception {
    Sandbox sandbox = sandbox(work, PRIVATE);
    shell(sandbox, work, "echo kept > kept");
    RunningSandbox first =
        sandbox.start(
            Command.of("sh", "-c", "cd " + tree + "; echo up; read line; ls")
                .directory("" + work)
                .stdin(Stdio.pipe())
                .stdout(Stdio.pipe()));
    assertThat(first.stdout().read()).isEqualTo('u');
    assertThat(shell(sandbox, work, "ls; echo lost > lost")).isEqualTo("old\n");
    assertThat(store().remove(ByteString.of("" + work))).as("in use").isFalse();
    first.stdin().close();
    assertThat(new String(first.stdout().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("p\nkept\nold\n");
    assertThat(first.waitFor().status()).isZero();
    assertThat(shell(sandbox, work, "ls")).isEqualTo("kept\nold\n");
    assertThat(store().remove(ByteString.of("" + work))).isTrue();
  }

  @Test
  void withoutAViewItIsReadOrRefused() throws Exception {
    byte[] lenient =
        ("extends = \"base\"\n[view]\nmode = \"off\"\nprivate = [\"" + tree + "\"]\n")
            .getBytes(StandardCharsets.UTF_8);
    Sandbox sandbox = Sandbox.builder().policy(PolicyFile.parse("test", lenient)).build();
    assertThat(shell(sandbox, folder, "cat old; echo x > old"))
        .startsWith("outside")
        .contains("Permission denied");
    byte[] strict =
        ("extends = \"base\"\n[files]\nprivate = [\"" + tree + "\"]\n")
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(
            () ->
                Sandbox.builder()
                    .policy(PolicyFile.parse("test", strict))
                    .view(ViewMode.OFF)
                    .build())
        .hasMessageContaining("files.private")
        .hasMessageContaining("only a view can hold it");
  }
}
