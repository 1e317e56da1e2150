package dev.paddock.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.linux.Arch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FilterBuilderTest {
  private static final Action NOSYS = Action.errno(38);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 100, 400, 1000, 2000})
  void aProgramDoesWhatItsRulesSay(int count) {
    int compared = 0;
    for (long seed = 1; seed <= 40; seed++) {
      if (compare(count, 7919 * seed + count)) {
        compared++;
      }
    }
    assertThat(compared).as("programs that fit").isGreaterThanOrEqualTo(20);
  }

  private static boolean compare(int count, long seed) {
    Random random = new Random(seed);
    Arch arch = random.nextBoolean() ? Arch.X86_64 : Arch.AARCH64;
    // Many rules only fit if they are not all different: what fits is judged by the kernel's limit.
    RandomRules rules = new RandomRules(random, 1 + random.nextInt(count > 400 ? 6 : 12));
    Action otherwise = rules.action();
    FilterBuilder builder = new FilterBuilder(arch, otherwise);
    int space = random.nextBoolean() ? count + count / 4 + 1 : 0x3fffffff;
    for (int i = 0; i < count; i++) {
      builder.rule(random.nextInt(space), rules.rule());
    }
    List<Integer> numbers = new ArrayList<>(builder.rules().keySet());
    builder.hot(random.ints(random.nextInt(10), 0, numbers.size()).map(numbers::get).toArray());
    Program program;
    try {
      program = builder.build();
    } catch (ProgramTooLargeException e) {
      assertThat(count).as("seed %d", seed).isGreaterThan(400);
      return false;
    }
    byte[] bytes = program.toBytes();
    int depth = program.depth();
    Map<Integer, Rule> model = builder.rules();
    for (int i = 0; i < 400; i++) {
      int number =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt() & ~0x40000000;
            case 1 -> Math.max(0, numbers.get(random.nextInt(numbers.size())) - 1);
            case 2 -> Math.min(0x3fffffff, numbers.get(random.nextInt(numbers.size())) + 1);
            default -> numbers.get(random.nextInt(numbers.size()));
          };
      long[] arguments = rules.arguments();
      Interpreter.Outcome outcome = Interpreter.run(bytes, number, arch.audit(), arguments);
      assertThat(outcome.value())
          .as("seed %d, %d rules, number %d, arguments %s", seed, count, number, arguments)
          .isEqualTo(RuleModel.decide(model, otherwise, number, arguments).encode());
      assertThat(outcome.steps()).as("seed %d", seed).isLessThanOrEqualTo(depth);
    }
    return true;
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void anotherArchitectureKills(Arch arch) {
    byte[] program = new FilterBuilder(arch, Action.ALLOW).rule(0, Action.ALLOW).build().toBytes();
    for (Arch other : Arch.values()) {
      assertThat(Interpreter.run(program, 0, other.audit()).value())
          .isEqualTo((other == arch ? Action.ALLOW : Action.KILL_PROCESS).encode());
    }
    int i386 = 0x40000003;
    assertThat(Interpreter.run(program, 0, i386).value()).isEqualTo(Action.KILL_PROCESS.encode());
  }

  @Test
  void callsOfX32DoNotExistWhateverOtherCallsMeet() {
    byte[] program =
        new FilterBuilder(Arch.X86_64, Action.ALLOW).rule(0, Action.KILL_PROCESS).build().toBytes();
    int native64 = Arch.X86_64.audit();
    assertThat(Interpreter.run(program, 0, native64).value())
        .isEqualTo(Action.KILL_PROCESS.encode());
    assertThat(Interpreter.run(program, -1, native64).value()).isEqualTo(Action.ALLOW.encode());
    assertThat(Interpreter.run(program, 0x80000000, native64).value())
        .isEqualTo(Action.ALLOW.encode());
    for (int number : new int[] {0x40000000, 0x40000001, 0x7fffffff, 0xc0000000, -2}) {
      assertThat(Interpreter.run(program, number, native64).value()).isEqualTo(NOSYS.encode());
    }
  }

  @Test
  void theHottestNumbersAreResolvedFirst() {
    FilterBuilder builder = new FilterBuilder(Arch.X86_64, NOSYS);
    for (int i = 0; i < 400; i += 2) {
      builder.rule(i, Action.ALLOW);
    }
    byte[] program = builder.hot(202, 0, 17).build().toBytes();
    int native64 = Arch.X86_64.audit();
    // Load and compare the architecture, load the number, look for the x32 bit: four before it.
    assertThat(Interpreter.run(program, 202, native64).steps()).isEqualTo(6);
    assertThat(Interpreter.run(program, 0, native64).steps()).isEqualTo(7);
    assertThat(Interpreter.run(program, 17, native64).value()).isEqualTo(NOSYS.encode());
  }

  @Test
  void neighboursOfOneRuleShareARange() {
    FilterBuilder dense = new FilterBuilder(Arch.X86_64, NOSYS);
    for (int i = 0; i < 300; i++) {
      dense.rule(i, Action.ALLOW);
    }
    assertThat(dense.build().size()).isLessThan(12);
    // What the hot numbers leave behind does not cut a range in two.
    assertThat(dense.rule(150, Action.errno(1)).hot(150).build().size()).isLessThan(14);
  }

  @Test
  void theSearchIsBalanced() {
    FilterBuilder builder = new FilterBuilder(Arch.X86_64, NOSYS);
    for (int i = 0; i < 1024; i++) {
      builder.rule(i, Action.errno(i));
    }
    Program program = builder.build();
    // 1025 ranges are 11 questions; before them 4 instructions, after them one, and trampolines.
    assertThat(program.depth()).isBetween(15, 20);
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    FilterBuilder builder = new FilterBuilder(Arch.X86_64, NOSYS);
    for (int i = 0; i < 3000; i++) {
      builder.rule(i, Action.errno(i));
    }
    assertThatThrownBy(builder::build)
        .isInstanceOf(ProgramTooLargeException.class)
        .hasMessageContaining("at most 4096");
  }

  @Test
  void theUpperHalfIsComparedUnlessTheKernelIgnoresIt() {
    Program program =
        new FilterBuilder(Arch.X86_64, NOSYS)
            .rule(1, Cases.of(Action.ALLOW, Case.when(NOSYS, ArgumentTest.int32(1, 0x5412))))
            .rule(2, Cases.of(NOSYS, Case.when(Action.ALLOW, ArgumentTest.int64(0, 0))))
            .build();
    byte[] bytes = program.toBytes();
    int native64 = Arch.X86_64.audit();
    assertThat(Interpreter.run(bytes, 1, native64, 0, 0x1_0000_5412L).value())
        .isEqualTo(NOSYS.encode());
    assertThat(Interpreter.run(bytes, 1, native64, 0, 0x5413).value())
        .isEqualTo(Action.ALLOW.encode());
    assertThat(Interpreter.run(bytes, 2, native64, 0x1_0000_0000L).value())
        .isEqualTo(NOSYS.encode());
    assertThat(Interpreter.run(bytes, 2, native64, 0).value()).isEqualTo(Action.ALLOW.encode());
  }

  @Test
  void nonsenseIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Action.errno(4096));
    assertThatIllegalArgumentException().isThrownBy(() -> Action.errno(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> ArgumentTest.int32(6, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> ArgumentTest.masked32(0, 6, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> ArgumentTest.anyBit64(0, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> Case.when(Action.ALLOW));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FilterBuilder(Arch.X86_64, NOSYS).rule(0x40000000, Action.ALLOW));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Program(List.of(new Instruction(Instruction.JUMP, 0, 0, 0))));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Program(
                    List.of(
                        new Instruction(Instruction.LOAD, 0, 0, 64),
                        new Instruction(Instruction.RETURN, 0, 0, 0))));
  }

  @Test
  void everyInstructionIsShownOnALineOfItsOwn() {
    Program program =
        new FilterBuilder(Arch.X86_64, NOSYS)
            .rule(0, Action.ALLOW)
            .rule(16, Cases.of(Action.ALLOW, Case.when(NOSYS, ArgumentTest.int32(1, 0x5412))))
            .rule(57, Action.KILL_PROCESS)
            .hot(0)
            .build();
    List<String> listing = Disassembler.listing(program, Arch.X86_64);
    assertThat(listing).hasSize(program.size());
    Set<String> distinct = new HashSet<>(listing);
    assertThat(distinct).hasSameSizeAs(listing);
    assertThat(listing)
        .anySatisfy(line -> assertThat(line).endsWith("; read?"))
        .anySatisfy(line -> assertThat(line).endsWith("; the x32 bit?"))
        .anySatisfy(line -> assertThat(line).endsWith("; the native ABI?"))
        .anySatisfy(line -> assertThat(line).endsWith("; argument 1 low of ioctl"))
        .anySatisfy(line -> assertThat(line).endsWith("; argument 1 low = 0x5412?"))
        .anySatisfy(line -> assertThat(line).endsWith("; fail with errno 38"))
        .noneSatisfy(line -> assertThat(line).contains("never reached"));
  }
}
