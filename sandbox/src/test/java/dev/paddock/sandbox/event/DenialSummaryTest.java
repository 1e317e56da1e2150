package dev.paddock.sandbox.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.linux.Errno;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DenialSummaryTest {
  private static final Event.Head HEAD = new Event.Head(Instant.EPOCH, 1, "x", "", 5, 1);

  private static Event denied(String path, String rule, String hint) {
    return new Event.Denied(
        HEAD, "openat", ByteString.of(path), Errno.EACCES, rule, hint, Strength.OBSERVED);
  }

  /** For people it is one thing to grant; machines see which calls there were. */
  @Test
  void whatAShellTriesToExecuteAndThenOpensIsOneLine() {
    DenialSummary summary = new DenialSummary();
    for (String call : List.of("execve", "openat")) {
      summary.accept(
          new Event.Denied(
              HEAD, call, ByteString.of("/a"), Errno.EACCES, "", "-r /a", Strength.OBSERVED));
      summary.accept(
          new Event.Denied(
              HEAD, call, ByteString.of(""), Errno.EPERM, "a rule", "", Strength.KERNEL));
    }
    assertThat(summary.rows(10)).hasSize(4);
    assertThat(summary.lines(10))
        .containsExactly(
            "2x execve, openat /a -> EACCES; granted by -r /a",
            "1x execve -> EPERM by a rule",
            "1x openat -> EPERM by a rule");
  }

  @Test
  void countsAndSorts() {
    DenialSummary summary = new DenialSummary();
    summary.accept(denied("/once", "", "-r /once"));
    summary.accept(denied("/also", "", ""));
    for (int i = 0; i < 3; i++) {
      summary.accept(denied("/often\n", "files.deny \"/often*\"", "-r $'/often\\x0A'"));
    }
    summary.accept(
        new Event.Exec(
            HEAD,
            ByteString.of("sudo"),
            ByteString.of("/usr/bin/sudo"),
            Arguments.none(),
            Event.Decision.DENY,
            "exec.deny \"sudo\"",
            "",
            Errno.EACCES,
            Strength.VERIFIED,
            Duration.ZERO));
    summary.accept(
        new Event.SignalSent(
            HEAD,
            1,
            15,
            Event.SignalSent.Relation.OUTSIDE,
            Event.Decision.DENY,
            "",
            Strength.KERNEL));
    summary.accept(new Event.Fork(HEAD, 3, Event.Fork.Kind.FORK, Strength.VERIFIED));
    assertThat(summary.total()).isEqualTo(7);
    assertThat(summary.rows(10))
        .extracting(DenialSummary.Row::count)
        .containsExactly(3L, 1L, 1L, 1L, 1L);
    assertThat(summary.lines(10))
        .containsExactly(
            "3x openat /often\\x0A -> EACCES by files.deny \"/often*\";"
                + " granted by -r $'/often\\x0A'",
            "1x openat /once -> EACCES; granted by -r /once",
            "1x openat /also -> EACCES",
            "1x execve /usr/bin/sudo -> EACCES by exec.deny \"sudo\"",
            "1x kill signal 15, outside -> EPERM");
    assertThat(summary.lines(2)).hasSize(3).last().isEqualTo("and 3 more");
  }

  @Test
  void keepsNoMoreThanItSays() {
    DenialSummary summary = new DenialSummary();
    for (int i = 0; i < DenialSummary.MOST + 500; i++) {
      summary.accept(denied("/" + i, "", ""));
    }
    summary.accept(denied("/0", "", "")); // A known one is still counted.
    assertThat(summary.size()).isEqualTo(DenialSummary.MOST);
    assertThat(summary.others()).isEqualTo(500);
    assertThat(summary.total()).isEqualTo(DenialSummary.MOST + 501);
    assertThat(summary.rows(1).getFirst().count()).isEqualTo(2);
    assertThat(summary.lines(Integer.MAX_VALUE)).last().isEqualTo("and 500 more");
  }

  @Test
  void saysWhatItDidNotSee() {
    DenialSummary summary = new DenialSummary();
    summary.accept(new Event.Dropped(HEAD, 12));
    assertThat(summary.dropped()).isEqualTo(12);
    assertThat(summary.lines(5))
        .isEqualTo(List.of("12 events were lost; there may be more refusals"));
    assertThat(new DenialSummary().lines(5)).isEmpty();
  }

  @Test
  void whatWasOnlySeenIsCalledSo() {
    Event seen =
        new Event.Denied(HEAD, "openat", ByteString.of("/a"), 0, "", "-r /a", Strength.OBSERVED);
    assertThat(EventLines.of(seen))
        .isEqualTo("paddock: [5] would be refused: openat /a; granted by -r /a");
    DenialSummary summary = new DenialSummary();
    summary.accept(seen);
    assertThat(summary.lines(1)).containsExactly("1x openat /a; granted by -r /a");
  }
}
