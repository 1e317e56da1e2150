package dev.paddock.linux.bpf;

import java.util.Map;

/** What rules mean, read directly from them: the other half of the judgement over a program. */
final class RuleModel {
  private RuleModel() {}

  static Action decide(Map<Integer, Rule> rules, Action otherwise, int number, long... arguments) {
    return switch (rules.getOrDefault(number, otherwise)) {
      case Action action -> action;
      case Cases cases -> decide(cases, arguments);
    };
  }

  private static Action decide(Cases cases, long... arguments) {
    for (Case one : cases.cases()) {
      if (one.tests().stream().allMatch(test -> holds(test, arguments))) {
        return one.action();
      }
    }
    return cases.otherwise();
  }

  private static boolean holds(ArgumentTest test, long... arguments) {
    long raw = arguments[test.argument()];
    long value = test.width() == Width.BITS_32 ? raw & 0xffff_ffffL : raw;
    return switch (test) {
      case ArgumentTest.In in -> in.values().contains(value & in.mask());
      case ArgumentTest.Greater greater -> Long.compareUnsigned(value, greater.value()) > 0;
      case ArgumentTest.AnyBit any -> (value & any.bits()) != 0;
    };
  }
}
