/*
 * Process B, init: takes the order, starts the target, and serves four sources of events until the tree is dead: the control socket, the partner's pipe,
 * the target's report pipe, and SIGCHLD. All signals are blocked; deadlines are the kernel's (ppoll).
 */
#include "run.h"

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
  } else if (kind == PK_RESUME && bare && in_session(&run.order)) {
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

void init_main(struct order *order, struct tree *tree, int control, int partner, pid partner_pid, pid owner_group) {
  view_complete(control, order);
  /* In a pid name space kill(-1) reaches what is in it, all of which is below this process. Elsewhere a domain has to see to that. */
  if (ordered(order, PK_OWN_PROCESSES))
    tree->proven = 1;
  else if (tree->proven)
    scopes_enter(tree, partner_pid);
  run.control = control;
  run.partner = partner;
  run.job.owner = owner_group;
  run.order = *order;
  run.tree = *tree;
  long result = control_process(PR_SET_CHILD_SUBREAPER, 1);
  if (result != 0) fail(PK_STEP_SUBREAPER, 0, result);
  if (!run.tree.proven) {
    if (ordered(order, PK_REQUIRE_SCOPES)) fail(PK_STEP_SCOPES, 0, EOPNOTSUPP);
    result = tree_fallback_usable();
    if (result != 0) fail(PK_STEP_SCOPES, 0, result);
  }
  start_target();
  serve();
}
