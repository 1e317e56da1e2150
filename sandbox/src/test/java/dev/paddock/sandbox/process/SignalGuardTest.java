package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.policy.SignalRule.Target;
import dev.paddock.sandbox.plan.FilterOptions;
import dev.paddock.sandbox.supervise.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signals between real processes under rules. */
final class SignalGuardTest {
  private static final int KILL = 9;
  private static final int TERM = 15;

  /** What every script begins with. */
  private static final String START =
      """
      import ctypes, errno, os, signal, sys, threading, time
      c = ctypes.CDLL(None, use_errno=True)
      def said(f, *a):
        try:
          r = f(*a)
          return 'ok'
        except OSError as e: return errno.errorcode[e.errno]
      def sleeper(work=None):
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
          signal.signal(signal.SIGUSR1, signal.SIG_IGN)
          if work: work()
          os.write(w, b'x')
          while True: signal.pause()
        os.read(r, 1)
        os.close(r); os.close(w)
        return pid
      def inside(f):
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
          os.write(w, f().encode())
          os._exit(0)
        os.close(w)
        text = os.read(r, 1000).decode()
        os.close(r)
        os.waitpid(pid, 0)
        return text
      """;

  @TempDir private Path folder = Path.of("");
  private final List<String> denied = Collections.synchronizedList(new ArrayList<>());

  private String run(boolean births, boolean scoped, SignalGuard.Rules rules, String script)
      throws Exception {
    FilterOptions options = FilterOptions.closed().withJudged(List.of(SignalGuard.calls()));
    Path file = java.nio.file.Files.writeString(folder.resolve("script.py"), START + script);
    return TreeRun.run(
            births ? options.withBirths() : options,
            scoped,
            (routes, run) -> {
              Workers workers = new Workers();
              routes.route(
                  new SignalGuard(
                      run.tree(),
                      scoped,
                      rules,
                      (_, _, signal, rule) -> denied.add(signal + " " + rule),
                      workers),
                  SignalGuard.calls());
              if (births) {
                routes.route(
                    new ForkTracker(run.tree(), run.tracers(), run, false),
                    "fork",
                    "vfork",
                    "clone");
              }
              return workers::end;
            },
            List.of("/usr/bin/python3", "" + file))
        .good()
        .strip();
  }

  private static SignalGuard.Rules denying(Target target, int signal) {
    return (receiver, number) ->
        receiver == Target.OUTSIDE
            ? "outside"
            : receiver == target && number == signal ? target + ":" + signal : null;
  }

  @RepeatedTest(2)
  void childrenAreSparedEveryWayOfKillingThem() throws Exception {
    assertThat(
            run(
                true,
                true,
                denying(Target.CHILDREN, KILL),
                """
                child = sleeper()
                print(said(os.kill, child, 9))
                fd = os.pidfd_open(child)
                print(said(signal.pidfd_send_signal, fd, 9))
                def raw(*a):
                  if c.syscall(*a) < 0: raise OSError(ctypes.get_errno(), '')
                print(said(raw, 234, child, child, 9))
                print(said(raw, 200, child, 9))
                info = (ctypes.c_int * 32)(9, 0, -1)
                print(said(raw, 129, child, 9, info))
                print(said(raw, 297, child, child, 9, info))
                print(said(os.kill, child, 0))
                print(said(os.kill, child, signal.SIGUSR1))
                info = (ctypes.c_int * 32)(10, 0, -1)
                print(said(raw, 129, child, 10, info))
                print(said(raw, 234, child, child, 10))
                print(said(raw, 200, child, 10))
                print(said(signal.pidfd_send_signal, fd, 10))
                print(said(os.kill, child, 15))
                print(os.waitpid(child, 0)[1], said(os.kill, child, 15))
                """))
        .isEqualTo("EPERM\n".repeat(6) + "ok\n".repeat(7) + "15 ESRCH");
    assertThat(denied).hasSize(6).containsOnly("9 CHILDREN:9");
  }

  @Test
  void othersAreSparedAndDescendantsAreNot() throws Exception {
    assertThat(
            run(
                true,
                true,
                denying(Target.OTHERS, TERM),
                """
                sibling = sleeper()
                def work():
                  own = sleeper()
                  return ' '.join([said(os.kill, sibling, 15), said(os.kill, os.getppid(), 15),
                    said(os.kill, own, 15), str(os.waitpid(own, 0)[1]), said(os.kill, sibling, 0)])
                print(inside(work))
                def all():
                  own = sleeper()
                  return ' '.join([said(os.kill, -1, 15), str(os.waitpid(own, 0)[1])])
                print(inside(all))
                def none(): return said(os.kill, -1, 15)
                print(inside(none), said(os.kill, sibling, 0))
                print(said(os.kill, sibling, 15), os.waitpid(sibling, 0)[1])
                """))
        .isEqualTo("EPERM EPERM ok 15 ok\nok 15\nEPERM ok\nok 15");
  }

  @Test
  void onesOwnSignalsArrive() throws Exception {
    assertThat(
            run(
                false,
                true,
                denying(Target.OTHERS, TERM),
                """
                got = []
                signal.signal(signal.SIGUSR1, lambda *_: got.append(1))
                os.kill(os.getpid(), signal.SIGUSR1)
                signal.raise_signal(signal.SIGUSR1)
                signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
                c.syscall(200, threading.get_native_id(), signal.SIGUSR1)
                signal.pidfd_send_signal(os.pidfd_open(os.getpid()), signal.SIGUSR1)
                os.kill(0, signal.SIGUSR1)
                time.sleep(0)
                print(len(got), said(os.kill, os.getpid(), 99), said(os.kill, 0, 0))
                """))
        .isEqualTo("6 EINVAL ok");
  }

  @Test
  void onesOwnCanBeDenied() throws Exception {
    assertThat(
            run(
                false,
                true,
                denying(Target.SELF, TERM),
                """
                print(said(os.kill, os.getpid(), 15), said(signal.raise_signal, 15), said(os.kill, 0, 15),
                  said(signal.pidfd_send_signal, os.pidfd_open(os.getpid()), 15))
                """))
        .isEqualTo("EPERM EPERM EPERM EPERM");
  }

  @Test
  void zombiesTakeEverythingAndTheDeadNothing() throws Exception {
    assertThat(
            run(
                false,
                true,
                denying(Target.CHILDREN, KILL),
                """
                child = os.fork()
                if child == 0: os._exit(0)
                os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
                print(said(os.kill, child, 0), said(os.kill, child, 15))
                os.waitpid(child, 0)
                print(said(os.kill, child, 0), said(os.kill, 4194303, 0))
                """))
        .isEqualTo("ok ok\nESRCH ESRCH");
  }

  @Test
  void nobodyOutsideIsReachedWithoutLandlocksScope() throws Exception {
    Process outside = new ProcessBuilder("sleep", "1000").start();
    try {
      assertThat(
              run(
                  false,
                  false,
                  (receiver, _) -> receiver == Target.OUTSIDE ? "outside" : null,
                  """
                  victim = %d
                  child = sleeper()
                  print(said(os.kill, victim, 9), said(os.kill, victim, 0), said(os.kill, os.getppid(), 9))
                  print(said(os.kill, child, 9), os.waitpid(child, 0)[1])
                  """
                      .formatted(outside.pid())))
          .isEqualTo("EPERM EPERM EPERM\nok 9");
      assertThat(outside.isAlive()).isTrue();
      assertThat(denied).hasSize(3);
    } finally {
      outside.destroyForcibly().waitFor();
    }
  }
}
