package dev.paddock.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory as the target's root, and what is mounted in it. */
final class OtherRootTest {
  @TempDir Path folder;

  private Path root;
  private Path work;

  /** A root with a shell and cat in it, and the libraries that these need. */
  @BeforeEach
  void make() throws Exception {
    Feature feature = Host.probe().view(ViewPart.FILES);
    assumeTrue(feature.available(), feature.detail());
    folder = folder.toRealPath();
    work = Files.createDirectory(folder.resolve("work"));
    root = Files.createDirectory(folder.resolve("root"));
    for (String directory : List.of("usr/bin", "etc", "home", "opt/tool", "srv", "tmp")) {
      Files.createDirectories(root.resolve(directory));
    }
    Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
    Files.writeString(root.resolve("etc/os-release"), "ID=inner\n");
    Files.writeString(root.resolve("opt/tool/data"), "of the root\n");
    for (String program : List.of("sh", "cat", "ls", "mkdir")) {
      Path real = Path.of("/bin", program).toRealPath();
      Files.copy(real, root.resolve("usr/bin/" + program), StandardCopyOption.COPY_ATTRIBUTES);
      for (Path library : libraries(real)) {
        Path copy = root.resolve("" + library.subpath(0, library.getNameCount()));
        Files.createDirectories(copy.getParent());
        Files.copy(library, copy, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static List<Path> libraries(Path program) throws Exception {
    Process ldd = new ProcessBuilder("ldd", "" + program).redirectErrorStream(true).start();
    String text = new String(ldd.getInputStream().readAllBytes(), UTF_8);
    assertThat(ldd.waitFor()).as(text).isZero();
    return Stream.of(text.split("\\s+"))
        .filter(word -> word.startsWith("/"))
        .map(Path::of)
        .toList();
  }

  private Sandbox.Builder with(String view) throws Exception {
    String text = "extends = \"base\"\n[view]\nroot = \"" + root + "\"\n" + view;
    return Sandbox.builder().policy(PolicyFile.parse("test", text.getBytes(UTF_8))).workspace(work);
  }

  private String shell(Sandbox.Builder builder, String script) throws Exception {
    return run(builder, Command.of("sh", "-c", "exec 2>&1; " + script));
  }

  private static String run(Sandbox.Builder builder, Command command) throws Exception {
    Result result = builder.build().run(command.timeout(Duration.ofMinutes(1)));
    assertThat(new String(result.stderr(), UTF_8)).isEmpty();
    return new String(result.stdout(), UTF_8);
  }

  private Set<String> tree() throws IOException {
    Set<String> tree = new TreeSet<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        tree.add(file + " " + Files.getLastModifiedTime(file));
      }
    }
    return tree;
  }

  @Test
  void theRootIsWhatIsInTheDirectory() throws Exception {
    Set<String> before = tree();
    String output =
        shell(
            with(""),
            "pwd; cat /etc/os-release; ls /opt; echo t > /tmp/t && cat /tmp/t; echo >/dev/null"
                + " && echo null; cat "
                + root
                + "/etc/os-release");
    assertThat(output)
        .isEqualTo(
            "/\nID=inner\ntool\nt\nnull\ncat: "
                + root
                + "/etc/os-release: No such file or directory\n");
    assertThat(tree()).isEqualTo(before);
  }

  @Test
  void itCanBeReadAndIsChangedByAGrant() throws Exception {
    String script = "echo n > /opt/tool/new; echo n > /srv/new; cat /srv/new";
    assertThat(shell(with("[files]\nwrite = [\"/srv\"]\n"), script))
        .isEqualTo("sh: 1: cannot create /opt/tool/new: Read-only file system\nn\n");
    assertThat(root.resolve("srv/new")).hasContent("n\n");
    assertThat(shell(with("[files]\nwrite = [\"/\"]\n"), "echo m > /opt/tool/new")).isEmpty();
    assertThat(root.resolve("opt/tool/new")).hasContent("m\n");
  }

  @Test
  void whatIsMountedIsAtItsPlace() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.writeString(data.resolve("file"), "of the host\n");
    Set<String> before = tree();
    String mounts =
        "mounts = [\"/work:%s\", \"/data:%s:ro\", \"/opt/new/data:%s:ro\", \"/opt/tool:%s\"]\n"
            .formatted(work, data, data, data);
    String output =
        shell(
            with(mounts),
            "echo w > /work/w; cat /data/file /opt/new/data/file; echo n > /data/n; ls /opt"
                + " /opt/tool; echo t > /opt/tool/t; cat /data/t");
    assertThat(output)
        .isEqualTo(
            """
            of the host
            of the host
            sh: 1: cannot create /data/n: Read-only file system
            /opt:
            new
            tool

            /opt/tool:
            file
            t
            """);
    assertThat(work.resolve("w")).hasContent("w\n");
    assertThat(tree()).isEqualTo(before);
  }

  @Test
  void aMountIsReadOnlyAlsoWhereAllIsWritable() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    Sandbox.Builder builder =
        with("mounts = [\"/srv/data:" + data + ":ro\"]\n[files]\nwrite = [\"/\"]\n");
    assertThat(builder.build().plan().access("/srv/data/x".getBytes(UTF_8)).writable()).isFalse();
    assertThat(shell(builder, "echo n > /srv/data/n; echo n > /etc/n && cat /etc/n"))
        .isEqualTo("sh: 1: cannot create /srv/data/n: Read-only file system\nn\n");
  }

