/* From the order to the running program: descriptors, clone, gate, and what the target reports on its way. */
#include "run.h"

/* ---------------------------------------------------------------- descriptors */

/* Moves a descriptor of our own above all numbers that the target will have. The old number is left to be overwritten or closed with the gaps. */
static void keep_above(int *fd) {
  if (*fd == NO_FD || (u32)*fd > run.highest) return;
  long moved = dup_above(*fd, (int)run.highest + 1);
  if (moved < 0) fail(PK_STEP_DESCRIPTORS, -1, moved);
  *fd = (int)moved;
}

static void close_own(int *fd) {
  if (*fd != NO_FD) close_fd(*fd);
  *fd = NO_FD;
}

/* Closes every number up to the highest that the target does not get. */
static void close_gaps(const u32 *numbers, u32 count) {
  u32 from = 0;
  while (from <= run.highest) {
    u32 next = run.highest + 1;
    for (u32 i = 0; i < count; i++)
      if (numbers[i] >= from && numbers[i] < next) next = numbers[i];
    if (next > from) close_range(from, next - 1, 0);
    from = next + 1;
  }
}

/*
 * Puts the target's descriptors where it will have them, in this process and before the clone: the target then needs no call for it under its filter.
 * First everything that is needed moves above the highest of those numbers, so no order of the copies can overwrite a source.
 */
static void place_descriptors(void) {
  struct order *order = &run.order;
  u32 count = order->head->descriptors.count;
  run.highest = 2;
  for (u32 i = 0; i < count; i++)
    if (order->numbers[i] > run.highest) run.highest = order->numbers[i];
  int *own[] = {&run.control,       &run.partner,     &run.children,    &run.report, &run.gate,       &run.target_report,
                &run.target_gate, &run.tree.scopes, &order->cwd,      &order->ruleset, &order->terminal};
  for (u32 i = 0; i < sizeof own / sizeof *own; i++) keep_above(own[i]);
  for (u32 i = 0; i < count; i++) keep_above(&order->mapped[i]);
  for (u32 i = 0; i < count; i++) {
    long result = sys3(__NR_dup3, order->mapped[i], (long)order->numbers[i], 0);
    if (result < 0) fail(PK_STEP_DESCRIPTORS, (int)i, result);
    close_own(&order->mapped[i]);
  }
  close_gaps(order->numbers, count);
  run.job.terminal = order->terminal;
}

/* After the clone: nothing of the target may be held open here, or readers of its pipes would wait for us. */
void let_go(void) {
  close_range(0, run.highest, ordered(&run.order, PK_LISTENER) ? RANGE_UNSHARE : 0);
  close_own(&run.target_report);
  close_own(&run.target_gate);
  close_own(&run.order.cwd);
  close_own(&run.order.ruleset);
  close_own(&run.tree.scopes);
}

/* ---------------------------------------------------------------- launch */

/*
 * The terminal to the target's group if the supervisor's has it. If a third group has it, the run is in the background: the kernel tells nobody when the
 * shell brings it to the foreground (a running job is not even continued), so that is looked for ten times a second until it is so.
 */
void claim_terminal(void) {
  run.patrol_at = job_has_terminal(&run.job, run.tree.proven) ? 0 : after_ms(now_ns(), 100);
}

/* What the target begins with. It may share our memory until its execve, so nothing here changes once it is there. */
static struct target_start {
  struct order order;
  struct tree tree;
  struct target_pipes pipes;
  pid init, group_owner;
} start;

__attribute__((noreturn)) static void begin_target(void) { target_main(&start.order, &start.tree, start.pipes, start.init, start.group_owner); }

static long clone_target(unsigned long flags) {
#ifdef PADDOCK_HOSTED
  /* The sanitizers know of no second stack. */
  long result = fork_process(flags, &run.pidfd);
  if (result == 0) begin_target();
  return result;
#else
  static u8 stack[16 << 10] __attribute__((aligned(16)));
  return fork_sharing(flags, &run.pidfd, stack + sizeof stack, begin_target);
#endif
}

/* A group of our own in the supervisor's session: what stops or kills the supervisor's group does not hit us. */
static void leave_group(void) {
  long result = sys2(__NR_setpgid, 0, 0);
  if (result < 0) fail(PK_STEP_GROUP, 0, result);
}

