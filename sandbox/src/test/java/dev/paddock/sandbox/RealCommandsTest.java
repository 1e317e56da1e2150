package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.policy.BuiltIns;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What people type in a project, under the policy {@code build} and bare: the same output, the same
 * status, and the same files afterwards.
 */
class RealCommandsTest {
  private static final Path MULTIPLEXER = Path.of("/dev/ptmx");
  private static final Path TERMINALS = Path.of("/dev/pts");
  private static final List<Path> TERMINAL = List.of(MULTIPLEXER, TERMINALS);

  @TempDir Path folder;

  /**
   * One row.
   *
   * @param name what the test is called
   * @param programs what must be installed in /usr/bin
   * @param grants what is granted for writing beside the workspace
   * @param script for sh -e, in an empty workspace
   */
  record Row(String name, List<String> programs, List<Path> grants, String script) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Row row(String name, String programs, String script) {
    return new Row(name, List.of(programs.split(" ")), List.of(), script);
  }

  private static Row onTerminal(String name, String programs, String script) {
    return new Row(name, List.of((programs + " script").split(" ")), TERMINAL, script);
  }

  static Stream<Row> rows() {
    return Stream.of(
        row(
            "git mv",
            "git",
            """
            git init -q -b main .; mkdir a b; echo 1 > a/f; git add .; git commit -qm one
            git mv a/f b/g; git commit -qm two; git status; git log --stat --format=%s; git ls-files
            """),
        row(
            "git rebase -i",
            "git",
            """
            git init -q -b main .; for i in 1 2 3; do echo $i > f$i; git add .; git commit -qm $i; done
            GIT_SEQUENCE_EDITOR='sed -i 2s/pick/drop/' git rebase -q -i --root; git log --format=%s
            """),
        row(
            "git worktree, stash, bisect, gc",
            "git",
            """
            git init -q -b main r; cd r; for i in 1 2 3 4 5; do echo $i > f; git add .; git commit -qm $i; done
            git worktree add -q ../w HEAD~1; cd ../w; git log --format=%s; echo x > f; git stash -q; git stash list
            git stash pop -q; git diff --stat; cd ../r; git bisect start -q HEAD HEAD~4
            git bisect run sh -c 'test $(cat f) -lt 3' | grep 'first bad' | wc -l; git gc -q; git fsck
            """),
        row(
            "git submodule",
            "git",
            """
            git init -q -b main s; (cd s; echo s > f; git add .; git commit -qm s)
            git init -q -b main r; cd r; git -c protocol.file.allow=always submodule --quiet add "$PWD/../s" s
            git commit -qm r; cd s; git status; cd ..; git submodule status | cut -c43-
            """),
        row(
            "cargo build and test",
            "cargo rustc cc",
            """
            mkdir src; printf '[package]\\nname="mini"\\nversion="0.1.0"\\nedition="2021"\\n' > Cargo.toml
            echo 'pub fn f()->u32{41} #[test] fn t(){assert_eq!(f(),41)}' > src/lib.rs
            echo 'fn main(){println!("{}",mini::f()+1)}' > src/main.rs
            cargo build -q --offline; ./target/debug/mini; cargo test -q --offline 2>&1 | grep passed | sed 's/finished.*//'
            """),
        row(
            "go build and test",
            "go",
            """
            export GOFLAGS=-mod=mod GOTOOLCHAIN=local CGO_ENABLED=0
            printf 'module x\\n\\ngo 1.19\\n' > go.mod
            printf 'package main\\nfunc F() int { return 42 }\\nfunc main() { println(F()) }\\n' > m.go
            printf 'package main\\nimport "testing"\\nfunc TestF(t *testing.T) { if F() != 42 { t.Fatal() } }\\n' > m_test.go
            go build -o x .; ./x; go vet .; go test . | cut -f1,2; rm x; chmod -R u+w "$HOME/go" 2>/dev/null || :; rm -rf "$HOME"
            """),
        row(
            "npm ci of a local archive",
            "npm node",
            """
            export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false npm_config_offline=true
            mkdir dep; cd dep; echo '{"name":"dep","version":"1.0.0","main":"i.js"}' > package.json; echo 'module.exports = 42' > i.js
            npm pack --silent; mv dep-1.0.0.tgz ..; cd ..; rm -r dep
            echo '{"name":"p","version":"1.0.0","scripts":{"test":"node t.js"},"dependencies":{"dep":"file:dep-1.0.0.tgz"}}' > package.json
            echo 'console.log(require("dep"))' > t.js
            npm install --silent; rm -r node_modules; npm ci --silent; npm test --silent; rm -rf "$HOME"
            """),
        row(
            "node renames across directories",
            "node",
            """
            mkdir a b; node -e 'const fs = require("fs"); fs.writeFileSync("a/x", "1"); fs.renameSync("a/x", "b/y");
            fs.linkSync("b/y", "a/z"); fs.cpSync("a", "c", {recursive: true}); fs.rmSync("a", {recursive: true}); console.log(fs.readdirSync("."))'
            """),
        row(
            "pip install of a local wheel in a virtual environment",
            "python3",
            """
            python3 -c 'import ensurepip' || exit 0
            python3 - << 'END'
            import zipfile
            with zipfile.ZipFile("one-1.0-py3-none-any.whl", "w") as z:
              z.writestr("one.py", "answer = 42\\n")
              z.writestr("one-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: one\\nVersion: 1.0\\n")
              z.writestr("one-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
              z.writestr("one-1.0.dist-info/RECORD", "one.py,,\\none-1.0.dist-info/METADATA,,\\none-1.0.dist-info/WHEEL,,\\none-1.0.dist-info/RECORD,,\\n")
            END
            python3 -m venv v; v/bin/pip install -q --no-index --no-cache-dir --disable-pip-version-check ./one-1.0-py3-none-any.whl
            v/bin/python -c 'import one; print(one.answer)'; rm -r v one-1.0-py3-none-any.whl
            """),
        row(
            "python with sqlite, threads, temporary files",
            "python3",
            """
            python3 -B - << 'END'
            import sqlite3, tempfile, concurrent.futures as f, shutil, os, pathlib
            c = sqlite3.connect("db"); c.execute("create table t(a)"); c.executemany("insert into t values(?)", [(i,) for i in range(9)]); c.commit()
            print(c.execute("select sum(a) from t").fetchone())
            with f.ThreadPoolExecutor(4) as p: print(list(p.map(lambda x: x * x, range(5))))
            d = tempfile.mkdtemp(); pathlib.Path(d, "f").write_text("x"); os.mkdir("to"); shutil.move(d + "/f", "to/f"); shutil.rmtree(d); print(os.listdir("to"))
            END
            """),
        row(
            "make -j",
            "make cc",
            """
            for i in 1 2 3 4; do echo "int f$i(void){return $i;}" > f$i.c; done
            echo 'int f1(void),f2(void),f3(void),f4(void);int main(void){return f1()+f2()+f3()+f4();}' > m.c
            printf 'x: m.o f1.o f2.o f3.o f4.o\\n\\tcc -o $@ $^\\ninstall: x\\n\\tinstall -D -m 755 x out/bin/x\\n' > Makefile
            make -s -j4 x; make -s install; ./out/bin/x || echo $?
            """),
        row(
            "cmake",
            "cmake make cc",
            """
            printf 'cmake_minimum_required(VERSION 3.10)\\nproject(p C)\\nadd_library(l STATIC l.c)\\nadd_executable(x m.c)\\ntarget_link_libraries(x l)\\nenable_testing()\\nadd_test(t x)\\n' > CMakeLists.txt
            echo 'int f(void){return 0;}' > l.c; echo 'int f(void);int main(void){return f();}' > m.c
            cmake -S . -B b > /dev/null; cmake --build b -j2 > /dev/null; (cd b; ctest | grep '100%'); rm -r b
            """),
        row("mvn -v", "mvn", "mvn -v > v; head -n 1 v; rm v"),
        row(
            "rsync -aH",
            "rsync",
            """
            mkdir -p a/d; echo 1 > a/f; ln a/f a/d/g; ln -s f a/l; rsync -aH a/ b/; echo longer > a/f; rsync -aH --delete -i a/ b/ | cut -c1-3; ls -R b
            """),
        row(
            "tar",
            "tar xz",
            """
            mkdir -p a/b; echo 1 > a/f; ln a/f a/b/g; ln -s ../f a/b/l; mkfifo a/p; tar czf t.tgz a; tar cJf t.txz a
            mkdir x y; tar xzf t.tgz -C x; tar xJf t.txz -C y; diff -r --no-dereference x/a/b y/a/b; tar tzf t.tgz | sort; rm t.*
            """),
        row(
            "zip",
            "zip unzip",
            "mkdir a; echo 1 > a/f; zip -qr x.zip a; unzip -q x.zip -d o; cat o/a/f; rm x.zip"),
        row(
            "sqlite3 with a write-ahead log",
            "sqlite3",
            """
            sqlite3 db 'pragma journal_mode=wal; create table t(a); insert into t values(1),(2); select sum(a) from t; vacuum;'
            sqlite3 db .dump
            """),
        row(
            "man",
            "man",
            "printf '.TH X 1\\n.SH NAME\\nx - a thing\\n' > x.1; MANPAGER=cat man ./x.1"),
        onTerminal(
            "less on a terminal",
            "less",
            "seq 3 > f; TERM=xterm script -qec 'less -EFX f' /dev/null"),
        onTerminal(
            "vim on a terminal",
            "vim",
            """
            echo one > f; TERM=xterm script -qec "vim -Nu NONE -i NONE -c '%s/one/two/' -c wq f" /dev/null > /dev/null
            cat f
            """),
        onTerminal(
            "bash on a terminal",
            "bash tty",
            """
            script -qec 'bash --norc -ic "test -t 0 && sleep 9 & kill %1; wait; tty | cut -c1-9"' /dev/null | tail -n 1
            """),
        row(
            "vim without a terminal",
            "vim",
            "echo one > f; vim -Nu NONE -i NONE -es -c '%s/one/two/' -c wq f; cat f"),
        row(
            "perl -i",
            "perl",
            """
            printf 'a\\nb\\n' > f; perl -pi -e 's/a/c/' f; cat f; perl -MFile::Copy=move -e 'mkdir "d" and move("f", "d/f") or die'
            ls d
            """),
        row(
            "sed -i, sort -o, tee, install",
            "sed sort tee install",
            """
            printf 'b\\na\\n' > f; sed -i s/a/c/ f; sort -o f f; tee g < f; install -D -m 640 f d/e/f; stat -c %a d/e/f
            """),
        row(
            "patch",
            "patch diff",
            """
            mkdir a b; echo 1 > a/f; echo 2 > b/f; diff -u --label a/f --label b/f a/f b/f > p || :; patch -p1 -d a < p
            cat a/f; patch -R -p1 -d a < p
            """),
        row(
            "find and xargs",
            "find xargs",
            """
            mkdir -p a/b/c; touch a/1 a/b/2 a/b/c/3; find a -type f -print0 | xargs -0 -P2 -n1 basename | sort
            find a -name 1 -delete; find a | sort
            """),
        row(
            "cp, mv, ln",
            "cp mv ln",
            """
            mkdir -p a/d b; echo 1 > a/d/f; cp -a a c; mv a/d b/e; ln b/e/f c/g; ln -s g c/h; cp --reflink=auto -L c/h k
            mv -T c n; stat -c '%h %n' n/g; ls -R
            """),
        row(
            "openssl",
            "openssl",
            """
            openssl genpkey -algorithm ed25519 -out k; openssl pkey -in k -pubout -out p; echo x > f
            openssl pkeyutl -sign -inkey k -rawin -in f -out s
            openssl pkeyutl -verify -pubin -inkey p -rawin -in f -sigfile s; rm k p s
            """),
        row(
            "ssh-keygen",
            "ssh-keygen",
            """
            ssh-keygen -q -t ed25519 -N '' -C c -f k; ssh-keygen -l -f k | cut -d' ' -f1,3-; rm k k.pub
            """),
        row(
            "bash with process substitution",
            "bash",
            """
            bash -c 'diff <(seq 3) <(seq 3) && cat <<< here; exec 3<> f; echo x >&3; mapfile -t a < <(seq 4); echo ${#a[@]}
            ulimit -Sn 64; ulimit -Sn; trap "echo bye" EXIT'
            """),
        row(
            "jq, bc, awk",
            "jq bc awk",
            """
            echo '{"a":[1,2]}' | jq -c '.a|add'; echo '2^70' | bc; echo one > f; awk '{print toupper($1)}' f
            """),
        new Row(
            "ed, which makes its file in /tmp whatever TMPDIR says",
            List.of("ed"),
            List.of(Path.of("/tmp")),
            """
            printf 'one\\n' > f; printf '1s/one/two/\\nw\\nq\\n' | ed -s f; cat f
            """),
        row(
            "dpkg-deb",
            "dpkg-deb",
            """
            mkdir -p p/DEBIAN p/usr
            printf 'Package: x\\nVersion: 1\\nArchitecture: all\\nMaintainer: m <m@e>\\nDescription: d\\n' > p/DEBIAN/control
            chmod -R u=rwX,go=rX p; dpkg-deb --root-owner-group -b p x.deb; dpkg-deb -c x.deb | wc -l; rm x.deb
            """));
  }

