package dev.paddock.linux.bpf;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Draws rules, and arguments that lie on and next to what the rules compare with. */
final class RandomRules {
  private final Random random;

  /** How many different rules there are to choose from; few make wide ranges. */
  private final List<Rule> palette = new ArrayList<>();

  private final List<Long> interesting = new ArrayList<>();

  RandomRules(Random random, int variety) {
    this.random = random;
    for (long value : new long[] {0, 1, -1, 0xffff_ffffL, 0x1_0000_0000L, Long.MIN_VALUE}) {
      interesting.add(value);
    }
    for (int i = 0; i < variety; i++) {
      palette.add(random.nextInt(4) == 0 ? cases() : action());
    }
  }

  Rule rule() {
    return palette.get(random.nextInt(palette.size()));
  }

  Action action() {
    return switch (random.nextInt(6)) {
      case 0 -> Action.errno(random.nextInt(4096));
      case 1 -> Action.NOTIFY;
      case 2 -> Action.LOG;
      case 3 -> Action.TRAP;
      case 4 -> Action.KILL_PROCESS;
      default -> Action.ALLOW;
    };
  }

  private Cases cases() {
    List<Case> cases = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      List<ArgumentTest> tests = new ArrayList<>();
      for (int j = random.nextInt(3); j >= 0; j--) {
        tests.add(test());
      }
      cases.add(new Case(tests, action()));
    }
    return new Cases(cases, action());
  }

  private ArgumentTest test() {
    int argument = random.nextInt(6);
    Width width = random.nextBoolean() ? Width.BITS_32 : Width.BITS_64;
    long fits = width == Width.BITS_32 ? 0xffff_ffffL : -1L;
    return switch (random.nextInt(3)) {
      case 0 -> {
        long mask = (random.nextBoolean() ? -1L : random.nextLong()) & fits;
        List<Long> values = new ArrayList<>();
        int many = random.nextInt(10) == 0 ? 300 : 5;
        for (int i = random.nextInt(many); i >= 0; i--) {
          long value = (random.nextBoolean() ? random.nextInt(20) : random.nextLong()) & mask;
          values.add(value);
          interesting.add(value);
        }
        yield new ArgumentTest.In(argument, width, mask, values);
      }
      case 1 -> {
        long value = (random.nextBoolean() ? random.nextInt(20) : random.nextLong()) & fits;
        interesting.add(value);
        interesting.add(value + 1);
        yield new ArgumentTest.Greater(argument, width, value);
      }
      default -> {
        long bits = 1L << random.nextInt(width == Width.BITS_32 ? 32 : 64);
        interesting.add(bits);
        yield new ArgumentTest.AnyBit(argument, width, bits | (random.nextLong() & fits));
      }
    };
  }

  long[] arguments() {
    long[] arguments = new long[6];
    for (int i = 0; i < 6; i++) {
      long value = interesting.get(random.nextInt(interesting.size()));
      arguments[i] =
          switch (random.nextInt(5)) {
            case 0 -> random.nextLong();
            case 1 -> value ^ (1L << random.nextInt(64));
            case 2 -> value | ((long) random.nextInt() << 32);
            default -> value;
          };
    }
    return arguments;
  }
}
