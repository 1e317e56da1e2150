package dev.paddock.bench;

import dev.paddock.policy.ByteString;
import dev.paddock.policy.Origin;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyBuilder;
import dev.paddock.sandbox.Attachment;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.event.EventSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures what is attached to against {@code strace -f --seccomp-bpf -e trace=execve}, which sees
 * the same. Each command waits for a line, so that both have begun before it does. Arguments: the
 * calls program, the C project, the folder for the results.
 */
final class AttachBench {
  private static final int ROUNDS = 9;
  private static final int WARM_ROUNDS = 3;
  private static final int MAKE_ROUNDS = 9;

  /** Says who it is, waits for a line, and becomes the command. */
  private static final String GATE = "echo $$; read go; exec \"$@\"";

  /** Not as a child of ours: we would wait for it ourselves, and take what its tracer waits for. */
  private static final String BESIDE = "exec 3<&0; \"$@\" <&3 & wait $!";

  private static final List<Way> WAYS = List.of(Way.BARE, Way.STRACE, Way.ATTACHED);

  private final StringBuilder table = new StringBuilder();

  private AttachBench() {}

  /** Runs everything. */
  public static void main(String[] arguments) throws Exception {
    AttachBench bench = new AttachBench();
    bench.table.append(
        "| what | bare | strace | attached | attached to strace |\n|---|---|---|---|---|\n");
    String calls = arguments[0];
    bench.calls("fork, _exit and wait", calls, "fork", "500");
    bench.calls("vfork, exec and wait of `/bin/true`", calls, "exec", "300", "/bin/true");
    bench.make(Path.of(arguments[1]));
    Files.writeString(Path.of(arguments[2]).resolve("attach.md"), bench.table);
  }

  private enum Way {
    BARE,
    STRACE,
    ATTACHED
  }

  private void calls(String what, String... command) throws Exception {
    double[][] taken = new double[WAYS.size()][ROUNDS];
    for (int i = -WARM_ROUNDS; i < ROUNDS; i++) {
      for (int j = 0; j < WAYS.size(); j++) {
        double milliseconds = Double.parseDouble(run(WAYS.get(j), List.of(command)).output()) / 1e6;
        if (i >= 0) {
          taken[j][i] = milliseconds;
        }
      }
    }
    row(what, taken);
  }

  private void make(Path source) throws Exception {
    Path project = Files.createTempDirectory("paddock-bench");
    try {
      try (var files = Files.list(source)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.copy(file, project.resolve(file.getFileName()));
        }
      }
      List<String> make = List.of("/usr/bin/make", "-s", "-j2", "-C", project.toString());
      List<String> clean = new ArrayList<>(make);
      clean.add("clean");
      double[][] taken = new double[WAYS.size()][MAKE_ROUNDS];
      for (int i = -WARM_ROUNDS; i < MAKE_ROUNDS; i++) {
        for (int j = 0; j < WAYS.size(); j++) {
          Done _ = run(Way.BARE, clean);
          double milliseconds = run(WAYS.get(j), make).milliseconds();
          if (i >= 0) {
            taken[j][i] = milliseconds;
          }
        }
      }
      row("`make -j2`", taken);
    } finally {
      try (var files = Files.walk(project)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** What a command printed, and how long it took from its line on. */
  private record Done(String output, double milliseconds) {}

  private static Done run(Way way, List<String> command) throws Exception {
    List<String> all = new ArrayList<>(List.of("/bin/sh", "-c", BESIDE, "sh"));
    if (way == Way.STRACE) {
      all.addAll(List.of("strace", "-f", "--seccomp-bpf", "-e", "trace=execve", "-o", "/dev/null"));
    }
    all.addAll(List.of("/bin/sh", "-c", GATE, "sh"));
    all.addAll(command);
    Process process =
        new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (BufferedReader lines = process.inputReader();
        OutputStream input = process.getOutputStream()) {
      int pid = Integer.parseInt(lines.readLine());
      if (way != Way.ATTACHED) {
        return finish(process, lines, input);
      }
      Path log = Files.createTempFile("paddock", ".jsonl");
      try (Attachment attachment = Attachment.to(pid, order(log))) {
        Done done = finish(process, lines, input);
        if (!attachment.waitFor()) {
          throw new IOException("somebody is left of " + command);
        }
        return done;
      } finally {
        Files.delete(log);
      }
    }
  }

  private static Done finish(Process process, BufferedReader lines, OutputStream input)
      throws IOException, InterruptedException {
    long from = System.nanoTime();
    input.write('\n');
    input.flush();
    StringBuilder output = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      output.append(line);
    }
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException("status " + status + ": " + output);
    }
    return new Done(output.toString(), (System.nanoTime() - from) / 1e6);
  }

  private static Attachment.Order order(Path log) throws Exception {
    Policy policy =
        new PolicyBuilder()
            .putExecDeny(ByteString.of("git push --force*"), Origin.flag("bench"))
            .build();
    byte[] path = log.toString().getBytes(StandardCharsets.UTF_8);
    SupervisionOptions supervisionOptions =
        SupervisionOptions.builder().session("bench").sink(() -> EventSink.file(path)).build();
    return new Attachment.Order(policy, supervisionOptions, false);
  }

  private void row(String what, double[][] taken) {
    double[] median = new double[taken.length];
    for (int i = 0; i < taken.length; i++) {
      median[i] = new Series(what, taken[i]).median();
    }
    String row =
        String.format(
            Locale.ROOT,
            "| %s | %.3f ms | %.3f ms | %.3f ms | **%.2f ×** |%n",
            what,
            median[0],
            median[1],
            median[2],
            median[2] / median[1]);
    table.append(row);
    System.err.print(row);
  }
}
