package dev.paddock.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Also covers {@link ProcessStat}. */
final class ProcfsTest {
  private static final int PR_SET_NAME = 15;
  private static final String LETTERS = "RSDTtZXxKWPI";

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** A file's content as the kernel would write it. */
  private static byte[] write(ProcessStat stat) {
    String start = stat.pid() + " (" + new String(stat.command(), ISO_8859_1) + ") ";
    String end =
        String.join(
            " ",
            "" + stat.state(),
            "" + stat.parent(),
            "" + stat.group(),
            "" + stat.session(),
            "" + stat.terminal(),
            "" + stat.foregroundGroup(),
            "4194560 1 2 3 4 5 6 7 8 20 0 1 0",
            Long.toUnsignedString(stat.startTime()),
            "18446744073709551615 17 0\n");
    return (start + end).getBytes(ISO_8859_1);
  }

  private static ProcessStat random(Random random) {
    byte[] command = new byte[random.nextInt(16)];
    random.nextBytes(command);
    for (int i = 0; i < command.length; i++) {
      int choice = random.nextInt(8);
      command[i] = choice == 0 ? (byte) ')' : choice == 1 ? (byte) ' ' : command[i];
      command[i] = choice == 2 ? (byte) '(' : choice == 3 ? (byte) '\n' : command[i];
    }
    return new ProcessStat(
        random.nextInt(1 << 22),
        command,
        LETTERS.charAt(random.nextInt(LETTERS.length())),
        random.nextInt(1 << 22),
        random.nextInt(1 << 22),
        random.nextInt(1 << 22),
        random.nextInt(),
        random.nextInt(-1, 1 << 22),
        random.nextLong());
  }

