package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.plan.FilterOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The limit holds exactly, and loses no slot. */
final class ProcessLimitTest {
  private static final Pattern SAID =
      Pattern.compile("(\\w+) made (\\d+) again (\\d+) other (\\d+) peak (\\d+) alive (\\d+)");

  @TempDir private Path folder = Path.of("");
  private final AtomicInteger reported = new AtomicInteger();

  private record Said(int made, int again, int other, int peak, int alive) {}

  private List<Said> run(int most, boolean births, String... arguments) throws Exception {
    Path trees = TreeRun.compile(folder, "trees");
    List<String> command = new ArrayList<>(List.of("" + trees));
    command.addAll(List.of(arguments));
    TreeRun.Done done =
        TreeRun.run(
            FilterOptions.closed().withBirths(),
            true,
            (routes, run) -> {
              ForkTracker seen = new ForkTracker(run.tree(), run.tracers(), run, false);
              ProcessLimit limit =
                  new ProcessLimit(
                      most,
                      run.tree(),
                      births ? seen : Forks.UNSEEN,
                      run.tracers(),
                      (_, _) -> reported.incrementAndGet());
              seen.tell(limit::settled);
              routes.route(limit, "fork", "vfork", "clone");
              return limit::end;
            },
            command);
    List<Said> said = new ArrayList<>();
    Matcher matcher = SAID.matcher(done.good());
    while (matcher.find()) {
      said.add(
          new Said(
              Integer.parseInt(matcher.group(2)),
              Integer.parseInt(matcher.group(3)),
              Integer.parseInt(matcher.group(4)),
              Integer.parseInt(matcher.group(5)),
              Integer.parseInt(matcher.group(6))));
    }
    assertThat(said).as(done.output()).isNotEmpty();
    return said;
  }

  @ParameterizedTest
  @CsvSource({"20,1,40,false", "20,8,10,false", "20,8,10,true", "2,4,5,false", "1,2,5,false"})
  void thereAreExactlyAsManyAsAllowed(int most, int threads, int each, boolean births)
      throws Exception {
    for (Said said : run(most, births, "full", "" + threads, "" + each)) {
      int wanted = threads * each;
      assertThat(said)
          .isEqualTo(new Said(most - 1, wanted - most + 1, 0, said.peak(), said.alive()));
      assertThat(said.peak()).isLessThanOrEqualTo(most);
    }
    assertThat(reported).hasPositiveValue();
  }

  @ParameterizedTest
  @CsvSource({
    "fork,false",
    "vfork,false",
    "spawn,false",
    "nested,false",
    "fork,true",
    "vfork,true"
  })
  void aBombNeverGoesBeyond(String how, boolean births) throws Exception {
    Said said = run(6, births, how, "16", "50").getFirst();
    assertThat(said.other()).isZero();
    assertThat(said.peak()).isLessThanOrEqualTo(6);
    assertThat(said.alive()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoeverRunsOnWithoutAChildHoldsNoSlot(boolean births) throws Exception {
    assertThat(run(6, births, "spin", "3", "5").getFirst())
        .extracting(Said::made, Said::again, Said::other)
        .containsExactly(5, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoeverIsKilledInItsCallHoldsNoSlot(boolean births) throws Exception {
    assertThat(run(12, births, "killed", "40", "11").getFirst().made()).isEqualTo(11);
  }

  @Test
  void farFromTheLimitNothingIsCounted() throws Exception {
    Said said = run(1000, false, "fork", "4", "100").getFirst();
    assertThat(said.made()).isEqualTo(400);
    assertThat(reported).hasValue(0);
  }
}
