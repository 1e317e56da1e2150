/*
 * Process B, init: takes the order, starts the target, and serves four sources of events until the tree is dead: the control socket, the partner's pipe,
 * the target's report pipe, and SIGCHLD. All signals are blocked; deadlines are the kernel's (ppoll).
 */
#include "init.h"

enum phase {
  PHASE_ORDER,    /* no target yet */
  PHASE_SETUP,    /* the target confines itself */
  PHASE_GATE,     /* it waits for GO */
  PHASE_EXEC,     /* it is on its way into execve */
  PHASE_RUNNING,  /* its program runs */
};

static struct {
  struct tree tree;
  struct order order;
  struct job job;
  int control, partner, children; /* socket, pipe from A, signalfd */
  int report, gate;               /* our ends of the pipes to the target */
  int target_report, target_gate; /* the target's ends, until it has them to itself */
  int pidfd, listener;
  u32 highest;                    /* the target's highest descriptor number: our own lie above */
  enum phase phase;
  enum pk_reason reason;
  pid target;
  int target_dead, target_status;
  u64 started, ended;             /* ns */
  u64 handshake_at, timeout_at, kill_at; /* ns; 0 = none */
  u64 patrol_at;                  /* ns; when to look next whether the supervisor's group has come to the foreground; 0 = no need */
  u32 stop_signal, stop_told;     /* the target's stop: as it is, and as the supervisor knows it; 0 = it runs */
} run = {.control = NO_FD, .partner = NO_FD, .children = NO_FD, .report = NO_FD, .gate = NO_FD, .target_report = NO_FD, .target_gate = NO_FD,
         .pidfd = NO_FD, .listener = NO_FD, .reason = PK_ENDED,
         .tree = {.scopes = NO_FD}, .order = {.cwd = NO_FD, .ruleset = NO_FD, .terminal = NO_FD}, .job = {.terminal = NO_FD}};

static void note_reaped(pid child, int status) {
  if (child != run.target || run.target_dead) return;
  run.target_dead = 1;
  run.target_status = status;
  run.ended = now_ns();
}

/* ---------------------------------------------------------------- ends: the tree is dead in all of them */

static u64 end_tree(void) {
  u64 killed = 0;
  if (run.target > 0) {
    int target_counts = !run.target_dead;
    killed = tree_end(&run.tree, note_reaped);
    if (target_counts && killed > 0) killed--;
  }
  job_give_back(&run.job, run.tree.proven);
  return killed;
}

void fail(u32 step, int index, long error) {
  end_tree();
  message_failed(run.control, step, index, error);
  leave(PK_EXIT_DONE);
}

__attribute__((noreturn)) static void end_unheard(void) {
  end_tree();
  leave(PK_EXIT_UNHEARD);
}

__attribute__((noreturn)) static void end_with_result(void) {
  u64 killed = end_tree();
  struct usage usage = {.maxrss = 0};
  sys2(__NR_getrusage, USAGE_CHILDREN, (long)&usage);
  struct pk_result result = {
      .header = message_header(PK_RESULT),
      .reason = run.reason,
      .status = (u32)run.target_status,
      .wall_ns = run.started == 0 || run.ended < run.started ? 0 : run.ended - run.started,
      .user_us = (u64)usage.user.seconds * 1000000u + (u64)usage.user.microseconds,
      .system_us = (u64)usage.system.seconds * 1000000u + (u64)usage.system.microseconds,
      .maxrss_kib = (u64)usage.maxrss,
      .minor_faults = (u64)usage.minflt,
      .major_faults = (u64)usage.majflt,
      .blocks_in = (u64)usage.inblock,
      .blocks_out = (u64)usage.oublock,
      .voluntary_switches = (u64)usage.nvcsw,
      .involuntary_switches = (u64)usage.nivcsw,
      .killed = killed,
  };
  leave(message_send_last(run.control, &result, sizeof result) < 0 ? PK_EXIT_UNHEARD : PK_EXIT_DONE);
}

static u64 after_ms(u64 now, u64 ms) { return now + ms * 1000000u; }

