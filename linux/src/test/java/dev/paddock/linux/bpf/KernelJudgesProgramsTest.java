package dev.paddock.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Arch;
import dev.paddock.linux.CompiledHelper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The third judge: the kernel loads random programs and says what they do. */
final class KernelJudgesProgramsTest {
  /** The first number that no kernel uses: a call that is let through fails with ENOSYS. */
  private static final int UNUSED = 100_000;

  private static final int ENOSYS = 38;

  @TempDir private static Path directory;
  private static Path helper;

  @BeforeAll
  static void compile() throws Exception {
    helper = CompiledHelper.compile(KernelJudgesProgramsTest.class, "calls", directory);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void theKernelDoesWhatTheRulesSay(long seed) throws Exception {
    Random random = new Random(seed);
    RandomRules rules = new RandomRules(random, 8);
    int count = 1 + random.nextInt(1200);
    FilterBuilder builder = new FilterBuilder(Arch.current(), Action.ALLOW);
    for (int i = 0; i < count; i++) {
      builder.rule(UNUSED + random.nextInt(2 * count), harmless(rules.rule()));
    }
    List<Integer> numbers = new ArrayList<>(builder.rules().keySet());
    builder.hot(numbers.get(random.nextInt(numbers.size())), numbers.getFirst());
    Path filter = Files.write(directory.resolve("filter-" + seed), builder.build().toBytes());

    int calls = 2000;
    long[][] all = new long[calls][];
    ByteBuffer input = ByteBuffer.allocate(calls * 56).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < calls; i++) {
      all[i] = new long[7];
      int number = UNUSED + random.nextInt(2 * count + 2);
      all[i][0] = number;
      System.arraycopy(rules.arguments(), 0, all[i], 1, 6);
      for (long word : all[i]) {
        input.putLong(word);
      }
    }
    Path questions = Files.write(directory.resolve("calls-" + seed), input.array());
    Path answers = directory.resolve("results-" + seed);
    Process process =
        new ProcessBuilder(
                helper.toString(), filter.toString(), questions.toString(), answers.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).as("seed %d", seed).isZero();
    ByteBuffer output = ByteBuffer.wrap(Files.readAllBytes(answers)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(output.remaining()).isEqualTo(Long.BYTES * calls);
    Map<Integer, Rule> model = builder.rules();
    for (long[] call : all) {
      long[] arguments = Arrays.copyOfRange(call, 1, 7);
      Action action = RuleModel.decide(model, Action.ALLOW, (int) call[0], arguments);
      long expected = action.kind() == Action.Kind.ERRNO ? action.data() : ENOSYS;
      assertThat(output.getLong())
          .as("seed %d, number %d, arguments %s", seed, call[0], arguments)
          .isEqualTo(expected);
    }
  }

  /** The same rule, where a call is either let through or fails. */
  private static Rule harmless(Rule rule) {
    return switch (rule) {
      case Action action -> harmless(action);
      case Cases cases ->
          new Cases(
              cases.cases().stream()
                  .map(one -> new Case(one.tests(), harmless(one.action())))
                  .toList(),
              harmless(cases.otherwise()));
    };
  }

  private static Action harmless(Action action) {
    return switch (action.kind()) {
      case ERRNO -> action;
      case ALLOW -> Action.ALLOW;
      case KILL_PROCESS -> Action.errno(4001);
      case TRAP -> Action.errno(4002);
      case NOTIFY -> Action.errno(4003);
      case LOG -> Action.errno(4004);
    };
  }
}