void start_target(void) {
  struct order *order = &run.order;
  const struct pk_order *head = order->head;
  int pipes[2];
  long result = make_pipe(pipes, O_CLOEXEC);
  if (result < 0) fail(PK_STEP_PIPE, 0, result);
  run.report = pipes[0];
  run.target_report = pipes[1];
  if (ordered(order, PK_WAIT_FOR_GO)) {
    result = make_pipe(pipes, O_CLOEXEC);
    if (result < 0) fail(PK_STEP_PIPE, 0, result);
    run.target_gate = pipes[0];
    run.gate = pipes[1];
  }
  u64 child_signal = 1ull << (SIGNAL_CHILD - 1);
  result = sys4(__NR_signalfd4, -1, (long)&child_signal, sizeof child_signal, O_CLOEXEC | SIGNALFD_NO_WAIT);
  if (result < 0) fail(PK_STEP_SIGNALFD, 0, result);
  run.children = (int)result;
  place_descriptors();

  /* In a pid name space the supervisor's group has no number: the target inherits it. */
  int inherits = ordered(order, PK_SHARED_GROUP) && ordered(order, PK_OWN_PROCESSES);
  if (in_session(order)) {
    if (!inherits) leave_group();
  } else {
    sys1(__NR_setsid, 0); /* cannot fail: forked just now, we lead no group */
  }

  pid self = own_pid();
  u64 now = now_ns();
  if (!ordered(order, PK_WAIT_FOR_GO)) run.started = now;
  if (head->handshake_ms != 0) run.handshake_at = after_ms(now, head->handshake_ms);
  start = (struct target_start){.order = *order,
                                .tree = run.tree,
                                .pipes = {.report = run.target_report, .gate = run.target_gate},
                                .init = self,
                                .group_owner = run.job.owner};
  result = clone_target(CLONE_PIDFD | (ordered(order, PK_LISTENER) ? CLONE_FILES : 0ul));
  if (result < 0) fail(PK_STEP_FORK_TARGET, 0, result);
  run.target = (pid)result;
  if (inherits) leave_group();
  run.phase = PHASE_SETUP;
  if (ordered(order, PK_SHARED_GROUP)) {
    run.job.group = run.job.owner;
  } else if (ordered(order, PK_JOB_CONTROL)) {
    run.job.group = run.target;
    sys2(__NR_setpgid, run.target, run.target); /* fails if the target was faster, even into its execve: then it has done it */
    result = job_hand_over(&run.job);
    if (result < 0) fail(PK_STEP_TERMINAL, 0, result);
    claim_terminal();
  }
  keep_above(&run.pidfd); /* it may have taken one of the gaps */
  if (!ordered(order, PK_LISTENER)) let_go(); /* with a shared table only when the target is at the gate */
}

/* Where the target's name server listens; of its own network, in which this process may. */
static int name_server(long type) {
  long fd = sys3(__NR_socket, FAMILY_INET, type | O_CLOEXEC | SOCKET_NO_WAIT, 0);
  if (fd < 0) fail(PK_STEP_VIEW, PK_VIEW_RESOLVER, fd);
  struct internet_address address = {.family = FAMILY_INET, .port = 53 << 8, .address = network_order(PK_NAME_SERVER)};
  long result = sys3(__NR_bind, fd, (long)&address, sizeof address);
  if (result == 0 && type == SOCKET_STREAM) result = sys2(__NR_listen, fd, 64);
  if (result < 0) fail(PK_STEP_VIEW, PK_VIEW_RESOLVER, result);
  return (int)fd;
}

static void tell_ready(void) {
  struct pk_ready ready = {.header = message_header(PK_READY),
                           .init_pid = own_pid(),
                           .target_pid = run.target,
                           .scopes = (u32)run.tree.proven,
                           .descriptors = run.listener == NO_FD ? 1 : 2};
  int descriptors[READY_DESCRIPTORS] = {run.pidfd, run.listener, NO_FD, NO_FD, NO_FD};
  if (ordered(&run.order, PK_RESOLVER)) {
    descriptors[ready.descriptors++] = name_server(SOCKET_DATAGRAM);
    descriptors[ready.descriptors++] = name_server(SOCKET_STREAM);
  }
  if (ordered(&run.order, PK_OWN_LOOPBACK) && run.listener != NO_FD) {
    long diagnosis = sys3(__NR_socket, FAMILY_NETLINK, SOCKET_RAW | O_CLOEXEC, NETLINK_DIAGNOSIS);
    if (diagnosis >= 0) descriptors[ready.descriptors++] = (int)diagnosis;
  }
  if (message_send(run.control, &ready, sizeof ready, descriptors, ready.descriptors, 0) < 0) end_unheard();
  for (u32 i = 2; i < READY_DESCRIPTORS; i++) close_own(&descriptors[i]);
  close_own(&run.pidfd); /* the listener stays ours too, until the tree is dead: a call orphaned by a dead supervisor must hang, not return */
}

