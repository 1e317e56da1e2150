package dev.paddock.sandbox.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Arch;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
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
  void whatDiffersInAnythingButTcpIsCompiledAfresh() throws Exception {
    RecordComponent[] components = FilterOptions.class.getRecordComponents();
    for (int changed = 0; changed < components.length; changed++) {
      List<Object> values = new ArrayList<>();
      List<Class<?>> types = new ArrayList<>();
      for (int i = 0; i < components.length; i++) {
        boolean flag = components[i].getType() == boolean.class;
        types.add(components[i].getType());
        values.add(flag ? i == changed : i == changed ? List.of("chmod") : List.of());
      }
      FilterOptions options =
          FilterOptions.class
              .getDeclaredConstructor(types.toArray(new Class<?>[0]))
              .newInstance(values.toArray());
      String name = components[changed].getName();
      boolean tcp = name.equals("tcpConnect") || name.equals("tcpBind");
      assertThat(options.isTcpOnly()).as(name).isEqualTo(tcp);
      assertThat(PlannedFilter.of(options, Arch.current()).toBytes())
          .as(name)
          .isEqualTo(SystemCallFilter.of(options, Arch.current()).program().toBytes());
    }
  }
}
