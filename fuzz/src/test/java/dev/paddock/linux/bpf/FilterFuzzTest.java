package dev.paddock.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.paddock.linux.Arch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Filters: those of rules do what the rules say, and any that the kernel takes can be shown. */
final class FilterFuzzTest {
  private static final Action OTHERWISE = Action.errno(38);

  /** Instructions as the kernel reads them. */
  @FuzzTest
  void program(byte[] content) {
    ByteBuffer code = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    List<Instruction> instructions = new ArrayList<>();
    Program program;
    try {
      while (code.remaining() >= Instruction.BYTES) {
        instructions.add(
            new Instruction(
                code.getShort() & 0xffff, code.get() & 0xff, code.get() & 0xff, code.getInt()));
      }
      program = new Program(instructions);
    } catch (IllegalArgumentException | ProgramTooLargeException e) {
      assertThat(e.getMessage()).isNotBlank();
      return;
    }
    assertThat(Disassembler.listing(program, Arch.X86_64))
        .hasSize(program.size())
        .allSatisfy(line -> assertThat(line).contains("; "));
    byte[] bytes = program.toBytes();
    assertThat(bytes).startsWith(content.length >= bytes.length ? bytes : new byte[0]);
    for (int number : new int[] {0, 1, -1, 0x40000000}) {
      assertThat(Interpreter.run(bytes, number, Arch.X86_64.audit(), 1, -1L, 1L << 32).steps())
          .isBetween(1, program.depth());
    }
  }

  /** A seed of rules, how many, and the calls to judge by them. */
  @FuzzTest
  void rules(byte[] content) {
    if (content.length < 10) {
      return;
    }
    ByteBuffer input = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(input.getLong());
    RandomRules rules = new RandomRules(random, 6);
    int count = input.getShort() & 0x1ff;
    FilterBuilder builder = new FilterBuilder(Arch.X86_64, OTHERWISE);
    for (int i = 0; i < count; i++) {
      builder.rule(random.nextInt(2 * count), rules.rule());
    }
    if (count > 2) {
      Integer first = builder.rules().firstKey();
      builder.hot(first);
    }
    byte[] program;
    try {
      Program built = builder.build();
      assertThat(Disassembler.listing(built, Arch.X86_64)).hasSize(built.size());
      program = built.toBytes();
    } catch (ProgramTooLargeException e) {
      return;
    }
    for (int call = 0; call < 20; call++) {
      int number = input.remaining() >= 2 ? input.getShort() & 0x3ff : random.nextInt(1024);
      long[] arguments = rules.arguments();
      if (input.remaining() >= 9) {
        arguments[(input.get() & 0xff) % 6] = input.getLong();
      }
      assertThat(Interpreter.run(program, number, Arch.X86_64.audit(), arguments).value())
          .isEqualTo(RuleModel.decide(builder.rules(), OTHERWISE, number, arguments).encode());
    }
  }
}
