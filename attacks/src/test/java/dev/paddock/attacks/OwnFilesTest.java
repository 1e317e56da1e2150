package dev.paddock.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.Stdio;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Rows 43 and 45: what Paddock itself reads and writes lies where the target may write. It reads it
 * before the target runs, and writes to what it has opened before: a policy that is rewritten
 * counts from the next run that names it, and a record that is replaced leads nowhere else.
 */
class OwnFilesTest {
  private static final String PROGRAM = "43-own-files";

  private Path root = Path.of("/nonexistent");
  private Path programs = root;
  private Path program = root;
  private Path scratch = root;
  private Path secret = root;

  @BeforeEach
  void layOut() throws IOException {
    root = Files.createTempDirectory("paddock-own-").toRealPath();
    programs = Files.createDirectory(root.resolve("programs"));
    scratch = Files.createDirectory(root.resolve("scratch"));
    program = Programs.copy(PROGRAM, programs);
    secret = Files.writeString(root.resolve("secret"), "untouched\n");
  }

  @AfterEach
  void cleanUp() throws IOException {
    Trees.delete(root);
  }

  private List<String> command(String way, Path... arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString(), "43-" + way, way));
    for (Path argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  private Run inside(Sandbox.Builder builder, List<String> command) throws IOException {
    Sandbox sandbox = builder.read(programs).write(scratch).build();
    return Inside.run(sandbox, Inside.command(command).directory(Inside.bytes(scratch.toString())));
  }

  @Test
  void bareTheSecretIsRead() throws Exception {
    Path policy = Files.writeString(scratch.resolve("policy.toml"), "extends = \"base\"\n");
    Run run = Bare.run(command("policy", policy, secret), null);
    assertThat(run.output()).contains("result=worked");
  }

  @Test
  void aPolicyThatIsRewrittenWidensNoRunThatHasBegun() throws Exception {
    Path policy = Files.writeString(scratch.resolve("policy.toml"), "extends = \"base\"\n");
    Policy read = PolicyFile.parse(policy.toString(), Files.readAllBytes(policy));
    Run run = inside(Sandbox.builder().policy(read), command("policy", policy, secret));
    assertThat(run.output()).contains("step=open(secret) result=blocked errno=ENOENT");
    assertThat(Files.readString(policy)).as("it was rewritten").contains("inherit = \"all\"");
  }

  /** No file is read that nobody has named, in this run and in the next. */
  @Test
  void aPolicyThatLiesAroundWidensNothing() throws Exception {
    for (int time = 0; time < 2; time++) {
      Run run = inside(Sandbox.builder().workspace(scratch), command("project", secret));
      assertThat(run.output()).contains("step=open(secret) result=blocked errno=ENOENT");
    }
  }

  @Test
  void bareARecordByNameWritesToAnotherFile() throws Exception {
    Path log = Files.writeString(scratch.resolve("events.jsonl"), "");
    assertThat(Bare.run(command("log", log, secret), null).status()).isEqualTo(20);
    Files.writeString(log, "a record\n");
    assertThat(Files.readString(secret)).isEqualTo("a record\n");
  }

  @Test
  void aRecordThatIsReplacedLeadsNowhereElse() throws Exception {
    Path log = scratch.resolve("events.jsonl");
    Run run = inside(Sandbox.builder().events(log), command("log", log, secret));
    assertThat(run.output()).as(run.describe()).contains("result=tried");
    assertThat(Files.isSymbolicLink(log)).isTrue();
    assertThat(Files.readString(secret)).isEqualTo("untouched\n");
    // Nor in the next run, which finds the link where its record was.
    assertThatThrownBy(() -> inside(Sandbox.builder().events(log), command("log", log, secret)))
        .hasMessageContaining("events.jsonl");
    assertThat(Files.readString(secret)).isEqualTo("untouched\n");
  }

  /** Row 45: what the starting process knows is not handed on unless the policy says so. */
  @Test
  void secretsOfTheEnvironmentStayOutside() throws Exception {
    // The build gives its tests this one to lose.
    Assumptions.assumeTrue("hunter2".equals(System.getenv("API_TOKEN")), "no secret is set");
    List<String> naked = new ArrayList<>(List.of("/usr/bin/env", "API_TOKEN=hunter2"));
    naked.addAll(command("secrets"));
    assertThat(Bare.run(naked, null).output()).contains("result=worked");
    Command command =
        Command.of(command("secrets").toArray(String[]::new))
            .stdin(Stdio.none())
            .stdout(Stdio.capture());
    Sandbox sandbox = Sandbox.builder().read(programs).build();
    assertThat(new String(sandbox.run(command).stdout(), StandardCharsets.US_ASCII))
        .contains("step=environ result=blocked as=none");
  }

  /** Why a run may not begin is an exception of its own. */
  @Test
  void aRecordInAFolderThatIsGoneIsRefused() {
    Path log = root.resolve("gone/events.jsonl");
    assertThatThrownBy(() -> inside(Sandbox.builder().events(log), command("secrets")))
        .isInstanceOfAny(SandboxException.class, IOException.class)
        .hasMessageContaining("events.jsonl");
  }
}