  @Test
  void whateverTheNameTheFieldsAreFound() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 50_000; round++) {
      ProcessStat stat = random(random);
      assertThat(ProcessStat.parse(write(stat))).as("seed %d", seed).isEqualTo(stat);
    }
  }

  @Test
  void damageIsBadMessageAndNothingElse() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 100_000; round++) {
      byte[] content = write(random(random));
      for (int i = random.nextInt(4); i >= 0; i--) {
        content[random.nextInt(content.length)] = (byte) random.nextInt();
      }
      content = Arrays.copyOf(content, random.nextInt(content.length + 1));
      try {
        ProcessStat.parse(content);
      } catch (KernelException e) {
        assertThat(e.is(Errno.EBADMSG)).as("seed %d", seed).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1 (",
        "1 (a)",
        "1 (a) S",
        "(a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 ",
        "x (a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 ",
        "1 (a) S 99999999999 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 ",
        "1 (a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99999999999999999999 ",
        "1 (a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ",
        "1 (a)  S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 ",
      })
  void whatIsNotAStatFileIsRefused(String content) {
    assertThatThrownBy(() -> ProcessStat.parse(bytes(content)))
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.is(Errno.EBADMSG)).isTrue());
  }

  @Test
  void aThreadNamedToDeceiveDoesNot() throws Exception {
    byte[] name = bytes("a) R 1 2 3 (\n");
    int thread = Processes.thread();
    byte[] usual = Procfs.stat(thread).command();
    setName(name);
    try {
      ProcessStat stat =
          ProcessStat.parse(Procfs.read(Processes.pid(), "task/" + thread + "/stat"));
      assertThat(stat.command()).isEqualTo(name);
      assertThat(stat.pid()).isEqualTo(thread);
      assertThat(stat.parent()).isEqualTo(Processes.parent());
      byte[] status = Procfs.read(Processes.pid(), "task/" + thread + "/status");
      assertThat(Procfs.statusField(status, "Name")).contains("a) R 1 2 3 (\\n");
      assertThat(Procfs.statusField(status, "Pid")).contains("" + thread);
    } finally {
      setName(usual);
    }
  }

  private static void setName(byte[] name) {
    try (Arena arena = Arena.ofConfined()) {
      long address = Kernel.cString(arena, name).address();
      assertThat(Kernel.call(Nr.PRCTL, PR_SET_NAME, address, 0, 0, 0)).isZero();
    }
  }

  @Test
  void statusFieldsAreFoundByTheirWholeName() throws Exception {
    byte[] status = bytes("Name:\tx\nNgid:\t3\nPid:\t17\nUid:\t1\t2\t3\t4\nSigQ:\nLast: 8 kB");
    assertThat(Procfs.statusField(status, "Pid")).contains("17");
    assertThat(Procfs.statusField(status, "Uid")).contains("1\t2\t3\t4");
    assertThat(Procfs.statusField(status, "SigQ")).contains("");
    assertThat(Procfs.statusField(status, "Last")).contains("8 kB");
    assertThat(Procfs.statusField(status, "id")).isEmpty();
    assertThat(Procfs.statusField(status, "Na")).isEmpty();
    assertThat(Procfs.statusField(new byte[0], "Pid")).isEmpty();
  }

  @Test
  void signalMasksAreHexadecimal() throws Exception {
    byte[] status =
        bytes("SigPnd:\t8000000000000001\nSigBlk:\t0\nA:\tx\nB:\t10000000000000000\nC:\t\n");
    assertThat(Procfs.signalMask(status, "SigPnd")).isEqualTo(Long.MIN_VALUE | 1);
    assertThat(Procfs.signalMask(status, "SigBlk")).isZero();
    for (String name : List.of("A", "B", "C", "D")) {
      assertThatThrownBy(() -> Procfs.signalMask(status, name)).isInstanceOf(KernelException.class);
    }
    byte[] own = Procfs.read(Processes.pid(), "status");
    assertThat(Procfs.signalMask(own, "SigIgn") & 1L << (9 - 1)).isZero(); // SIGKILL never is.
  }

  @Test
  void stringsEndWithNul() {
    assertThat(Procfs.strings(bytes("a\0\0b c\0")))
        .containsExactly(bytes("a"), bytes(""), bytes("b c"));
    assertThat(Procfs.strings(bytes("a\0rewritten title")))
        .containsExactly(bytes("a"), bytes("rewritten title"));
    assertThat(Procfs.strings(new byte[0])).isEmpty();
  }

  @Test
  void aChildIsSeenWithAllItWasGiven() throws Exception {
    try (Pipe pipe = Pipe.open();
        Pipe answers = Pipe.open()) {
      byte[] odd = {(byte) 0xff, '\n', ' '};
      int child =
          Spawn.start(
              bytes("/bin/cat"),
              List.of(bytes("cat"), bytes("-"), odd),
              List.of(bytes("A=1"), new byte[] {'B', '=', (byte) 0xfe}),
              List.of(new Spawn.Given(pipe.readEnd(), 0), new Spawn.Given(answers.writeEnd(), 1)));
      try {
        // posix_spawn(3) returns in the midst of execve(2), before the arguments are in their
        // place:
        // only a program that answers is there with all of it.
        pipe.writeEnd().writeFully(bytes("x"));
        assertThat(answers.readEnd().read(new byte[1], 0, 1)).isEqualTo(1);
        assertThat(Procfs.arguments(child)).containsExactly(bytes("cat"), bytes("-"), odd);
        assertThat(Procfs.environment(child))
            .containsExactly(bytes("A=1"), new byte[] {'B', '=', (byte) 0xfe});
        ProcessStat stat = Procfs.stat(child);
        assertThat(stat.pid()).isEqualTo(child);
        assertThat(stat.command()).isEqualTo(bytes("cat"));
        assertThat(stat.parent()).isEqualTo(Processes.pid());
        assertThat(stat.group()).isEqualTo(Processes.group(child));
        assertThat(stat.session()).isEqualTo(Processes.session(child));
        assertThat(stat.startTime()).isPositive();
        assertThat(Procfs.children(Processes.pid())).contains(child);
        assertThat(Procfs.children(child)).isEmpty();
        assertThat(Procfs.processes()).contains(child, Processes.pid());
        assertThat(Procfs.threads(child)).containsExactly(child);
        assertThat(Procfs.threads(Processes.pid())).contains(Processes.thread());
      } finally {
        Processes.kill(child, Signals.SIGKILL);
        Processes.await(child);
      }
      assertThatThrownBy(() -> Procfs.stat(child))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.is(Errno.ENOENT)).isTrue());
    }
  }
}
