package dev.paddock.linux.bpf;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.bpf.Assembler.Comparison;
import dev.paddock.linux.bpf.Assembler.Label;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Compiles rules over system call numbers into a program: first the architecture (another one
 * kills), then the x32 bit (ENOSYS), then the hottest numbers one by one, then a balanced search
 * over ranges of numbers that share a rule. Arguments are looked at only where a number has led.
 */
public final class FilterBuilder {
  /** {@code __X32_SYSCALL_BIT}; asm/unistd.h. */
  private static final int X32_BIT = 0x40000000;

  /** The number of values up to which one question after the other is not worse than a search. */
  private static final int LINEAR = 4;

  private record Range(int start, Rule rule) {}

  private final Arch arch;
  private final Action otherwise;
  private final SortedMap<Integer, Rule> rules = new TreeMap<>();
  private final List<Integer> hot = new ArrayList<>();

  /**
   * A filter without rules.
   *
   * @param arch the only way of calling the kernel that is left open
   * @param otherwise what becomes of a number that no rule names
   */
  public FilterBuilder(Arch arch, Action otherwise) {
    this.arch = arch;
    this.otherwise = otherwise;
  }

  /**
   * Sets the rule of a number; a later one takes the place of an earlier one.
   *
   * @param number a system call's number, 0 to 2^30 - 1
   * @param rule what becomes of the call
   */
  public FilterBuilder rule(int number, Rule rule) {
    if (number < 0 || number >= X32_BIT) {
      throw new IllegalArgumentException("not a system call's number: " + number);
    }
    rules.put(number, simplify(rule));
    return this;
  }

  /**
   * Names the numbers that are resolved first, the hottest first.
   *
   * @param numbers numbers that have a rule; those without one are passed over
   */
  public FilterBuilder hot(int... numbers) {
    hot.clear();
    for (int number : numbers) {
      hot.add(number);
    }
    return this;
  }