  @Test
  void whatIsMountedReadOnlyIsNotGrantedForWriting() throws Exception {
    Path data = Files.createDirectories(folder.resolve("data/sub"));
    for (String grant : List.of("/data", "/data/sub", "/data/*")) {
      assertThatThrownBy(
              () ->
                  with("mounts = [\"/data:"
                          + data.getParent()
                          + ":ro\"]\n[files]\nwrite = [\""
                          + grant
                          + "\"]\n")
                      .build())
          .hasMessageContaining("lies in the mount at /data, which is read-only (:ro)");
    }
    assertThatThrownBy(() -> with("[files]\nread = [\"/!(etc)\"]\n").build())
        .hasMessageContaining("write files.deny instead");
  }

  @Test
  void noLinkLeadsOut() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "s3cret\n");
    Files.createSymbolicLink(root.resolve("etc/absolute"), secret);
    Files.createSymbolicLink(root.resolve("etc/relative"), Path.of("../../secret"));
    Files.createSymbolicLink(root.resolve("outside"), folder);
    Files.createSymbolicLink(root.resolve("etc/inside"), Path.of("/opt/tool/data"));
    Sandbox.Builder builder =
        with("[files]\nread = [\"/etc/absolute\", \"/etc/relative\", \"/outside\"]\n");
    assertThat(shell(builder, "cat /etc/absolute /etc/relative /outside/secret /etc/inside"))
        .isEqualTo(
            """
            cat: /etc/absolute: No such file or directory
            cat: /etc/relative: No such file or directory
            cat: /outside/secret: No such file or directory
            of the root
            """);
  }

  @Test
  void aDenialIsOfThePathInside() throws Exception {
    assertThat(shell(with("[files]\ndeny = [\"/opt/tool\"]\n"), "cat /opt/tool/data; ls /opt"))
        .isEqualTo("cat: /opt/tool/data: Permission denied\ntool\n");
  }

  @Test
  void theWorkspaceStaysWhereItIs() throws Exception {
    String text =
        "extends = \"base\"\n[view]\nroot = \""
            + root
            + "\"\n[files]\nwrite = [\"${workspace}\", \"${tmp}\"]\n";
    Sandbox.Builder builder =
        Sandbox.builder().policy(PolicyFile.parse("test", text.getBytes(UTF_8))).workspace(work);
    assertThat(
            run(
                builder,
                Command.of("sh", "-c", "echo x > " + work + "/x; cd " + work + " && ls; ls /home")))
        .isEqualTo("x\n");
  }

  @Test
  void theWorkingDirectoryIsOneOfTheRoot() throws Exception {
    assertThat(run(with(""), Command.of("sh", "-c", "pwd").directory("/opt/tool")))
        .isEqualTo("/opt/tool\n");
    assertThatThrownBy(() -> run(with(""), Command.of("ls").directory("" + work)))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("of the root that the command gets: No such file");
  }

  @Test
  void whatCannotBeHeldIsRefusedByName() {
    assertThatThrownBy(() -> with("mode = \"off\"\n").build())
        .hasMessageContaining("only a view can hold it (view.mode is \"off\")");
    assertThatThrownBy(() -> with("mounts = [\"/a:/nowhere\"]\n").build())
        .hasMessageContaining("view.mounts \"/a:/nowhere\": /nowhere does not exist");
    assertThatThrownBy(() -> with("mounts = [\"/proc/a:/etc\"]\n").build())
        .hasMessageContaining("/proc is the kernel's");
    assertThatThrownBy(() -> with("mounts = [\"/bin/x:/etc\"]\n").build())
        .hasMessageContaining("/bin is a symbolic link; name the place without it");
    assertThatThrownBy(() -> with("mounts = [\"/a:/etc\", \"/a:/usr\"]\n").build())
        .hasMessageContaining("\"/a:/usr\": /a:/etc is mounted there already");
    assertThatThrownBy(
            () -> with("mounts = [\"/srv/a:/etc\"]\n[files]\nwrite = [\"/srv\"]\n").build())
        .hasMessageContaining("in /srv there is nothing of that name to mount it on");
    assertThatThrownBy(() -> with("[files]\nprivate = [\"/opt/tool\"]\n").build())
        .hasMessageContaining("is not served yet");
  }

  @Test
  void theCommandIsToldOfIt() throws Exception {
    Sandbox.Builder builder =
        with("mounts = [\"/work:" + work + "\", \"/data:" + work + ":ro\"]\n");
    String words = run(builder, Command.of("sh", "-c", "cat $PADDOCK_POLICY").showingPolicy());
    String changed = words.substring(words.indexOf("May be changed:"));
    assertThat(words).contains("May be read:\n  / (all of it, but").contains("\n  /data\n");
    assertThat(changed).contains("\n  /work\n").doesNotContain("/data");
  }

  @Test
  void aMountNeedsNoOtherRoot() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "of the host\n");
    String text = "extends = \"base\"\n[view]\nmounts = [\"/mnt/x/y:" + file + ":ro\"]\n";
    Sandbox.Builder builder =
        Sandbox.builder().policy(PolicyFile.parse("test", text.getBytes(UTF_8))).workspace(work);
    assertThat(run(builder, Command.of("sh", "-c", "pwd; cat /mnt/x/y").directory("" + work)))
        .isEqualTo(work + "\nof the host\n");
  }
}