  /** The plugins that this build uses itself, in versions that are there. */
  private static final List<String> PLUGINS = List.of("compiler", "jar", "resources", "surefire");

  @Test
  void mavenPackagesOffline() throws Exception {
    Path repository =
        Path.of(
            System.getProperty(
                "localRepository", System.getProperty("user.home") + "/.m2/repository"));
    Path java = Path.of(System.getProperty("java.home"));
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mvn")), "/usr/bin/mvn is not there");
    StringBuilder plugins = new StringBuilder();
    for (String plugin : PLUGINS) {
      String name = "maven-" + plugin + "-plugin";
      Path versions = repository.resolve("org/apache/maven/plugins").resolve(name);
      assumeTrue(Files.isReadable(versions), versions + " is not there, or not to be read");
      try (Stream<Path> found = Files.list(versions)) {
        Path version =
            found
                .filter(
                    path -> Files.exists(path.resolve(name + "-" + path.getFileName() + ".jar")))
                .findFirst()
                .orElseThrow();
        plugins.append(
            "<plugin><artifactId>%s</artifactId><version>%s</version></plugin>"
                .formatted(name, version.getFileName()));
      }
    }
    Row row =
        row(
            "mvn -o package",
            "mvn",
            """
            mkdir -p src/main/java
            echo 'class A { public static void main(String[] a) { System.out.println(42); } }' > src/main/java/A.java
            cat >pom.xml <<'END'
            <project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
            <groupId>x</groupId><artifactId>x</artifactId><version>1</version><properties>
            <maven.compiler.release>17</maven.compiler.release><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
            </properties><build><plugins>PLUGINS</plugins></build></project>
            END
            export JAVA_HOME=JAVA
            mvn -o -q -B -Dmaven.repo.local=REPOSITORY package && "$JAVA_HOME/bin/java" -cp target/x-1.jar A; rm -r target
            """
                .replace("PLUGINS", plugins)
                .replace("JAVA\n", java + "\n")
                .replace("REPOSITORY", "" + repository));
    Ended bare = bare(row);
    assertThat(inside(row, repository, java)).isEqualTo(bare);
    assertThat(bare.output()).endsWith("42\n"); // Maven may say what its Java warns of.
  }

