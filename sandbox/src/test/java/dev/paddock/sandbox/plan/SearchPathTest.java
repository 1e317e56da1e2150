package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.Stdio;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A PATH whose first directories have programs that may not run. */
final class SearchPathTest {
  @TempDir private Path folder = Path.of("");

  private Path program(String directory) throws Exception {
    Path place = Files.createDirectory(folder.toRealPath().resolve(directory));
    Path file = Files.writeString(place.resolve("tool"), "#!/bin/sh\necho " + directory + "\n");
    assertThat(file.toFile().setExecutable(true, false)).isTrue();
    return place;
  }

  private static String shell(Sandbox sandbox, String path, String script) throws Exception {
    Result result =
        sandbox.run(
            Command.of("/bin/sh", "-c", script)
                .environment(
                    sandbox
                        .plan()
                        .environment(List.of(("PATH=" + path).getBytes(StandardCharsets.UTF_8))))
                .stdout(Stdio.capture())
                .stderr(Stdio.capture()));
    return new String(result.stdout(), StandardCharsets.UTF_8)
        + new String(result.stderr(), StandardCharsets.UTF_8);
  }

  @Test
  void whatCannotBeReachedIsLeftOut() throws Exception {
    Path shim = program("shims");
    Path real = program("bin");
    String path = shim + ":" + real + ":/usr/bin:/nowhere:relative:";
    Sandbox sandbox = Sandbox.builder().read(real).build();
    assertThat(shell(sandbox, path, "tool; echo $PATH"))
        .isEqualTo("bin\n" + real + ":/usr/bin:/nowhere:relative:\n");

    Sandbox both = Sandbox.builder().read(real, shim.resolve("tool")).build();
    assertThat(shell(both, path, "tool; echo $PATH")).isEqualTo("shims\n" + path + "\n");
  }

  @Test
  void whereNothingIsLeftItStays() throws Exception {
    Path shim = program("shims");
    assertThat(shell(Sandbox.builder().build(), "" + shim, "echo $PATH")).isEqualTo(shim + "\n");
  }
}
