package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyFileTest {
  @TempDir Path folder;

  static Stream<Arguments> wrong() {
    return Stream.of(
        arguments(
            "[netwrok]\nallow = []", "p:1:1: unknown key \"netwrok\", did you mean \"network\"?"),
        arguments(
            "[files]\nraed = []",
            "p:2:1: unknown key \"files.raed\", did you mean \"files.read\"?"),
        arguments("[files]\nread = \"/usr\"", "p:2:1: files.read must be a list of strings"),
        arguments("[files]\nread = [\"/usr\", 3]", "p:2:17: files.read must be a list of strings"),
        arguments(
            "[files]\nread = [\"usr\"]",
            "p:2:9: files.read: the path \"usr\" is not absolute; begin it with /, ~/ or"
                + " ${workspace}/"),
        arguments("[files]\nread = [\"\"]", "p:2:9: files.read: a path is empty"),
        arguments(
            "[files]\nread = [\"/\\u0000\"]",
            "p:2:9: files.read: the path \"/\\x00\" contains a NUL byte"),
        arguments(
            "[files]\nmode = \"cow\"",
            "p:2:1: files.mode: \"cow\" is no mode; write direct or copy-on-write"),
        arguments(
            "[network]\nbind = [\"70000\"]",
            "p:2:9: network.bind: port 70000 does not exist; ports go from 0 to 65535"),
        arguments(
            "[network]\nallow = [\"2001:db8::1:443\"]",
            "p:2:10: network.allow: \"2001:db8::1:443\": put an IPv6 address in brackets, such as"
                + " [2001:db8::1]:443"),
        arguments(
            "[limits]\nmemory = \"2X\"",
            "p:2:1: limits.memory: \"2X\" is no size; write a whole number and K, M, G or T, such"
                + " as 512M"),
        arguments(
            "[limits]\nmemory = \"99999999999G\"",
            "p:2:1: limits.memory: the size \"99999999999G\" is too large"),
        arguments("[limits]\nmemory = 512", "p:2:1: limits.memory must be a string"),
        arguments(
            "[limits]\nprocesses = 0",
            "p:2:1: limits.processes: \"0\" is no limit for limits.processes; write a whole number"
                + " from 1 on"),
        arguments(
            "[limits]\ntime = \"0\"", "p:2:1: limits.time: the time \"0\" must be more than zero"),
        arguments(
            "[limits]\ncpu = \"150\"",
            "p:2:1: limits.cpu: \"150\" is no processor share; write percent of one processor, such"
                + " as 150%"),
        arguments(
            "[environment]\nset = { \"A=B\" = \"x\" }",
            "p:2:9: environment.set: \"A=B\" is no name of a variable"),
        arguments("[environment]\nset = { A = 1 }", "p:2:9: environment.set.A must be a string"),
        arguments(
            "extends = \"bsae\"",
            "p:1:1: there is no built-in policy \"bsae\", did you mean \"base\"?; a file is named"
                + " by a path with a slash or .toml"),
        arguments(
            "[[exec.rules]]\nmatch = \"git\"",
            "p:1:1: exec.rules: a rule needs match and decision"),
        arguments(
            "[[exec.rules]]\nmatch = \"git\"\ndecision = \"maybe\"",
            "p:3:1: exec.rules: \"maybe\" is no decision; write allow, deny or audit (approve and"
                + " redirect are not served yet)"),
        arguments(
            "[[exec.rules]]\nmatch = \"git\"\ndecison = \"deny\"",
            "p:3:1: exec.rules: \"decison\" is unknown or has the wrong type, did you mean"
                + " \"decision\"?"),
        arguments(
            "[[exec.rules]]\nmatch = \"bin/x\"\ndecision = \"deny\"",
            "p:2:1: exec.rules: \"bin/x\" is neither a name nor an absolute path; begin a path with"
                + " /, ~/, ${workspace}/ or **/"),
        arguments(
            "[[exec.rules]]\nmatch = \"\"\ndecision = \"deny\"",
            "p:2:1: exec.rules: a program's name is empty"),
        arguments(
            "[[exec.rules]]\nmatch = \"x\"\nenv = [\"A=1\", \"LD_PRELOAD\"]\ndecision = \"deny\"",
            "p:3:15: exec.rules: env: \"LD_PRELOAD\" matches nothing; write NAME=VALUE, such as"
                + " LD_PRELOAD=*"),
        arguments(
            "[[exec.rules]]\nmatch = \"x\"\nargs = [\"a\", 1]\ndecision = \"deny\"",
            "p:3:14: exec.rules: args must be a list of strings"),
        arguments(
            "[[exec.rules]]\nmatch = \"x\"\nargs = [\"\\\\q\"]\ndecision = \"deny\"",
            "p:3:9: exec.rules: \"\\q\": after a backslash stands x and two hexadecimal digits"),
        arguments(
            "[[exec.rules]]\nmatch = \"x\"\ntell = true\ndecision = \"deny\"",
            "p:1:1: exec.rules: tell = true, but there is no message to tell"),
        arguments(
            "[exec]\ndeny = [\"git 'push\"]",
            "p:2:9: exec.deny: \"git 'push\": a quote is never closed"),
        arguments("[exec]\ndeny = [\" \"]", "p:2:9: exec.deny: \" \" names no program"),
        arguments(
            "[exec]\ndeny = [\"./x\"]",
            "p:2:9: exec.deny: \"./x\" is neither a name nor an absolute path"),
        arguments(
            "[signals]\ndeny = [\"KILL\"]",
            "p:2:9: signals.deny: \"KILL\" is no signal rule; write a target and a signal, such as"
                + " tree:KILL"),
        arguments(
            "[signals]\ndeny = [\"childen:KILL\"]",
            "p:2:9: signals.deny: \"childen:KILL\": there is no target \"childen\", did you mean"),
        arguments(
            "[signals]\ndeny = [\"tree:KIL\"]",
            "p:2:9: signals.deny: \"tree:KIL\": there is no signal \"KIL\", did you mean"),
        arguments(
            "[signals]\ndeny = [\"tree:65\"]",
            "p:2:9: signals.deny: \"tree:65\": signals go from 1 to 64"),
        arguments(
            "[protections]\nalerts = \"log\"",
            "p:2:1: protections.alerts: \"log\" is nothing that an alert does; write kill or"
                + " report"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void namesPlaceValueAndRemedy(String toml, String message) {
    assertThatThrownBy(() -> PolicyFile.parse("p", toml.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"${wokspace}/x", "${HOME}/x", "${env:HOME", "/a/${env:}", "/${tmp:-${no}}", "${}"})
  void variablesThatDoNotExistOrAreNotClosedAreRefusedWhereTheyStand(String path) {
    String text = "[files]\nread = [\"" + path + "\"]\n";
    assertThatThrownBy(() -> PolicyFile.parse("p.toml", text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("p.toml:2:9")
        .hasMessageContaining("${");
  }

  @Test
  void variablesThatMayHaveAValueLaterAreAcceptedAndAByteOrderMarkIsSkipped() throws Exception {
    String text = "\ufeff[files]\nread = [\"/a/${env:X}\", \"${tmp:-${home:-/x}}/$y\"]\n";
    assertThat(PolicyFile.parse("p.toml", text.getBytes(StandardCharsets.UTF_8)).files().read())
        .hasSize(2);
  }

  @Test
  void reportsAllThatIsWrongAtOnce() {
    String toml = "[files]\nread = [\"a\", \"b\"]\n[limits]\nmemory = \"x\"\n";
    assertThatThrownBy(() -> PolicyFile.parse("p", toml.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(PolicyException.class, e -> assertThat(e.problems()).hasSize(3));
  }

  @Test
  void refusesWhatIsNoToml() {
    assertThatThrownBy(() -> PolicyFile.parse("p", "[files".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(PolicyException.class)
        .hasMessageStartingWith("p:1:");
    assertThatThrownBy(() -> PolicyFile.parse("p", new byte[] {'#', (byte) 0xff}))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("is not UTF-8");
  }

  @Test
  void followsWhatIsExtended() throws Exception {
    Files.writeString(
        folder.resolve("parent.toml"),
        "extends = \"base\"\n[files]\nread = [\"/a\"]\n[limits]\nopen-files = 7\n");
    Path child =
        Files.writeString(
            folder.resolve("child.toml"),
            "extends = \"parent.toml\"\n[files]\nread = [\"/b\"]\n[limits]\nopen-files = 9\n");
    Policy policy = PolicyFile.read(child);
    assertThat(policy.files().read())
        .extracting(e -> e.value().toString())
        .contains("/usr", "/a", "/b");
    assertThat(policy.limits().openFiles().orElseThrow().value()).isEqualTo(9);
  }

  @Test
  void refusesCyclesAndWhatIsMissing() throws Exception {
    Path one = folder.resolve("one.toml");
    Path two = Files.writeString(folder.resolve("two.toml"), "extends = \"one.toml\"\n");
    Files.writeString(one, "extends = \"two.toml\"\n");
    assertThatThrownBy(() -> PolicyFile.read(two))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("leads back");
    Path self = folder.resolve("self.toml");
    Files.writeString(self, "extends = \"self.toml\"\n");
    assertThatThrownBy(() -> PolicyFile.read(self)).hasMessageContaining("leads back");
    assertThatThrownBy(() -> PolicyFile.read(folder.resolve("none.toml")))
        .hasMessageContaining("there is no such policy file");
    Path orphan = Files.writeString(folder.resolve("orphan.toml"), "extends = \"./gone.toml\"\n");
    assertThatThrownBy(() -> PolicyFile.read(orphan)).hasMessageContaining("gone.toml");
    assertThatThrownBy(() -> PolicyFile.read(folder)).hasMessageContaining("is not a regular file");
    Path large = Files.write(folder.resolve("large.toml"), new byte[(1 << 20) + 1]);
    assertThatThrownBy(() -> PolicyFile.read(large)).hasMessageContaining("larger than 1 MiB");
  }

  @Test
  void builtInsAreCompiledToWhatTheirTextSays() throws Exception {
    for (String name : BuiltIns.names()) {
      byte[] toml = BuiltIns.source(name).getBytes(StandardCharsets.UTF_8);
      assertThat(BuiltIns.get(name)).as(name).isEqualTo(PolicyFile.parse(name, toml));
    }
  }
}