/* TERM and, for those that are stopped, CONT; KILL follows. Asked again, only an earlier end counts. */
static void terminate(enum pk_reason reason, u64 grace_ms) {
  int first = run.kill_at == 0;
  if (first) run.reason = reason;
  if (grace_ms == 0 || run.phase < PHASE_EXEC) end_with_result(); /* before its execve nothing is there that TERM could reach */
  u64 at = after_ms(now_ns(), grace_ms);
  if (first || at < run.kill_at) run.kill_at = at;
  run.timeout_at = 0;
  run.handshake_at = 0;
  if (!first) return;
  tree_signal(&run.tree, SIGNAL_TERM);
  tree_signal(&run.tree, SIGNAL_CONTINUE);
}

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
  int *own[] = {&run.control,  &run.partner,       &run.children,    &run.report,   &run.gate,
                &run.target_report, &run.target_gate, &run.tree.scopes, &order->cwd, &order->ruleset, &order->terminal};
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
static void let_go(void) {
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
static void claim_terminal(void) {
  run.patrol_at = job_has_terminal(&run.job, run.tree.proven) ? 0 : after_ms(now_ns(), 100);
}

static void start_target(void) {
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

  if (ordered(order, PK_JOB_CONTROL)) {
    /* A group of our own in the supervisor's session: what stops or kills the supervisor's group does not hit us. */
    result = sys2(__NR_setpgid, 0, 0);
    if (result < 0) fail(PK_STEP_GROUP, 0, result);
  } else {
    sys1(__NR_setsid, 0); /* cannot fail: forked just now, we lead no group */
  }

  pid self = own_pid();
  u64 now = now_ns();
  if (!ordered(order, PK_WAIT_FOR_GO)) run.started = now;
  if (head->handshake_ms != 0) run.handshake_at = after_ms(now, head->handshake_ms);
  unsigned long flags = CLONE_PIDFD | (ordered(order, PK_LISTENER) ? CLONE_FILES : 0ul);
  result = fork_process(flags, &run.pidfd);
  if (result == 0) {
    struct target_pipes ends = {.report = run.target_report, .gate = run.target_gate};
    target_main(order, &run.tree, ends, self, run.job.owner);
  }
  if (result < 0) fail(PK_STEP_FORK_TARGET, 0, result);
  run.target = (pid)result;
  run.phase = PHASE_SETUP;
  if (ordered(order, PK_JOB_CONTROL)) {
    run.job.group = run.target;
    sys2(__NR_setpgid, run.target, run.target); /* fails if the target was faster, even into its execve: then it has done it */
    result = job_hand_over(&run.job);
    if (result < 0) fail(PK_STEP_TERMINAL, 0, result);
    claim_terminal();
  }
  keep_above(&run.pidfd); /* it may have taken one of the gaps */
  if (!ordered(order, PK_LISTENER)) let_go(); /* with a shared table only when the target is at the gate */
}

static void tell_ready(void) {
  struct pk_ready ready = {.header = message_header(PK_READY),
                           .init_pid = own_pid(),
                           .target_pid = run.target,
                           .scopes = (u32)run.tree.proven,
                           .descriptors = run.listener == NO_FD ? 1 : 2};
  int descriptors[2] = {run.pidfd, run.listener};
  if (message_send(run.control, &ready, sizeof ready, descriptors, ready.descriptors, 0) < 0) end_unheard();
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

static void go(void) {
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
  char digits[12];
  u32 length = 6, count = 0;
  for (u32 rest = (u32)process; rest > 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
  while (count > 0) path[length++] = digits[--count];
  const char *tail = "/stat";
  for (u32 i = 0; i <= 5; i++) path[length++] = tail[i];
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
  return (flags & 0x40) != 0;
}

/* Whether the target has ended, waiting for it if that is near ("options": WNOHANG or 0). It is not reaped. "signal" becomes the one that killed it, or 0. */
static int target_ended(int options, int *signal) {
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
static void on_report(void) {
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

/* ---------------------------------------------------------------- children */

static void tell_stop_state(void) {
  if (run.stop_signal == run.stop_told) return;
  long result;
  if (run.stop_signal != 0) {
    struct pk_stopped stopped = {.header = message_header(PK_STOPPED), .signal = run.stop_signal};
    result = message_send(run.control, &stopped, sizeof stopped, 0, 0, MESSAGE_NO_WAIT);
  } else {
    struct pk_header header = message_header(PK_CONTINUED);
    result = message_send(run.control, &header, sizeof header, 0, 0, MESSAGE_NO_WAIT);
  }
  if (result == -EAGAIN) return; /* the supervisor is stopped and has not read for long: said when there is room */
  if (result < 0) end_unheard();
  run.stop_told = run.stop_signal;
}

static void on_stop(u32 signal) {
  if ((signal == SIGNAL_TTY_INPUT || signal == SIGNAL_TTY_OUTPUT) && job_owner_has_terminal(&run.job)) {
    /* It wanted the terminal while the supervisor's group had it: then it may have it, and the stop was none. */
    claim_terminal();
    if (run.patrol_at == 0) {
      job_continue(&run.job);
      return;
    }
  }
  run.patrol_at = 0;
  run.stop_signal = signal;
  job_give_back(&run.job, run.tree.proven);
  tell_stop_state();
}

static void on_continued(void) {
  run.stop_signal = 0;
  tell_stop_state();
}

static void on_resume(void) {
  run.stop_signal = run.stop_told = 0; /* the supervisor knows: a next stop is a new one, whatever it hears in between */
  claim_terminal();
  job_continue(&run.job);
}

/* Reaps whoever is dead, and hears of the target's stops. The target's end is the end of the run. */
static void collect(void) {
  int signal;
  if (run.report != NO_FD) {
    /* Until its execve the target has no children; and it must not be reaped before its last word was read. */
    if (!target_ended(WNOHANG, &signal)) return;
    if (run.target_report != NO_FD) let_go(); /* or the pipe would not end, for our table still holds its other end */
    while (run.report != NO_FD) on_report();
  }
  int job = ordered(&run.order, PK_JOB_CONTROL);
  for (;;) {
    int status = 0;
    long child = wait_for(-1, &status, WNOHANG | __WALL | (job ? WUNTRACED | WCONTINUED : 0));
    if (child == -EINTR) continue;
    if (child <= 0) break;
    if (child != run.target) continue;
    if (status_stopped(status)) {
      on_stop((u32)status_stop_signal(status));
    } else if (status_continued(status)) {
      on_continued();
    } else {
      note_reaped((pid)child, status);
      end_with_result();
    }
  }
}

static void on_children(void) {
  u8 information[8 * 128]; /* struct signalfd_siginfo; what it says is not needed, signals merge anyway */
  read_fd(run.children, information, sizeof information);
  collect();
}

/* ---------------------------------------------------------------- the supervisor's messages */

static void signal_as_told(u32 signal, u32 scope, u32 kind) {
  if (signal < 1 || signal > SIGNAL_MAX) fail(PK_STEP_MESSAGE, (int)kind, EPROTO);
  switch (scope) {
    case PK_TO_TARGET:
      send_signal(run.target, (int)signal);
      return;
    case PK_TO_TREE:
      tree_signal(&run.tree, (int)signal);
      return;
    case PK_TO_FOREGROUND:
      if (!ordered(&run.order, PK_JOB_CONTROL)) break;
      job_signal_foreground(&run.job, run.tree.proven, (int)signal);
      return;
    default:
      break;
  }
  fail(PK_STEP_MESSAGE, (int)kind, EPROTO);
}

static void on_message(void) {
  union {
    struct pk_header header;
    struct pk_signal signal;
    struct pk_terminate terminate;
  } message = {.terminate = {.grace_ms = 0}};
  /* MSG_TRUNC: the true size, so that a message that is too long is seen. Descriptors that come along are dropped by the kernel. */
  long size = sys6(__NR_recvfrom, run.control, (long)&message, sizeof message, MESSAGE_NO_WAIT | MESSAGE_CUT, 0, 0);
  if (size == -EAGAIN || size == -EINTR) return;
  if (size <= 0) end_unheard();
  if (size < (long)sizeof message.header || message.header.magic != PK_MAGIC || message.header.version != PK_VERSION)
    fail(PK_STEP_MESSAGE, -1, EPROTO);
  u32 kind = message.header.kind;
  int bare = size == sizeof message.header;
  if (kind == PK_GO && bare && run.phase == PHASE_GATE) {
    go();
  } else if (kind == PK_SIGNAL && size == sizeof message.signal) {
    signal_as_told(message.signal.signal, message.signal.scope, kind);
  } else if (kind == PK_TERMINATE && size == sizeof message.terminate && message.terminate.grace_ms <= PK_MAX_MS) {
    terminate(PK_TERMINATED, message.terminate.grace_ms);
  } else if (kind == PK_KILL && bare) {
    if (run.kill_at == 0) run.reason = PK_KILLED; /* else it only shortens what was begun for another reason */
    end_with_result();
  } else if (kind == PK_RESUME && bare && ordered(&run.order, PK_JOB_CONTROL)) {
    on_resume();
  } else {
    fail(PK_STEP_MESSAGE, (int)kind, EPROTO);
  }
}

/* ---------------------------------------------------------------- the loop */

static void earliest(u64 *deadline, u64 candidate) {
  if (candidate != 0 && (*deadline == 0 || candidate < *deadline)) *deadline = candidate;
}

/* Waits until something happens or the deadline (ns, 0 = none) has passed. */
static void wait_events(struct poll_entry *entries, u32 count, u64 deadline) {
  struct moment left = {0, 0};
  if (deadline != 0) {
    u64 now = now_ns();
    u64 span = deadline > now ? deadline - now : 0;
    left.seconds = (long)(span / 1000000000u);
    left.nanoseconds = (long)(span % 1000000000u);
  }
  for (u32 i = 0; i < count; i++) entries[i].happened = 0;
  long result = sys5(__NR_ppoll, (long)entries, count, deadline != 0 ? (long)&left : 0, 0, sizeof(u64));
  if (result < 0 && result != -EINTR) fail(PK_STEP_POLL, 0, result);
}

static void on_deadlines(void) {
  if (run.handshake_at == 0 && run.timeout_at == 0 && run.kill_at == 0 && run.patrol_at == 0) return;
  u64 now = now_ns();
  if (run.patrol_at != 0 && now >= run.patrol_at) claim_terminal();
  if (run.kill_at != 0 && now >= run.kill_at) end_with_result();
  if (run.handshake_at != 0 && now >= run.handshake_at) fail(PK_STEP_HANDSHAKE, run.phase == PHASE_GATE, ETIMEDOUT);
  if (run.timeout_at != 0 && now >= run.timeout_at) terminate(PK_TIMED_OUT, run.order.head->grace_ms);
}

/* Serves events until one of the ends. */
__attribute__((noreturn)) static void serve(void) {
  for (;;) {
    struct poll_entry entries[4] = {
        {.fd = run.partner, .events = POLLIN},
        {.fd = run.control, .events = (short)(POLLIN | (run.stop_signal != run.stop_told ? POLLOUT : 0))},
        {.fd = run.report, .events = POLLIN}, /* ignored once it is NO_FD */
        {.fd = run.children, .events = POLLIN},
    };
    u64 deadline = 0;
    earliest(&deadline, run.handshake_at);
    earliest(&deadline, run.timeout_at);
    earliest(&deadline, run.kill_at);
    earliest(&deadline, run.patrol_at);
    wait_events(entries, 4, deadline);
    if (entries[0].happened != 0) fail(PK_STEP_PARTNER, 0, 0);
    if ((entries[1].happened & (POLLIN | POLLHUP | POLLERR)) != 0) on_message();
    if ((entries[1].happened & POLLOUT) != 0) tell_stop_state();
    if (entries[2].happened != 0 && run.report != NO_FD) {
      on_report();
      if (run.report == NO_FD) collect(); /* a stop that was signalled before is not signalled again */
    }
    if (entries[3].happened != 0) on_children();
    on_deadlines();
  }
}

static void await_order(u64 wait_ms) {
  u64 deadline = wait_ms == 0 ? 0 : after_ms(now_ns(), wait_ms);
  for (;;) {
    struct poll_entry entries[2] = {{.fd = run.partner, .events = POLLIN}, {.fd = run.control, .events = POLLIN}};
    wait_events(entries, 2, deadline);
    if (entries[0].happened != 0) fail(PK_STEP_PARTNER, 0, 0);
    if ((entries[1].happened & (POLLHUP | POLLERR)) != 0) leave(PK_EXIT_UNHEARD); /* also when an order still lies there: nobody waits for it */
    if (entries[1].happened != 0) return;
    if (deadline != 0 && now_ns() >= deadline) fail(PK_STEP_ORDER_DEADLINE, 0, ETIMEDOUT);
  }
}

void init_main(const struct options *options, struct tree *tree, int control, int partner, pid partner_pid, pid owner_group) {
  run.control = control;
  run.partner = partner;
  run.job.owner = owner_group;
  run.tree = *tree;
  if (tree->proven) scopes_enter(&run.tree, partner_pid);
  long result = control_process(PR_SET_CHILD_SUBREAPER, 1);
  if (result != 0) fail(PK_STEP_SUBREAPER, 0, result);
  await_order(options->order_wait_ms);
  order_receive(control, &run.order);
  if (!run.tree.proven) {
    if (ordered(&run.order, PK_REQUIRE_SCOPES)) fail(PK_STEP_SCOPES, 0, EOPNOTSUPP);
    result = tree_fallback_usable();
    if (result != 0) fail(PK_STEP_SCOPES, 0, result);
  }
  start_target();
  serve();
}
