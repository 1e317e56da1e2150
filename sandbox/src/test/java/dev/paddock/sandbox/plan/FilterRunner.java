package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Arch;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Runs real programs under nothing but a filter, loaded by a small program of its own. */
final class FilterRunner {
  /**
   * What a program did.
   *
   * @param status its exit status
   * @param output what it wrote to both outputs
   */
  record Run(int status, String output) {}

  private final Path directory;
  private final Path filtered;
  private final Path probe;
  private int filters;

  FilterRunner(Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    this.filtered = compile("filtered");
    this.probe = compile("probe");
  }

  private Path compile(String name) throws IOException, InterruptedException {
    Path source = directory.resolve(name + ".c");
    try (InputStream in = FilterRunner.class.getResourceAsStream(name + ".c")) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    Path program = directory.resolve(name);
    Run run =
        run(List.of("cc", "-O1", "-Wall", "-Werror", "-o", program.toString(), source.toString()));
    assertThat(run.status()).as(run.output()).isZero();
    return program;
  }

  Path directory() {
    return directory;
  }

  /** Runs a command under the filter of these options. */
  Run run(FilterOptions options, String... command) throws IOException, InterruptedException {
    filters++;
    Path code = directory.resolve("filter-" + filters);
    SystemCallFilter filter = SystemCallFilter.of(options, Arch.current());
    Files.write(code, filter.program().toBytes());
    List<String> whole = new ArrayList<>(List.of(filtered.toString(), code.toString()));
    whole.addAll(List.of(command));
    return run(whole);
  }

  /** Runs a command without any filter. */
  Run bare(String... command) throws IOException, InterruptedException {
    return run(List.of(command));
  }

  /** Makes all calls of {@code probe.c} and returns the error number of each. */
  Map<String, Integer> probe(FilterOptions options) throws IOException, InterruptedException {
    Path scratch = Files.createDirectory(directory.resolve("scratch-" + filters));
    Run run = run(options, probe.toString(), scratch.toString());
    assertThat(run.status()).as(run.output()).isZero();
    Map<String, Integer> results = new LinkedHashMap<>();
    for (String line : run.output().lines().toList()) {
      String[] words = line.split(" ", 2);
      results.put(words[0], Integer.valueOf(words[1]));
    }
    return results;
  }

  private Run run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(directory.toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.environment().put("HOME", directory.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }
}
