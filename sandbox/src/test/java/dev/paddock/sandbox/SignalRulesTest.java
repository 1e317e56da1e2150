package dev.paddock.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.event.Event;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Signals that rules refuse, in real runs. */
final class SignalRulesTest {
  private final List<Event> events = new ArrayList<>();

  private String shell(String rules, String script) throws Exception {
    String text = "extends = \"base\"\n[signals]\ndeny = [" + rules + "]\n";
    Policy policy = PolicyFile.parse("test", text.getBytes(StandardCharsets.UTF_8));
    Sandbox sandbox = Sandbox.builder().policy(policy).onEvent(events::add).build();
    Result result =
        sandbox.run(Command.of("sh", "-c", script).directory("/").stdout(Stdio.capture()));
    return new String(result.stdout(), StandardCharsets.UTF_8).strip();
  }

  @Test
  void aDeniedSignalToAChildIsRefused() throws Exception {
    assertThat(
            shell(
                "\"children:KILL\"",
                """
                sleep 100 & kill -KILL $! 2>/dev/null; echo $?
                kill -TERM $!; wait $!; echo $?
                """))
        .isEqualTo("1\n143");
    assertThat(events)
        .anySatisfy(
            event ->
                assertThat(event)
                    .isInstanceOfSatisfying(
                        Event.Denied.class,
                        denied -> assertThat(denied.rule()).contains("children:KILL")));
  }

  @Test
  void whatNoRuleNamesIsSentAsEver() throws Exception {
    assertThat(
            shell(
                "\"tree:USR1\"",
                """
                trap 'echo got' USR2
                kill -USR2 $$
                kill -USR1 $$ 2>/dev/null; echo $?
                sleep 100 & kill $!; wait $!; echo $?
                """))
        .isEqualTo("got\n1\n143");
  }
}
