package dev.paddock.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Covers {@link Spawn} and {@link Processes}: each is the other's test. */
final class ProcessesTest {
  private Map<Integer, String> before = Map.of();

  @BeforeEach
  void look() {
    before = Descriptors.open();
  }

  @AfterEach
  void nothingLeaks() {
    assertThat(Descriptors.open()).isEqualTo(before);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static int shell(String script, List<Spawn.Given> given) throws KernelException {
    return Spawn.start(
        bytes("/bin/sh"),
        List.of(bytes("sh"), bytes("-c"), bytes(script)),
        List.of(bytes("PATH=/usr/bin:/bin")),
        given);
  }

  private static String output(String script, Spawn.Given... more) throws Exception {
    try (Pipe pipe = Pipe.open()) {
      List<Spawn.Given> given = new ArrayList<>(List.of(more));
      given.add(new Spawn.Given(pipe.writeEnd(), 1));
      int child = shell(script, given);
      pipe.writeEnd().close();
      try (InputStream in = pipe.readEnd().inputStream()) {
        String output = new String(in.readAllBytes(), UTF_8);
        assertThat(Processes.await(child).value()).isZero();
        return output;
      }
    }
  }

  @Test
  void startsAProgramAndReapsIt() throws Exception {
    int child = Spawn.start(bytes("/bin/true"), List.of(bytes("true")), List.of(), List.of());
    assertThat(Processes.await(child)).isEqualTo(new Processes.Exit(false, 0, false));
    assertErrno(Errno.ECHILD, () -> Processes.await(child));
    assertErrno(Errno.ECHILD, () -> Processes.reap(child));
  }

  private static void assertErrno(int errno, ThrowingCall call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.of(errno)));
  }

  private interface ThrowingCall {
    void run() throws KernelException;
  }

  @Test
  void statusAndSignalAreTold() throws Exception {
    assertThat(Processes.await(shell("exit 37", List.of())))
        .isEqualTo(new Processes.Exit(false, 37, false));
    assertThat(Processes.await(shell("kill -TERM $$", List.of())))
        .isEqualTo(new Processes.Exit(true, Signals.SIGTERM, false));
  }

  @Test
  void aProgramThatIsNotThereIsSaid() {
    assertThatThrownBy(
            () -> Spawn.start(bytes("/no/such"), List.of(bytes("x")), List.of(), List.of()))
        .hasMessage("posix_spawn /no/such: No such file or directory (ENOENT)");
    assertErrno(
        Errno.EACCES,
        () -> Spawn.start(bytes("/etc/passwd"), List.of(bytes("x")), List.of(), List.of()));
  }

  @Test
  void argumentsAndEnvironmentAreBytes() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      byte[] odd = {(byte) 0xff, '\n', (byte) 0x80};
      int child =
          Spawn.start(
              bytes("/bin/sh"),
              List.of(bytes("sh"), bytes("-c"), bytes("printf %s \"$1$V\""), bytes("sh"), odd),
              List.of(new byte[] {'V', '=', (byte) 0xfe}),
              List.of(new Spawn.Given(pipe.writeEnd(), 1)));
      pipe.writeEnd().close();
      try (InputStream in = pipe.readEnd().inputStream()) {
        assertThat(in.readAllBytes())
            .isEqualTo(new byte[] {(byte) 0xff, '\n', (byte) 0x80, (byte) 0xfe});
      }
      assertThat(Processes.await(child).value()).isZero();
    }
  }

  /** One thread of ours may have signals blocked or ignored: no child may inherit that. */
  @Test
  void childrenStartWithNoSignalBlockedOrIgnored() throws Exception {
    assertThat(output("exec grep -E '^Sig(Blk|Ign)' /proc/self/status"))
        .isEqualTo("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  }

  @Test
  void childrenGetTheDescriptorsThatAreGiven() throws Exception {
    try (Pipe one = Pipe.open();
        Pipe two = Pipe.open()) {
      String seen =
          output(
              "printf a >&7; printf b >&8; for n in 7 8 $1; do readlink /proc/self/fd/$n; done",
              new Spawn.Given(one.writeEnd(), 7),
              new Spawn.Given(two.writeEnd(), 8));
      assertThat(seen.lines()).containsExactly(before(one), before(two));
      byte[] byteRead = new byte[1];
      assertThat(one.readEnd().read(byteRead, 0, 1)).isEqualTo(1);
      assertThat(byteRead).containsExactly('a');
      assertThat(two.readEnd().read(byteRead, 0, 1)).isEqualTo(1);
      assertThat(byteRead).containsExactly('b');
    }
  }

  private static String before(Pipe pipe) {
    return Descriptors.open().getOrDefault(pipe.writeEnd().number(), "");
  }

  /** The number is the same on both sides: only close-on-exec has to go. */
  @Test
  void aDescriptorMayKeepItsNumber() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      int number = pipe.writeEnd().number();
      String seen =
          output("readlink /proc/self/fd/" + number, new Spawn.Given(pipe.writeEnd(), number));
      assertThat(seen.trim()).isEqualTo(before(pipe));
      assertThat(Descriptors.isCloseOnExec(pipe.writeEnd())).isTrue();
    }
  }

  @Test
  void givenDescriptorsMustNotOverwriteOneAnother() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      int number = pipe.writeEnd().number();
      assertThatThrownBy(
              () ->
                  shell(
                      ":",
                      List.of(
                          new Spawn.Given(pipe.readEnd(), number),
                          new Spawn.Given(pipe.writeEnd(), number + 1))))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aPidFdStandsForOneProcess() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      int child = shell("read x", List.of(new Spawn.Given(pipe.readEnd(), 0)));
      try (Fd pidFd = Processes.pidFd(child);
          Poll poll = new Poll(1)) {
        assertThat(Descriptors.isCloseOnExec(pidFd)).isTrue();
        assertThat(Processes.reap(pidFd)).isEmpty();
        assertThat(Processes.reap(child)).isEmpty();
        Processes.signal(pidFd, Signals.SIGKILL);
        poll.set(0, pidFd, Poll.IN);
        assertThat(poll.await(Poll.FOREVER)).isEqualTo(1);
        assertThat(Processes.await(pidFd).exit())
            .isEqualTo(new Processes.Exit(true, Signals.SIGKILL, false));
        assertErrno(Errno.ESRCH, () -> Processes.signal(pidFd, 0));
        assertErrno(Errno.ECHILD, () -> Processes.reap(pidFd));
      }
    }
  }

  @Test
  void whatAChildUsedIsTold() throws Exception {
    int child = shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done", List.of());
    try (Fd pidFd = Processes.pidFd(child)) {
      Processes.Ended ended = Processes.await(pidFd);
      assertThat(ended.exit()).isEqualTo(new Processes.Exit(false, 0, false));
      assertThat(ended.user().plus(ended.system()))
          .isBetween(Duration.ofMillis(1), Duration.ofSeconds(60));
      assertThat(ended.peakMemory()).isBetween(100_000L, 1_000_000_000L);
      assertThat(ended.voluntarySwitches() + ended.forcedSwitches()).isPositive();
    }
  }

  @Test
  void waitingIsForTheChildThatWasNamed() throws Exception {
    int first = shell("exit 1", List.of());
    int second = shell("exit 2", List.of());
    assertThat(Processes.await(second).value()).isEqualTo(2);
    assertThat(Processes.await(first).value()).isEqualTo(1);
  }

  @Test
  void signalsDoNotEndTheWait() throws Exception {
    try (Interruptions interruptions = new Interruptions();
        Pipe pipe = Pipe.open()) {
      int child = shell("read x; exit 5", List.of(new Spawn.Given(pipe.readEnd(), 0)));
      int waiter = Processes.thread();
      Thread sender =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 20; i++) {
                        Interruptions.awaitInside(waiter, Nr.WAITID);
                        interruptions.interrupt(waiter);
                      }
                      pipe.writeEnd().writeFully(bytes("\n"));
                    } catch (KernelException e) {
                      throw new IllegalStateException(e);
                    } finally {
                      pipe.writeEnd().close(); // In any case the child comes to its end.
                    }
                  });
      assertThat(Processes.await(child).value()).isEqualTo(5);
      sender.join();
    }
  }

  @Test
  void knowsItself() throws Exception {
    assertThat(Processes.pid()).isEqualTo((int) ProcessHandle.current().pid());
    assertThat(Processes.parent())
        .isEqualTo(ProcessHandle.current().parent().map(p -> (int) p.pid()).orElse(0));
    assertThat((int) Processes.uid())
        .isEqualTo(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    assertThat(Processes.effectiveUid()).isEqualTo(Processes.uid());
    assertThat((int) Processes.gid())
        .isEqualTo(Files.getAttribute(Path.of("/proc/self"), "unix:gid"));
    ProcessStat stat = Procfs.stat(Processes.pid());
    assertThat(Processes.group(0)).isEqualTo(stat.group());
    assertThat(Processes.session(0)).isEqualTo(stat.session());
    assertErrno(Errno.ESRCH, () -> Processes.group(Integer.MAX_VALUE));
    assertErrno(Errno.ESRCH, () -> Processes.kill(Integer.MAX_VALUE, 0));
  }

  @Test
  void everybodyIsNeverSignalled() {
    assertThatThrownBy(() -> Processes.kill(-1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void limitsAreReadAndInherited() throws Exception {
    ResourceLimit.Values usual = ResourceLimit.CORE.get();
    ResourceLimit.CORE.set(new ResourceLimit.Values(0, usual.hard()));
    try {
      assertThat(ResourceLimit.CORE.get().soft()).isZero();
      assertThat(output("ulimit -S -c").trim()).isEqualTo("0");
    } finally {
      ResourceLimit.CORE.set(usual);
    }
    assertThat(ResourceLimit.CORE.get()).isEqualTo(usual);
    for (ResourceLimit limit : ResourceLimit.values()) {
      ResourceLimit.Values values = limit.get();
      assertThat(Long.compareUnsigned(values.soft(), values.hard())).isLessThanOrEqualTo(0);
    }
    assertErrno(Errno.EINVAL, () -> ResourceLimit.CORE.set(new ResourceLimit.Values(1, 0)));
  }

  @Test
  void prctlSaysWhatStatusSays() throws Exception {
    byte[] status = Procfs.read(Processes.pid(), "status");
    assertThat(Prctl.noNewPrivileges() ? "1" : "0")
        .isEqualTo(Procfs.statusField(status, "NoNewPrivs").orElseThrow());
    assertThat(Prctl.isDumpable()).isTrue();
  }

  @Test
  void unameIsThatOfTheMachine() throws Exception {
    assertThat(new Uname("Linux", "box", "6.17.0-rc1", "").isAtLeast(6, 17)).isTrue();
    assertThat(new Uname("Linux", "box", "6.9.1", "").isAtLeast(6, 17)).isFalse();
    assertThat(new Uname("Linux", "box", "10.0", "").isAtLeast(6, 17)).isTrue();
    assertThat(new Uname("Linux", "box", "odd", "").isAtLeast(1, 0)).isFalse();
    Uname uname = Uname.read();
    assertThat(uname.system()).isEqualTo("Linux");
    assertThat(uname.release() + "\n")
        .isEqualTo(Files.readString(Path.of("/proc/sys/kernel/osrelease")));
    assertThat(uname.machine()).isEqualTo(Arch.current().machine());
  }

  @Test
  void seccompAnswers() {
    assertThat(Seccomp.hasAction(Seccomp.KILL_PROCESS)).isTrue();
    assertThat(Seccomp.hasAction(0x12340000)).isFalse();
    assertThat(Seccomp.hasNotifications()).isEqualTo(Seccomp.hasAction(Seccomp.USER_NOTIF));
  }
}
