package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Arch;
import dev.paddock.sandbox.plan.FilterOptions.Feature;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PlannedFilterTest {
  @Test
  void whatTheBuildCompiledIsWhatACompilationNowGives() throws Exception {
    for (FilterOptions options : FilterCompiler.options()) {
      for (Arch arch : Arch.values()) {
        String name = PlannedFilter.resource(options, arch);
        assertThat(name).isNotNull();
        byte[] fresh = SystemCallFilter.of(options, arch).program().toBytes();
        try (InputStream resource = PlannedFilter.class.getResourceAsStream(name)) {
          assertThat(resource).as(name).isNotNull();
          assertThat(resource.readAllBytes()).as(name).isEqualTo(fresh);
        }
        assertThat(PlannedFilter.of(options, arch).toBytes()).as(name).isEqualTo(fresh);
      }
    }
  }

  @Test
  void whatDiffersInAnythingButTcpIsCompiledAfresh() {
    List<FilterOptions> changed = new ArrayList<>();
    for (Feature feature : Feature.values()) {
      changed.add(new FilterOptions(Set.of(feature), List.of(), List.of(), List.of()));
    }
    List<String> names = List.of("chmod");
    FilterOptions closed = FilterOptions.closed();
    changed.add(closed.withSystemCalls(names, List.of()));
    changed.add(closed.withSystemCalls(List.of(), names));
    changed.add(closed.withJudged(names));
    assertThat(FilterOptions.class.getRecordComponents()).as("all are changed").hasSize(4);
    for (FilterOptions options : changed) {
      String name = options.toString();
      boolean tcp = options.has(Feature.TCP_CONNECT) || options.has(Feature.TCP_BIND);
      assertThat(options.isTcpOnly()).as(name).isEqualTo(tcp);
      assertThat(PlannedFilter.of(options, Arch.current()).toBytes())
          .as(name)
          .isEqualTo(SystemCallFilter.of(options, Arch.current()).program().toBytes());
    }
  }
}
