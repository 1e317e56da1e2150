/* The ends of a run. In every one of them the tree is dead before anything is said. */
#include "run.h"

void note_reaped(pid child, int status) {
  if (child != run.target || run.target_dead) return;
  run.target_dead = 1;
  run.target_status = status;
  run.ended = now_ns();
}

static void tell_stuck(pid child) {
  struct pk_stuck stuck = {.header = message_header(PK_STUCK), .process = child};
  message_send(run.control, &stuck, sizeof stuck, 0, 0, MESSAGE_NO_WAIT); /* the supervisor may be gone: then nobody waits */
}

static u64 end_tree(void) {
  u64 killed = 0;
  if (run.target > 0) {
    int target_counts = !run.target_dead;
    killed = tree_end(&run.tree, note_reaped, tell_stuck);
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

__attribute__((noreturn)) void end_unheard(void) {
  end_tree();
  leave(PK_EXIT_UNHEARD);
}

__attribute__((noreturn)) void end_with_result(void) {
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

/* TERM and, for those that are stopped, CONT; KILL follows. Asked again, only an earlier end counts. */
void terminate(enum pk_reason reason, u64 grace_ms) {
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
