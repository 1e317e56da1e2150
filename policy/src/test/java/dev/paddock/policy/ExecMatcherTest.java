package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rule decides about a program. */
final class ExecMatcherTest {
  private record Asked(
      ByteString path,
      ByteString executable,
      List<ByteString> arguments,
      List<ByteString> environment)
      implements ExecMatcher.Program {}

  private static List<ByteString> words(String line) {
    List<ByteString> words = new ArrayList<>();
    for (String word : line.split(" ", -1)) {
      words.add(ByteString.of(word));
    }
    return words;
  }

  private static String judge(
      ExecMatcher matcher, String path, String line, String... environment) {
    List<ByteString> variables = new ArrayList<>();
    for (String variable : environment) {
      variables.add(ByteString.of(variable));
    }
    return matcher
        .judge(new Asked(ByteString.of(path), ByteString.of(path), words(line), variables))
        .map(match -> match.decision().label() + " " + match.rule())
        .orElse("none");
  }

  private static ExecMatcher matcher(String... denied) throws Exception {
    PolicyBuilder builder = new PolicyBuilder();
    for (String one : denied) {
      builder.put(Key.EXEC_DENY, one, Origin.flag("test"));
    }
    return ExecMatcher.of(builder.build().exec());
  }

  @ParameterizedTest
  @CsvSource({
    "sudo, /usr/bin/sudo, sudo ls, true",
    "sudo, /opt/sudo, x, true",
    "sudo, /usr/bin/sudoedit, sudo, false",
    "su*, /usr/bin/sudo, sudo, true",
    "/usr/bin/*-setup, /usr/bin/net-setup, x, true",
    "/usr/bin/*-setup, /usr/local/bin/net-setup, x, false",
    "/usr/**, /usr/local/bin/net-setup, x, true",
    "git push --force*, /usr/bin/git, git push --force, true",
    "git push --force*, /usr/bin/git, git push --force-with-lease, true",
    "git push --force*, /usr/bin/git, git -C /x push origin --force, true",
    "git push --force*, /usr/bin/git, git push, false",
    "git push --force*, /usr/bin/git, git --force push, false",
    "git push --force*, /usr/bin/git, push --force, false",
    "git push --force*, /usr/bin/hg, hg push --force, false",
    "rm -rf */etc*, /bin/rm, rm -rf /x/etc/y, true",
  })
  void denials(String pattern, String path, String line, boolean denied) throws Exception {
    String found = judge(matcher(pattern), path, line);
    assertThat(found.startsWith("deny")).as(found).isEqualTo(denied);
  }

  @Test
  void theFirstRuleDecides() throws Exception {
    Policy policy =
        PolicyFile.parse(
            "p",
            """
            [exec]
            deny = ["curl"]
            [[exec.rules]]
            match = "curl"
            decision = "allow"
            [[exec.rules]]
            match = "git"
            args = ["push"]
            env = ["GIT_SSH_COMMAND=ssh -i *"]
            decision = "allow"
            [[exec.rules]]
            match = "git"
            args = ["push"]
            decision = "deny"
            message = "not today"
            tell = true
            """
                .getBytes(StandardCharsets.UTF_8));
    ExecMatcher matcher = ExecMatcher.of(policy.exec());
    assertThat(judge(matcher, "/usr/bin/curl", "curl")).startsWith("deny exec.deny");
    assertThat(judge(matcher, "/usr/bin/git", "git push")).startsWith("deny exec.rules");
    assertThat(judge(matcher, "/usr/bin/git", "git push", "GIT_SSH_COMMAND=ssh -i key"))
        .startsWith("allow");
    assertThat(judge(matcher, "/usr/bin/git", "git status")).isEqualTo("none");
    assertThat(judge(matcher, "/usr/bin/git", "git status", "LD_PRELOAD=/tmp/x.so"))
        .contains("LD_PRELOAD is set");
    assertThat(judge(matcher, "/usr/bin/ls", "ls", "LD_PRELOAD=/tmp/x.so")).isEqualTo("none");
    assertThat(judge(matcher, "/usr/bin/git", "git status", "GIT_PAGER=evil"))
        .contains("GIT_PAGER");
    assertThat(judge(matcher, "/usr/bin/git", "git status", "LD_PRELOAD=")).isEqualTo("none");
    assertThat(matcher.needsArguments()).isTrue();
    assertThat(matcher.needsEnvironment()).isTrue();
    assertThat(matcher("sudo").needsArguments()).isFalse();
    assertThat(matcher("sudo").needsEnvironment()).isFalse();
    assertThat(matcher().isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "/lib64/ld-linux-x86-64.so.2, true",
    "ld-linux-aarch64.so.1, true",
    "ld-musl-x86_64.so.1, true",
    "/lib/ld.so, true",
    "ld-2.31.so, true",
    "ld64.so.2, true",
    "/usr/bin/ld, false",
    "ld.gold, false",
    "ldd, false",
    "sold.so, false",
  })
  void loaders(String name, boolean loader) {
    assertThat(LoaderCommand.isLoader(ByteString.of(name))).isEqualTo(loader);
  }

  @Test
  void whatALoaderRuns() {
    LoaderCommand plain = LoaderCommand.of(words("ld.so /usr/bin/id -u"));
    assertThat(plain)
        .isEqualTo(new LoaderCommand(ByteString.of("/usr/bin/id"), words("/usr/bin/id -u")));
    LoaderCommand options =
        LoaderCommand.of(words("ld.so --inhibit-cache --library-path /x --argv0 me prog a"));
    assertThat(options).isEqualTo(new LoaderCommand(ByteString.of("prog"), words("me a")));
    assertThat(LoaderCommand.of(words("ld.so --help"))).isNull();
    assertThat(LoaderCommand.of(words("ld.so --preload"))).isNull();
    assertThat(LoaderCommand.of(List.of())).isNull();
  }
}