  private record Ended(int status, String output, List<String> files) {}

  @ParameterizedTest
  @MethodSource("rows")
  void doesInsideWhatItDoesBare(Row row) throws Exception {
    for (String program : row.programs()) {
      assumeTrue(
          Files.isExecutable(Path.of("/usr/bin", program)),
          "/usr/bin/" + program + " is not there");
    }
    for (Path grant : row.grants()) {
      assumeTrue(Files.exists(grant), "this host has no " + grant);
    }
    Ended bare = bare(row);
    Ended inside = inside(row);
    assertThat(inside).isEqualTo(bare);
    assertThat(bare.status()).as(bare.output()).isZero();
  }

  private static Map<String, String> environment(Path workspace) {
    return Map.ofEntries(
        Map.entry("PATH", "/usr/local/bin:/usr/bin:/bin"),
        Map.entry("LANG", "C.UTF-8"),
        Map.entry("TZ", "UTC"),
        Map.entry("HOME", workspace.resolve("home").toString()));
  }

  /** Set in the script: the policy passes none of it. */
  private static final String IDENTITY =
      """
      set -e
      export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
      export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
      exec 2>&1
      """;

  private Ended bare(Row row) throws Exception {
    Path workspace = workspace("bare");
    // env(1) looks sh up in the PATH that it is given, not in Java's.
    ProcessBuilder builder =
        new ProcessBuilder("/usr/bin/env", "--", "sh", "-c", IDENTITY + row.script())
            .directory(workspace.toFile())
            .redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment(workspace));
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return ended(process.waitFor(), output, workspace);
  }

  private Ended inside(Row row, Path... reads) throws Exception {
    Path workspace = workspace("inside");
    Sandbox sandbox =
        Sandbox.builder()
            .policy(BuiltIns.get("build"))
            .workspace(workspace)
            .read(reads)
            .write(row.grants().toArray(Path[]::new))
            .build();
    List<byte[]> environment = new ArrayList<>();
    environment(workspace)
        .forEach(
            (name, value) ->
                environment.add((name + "=" + value).getBytes(StandardCharsets.UTF_8)));
    Result result =
        sandbox.run(
            Command.of("sh", "-c", IDENTITY + row.script())
                .directory(workspace.toString())
                .environment(sandbox.plan().environment(environment)));
    String output =
        new String(result.stdout(), StandardCharsets.UTF_8)
            + new String(result.stderr(), StandardCharsets.UTF_8);
    return ended(result.status(), output, workspace);
  }

  private Path workspace(String name) throws IOException {
    Path workspace = folder.resolve(name);
    Files.createDirectories(workspace.resolve("home"));
    return workspace;
  }

  private static Ended ended(int status, String output, Path workspace) throws IOException {
    List<String> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(workspace)) {
      all.map(path -> workspace.relativize(path).toString())
          .filter(
              path ->
                  !path.startsWith("home/")
                      && !path.contains("/objects/")
                      && !path.startsWith("target/debug/"))
          .sorted()
          .forEach(files::add);
    }
    return new Ended(status, output.replace(workspace.toString(), "WORKSPACE"), files);
  }
}
