/* SIGCHLD: reaping, and the stops of an interactive target. */
#include "run.h"

void tell_stop_state(void) {
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
  if (ordered(&run.order, PK_SHARED_GROUP) && signal != SIGNAL_STOP) return; /* sent to the group, so the supervisor has got it, too */
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

void on_resume(void) {
  run.stop_signal = run.stop_told = 0; /* the supervisor knows: a next stop is a new one, whatever it hears in between */
  claim_terminal();
  /* In a pid name space the supervisor's group cannot be named; whoever continued the supervisor has continued that whole group. */
  if (ordered(&run.order, PK_SHARED_GROUP) && ordered(&run.order, PK_OWN_PROCESSES))
    send_signal(run.target, SIGNAL_CONTINUE);
  else
    job_continue(&run.job);
}

/* Reaps whoever is dead, and hears of the target's stops. The target's end is the end of the run. */
void collect(void) {
  int signal;
  if (run.report != NO_FD) {
    /* Until its execve the target has no children; and it must not be reaped before its last word was read. */
    if (!target_ended(WNOHANG, &signal)) return;
    if (run.target_report != NO_FD) let_go(); /* or the pipe would not end, for our table still holds its other end */
    while (run.report != NO_FD) on_report();
  }
  int job = in_session(&run.order);
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

void on_children(void) {
  u8 information[8 * 128]; /* struct signalfd_siginfo; what it says is not needed, signals merge anyway */
  read_fd(run.children, information, sizeof information);
  collect();
}
