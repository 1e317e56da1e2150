package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Sandbox;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 40 and 44: what a terminal would obey must not come out of our messages. */
class EscapeTest {
  private static final String TITLE = "\u001b]0;owned\u0007";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nonexistent/" + TITLE,
        "/nonexistent/two\nlines",
        "/nonexistent/\u009b31m",
        "/nonexistent/back\b\b\b\bspace",
        "/nonexistent/return\rover"
      })
  void namesInMessagesAreShownNotObeyed(String name) throws Exception {
    Sandbox sandbox = Sandbox.builder().build();
    Command command = Inside.command(List.of(name));
    Throwable thrown = catchThrowable(() -> sandbox.run(command));
    assertThat(thrown).isNotNull();
    assertNamesHarmlessly(thrown);
  }

  @Test
  void pathsOfThePolicyAreShownNotObeyed() {
    Throwable thrown =
        catchThrowable(() -> Sandbox.builder().read(Path.of("/nonexistent/" + TITLE)).build());
    assertThat(thrown).isNotNull();
    assertNamesHarmlessly(thrown);
  }

  @Test
  void theReportIsHarmless() {
    assertHarmless(Report.printable("a" + TITLE + "\nb\u009b\u007f|"));
  }

  private static void assertNamesHarmlessly(Throwable thrown) {
    String message = Objects.requireNonNull(thrown.getMessage());
    assertThat(message).as("a message about the name").contains("/nonexistent/");
    assertHarmless(message);
  }

  private static void assertHarmless(String message) {
    assertThat(message.chars().filter(c -> c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0)))
        .as("control characters in a message: %s", Report.printable(message))
        .isEmpty();
  }
}
