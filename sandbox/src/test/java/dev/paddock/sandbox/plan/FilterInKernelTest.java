package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paddock.linux.Arch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The filter alone, without Landlock, in the real kernel: what it refuses and what runs under it.
 */
final class FilterInKernelTest {
  private static final int EPERM = 1;
  private static final int EINVAL = 22;
  private static final int ENOSYS = 38;
  private static final int EOPNOTSUPP = 95;
  private static final int SIGSYS = 1000 + 31;

  private static FilterRunner runner;

  @BeforeAll
  static void compile(@TempDir Path directory) throws Exception {
    runner = new FilterRunner(directory);
  }

  private static Map<String, Integer> expected() {
    Map<String, Integer> expected = new LinkedHashMap<>();
    for (String name :
        ("beyond minus-one minus-two io_uring_setup io_uring_enter shmget msgget semget mq_open"
                + " clone3")
            .split(" ", -1)) {
      expected.put(name, ENOSYS);
    }
    for (String name :
        ("mount ptrace bpf keyctl userfaultfd perf_event_open setns open_by_handle_at pidfd_getfd"
             + " process_vm_readv unshare-user unshare-high clone-user clone-user-high"
             + " clone-untraced prlimit-other prlimit-other-high robust-list-other affinity-other"
             + " scheduler-other parameters-other attributes-other priority-other priority-group"
             + " priority-user ioprio-other ioprio-user migrate-other move-other prctl-mm"
             + " prctl-core seccomp-listener seccomp-listener-high personality-exec mknod-character"
             + " mknod-whiteout mknod-high own-other own-other-high lease tiocsti tiocsti-high"
             + " tioclinux tiocsetd tiocsctty-steal setflags verity subvolume keymap tcp tcp6"
             + " tcp-high mptcp smc udp raw unix unix-high netlink netlink-audit packet vsock alg"
             + " pair-datagram pair-raw pair-datagram-high send-fastopen send-fastopen-high"
             + " sendmsg-fastopen sendmmsg-fastopen option-fastopen option-fastopen-high option-ulp"
             + " listen bind connect")
            .split(" ", -1)) {
      expected.put(name, EPERM);
    }
    for (String name :
        ("unshare-files prlimit-self prlimit-self-high affinity-self scheduler-self priority-self"
                + " ioprio-self dumpable-set dumpable-set-high prctl-name personality-query"
                + " mknod-fifo own-none get-flags pair-seqpacket pair-stream send sendmsg sendmmsg"
                + " option-passcred fchmodat2"
                + " robust-list-self")
            .split(" ", -1)) {
      expected.put(name, 0);
    }
    expected.put("dumpable-is", 1);
    expected.put("prctl-unknown", EINVAL);
    expected.put("seccomp-unknown", EINVAL);
    expected.put("seccomp-filter", 14);
    expected.put("setxattr", EOPNOTSUPP);
    expected.put("removexattr", EOPNOTSUPP);
    // These reach the kernel, which finds that the descriptor is no terminal or no file.
    expected.put("tiocsctty", 25);
    expected.put("tcgets", 25);
    expected.put("clone-file", 9);
    if (Arch.current() == Arch.X86_64) {
      expected.put("x32", ENOSYS);
      expected.put("int80", SIGSYS);
    }
    return expected;
  }

  @Test
  void nothingGranted() throws Exception {
    assertThat(runner.probe(FilterOptions.closed())).containsExactlyInAnyOrderEntriesOf(expected());
  }

  @Test
  void connectingGranted() throws Exception {
    Map<String, Integer> expected = expected();
    for (String name : new String[] {"tcp", "tcp6", "tcp-high"}) {
      expected.put(name, 0);
    }
    expected.put("connect", EINVAL);
    expected.put("bind", EINVAL);
    assertThat(runner.probe(FilterOptions.closed().withTcp(true, false)))
        .containsExactlyInAnyOrderEntriesOf(expected);
  }

  @Test
  void bindingGranted() throws Exception {
    Map<String, Integer> expected = expected();
    for (String name : new String[] {"tcp", "tcp6", "tcp-high"}) {
      expected.put(name, 0);
    }
    expected.put("bind", EINVAL);
    expected.put("listen", EINVAL);
    assertThat(runner.probe(FilterOptions.closed().withTcp(false, true)))
        .containsExactlyInAnyOrderEntriesOf(expected);
  }

