package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which signals may be sent to whom. */
final class SignalMatcherTest {
  private static SignalMatcher matcher(String... rules) throws ValueException {
    PolicyBuilder builder = new PolicyBuilder();
    for (String rule : rules) {
      builder.put(Key.SIGNALS_DENY, rule, Origin.flag("test"));
    }
    return SignalMatcher.of(builder.build().signals());
  }

  @ParameterizedTest
  @CsvSource({
    "tree:KILL, SELF, 9, true",
    "tree:KILL, CHILDREN, 9, true",
    "tree:KILL, OTHERS, 9, true",
    "tree:KILL, OTHERS, 15, false",
    "children:*, CHILDREN, 1, true",
    "children:*, CHILDREN, 64, true",
    "children:*, CHILDREN, 0, false",
    "children:*, CHILDREN, 65, false",
    "children:*, OTHERS, 9, false",
    "children:*, SELF, 9, false",
    "others:SIGSTOP, OTHERS, 19, true",
    "self:0, SELF, 0, true",
    "self:0, SELF, 1, false",
    "tree:*, OUTSIDE, 0, true",
    "outside:*, SELF, 9, false",
    "outside:TERM, OUTSIDE, 9, true",
  })
  void denies(String rule, SignalRule.Target receiver, int signal, boolean denied)
      throws ValueException {
    assertThat(matcher(rule).denial(receiver, signal) != null).isEqualTo(denied);
  }

  @Test
  void namesTheRule() throws ValueException {
    SignalMatcher matcher = matcher("self:TERM", "tree:SIGTERM");
    assertThat(matcher.denial(SignalRule.Target.SELF, 15))
        .isEqualTo("signals.deny \"self:TERM\" (test)");
    assertThat(matcher.denial(SignalRule.Target.OTHERS, 15))
        .isEqualTo("signals.deny \"tree:TERM\" (test)");
    assertThat(matcher.isEmpty()).isFalse();
    assertThat(matcher().isEmpty()).isTrue();
    assertThat(matcher("outside:*").isEmpty()).isTrue();
    assertThat(matcher().denial(SignalRule.Target.OUTSIDE, 15)).isNotNull();
    assertThatThrownBy(() -> matcher.denial(SignalRule.Target.TREE, 15))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everySignalReadsBack() throws ValueException {
    for (SignalRule.Target target : SignalRule.Target.values()) {
      for (int signal = SignalRule.ANY; signal <= 64; signal++) {
        SignalRule rule = new SignalRule(target, signal);
        assertThat(SignalRule.parse(rule.toString())).isEqualTo(rule);
      }
    }
    assertThat(SignalRule.parse("self:SIGIOT").signal()).isEqualTo(6);
    assertThat(SignalRule.parse("self:POLL").signal()).isEqualTo(29);
  }
}
