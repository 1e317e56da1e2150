package dev.paddock.sandbox.plan;

import dev.paddock.linux.Arch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Run by the build: compiles the filters that most policies come to, for {@link PlannedFilter}. */
final class FilterCompiler {
  private FilterCompiler() {}

  /** Compiles into the folder that is given. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    for (FilterOptions options : options()) {
      for (Arch arch : Arch.values()) {
        String name = PlannedFilter.resource(options, arch);
        if (name == null) {
          throw new IllegalStateException("nobody would look for " + options);
        }
        Files.write(folder.resolve(name), SystemCallFilter.of(options, arch).program().toBytes());
      }
    }
  }

  static List<FilterOptions> options() {
    List<FilterOptions> all = new ArrayList<>();
    for (boolean connect : new boolean[] {false, true}) {
      for (boolean bind : new boolean[] {false, true}) {
        all.add(FilterOptions.closed().withTcp(connect, bind));
      }
    }
    all.add(FilterOptions.closed().withOwnNetwork());
    for (FilterOptions options : List.copyOf(all)) {
      all.add(options.withJudgedAddresses());
    }
    all.add(FilterOptions.closed().withOwnNetwork().withWaysOut(true).withJudgedAddresses());
    for (FilterOptions options : List.copyOf(all)) {
      all.add(options.withOwnFiles(true).withOwnIpc(true).withOwnProcesses(true, true));
    }
    return all;
  }
}
