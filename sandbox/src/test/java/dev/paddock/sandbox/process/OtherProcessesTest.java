package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.plan.FilterOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that act on other processes by id, between real processes. */
final class OtherProcessesTest {
  private static final String START =
      """
      import ctypes, errno, os, resource, signal, threading
      c = ctypes.CDLL(None, use_errno=True)
      def said(f, *a):
        try:
          f(*a)
          return 'ok'
        except OSError as e: return errno.errorcode[e.errno]
      child = os.fork()
      if child == 0:
        while True: signal.pause()
      ready, done = threading.Event(), threading.Event()
      other = []
      def work():
        other.append(threading.get_native_id()); ready.set(); done.wait()
      thread = threading.Thread(target=work); thread.start(); ready.wait()
      one = {min(os.sched_getaffinity(0))}
      """;
  private static final String END =
      """

      done.set()
      os.kill(child, 9)
      os.waitpid(child, 0)
      """;

  @TempDir private Path folder = Path.of("");
  private final List<Integer> refused = Collections.synchronizedList(new ArrayList<>());

  private String run(String script) throws Exception {
    Path file = Files.writeString(folder.resolve("script.py"), START + script + END);
    return TreeRun.run(
            FilterOptions.closed().withOthers(),
            true,
            (routes, run) -> {
              routes.route(
                  new OtherProcesses(run.tree(), (_, _, other) -> refused.add(other)),
                  OtherProcesses.calls());
              return () -> {};
            },
            List.of("/usr/bin/python3", "" + file))
        .good()
        .strip();
  }

  @Test
  void ownThreadsAndChildrenAreWithinReach() throws Exception {
    assertThat(
            run(
                """
                for pid in [0, os.getpid(), threading.get_native_id(), other[0], child]:
                  print(said(os.sched_setaffinity, pid, one), os.sched_getaffinity(pid) == one)
                print(said(os.setpriority, os.PRIO_PROCESS, other[0], 5), os.getpriority(os.PRIO_PROCESS, other[0]))
                print(said(os.setpriority, os.PRIO_PROCESS, child, 7), os.getpriority(os.PRIO_PROCESS, child))
                print(said(os.sched_setscheduler, child, os.SCHED_BATCH, os.sched_param(0)), os.sched_getscheduler(child))
                low = (20, 30)
                old = resource.getrlimit(resource.RLIMIT_NOFILE)
                print(resource.prlimit(child, resource.RLIMIT_NOFILE, low) == old)
                print(resource.prlimit(child, resource.RLIMIT_NOFILE))
                print(resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE) == old)
                print(c.syscall(251, 1, child, 3 << 13))
                """))
        .isEqualTo("ok True\n".repeat(5) + "ok 5\nok 7\nok 3\nTrue\n(20, 30)\nTrue\n0");
    assertThat(refused).isEmpty();
  }

  @Test
  void nothingThatTakesAPrivilegeIsDoneForOthers() throws Exception {
    assertThat(
            run(
                """
                print(said(os.setpriority, os.PRIO_PROCESS, child, 7))
                print(said(os.setpriority, os.PRIO_PROCESS, child, 3))
                print(said(os.sched_setscheduler, child, os.SCHED_FIFO, os.sched_param(1)))
                soft, hard = resource.prlimit(child, resource.RLIMIT_NOFILE, (20, 30))
                print(said(resource.prlimit, child, resource.RLIMIT_NOFILE, (20, 31)))
                print(said(os.setpriority, os.PRIO_PGRP, 0, 5), said(os.setpriority, os.PRIO_USER, 0, 5))
                print(c.syscall(251, 1, child, 1 << 13), ctypes.get_errno())
                print(resource.prlimit(child, resource.RLIMIT_NOFILE))
                """))
        .isEqualTo("ok\nEPERM\nEPERM\nEPERM\nEPERM EPERM\n-1 1\n(20, 30)");
    assertThat(refused).hasSize(6);
  }

  @Test
  void nobodyOutsideIsWithinReach() throws Exception {
    Process outside = new ProcessBuilder("sleep", "1000").start();
    try {
      assertThat(
              run(
                  """
                  for pid in [%d, os.getppid()]:
                    print(said(os.sched_setaffinity, pid, one), said(os.setpriority, os.PRIO_PROCESS, pid, 19),
                      said(os.sched_setscheduler, pid, os.SCHED_IDLE, os.sched_param(0)),
                      said(lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1))))
                  print(said(os.sched_setaffinity, 4194303, one), said(os.sched_setaffinity, -1, one))
                  """
                      .formatted(outside.pid())))
          .isEqualTo("EPERM EPERM EPERM EPERM\n".repeat(2) + "ESRCH ESRCH");
      assertThat(refused).hasSize(8);
      assertThat(outside.isAlive()).isTrue();
    } finally {
      outside.destroyForcibly().waitFor();
    }
  }
}
