package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.sandbox.Feature;
import dev.paddock.sandbox.Host;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs every attack of the table both ways. The property {@code paddock.attacks.only} chooses those
 * whose names begin as it says, a regular expression.
 */
class AttackTest {
  private static final Report REPORT = new Report();

  /** What the program of an exec race says if it has not won once, or killed all that it had. */
  private static final Set<String> LOST = Set.of("never", "none-ran");

  /** How often a race is run bare until it is won: on a busy machine it can be lost for long. */
  private static final int MOST_RACES = 20;

  /** What works in a view too: on what is granted, or on what is the run's own. */
  private static final Set<String> OPEN_IN_A_VIEW =
      Set.of(
          "10-tighten",
          "18-failing",
          "18-slots",
          "18-slots-threads",
          "18-threads",
          "27-execute",
          "27-execute-link",
          "41-shm-create",
          "50-copy",
          "50-loader-copy");

  static List<Attack> attacks() {
    String only = System.getProperty("paddock.attacks.only", "");
    return Table.attacks().stream().filter(attack -> attack.id().matches(only + ".*")).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("attacks")
  void bare(Attack attack) throws Exception {
    String reason = attack.skip() != null ? attack.skip() : attack.neverBare();
    if (reason != null) {
      skipBare(attack, reason);
    }
    Outcome outcome;
    Set<String> touched;
    try {
      int tries = 0;
      do {
        try (Field field = new Field(attack)) {
          Run run = Bare.attack(attack, field);
          touched = field.touched();
          boolean effect =
              attack.touches().isEmpty() || touched.stream().anyMatch(attack.touches()::contains);
          outcome = Outcome.parse(attack, run).judgedBy(effect);
        }
      } while (LOST.contains(outcome.word()) && ++tries < MOST_RACES);
    } catch (IOException | AssertionError e) {
      REPORT.bare(attack.id(), "broken: " + e.getMessage());
      REPORT.failed(attack.id());
      throw e;
    }
    String unless = attack.unless().get(outcome.word());
    if (unless != null) {
      skipBare(attack, unless + " (" + outcome + ")");
    }
    if (!outcome.worked() && attack.rootOnly() != null && !User.isRoot()) {
      skipBare(attack, attack.rootOnly() + " (" + outcome + ")");
    }
    if (outcome.word().startsWith("unavailable")) {
      skipBare(attack, outcome.word());
    }
    REPORT.bare(attack.id(), outcome.toString());
    if (!outcome.worked()) {
      REPORT.failed(attack.id());
      fail("bare, %s must work, but: %s", attack, outcome);
    }
    if (!attack.touches().isEmpty() && touched.stream().noneMatch(attack.touches()::contains)) {
      REPORT.failed(attack.id());
      fail("bare, %s must touch one of %s, but touched %s", attack, attack.touches(), touched);
    }
  }

  private static void skipBare(Attack attack, String reason) {
    REPORT.bare(attack.id(), "skipped: " + reason);
    Assumptions.abort(reason);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("attacks")
  void inside(Attack attack) throws Exception {
    if (attack.skip() != null) {
      REPORT.inside(attack.id(), "skipped: " + attack.skip());
      Assumptions.abort(attack.skip());
    }
    if (needsView(attack) && !Host.probe().view(ViewPart.FILES).available()) {
      REPORT.inside(attack.id(), "skipped: no view here");
      Assumptions.abort(Host.probe().view(ViewPart.FILES).detail());
    }
    Rules rules = attack.setting().rules();
    String missing = rules == null || needsView(attack) ? null : rules.missing();
    if (missing != null) {
      REPORT.inside(attack.id(), "skipped: not served yet: " + missing);
      Assumptions.abort(missing);
    }
    Outcome outcome;
    Set<String> touched;
    try (Field field = new Field(attack)) {
      ViewMode view = needsView(attack) ? ViewMode.REQUIRE : ViewMode.OFF;
      Run run = Inside.attack(attack, field, view);
      touched = field.touched();
      outcome = Outcome.parse(attack, run).judgedBy(!touched.isEmpty());
    } catch (IOException | AssertionError e) {
      REPORT.inside(attack.id(), "broken: " + e.getMessage());
      REPORT.failed(attack.id());
      throw e;
    }
    REPORT.inside(attack.id(), outcome.toString());
    boolean held =
        outcome.word().equals(attack.inside())
            && (attack.insideStep() == null || attack.insideStep().equals(outcome.step()))
            && touched.isEmpty();
    if (!held) {
      REPORT.failed(attack.id());
    }
    assertThat(touched).as("canaries that %s touched", attack).isEmpty();
    assertThat(outcome.word()).as("%s inside: %s", attack, outcome).isEqualTo(attack.inside());
    if (attack.insideStep() != null) {
      assertThat(outcome.step()).as("%s inside", attack).isEqualTo(attack.insideStep());
    }
  }

  private static boolean needsView(Attack attack) {
    return attack.setting() == Setting.IN_A_VIEW;
  }

  /** The same with all of a view that this host gives: by what it is refused does not matter. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("attacks")
  void insideAView(Attack attack) throws Exception {
    Feature files = Host.probe().view(ViewPart.FILES);
    Assumptions.assumeTrue(files.available(), files.detail());
    Assumptions.assumeTrue(attack.skip() == null, attack.skip());
    Assumptions.assumeFalse(needsView(attack), "it is attacked in one only");
    Rules rules = attack.setting().rules();
    String missing = rules == null ? null : rules.missing();
    Assumptions.assumeTrue(missing == null, missing);
    try (Field field = new Field(attack)) {
      Run run = Inside.attack(attack, field, ViewMode.AUTO);
      Set<String> touched = field.touched();
      Outcome outcome = Outcome.parse(attack, run).judgedBy(!touched.isEmpty());
      assertThat(touched).as("canaries that %s touched", attack).isEmpty();
      assertThat(outcome.worked())
          .as("%s in a view: %s", attack, outcome)
          .isEqualTo(OPEN_IN_A_VIEW.contains(attack.id()));
    }
  }

  @AfterAll
  static void report() throws IOException {
    List<Attack> attacks = attacks();
    REPORT.write(User.isRoot() ? "report.md" : "report-user.md", attacks);
    assertThat(REPORT.incomplete(attacks)).as("attacks neither run nor skipped").isEmpty();
  }
}