  /** The rules set so far, by number. */
  public SortedMap<Integer, Rule> rules() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(rules));
  }

  /** What becomes of a number that no rule names. */
  public Action otherwise() {
    return otherwise;
  }

  /**
   * Compiles.
   *
   * @throws ProgramTooLargeException if the rules need more instructions than the kernel takes
   */
  public Program build() {
    return new Compilation().program();
  }

  private static Rule simplify(Rule rule) {
    return rule instanceof Cases cases && cases.cases().isEmpty() ? cases.otherwise() : rule;
  }

  /** One compilation; it writes the program from its end, as the assembler wants it. */
  private final class Compilation {
    private final Assembler assembler = new Assembler();
    private final Map<Rule, Label> leaves = new HashMap<>();

    Program program() {
      List<Integer> first = new ArrayList<>();
      Set<Integer> resolved = new HashSet<>();
      for (int number : hot) {
        if (rules.containsKey(number) && resolved.add(number)) {
          first.add(number);
        }
      }
      List<Range> ranges = ranges(resolved);
      Label next = search(ranges, 0, ranges.size() - 1);
      for (int number : first.reversed()) {
        next = assembler.branch(Comparison.EQUAL, number, leaf(rule(number)), next);
      }
      Label kill = assembler.answer(Action.KILL_PROCESS);
      if (arch == Arch.X86_64) {
        // -1 is what a tracer writes to skip a call. It has the bit too, but is no x32 call.
        Label unknown = assembler.answer(Action.errno(Errno.ENOSYS));
        Label x32 = assembler.branch(Comparison.EQUAL, -1, leaf(otherwise), unknown);
        next = assembler.branch(Comparison.ANY_BIT, X32_BIT, x32, next);
      }
      next = assembler.load(SeccompData.NUMBER, next);
      next = assembler.branch(Comparison.EQUAL, arch.audit(), next, kill);
      return assembler.finish(assembler.load(SeccompData.ARCHITECTURE, next));
    }

    private Rule rule(int number) {
      return rules.getOrDefault(number, otherwise);
    }

    /**
     * The numbers cut into ranges of one rule. What has been resolved before never gets here, so it
     * goes with its neighbours.
     */
    private List<Range> ranges(Set<Integer> resolved) {
      List<Range> ranges = new ArrayList<>();
      int covered = 0;
      for (Map.Entry<Integer, Rule> entry : rules.entrySet()) {
        int number = entry.getKey();
        if (number > covered) {
          extend(ranges, covered, otherwise);
        }
        if (!resolved.contains(number)) {
          extend(ranges, number, entry.getValue());
        }
        covered = number + 1;
      }
      extend(ranges, covered, otherwise);
      return ranges;
    }

    private void extend(List<Range> ranges, int start, Rule rule) {
      if (ranges.isEmpty()) {
        ranges.add(new Range(0, rule));
      } else if (!ranges.getLast().rule().equals(rule)) {
        ranges.add(new Range(start, rule));
      }
    }

    private Label search(List<Range> ranges, int from, int to) {
      if (from == to) {
        return leaf(ranges.get(from).rule());
      }
      Range left = ranges.get(from);
      if (to - from == 2 && left.rule().equals(ranges.get(to).rule())) {
        Range middle = ranges.get(from + 1);
        if (ranges.get(to).start() - middle.start() == 1) {
          // A single number among others of one rule: one question instead of two.
          Label around = leaf(left.rule());
          Label single = leaf(middle.rule());
          return assembler.branch(Comparison.EQUAL, middle.start(), single, around);
        }
      }
      int middle = (from + to + 1) >>> 1;
      Label above = search(ranges, middle, to);
      Label below = search(ranges, from, middle - 1);
      int start = ranges.get(middle).start();
      return assembler.branch(Comparison.GREATER_OR_EQUAL, start, above, below);
    }

    private Label leaf(Rule rule) {
      Label known = leaves.get(rule);
      if (known == null) {
        // No switch over patterns: each one is made at run time, which a cold start feels.
        known = rule instanceof Cases cases ? cases(cases) : assembler.answer((Action) rule);
        leaves.put(rule, known);
      }
      return known;
    }

    private Label cases(Cases cases) {
      Label next = assembler.answer(cases.otherwise());
      for (Case one : cases.cases().reversed()) {
        Label yes = assembler.answer(one.action());
        Label no = next;
        for (ArgumentTest test : one.tests().reversed()) {
          yes = test(test, yes, no);
        }
        next = yes;
      }
      return next;
    }

    private Label test(ArgumentTest test, Label yes, Label no) {
      if (test instanceof ArgumentTest.In in) {
        return in(in, yes, no);
      }
      return test instanceof ArgumentTest.Greater greater
          ? greater(greater, yes, no)
          : anyBit((ArgumentTest.AnyBit) test, yes, no);
    }

    private Label in(ArgumentTest.In test, Label yes, Label no) {
      int mask = (int) test.mask();
      int offset = SeccompData.low(test.argument());
      SortedMap<Integer, Set<Integer>> byHigh = new TreeMap<>();
      Set<Integer> all = new HashSet<>();
      for (long value : test.values()) {
        int high = (int) (value >>> 32);
        Set<Integer> lows = byHigh.get(high);
        if (lows == null) {
          lows = new HashSet<>();
          byHigh.put(high, lows);
        }
        lows.add((int) value);
        all.add((int) value);
      }
      if (test.width() == Width.BITS_32) {
        return oneOf(offset, mask, all, yes, no);
      }
      Label next = no;
      int highMask = (int) (test.mask() >>> 32);
      List<Label> lows = new ArrayList<>();
      List<Integer> highs = new ArrayList<>();
      for (Map.Entry<Integer, Set<Integer>> entry : byHigh.entrySet()) {
        highs.add(entry.getKey());
        lows.add(oneOf(offset, mask, entry.getValue(), yes, no));
      }
      for (int i = highs.size() - 1; i >= 0; i--) {
        next = assembler.branch(Comparison.EQUAL, highs.get(i), lows.get(i), next);
      }
      return masked(SeccompData.high(test.argument()), highMask, next);
    }

    private Label oneOf(int offset, int mask, Set<Integer> values, Label yes, Label no) {
      long[] sorted = new long[values.size()];
      int count = 0;
      for (int value : values) {
        sorted[count++] = Integer.toUnsignedLong(value);
      }
      Arrays.sort(sorted);
      return masked(offset, mask, among(sorted, 0, count, yes, no));
    }

    /** Few values are asked for one by one; many are searched for, as the numbers are. */
    private Label among(long[] sorted, int from, int to, Label yes, Label no) {
      if (to - from > LINEAR) {
        int middle = (from + to) >>> 1;
        Label above = among(sorted, middle, to, yes, no);
        Label below = among(sorted, from, middle, yes, no);
        return assembler.branch(Comparison.GREATER_OR_EQUAL, (int) sorted[middle], above, below);
      }
      Label next = no;
      for (int i = to - 1; i >= from; i--) {
        next = assembler.branch(Comparison.EQUAL, (int) sorted[i], yes, next);
      }
      return next;
    }

    private Label masked(int offset, int mask, Label next) {
      return assembler.load(offset, mask == -1 ? next : assembler.and(mask, next));
    }

    private Label greater(ArgumentTest.Greater test, Label yes, Label no) {
      Label low = assembler.branch(Comparison.GREATER, (int) test.value(), yes, no);
      low = assembler.load(SeccompData.low(test.argument()), low);
      if (test.width() == Width.BITS_32) {
        return low;
      }
      int high = (int) (test.value() >>> 32);
      Label equal = assembler.branch(Comparison.EQUAL, high, low, no);
      Label above = assembler.branch(Comparison.GREATER, high, yes, equal);
      return assembler.load(SeccompData.high(test.argument()), above);
    }

    private Label anyBit(ArgumentTest.AnyBit test, Label yes, Label no) {
      Label next = no;
      int low = (int) test.bits();
      int high = (int) (test.bits() >>> 32);
      if (low != 0) {
        next = assembler.branch(Comparison.ANY_BIT, low, yes, no);
        next = assembler.load(SeccompData.low(test.argument()), next);
      }
      if (high != 0) {
        next = assembler.branch(Comparison.ANY_BIT, high, yes, next);
        next = assembler.load(SeccompData.high(test.argument()), next);
      }
      return next;
    }
  }
}