  @Test
  void unixSocketsGranted() throws Exception {
    Map<String, Integer> expected = expected();
    for (String name : new String[] {"unix", "unix-high", "pair-datagram", "pair-datagram-high"}) {
      expected.put(name, 0);
    }
    expected.put("connect", EINVAL);
    expected.put("bind", EINVAL);
    expected.put("listen", EINVAL);
    assertThat(runner.probe(FilterOptions.closed().withUnixSockets()))
        .containsExactlyInAnyOrderEntriesOf(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '^',
      quoteCharacter = '`',
      textBlock =
          """
          /bin/bash        ^ for i in 1 2 3; do echo $i | cat; done; cat <(echo 6); test -r /etc/hostname && ls / >/dev/null && echo ok
          /usr/bin/python3 ^ python3 -c 'import subprocess, threading, tempfile, ssl; t=threading.Thread(target=print, args=("t",)); t.start(); t.join(); print(subprocess.check_output(["echo", "ok"]).decode())'
          /usr/bin/node    ^ node -e 'require("child_process").execFile("echo", ["ok"], (e, out) => { if (e) throw e; setTimeout(() => console.log(out), 1); new (require("worker_threads").Worker)("1", {eval: true}) })'
          /usr/bin/git     ^ git init -q g && cd g && echo 1 > a && git add a && git -c user.name=a -c user.email=a@b commit -qm m && git log --oneline | grep -q m && git clone -q . ../h && echo ok
          /usr/bin/gcc     ^ echo 'int puts(const char*); int main(void){puts("ok");return 0;}' > t.c && gcc -pipe -o t t.c && ./t
          /usr/bin/make    ^ printf 'all: a b\\na b:\\n\\t@true\\n' > Makefile && make -j2 && echo ok
          /usr/bin/perl    ^ perl -e 'print `echo ok`'
          /usr/bin/tar     ^ mkdir d && cp -a /etc/hostname d/ && chmod 600 d/hostname && touch -d @1 d/hostname && tar czf d.tgz d && tar xzf d.tgz && install -m 755 d/hostname e && mv e f && sort f >/dev/null && dd if=/dev/zero of=z bs=1k count=2 status=none && sync z && nice -n 1 true && timeout 5 true && echo ok
          /usr/local/go/bin/gofmt ^ echo 'package  ok' | /usr/local/go/bin/gofmt && /usr/local/go/bin/go version
          """)
  void runs(String program, String script) throws Exception {
    assumeTrue(Files.isExecutable(Path.of(program)), program + " is not installed");
    FilterRunner.Run run = runner.run(FilterOptions.closed(), "/bin/bash", "-c", script);
    assertThat(run.output()).contains("ok");
    assertThat(run.status()).as(run.output()).isZero();
  }

  @Test
  void runsTheVirtualMachineAndItsCompiler() throws Exception {
    String home = System.getProperty("java.home");
    Path source =
        Files.writeString(
            runner.directory().resolve("Hello.java"),
            "void main() throws Exception { Thread t = Thread.startVirtualThread(() ->"
                + " System.out.println(\"ok\")); t.join(); new ProcessBuilder(\"true\")"
                + ".start().waitFor(); }");
    FilterRunner.Run run =
        runner.run(FilterOptions.closed(), home + "/bin/java", source.toString());
    assertThat(run.output()).contains("ok");
    assertThat(run.status()).as(run.output()).isZero();
  }

  @Test
  void runsRust() throws IOException, InterruptedException {
    // Asked without the filter, so that a filter which breaks the compiler is not taken for its
    // absence.
    assumeTrue(
        runner.bare("/bin/bash", "-c", RUST + " \"$RUSTC\" --version").status() == 0,
        "no Rust is installed for this user");
    FilterRunner.Run run =
        runner.run(
            FilterOptions.closed(), "/bin/bash", "-c", RUST + " \"$RUSTC\" -o r r.rs && ./r");
    assertThat(run.output()).contains("ok");
    assertThat(run.status()).as(run.output()).isZero();
  }

  /** The user's own HOME: the runner's is a temporary one. */
  private static final String RUST =
      """
      home=$(getent passwd $(id -u) | cut -d: -f6)
      RUSTC=${CARGO_HOME:-$home/.cargo}/bin/rustc
      export RUSTUP_HOME=${RUSTUP_HOME:-$home/.rustup}
      echo 'fn main() { std::thread::spawn(|| println!("ok")).join().unwrap(); }' > r.rs
      """;

  @Test
  void connectsWhereItIsGranted() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3");
    String script =
        """
        import socket, threading
        s = socket.create_server(('127.0.0.1', 0))
        threading.Thread(target=lambda: s.accept()[0].sendall(b'ok')).start()
        print(socket.create_connection(s.getsockname()).recv(9))
        """;
    FilterRunner.Run run =
        runner.run(FilterOptions.closed().withTcp(true, true), "/usr/bin/python3", "-c", script);
    assertThat(run.output()).contains("ok");
    FilterRunner.Run refused = runner.run(FilterOptions.closed(), "/usr/bin/python3", "-c", script);
    assertThat(refused.output()).contains("PermissionError");
  }
}
