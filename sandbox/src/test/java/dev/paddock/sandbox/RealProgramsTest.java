package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.policy.BuiltIns;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real programs give the same output and status under the policy {@code build} as bare. */
class RealProgramsTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "LANG", "C.UTF-8", "HOME", "/nonexistent");

  @TempDir Path folder;
  private Path bare;
  private Path inside;

  private record Ended(int status, String output) {}

  @BeforeEach
  void makeTwoWorkspaces() throws IOException {
    bare = Files.createDirectory(folder.resolve("one"));
    inside = Files.createDirectory(folder.resolve("two"));
  }

  @Test
  void buildsACProject() throws Exception {
    need("/usr/bin/make");
    need("/usr/bin/cc");
    for (Path workspace : List.of(bare, inside)) {
      Path archive = LmdbSource.fetch(workspace);
      assertThat(run(workspace, "tar", "xzf", archive.toString()).status()).isZero();
    }
    // The order of parallel compilers' warnings is nobody's promise: they are switched off.
    String make =
        "cd package/dependencies/lmdb/libraries/liblmdb && make -s -j2 CFLAGS='-pthread -O1 -w'"
            + " liblmdb.a liblmdb.so mdb_stat mtest && mkdir testdb && ./mtest >/dev/null &&"
            + " ./mdb_stat testdb | head -n 2 && ls | sort";
    same("sh", "-c", make + " 2>&1");
  }

  @Test
  void clonesCommitsAndShowsWithGit() throws Exception {
    need("/usr/bin/git");
    same(
        "sh",
        "-ec",
        """
        export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a
        export GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
        git init -q -b main origin
        cd origin
        for i in 1 2 3; do echo $i > f; git add f; git commit -qm "change $i"; done
        cd ..
        git clone -q origin copy 2>&1
        cd copy
        echo more >> f
        chmod +x f
        git commit -qam 'in the copy'
        git log --stat --format='%h %s'
        git gc -q
        git fsck
        git status
        """);
  }

  @Test
  void runsTheUnitTestsOfAPythonModule() throws Exception {
    need("/usr/bin/python3");
    String tests =
        """
        import json, os, subprocess, sys, tempfile, threading, unittest

        class Tests(unittest.TestCase):
          def test_json(self):
            self.assertEqual(json.loads(json.dumps({"a": [1, None, "\u00e9"]})), {"a": [1, None, "\u00e9"]})

          def test_temporary_files(self):
            with tempfile.TemporaryDirectory() as folder:
              os.mkdir(folder + "/in")
              with open(folder + "/file", "w") as file: file.write("x")
              os.rename(folder + "/file", folder + "/in/file")
              self.assertEqual(os.listdir(folder + "/in"), ["file"])

          def test_subprocess(self):
            done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, check=True)
            self.assertEqual(done.stdout, b"42\\n")

          def test_threads(self):
            seen = []
            threads = [threading.Thread(target=seen.append, args=(i,)) for i in range(8)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            self.assertEqual(sorted(seen), list(range(8)))
        """;
    for (Path workspace : List.of(bare, inside)) {
      Files.writeString(workspace.resolve("test_things.py"), tests);
    }
    // Named by its path: another Python may come first in the PATH of whoever runs this.
    String[] command = {"/usr/bin/python3", "-B", "-m", "unittest", "-v", "test_things"};
    Ended one = bare(command);
    Ended two = inside(command);
    assertThat(withoutTime(two)).isEqualTo(withoutTime(one)).contains("Ran 4 tests", "OK");
    assertThat(two.status()).isEqualTo(one.status()).isZero();
  }

  private static String withoutTime(Ended ended) {
    return ended.output().replaceAll("in [0-9.]+s", "");
  }

  @Test
  void runsTheTestsOfAnNpmPackage() throws Exception {
    need("/usr/bin/node");
    need("/usr/bin/npm");
    for (Path workspace : List.of(bare, inside)) {
      for (String name : List.of("package.json", "package-lock.json")) {
        Files.copy(TestProjects.file("npm/" + name), workspace.resolve(name));
      }
      Ended installed =
          run(workspace, "npm", "ci", "--ignore-scripts", "--silent", "--cache", folder + "/cache");
      assertThat(installed.status()).as(installed.output()).isZero();
    }
    same("node", "node_modules/tape/bin/tape", "node_modules/minimist/test/*.js");
  }

  @Test
  void compilesAndRunsAJavaClass() throws Exception {
    String home = System.getProperty("java.home");
    assumeTrue(
        home.startsWith("/usr/"), "this JDK lies outside /usr, which is all that is granted");
    String source =
        "public class Hello { public static void main(String[] a) throws Exception { var t = new"
            + " Thread(() -> System.out.println(\"hello \" + a[0])); t.start(); t.join();"
            + " System.exit(7); } }";
    Files.writeString(bare.resolve("Hello.java"), source);
    Files.writeString(inside.resolve("Hello.java"), source);
    same(
        "sh", "-c", home + "/bin/javac Hello.java && " + home + "/bin/java -Xshare:auto Hello you");
  }

  @Test
  void controlsJobsInBash() throws Exception {
    need("/usr/bin/bash");
    same(
        "bash",
        "-c",
        "set -m; sleep 60 & jobs -r | wc -l; kill %1; wait %1; echo $?; (exit 4) & wait $!; echo"
            + " $?; sleep 60 & kill -STOP %1; kill %1; kill -CONT %1; wait %1; echo $?; echo $(for"
            + " i in 1 2 3; do echo $i & done; wait) | tr ' ' '\\n"
            + "' | sort");
  }

  @Test
  void runsPipelines() throws Exception {
    same(
        "bash",
        "-c",
        "set -o pipefail; for ((i = 0; i < 1000; i++)); do echo $i | cat | tr 0-9 a-j || exit 9;"
            + " done | md5sum");
  }

  private void same(String... command) throws Exception {
    Ended one = bare(command);
    Ended two = inside(command);
    assertThat(two.output()).isEqualTo(one.output());
    assertThat(two.status()).isEqualTo(one.status());
  }

  private Ended inside(String... command) throws Exception {
    Sandbox sandbox = Sandbox.builder().policy(BuiltIns.get("build")).workspace(inside).build();
    List<byte[]> environment = new ArrayList<>();
    for (Map.Entry<String, String> entry : ENVIRONMENT.entrySet()) {
      environment.add((entry.getKey() + "=" + entry.getValue()).getBytes(StandardCharsets.UTF_8));
    }
    Result result =
        sandbox.run(
            Command.of(command)
                .directory(inside.toString())
                .environment(sandbox.plan().environment(environment)));
    String output = text(result.stdout()) + "--\n" + text(result.stderr());
    return new Ended(result.status(), output.replace(inside.toString(), "WORKSPACE"));
  }

  private Ended bare(String... command) throws Exception {
    return run(bare, command);
  }

  private Ended run(Path workspace, String... command) throws Exception {
    Path errors = folder.resolve("errors");
    // Java looks a program up in its own PATH; env(1) does it in the one that is given.
    List<String> words = new ArrayList<>(List.of("/usr/bin/env", "--"));
    words.addAll(List.of(command));
    ProcessBuilder builder =
        new ProcessBuilder(words).directory(workspace.toFile()).redirectError(errors.toFile());
    builder.environment().keySet().retainAll(List.of("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"));
    builder.environment().putAll(ENVIRONMENT);
    Process process = builder.start();
    process.getOutputStream().close();
    String output;
    try (InputStream stream = process.getInputStream()) {
      output = text(stream.readAllBytes());
    }
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    return new Ended(
        process.exitValue(),
        (output + "--\n" + Files.readString(errors)).replace(workspace.toString(), "WORKSPACE"));
  }

  private static void need(String program) {
    assumeTrue(Files.isExecutable(Path.of(program)), program + " is not installed");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The source of a C library, pinned by its hash. */
  private static final class LmdbSource {
    private static final String SHA_512 =
        "5067be05b692510b40319a1b4dbe271ef14cae6bee01029279aa805f699e4c44"
            + "237ec6e9979b317470fc4fbd8e9f00f8194f6ec0d8585c855ee101acf0df59cb";

    static Path fetch(Path into) throws Exception {
      Process pack =
          new ProcessBuilder("npm", "pack", "lmdb@3.0.13", "--silent")
              .directory(into.toFile())
              .redirectErrorStream(true)
              .start();
      String said = text(pack.getInputStream().readAllBytes());
      assertThat(pack.waitFor()).as(said).isZero();
      Path archive = into.resolve("lmdb-3.0.13.tgz");
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(archive));
      assertThat(HexFormat.of().formatHex(digest)).isEqualTo(SHA_512);
      return archive;
    }
  }
}