static void limit_descriptors(void) {
  for (u32 i = 0; i < run.order.head->rlimits.count; i++) {
    const struct pk_rlimit *limit = &run.order.rlimits[i];
    if (limit->resource != LIMIT_DESCRIPTORS) continue;
    u64 pair[2] = {limit->soft, limit->hard};
    long result = sys4(__NR_prlimit64, run.target, LIMIT_DESCRIPTORS, (long)pair, 0);
    if (result < 0) fail(PK_STEP_RLIMIT, LIMIT_DESCRIPTORS, result);
  }
}

static void at_gate(int listener) {
  if (ordered(&run.order, PK_LISTENER)) {
    run.listener = listener;
    keep_above(&run.listener);
    let_go();
    limit_descriptors();
  }
  run.phase = PHASE_GATE;
  tell_ready();
}

static void arm_timeout(u64 now) {
  run.handshake_at = 0;
  if (run.order.head->timeout_ms != 0 && run.kill_at == 0) run.timeout_at = after_ms(now, run.order.head->timeout_ms);
}

void go(void) {
  char byte = 1;
  run.started = now_ns();
  arm_timeout(run.started);
  run.phase = PHASE_EXEC;
  write_fd(run.gate, &byte, 1); /* if it fails the target is dead, which SIGCHLD says */
  close_own(&run.gate);
}

static void executed(void) {
  if (!ordered(&run.order, PK_WAIT_FOR_GO)) {
    arm_timeout(run.started);
    tell_ready();
  }
  run.phase = PHASE_RUNNING;
  struct pk_header header = message_header(PK_EXECED);
  if (message_send(run.control, &header, sizeof header, 0, 0, 0) < 0) end_unheard();
}

/*
 * Whether a process is still what it was forked as: PF_FORKNOEXEC in the flags, field 9 of /proc/PID/stat, where a zombie has them too. The end of the report
 * pipe alone does not tell an execve from a death, for the dying close their descriptors before anybody can wait for them.
 */
static int never_executed(pid process) {
  char path[32] = "/proc/";
  const char *tail = "/stat";
  char *end = append_number(path + sizeof "/proc/" - 1, (u32)process);
  for (u32 i = 0; i <= 5; i++) end[i] = tail[i];
  long fd = sys4(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  char text[512];
  long size = read_fd((int)fd, text, sizeof text);
  close_fd((int)fd);
  long at = size - 1;
  while (at >= 0 && text[at] != ')') at--; /* the name may hold anything; after its bracket come the fields from 3 on */
  if (at < 0) return 0;
  int field = 2;
  u64 flags = 0;
  for (; at < size && field <= 9; at++) {
    if (text[at] == ' ')
      field++;
    else if (field == 9 && text[at] >= '0' && text[at] <= '9')
      flags = flags * 10 + (u64)(text[at] - '0');
  }
  return (flags & PROCESS_FORKED_ONLY) != 0;
}

/* Whether the target has ended, waiting for it if that is near ("options": WNOHANG or 0). It is not reaped. "signal" becomes the one that killed it, or 0. */
int target_ended(int options, int *signal) {
  int info[32] = {0}; /* siginfo_t: signo, errno, code, (padding,) pid, uid, status */
  *signal = 0;
  long result;
  do result = sys5(__NR_waitid, WAIT_PID, run.target, (long)info, WEXITED | WNOWAIT | options, 0);
  while (result == -EINTR);
  if (result != 0 || info[0] == 0) return 0;
  if (info[2] != 1 /* CLD_EXITED */) *signal = info[6];
  return 1;
}

/* The report pipe: a step that failed, the arrival at the gate, or its end: the execve closed it, or death did. */
void on_report(void) {
  struct report report = {.step = 0};
  long size = read_fd(run.report, &report, sizeof report);
  if (size == -EINTR) return;
  if (size == sizeof report) {
    if (report.step != 0) fail(report.step, report.index, report.error);
    at_gate(report.index);
    return;
  }
  close_own(&run.report);
  int at_or_before_gate = run.phase <= PHASE_GATE && ordered(&run.order, PK_WAIT_FOR_GO);
  if (at_or_before_gate || never_executed(run.target)) {
    int signal;
    target_ended(0, &signal);
    if (run.reason != PK_ENDED) end_with_result();
    fail(PK_STEP_DIED, signal, 0);
  }
  executed();
}
