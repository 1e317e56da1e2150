package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.policy.Policy.ViewMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inside write grants, calls on files answer what they answer bare: the same, and as errors. */
class WriteGrantTest {
  @TempDir static Path folder;
  private static Path program;

  @BeforeAll
  static void compile() throws Exception {
    Path source = folder.resolve("files.c");
    try (InputStream in =
        Objects.requireNonNull(WriteGrantTest.class.getResourceAsStream("files.c"))) {
      Files.copy(in, source);
    }
    program = folder.resolve("files");
    Ended compiled =
        ended(
            new ProcessBuilder("cc", "-O1", "-Wall", "-Werror", "-o", "" + program, "" + source)
                .redirectErrorStream(true));
    assertThat(compiled.status()).as(compiled.output()).isZero();
  }

  private record Ended(int status, String output) {}

  private static Ended ended(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  private static void same(Path one, Path two, Path... grants) throws Exception {
    Ended bare = ended(new ProcessBuilder("" + program, "" + one, "" + two));
    assertThat(bare.status()).isZero();
    // In a view each grant is a mount, and nothing is renamed or linked from one to another.
    ViewMode mode = grants.length == 1 ? ViewMode.AUTO : ViewMode.OFF;
    Sandbox sandbox = Sandbox.builder().view(mode).read(folder).write(grants).build();
    Result inside = sandbox.run(Command.of("" + program, "" + one, "" + two).directory("/"));
    assertThat(inside.status()).isZero();
    assertThat(new String(inside.stdout(), StandardCharsets.UTF_8).lines().toList())
        .isEqualTo(bare.output().lines().toList())
        .hasSizeGreaterThan(400);
    for (Path used : List.of(one, two)) {
      try (var left = Files.list(used)) {
        assertThat(left.filter(path -> path.getFileName().toString().length() == 1)).isEmpty();
      }
    }
  }

  @Test
  void betweenDirectoriesOfOneGrant() throws Exception {
    Path grant = Files.createDirectory(folder.resolve("grant"));
    same(
        Files.createDirectory(grant.resolve("one")),
        Files.createDirectory(grant.resolve("two")),
        grant);
  }

  @Test
  void intoADirectoryBelow() throws Exception {
    Path grant = Files.createDirectory(folder.resolve("above"));
    same(grant, Files.createDirectory(grant.resolve("below")), grant);
  }

  @Test
  void betweenTwoGrants() throws Exception {
    Path one = Files.createDirectory(folder.resolve("first"));
    Path two = Files.createDirectory(folder.resolve("second"));
    same(one, two, one, two);
  }

  @Test
  void betweenTwoFileSystems() throws Exception {
    Path shared = Path.of("/dev/shm");
    assumeTrue(Files.isWritable(shared), "/dev/shm is not writable");
    assumeTrue(
        !Files.getFileStore(shared).equals(Files.getFileStore(folder)),
        "/dev/shm is no file system of its own");
    Path one = Files.createDirectory(folder.resolve("disk"));
    Path two = Files.createTempDirectory(shared, "paddock-test");
    try {
      same(one, two, one, two);
    } finally {
      Files.delete(two);
    }
  }

  @Test
  void whatIsOnlyReadStaysAsItIs() throws Exception {
    Path written = Files.createDirectory(folder.resolve("written"));
    Path read = Files.createDirectory(folder.resolve("read"));
    Files.writeString(read.resolve("file"), "kept");
    Sandbox sandbox = Sandbox.builder().read(read).write(written).build();
    String script =
        """
        import os, sys
        R, W = sys.argv[1:]
        for f in (os.rename, os.link):
          for a, b in ((R+'/file', W+'/x'), (W+'/own', R+'/x'), (R+'/file', R+'/x')):
            try: f(a, b); print('done')
            except OSError as e: print(e.errno)
        """;
    Files.writeString(written.resolve("own"), "own");
    Result result =
        sandbox.run(
            Command.of("/usr/bin/python3", "-I", "-c", script, "" + read, "" + written)
                .directory("/"));
    assertThat(result.status()).isZero();
    assertThat(new String(result.stdout(), StandardCharsets.UTF_8)).doesNotContain("done");
    assertThat(read.resolve("file")).hasContent("kept");
    assertThat(written.resolve("own")).hasContent("own");
    try (var left = Files.list(read)) {
      assertThat(left).containsExactly(read.resolve("file"));
    }
  }

  @Test
  void pseudoTerminalsAreThereWhereTheyAreGranted() throws Exception {
    Path multiplexer = Path.of("/dev/ptmx");
    Path terminals = Path.of("/dev/pts");
    assumeTrue(
        Files.isWritable(multiplexer) && Files.isDirectory(terminals),
        "this host has no terminals");
    String script =
        """
        import os, termios
        m, s = os.openpty()
        assert os.isatty(s)
        os.write(m, b'x\\n')
        print(os.read(s, 9), os.ttyname(s)[:9])
        termios.tcsetattr(s, termios.TCSANOW, termios.tcgetattr(s))
        """;
    Command command = Command.of("/usr/bin/python3", "-I", "-c", script).directory("/");
    Result granted = Sandbox.builder().write(multiplexer, terminals).build().run(command);
    assertThat(new String(granted.stderr(), StandardCharsets.UTF_8)).isEmpty();
    assertThat(new String(granted.stdout(), StandardCharsets.UTF_8))
        .isEqualTo("b'x\\n' /dev/pts/\n");
    assertThat(Sandbox.builder().build().run(command).status()).isEqualTo(1);
  }
}
