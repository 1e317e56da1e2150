package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.policy.PolicyFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code syscalls.allow = ["@debug"]}: what traces its own kind works, and reaches nobody else. */
final class DebugGroupTest {
  @TempDir private Path folder = Path.of("");

  private Sandbox.Builder debugging() throws Exception {
    return Sandbox.builder()
        .view(ViewMode.OFF)
        .policy(
            PolicyFile.parse(
                "debug",
                "extends = \"base\"\n[syscalls]\nallow = [\"@debug\"]\n"
                    .getBytes(StandardCharsets.UTF_8)))
        .write(folder.toRealPath());
  }

  private static String output(Result result) {
    return new String(result.stdout(), StandardCharsets.UTF_8)
        + new String(result.stderr(), StandardCharsets.UTF_8);
  }

  private void compile(String name, String source, String... flags) throws Exception {
    Files.writeString(folder.resolve(name + ".c"), source);
    java.util.List<String> command =
        new java.util.ArrayList<>(java.util.List.of("gcc", "-o", name, name + ".c"));
    command.addAll(java.util.List.of(flags));
    Process compiler = new ProcessBuilder(command).directory(folder.toFile()).inheritIO().start();
    assertThat(compiler.waitFor()).isZero();
  }

  /** LeakSanitizer looks at the end for what is leaked, from a child that hides from tracers. */
  @Test
  void sanitizersFindLeaksAndEndRight() throws Exception {
    compile(
        "leak",
        """
        #include <stdlib.h>
        int main(int argc, char **argv) {
          void *volatile leaked = malloc(77);
          if (argc == 1) free(leaked);
          leaked = 0;
          return 0;
        }
        """,
        "-fsanitize=address");
    String program = folder.toRealPath() + "/leak";
    Sandbox sandbox = debugging().build();
    Result clean = sandbox.run(Command.of(program));
    assertThat(clean.status()).as(output(clean)).isZero();
    Result leaking = sandbox.run(Command.of(program, "x"));
    assertThat(output(leaking)).contains("77 byte(s) leaked in 1 allocation(s)");
    Process bare =
        new ProcessBuilder(program, "x").redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertThat(leaking.status()).isPositive().isEqualTo(bare.waitFor());
  }

  @Test
  void straceTracesItsChildren() throws Exception {
    Result result =
        debugging()
            .build()
            .run(
                Command.of(
                    "strace", "-f", "-e", "trace=execve", "sh", "-c", "/bin/echo a; exit 3"));
    assertThat(output(result)).contains("execve(\"/bin/echo\", [\"/bin/echo\", \"a\"]");
    assertThat(result.status()).isEqualTo(3);
  }

  /** Its own child, then init, which is its parent, then a process outside of the same user. */
  private static final String ATTACH =
      """
      import ctypes, os, signal, sys
      libc = ctypes.CDLL(None, use_errno=True)
      def attach(pid):
          libc.ptrace.argtypes = [ctypes.c_long] * 4
          if libc.ptrace(0x4206, pid, 0, 0) == 0: return "traced"  # PTRACE_SEIZE
          return os.strerror(ctypes.get_errno())
      class Part(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
      def read(pid):
          text = ctypes.create_string_buffer(8)
          here, there = Part(ctypes.addressof(text), 8), Part(int(sys.argv[2], 16), 8)
          got = libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
          return "read" if got == 8 else os.strerror(ctypes.get_errno())
      child = os.fork()
      if child == 0: signal.pause()
      print(attach(child), attach(os.getppid()), attach(int(sys.argv[1])))
      print(read(os.getppid()), read(int(sys.argv[1])))
      os.kill(child, 9)
      """;

  @Test
  void nobodyElseCanBeTraced() throws Exception {
    Process outside = new ProcessBuilder("cat").start();
    try {
      Result result =
          debugging()
              .build()
              .run(
                  Command.of(
                      "/usr/bin/python3", "-I", "-c", ATTACH, "" + outside.pid(), "0x400000"));
      assertThat(output(result))
          .isEqualTo(
              """
              traced Operation not permitted Operation not permitted
              Operation not permitted Operation not permitted
              """);
    } finally {
      outside.destroyForcibly();
      assertThat(outside.waitFor()).isPositive();
    }
  }

  @Test
  void whereTheSupervisorTracesItIsRefusedByName() throws Exception {
    refuses(builder -> builder.denyExec("id"));
    refuses(builder -> builder.onEvent(_ -> {}));
    refuses(builder -> builder.limits(Limits.none().processes(9)));
    refuses(builder -> builder.traced().denyExec("id"));
    refuses(builder -> builder.onExec(_ -> Decision.allow()));
  }

  private void refuses(UnaryOperator<Sandbox.Builder> more) throws Exception {
    Sandbox.Builder builder = more.apply(debugging());
    assertThatThrownBy(builder::build)
        .hasMessageContaining("\"@debug\" does not go together with")
        .hasMessageContaining("one tracer");
  }
}
