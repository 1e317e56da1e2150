package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    return ExecMatcher.of(builder.build());
  }

  /** A file without a name, which goes by what the kernel calls it. */
  private static String nameless(String policy, String given) throws Exception {
    record Nameless(ByteString path, ByteString executable) implements ExecMatcher.Program {
      @Override
      public List<ByteString> arguments() {
        return List.of(ByteString.of("x"));
      }

      @Override
      public List<ByteString> environment() {
        return List.of();
      }

      @Override
      public boolean isNameless() {
        return true;
      }
    }
    Policy read =
        PolicyFile.parse("test", policy.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return ExecMatcher.of(read)
        .judge(new Nameless(ByteString.of(given), ByteString.of("/memfd:git (deleted)")))
        .map(match -> match.decision().label())
        .orElse("none");
  }

  @Test
  void whatHasNoNameIsRefusedWhereNamesAreDenied() throws Exception {
    String rule = "[[exec.rules]]\nmatch = \"%s\"\ndecision = \"%s\"\n";
    assertThat(nameless("", "/dev/fd/3")).isEqualTo("none");
    assertThat(nameless("[exec]\ndeny = [\"su\"]", "/dev/fd/3")).isEqualTo("deny");
    assertThat(nameless("[exec]\nnameless = \"deny\"", "/dev/fd/3")).isEqualTo("deny");
    assertThat(nameless("[exec]\ndeny = [\"su\"]\nnameless = \"allow\"", "/dev/fd/3"))
        .isEqualTo("none");
    // What only watches decides nothing.
    assertThat(nameless(rule.formatted("git", "audit"), "/dev/fd/3")).isEqualTo("none");
    String denying = "[exec]\ndeny = [\"su\"]\n";
    assertThat(nameless(denying + rule.formatted("/memfd:*", "allow"), "/dev/fd/3"))
        .isEqualTo("allow");
    assertThat(nameless(denying + rule.formatted("/memfd:*", "audit"), "/dev/fd/3"))
        .isEqualTo("deny");
    // The caller chose that name: a link to the memory file.
    assertThat(nameless(denying + rule.formatted("git", "allow"), "/tmp/git")).isEqualTo("deny");
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
  void whatThePolicyItselfSetsInjectsNothing() throws Exception {
    ExecMatcher matcher =
        ExecMatcher.of(
            PolicyFile.parse(
                "p",
                """
                [environment]
                set = { PYTHONPATH = "/opt/lib" }
                [exec]
                deny = ["python3 -m http.server*"]
                """
                    .getBytes(StandardCharsets.UTF_8)));
    assertThat(judge(matcher, "/usr/bin/python3", "python3 x", "PYTHONPATH=/opt/lib"))
        .isEqualTo(judge(matcher, "/usr/bin/python3", "python3 x"));
    assertThat(judge(matcher, "/usr/bin/python3", "python3 x", "PYTHONPATH=/tmp/lib"))
        .startsWith("deny");
    assertThat(judge(matcher, "/usr/bin/python3", "python3 -m http.server")).startsWith("deny");
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
    ExecMatcher matcher = ExecMatcher.of(policy);
    assertThat(judge(matcher, "/usr/bin/curl", "curl")).startsWith("deny exec.deny");
    assertThat(judge(matcher, "/usr/bin/git", "git push")).startsWith("deny exec.rules");
    assertThat(judge(matcher, "/usr/bin/git", "git push", "GIT_SSH_COMMAND=ssh -i key"))
        .startsWith("allow");
    assertThat(judge(matcher, "/usr/bin/git", "git status")).isEqualTo("none");
    assertThat(judge(matcher, "/usr/bin/git", "git status", "LD_PRELOAD=/tmp/x.so"))
        .contains("LD_PRELOAD is set");
    assertThat(judge(matcher, "/usr/bin/ls", "ls", "LD_PRELOAD=/tmp/x.so")).isEqualTo("none");
    assertThat(judge(matcher, "/usr/bin/git", "git status", "GIT_CONFIG_COUNT=1"))
        .contains("GIT_CONFIG_COUNT");
    // A pager is a program of its own, and judged when it is run.
    assertThat(judge(matcher, "/usr/bin/git", "git status", "GIT_PAGER=less")).isEqualTo("none");
    // What a rule allows is what it names, and nothing beside it.
    assertThat(
            judge(matcher, "/usr/bin/git", "git push", "GIT_SSH_COMMAND=ssh -i k", "LD_PRELOAD=/x"))
        .contains("LD_PRELOAD is set");
    assertThat(judge(matcher, "/usr/bin/git", "git status", "LD_PRELOAD=")).isEqualTo("none");
    assertThat(matcher.needsArguments()).isTrue();
    assertThat(matcher.needsEnvironment()).isTrue();
    assertThat(matcher("sudo").needsArguments()).isFalse();
    assertThat(matcher("sudo").needsEnvironment()).isFalse();
    assertThat(matcher().isEmpty()).isTrue();
  }

  private static ExecMatcher rules(String toml) throws Exception {
    Policy policy = PolicyFile.parse("p", toml.getBytes(StandardCharsets.UTF_8));
    ByteString w = ByteString.of("/home");
    return ExecMatcher.of(policy.expand(new Variables(w, w, w, null, null, List.of())));
  }

  private static String judge(
      ExecMatcher matcher, String given, String executable, String line, List<String> scripts) {
    List<ByteString> interpreters = new ArrayList<>();
    for (String script : scripts) {
      interpreters.add(ByteString.of(script));
    }
    Asked asked =
        new Asked(ByteString.of(given), ByteString.of(executable), words(line), List.of());
    return matcher
        .judge(
            new ExecMatcher.Program() {
              @Override
              public ByteString path() {
                return asked.path;
              }

              @Override
              public ByteString executable() {
                return asked.executable;
              }

              @Override
              public List<ByteString> arguments() {
                return asked.arguments;
              }

              @Override
              public List<ByteString> environment() {
                return List.of(ByteString.of("NODE_OPTIONS=--require x"));
              }

              @Override
              public List<ByteString> interpreters() {
                return interpreters;
              }
            })
        .map(match -> match.decision().label())
        .orElse("none");
  }

  /** Whoever runs a program chooses what to call it. */
  @Test
  void aNameThatWasGivenDeniesButDoesNotAllow() throws Exception {
    ExecMatcher list =
        rules(
            """
            [[exec.rules]]
            match = "sh"
            decision = "audit"
            [[exec.rules]]
            match = "dash"
            decision = "allow"
            [[exec.rules]]
            match = "git"
            decision = "allow"
            [[exec.rules]]
            match = "*"
            decision = "deny"
            """);
    List<String> none = List.of();
    assertThat(judge(list, "/usr/bin/git", "/usr/bin/git", "git", none)).isEqualTo("allow");
    assertThat(judge(list, "/tmp/git", "/usr/bin/curl", "git", none)).isEqualTo("deny");
    assertThat(judge(list, "/tmp/curl", "/usr/bin/git", "curl", none)).isEqualTo("allow");
    assertThat(judge(list, "/bin/sh", "/bin/dash", "sh", none)).isEqualTo("audit");
    assertThat(judge(list, "/bin/sh", "/bin/bash", "sh", none)).isEqualTo("deny");
    assertThat(judge(list, "git", "", "git", none)).isEqualTo("deny");
    ExecMatcher open = rules("[[exec.rules]]\nmatch = \"sh\"\ndecision = \"audit\"\n");
    assertThat(judge(open, "/bin/sh", "/bin/dash", "sh", none)).isEqualTo("audit");
    ExecMatcher denial = rules("[exec]\ndeny = [\"sudo\"]\n");
    assertThat(judge(denial, "/bin/sudo", "/bin/x", "x", none)).isEqualTo("deny");
    assertThat(judge(denial, "/bin/x", "/bin/sudo", "x", none)).isEqualTo("deny");
    assertThat(judge(denial, "/bin/x", "/bin/x", "sudo", none)).isEqualTo("none");
  }

  @Test
  void aMultiCallProgramHasItsAppletsNameToo() throws Exception {
    ExecMatcher matcher = matcher("wget", "tar *checkpoint-action*");
    String box = "/bin/busybox";
    List<String> none = List.of();
    assertThat(judge(matcher, box, box, "busybox wget -q", none)).isEqualTo("deny");
    assertThat(judge(matcher, box, box, "wget -q", none)).isEqualTo("deny");
    assertThat(judge(matcher, "/bin/wget", box, "ls", none)).isEqualTo("deny");
    assertThat(judge(matcher, box, box, "busybox ls wget", none)).isEqualTo("none");
    assertThat(judge(matcher, box, box, "busybox tar --checkpoint-action=x", none))
        .isEqualTo("deny");
    assertThat(judge(matcher, box, box, "busybox", none)).isEqualTo("none");
  }

  @Test
  void aVariableOfTheInterpreterCountsForTheScript() throws Exception {
    ExecMatcher matcher = matcher("deploy --prod*");
    List<String> node = List.of("/usr/bin/node");
    assertThat(judge(matcher, "/w/deploy", "/w/deploy", "deploy", node)).isEqualTo("deny");
    assertThat(judge(matcher, "/w/deploy", "/w/deploy", "deploy", List.of())).isEqualTo("none");
    assertThat(judge(matcher, "/w/other", "/w/other", "other", node)).isEqualTo("none");
  }

  @Test
  void denialsBeforeRulesAndItsOwnBeforeInheritedOnes() throws Exception {
    Policy parent =
        policy(
            """
            [exec]
            deny = ["curl"]
            [[exec.rules]]
            match = "git"
            decision = "deny"
            """);
    Policy child =
        policy(
            """
            [exec]
            deny = ["git push"]
            [[exec.rules]]
            match = "curl"
            decision = "allow"
            [[exec.rules]]
            match = "git"
            decision = "allow"
            """);
    ExecMatcher matcher = ExecMatcher.of(child.over(parent));
    assertThat(judge(matcher, "/bin/curl", "curl")).startsWith("deny exec.deny \"curl\"");
    assertThat(judge(matcher, "/bin/git", "git log")).startsWith("allow");
    assertThat(judge(matcher, "/bin/git", "git push")).startsWith("deny exec.deny \"git push\"");
    assertThat(judge(ExecMatcher.of(parent), "/bin/git", "git")).startsWith("deny");
  }

  private static Policy policy(String toml) throws Exception {
    return PolicyFile.parse("p", toml.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void variablesStandForPaths() throws Exception {
    ExecMatcher matcher =
        rules("[exec]\ndeny = [\"${workspace}/bin//*\", \"~/x run\", \"'/opt/a b/c'\"]\n");
    assertThat(judge(matcher, "/home/bin/tool", "tool")).startsWith("deny");
    assertThat(judge(matcher, "/home/bin/deep/tool", "tool")).isEqualTo("none");
    assertThat(judge(matcher, "/home/x", "x run")).startsWith("deny");
    assertThat(judge(matcher, "/home/x", "x")).isEqualTo("none");
    assertThat(judge(matcher, "/opt/a b/c", "c")).startsWith("deny");
    Policy policy = policy("[[exec.rules]]\nmatch = \"${env:NO}/x\"\ndecision = \"deny\"\n");
    ByteString w = ByteString.of("/home");
    assertThatThrownBy(() -> policy.expand(new Variables(w, w, w, null, null, List.of())))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("p:1:1: exec.rules: the variable ${env:NO} has no value");
  }

  @Test
  void foreseesWhatAWrapperRuns() throws Exception {
    ExecMatcher matcher = matcher("sudo", "git push --force*");
    assertThat(matcher.foresee(words("env A=1 nice sudo x")))
        .hasValueSatisfying(match -> assertThat(match.rule()).contains("sudo"));
    assertThat(matcher.foresee(words("timeout 5 git -C x push --force-with-lease"))).isPresent();
    assertThat(matcher.foresee(words("timeout 5 git push"))).isEmpty();
    assertThat(matcher.foresee(words("sudo x"))).as("is judged, not foreseen").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "bash, BASH_ENV=x, CODE",
    "bash, BASH_FUNC_ls%%=() { x; }, CODE",
    "ls, BASH_ENV=x, NONE",
    "anything, LD_PRELOAD=x, CODE",
    "anything, LD_PRELOAD=, NONE",
    "anything, LD_PRELOADED=x, NONE",
    "python3.11, PYTHONPATH=x, CODE",
    "pythonic, PYTHONPATH=x, NONE",
    "git, GIT_SSH_COMMAND=x, COMMAND",
    "git, GIT_CONFIG_KEY_0=x, OPTIONS",
    "tar, TAR_OPTIONS=x, OPTIONS",
    "ls, =x, NONE",
    "ls, LD_PRELOAD, NONE",
  })
  void whatAVariableDoes(String program, String assignment, LoaderVariables.Effect effect) {
    assertThat(LoaderVariables.effect(ByteString.of(program), ByteString.of(assignment)))
        .isEqualTo(effect);
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          ld.so /usr/bin/id -u                                      | /usr/bin/id [/usr/bin/id, -u] []
          ld.so --inhibit-cache --library-path /x --argv0 me prog a | prog [me, a] [LD_LIBRARY_PATH=/x]
          ld.so --preload /e.so --audit /a.so /bin/git push         | /bin/git [/bin/git, push] [LD_PRELOAD=/e.so, LD_AUDIT=/a.so]
          ld.so --inhibit-rpath x --glibc-hwcaps-mask y p           | p [p] []
          ld.so --list /bin/git                                     | /bin/git [/bin/git] []
          ld-musl --preload=/e.so --argv0=me -- --p x               | --p [me, x] [LD_PRELOAD=/e.so]
          ld.so --preload git                                       | -
          ld.so --help                                              | -
          ld.so --                                                  | -
          ld.so                                                     | -
          """)
  void whatALoaderRuns(String line, String expected) {
    LoaderCommand command = LoaderCommand.of(words(line));
    String shown =
        command == null
            ? null
            : command.program() + " " + command.arguments() + " " + command.environment();
    assertThat(shown).isEqualTo(expected);
    assertThat(LoaderCommand.of(List.of())).isNull();
  }
}
