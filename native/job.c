/*
 * The terminal of an interactive run. Three kinds of groups: the supervisor's (owner), the target's, and those that the target makes itself (an inner
 * shell). init is in a group of its own and has every signal blocked, so that SIGTTOU does not stop its changing the foreground from the background.
 */
#include "init.h"

static pid foreground(const struct job *job) {
  pid group = 0;
  if (job->terminal == NO_FD || sys3(__NR_ioctl, job->terminal, TIOCGPGRP, (long)&group) != 0) return 0;
  return group;
}

static long set_foreground(const struct job *job, pid group) { return sys3(__NR_ioctl, job->terminal, TIOCSPGRP, (long)&group); }

/* Whether a group other than the target's has members in the tree: only inside the domain does being allowed to signal them mean that. */
static int reachable(pid group, int proven) { return proven && send_signal(-group, 0) == 0; }

long job_hand_over(const struct job *job) {
  if (job->terminal == NO_FD) return 0;
  pid now = 0;
  long result = sys3(__NR_ioctl, job->terminal, TIOCGPGRP, (long)&now);
  if (result != 0) return result;
  return now == job->owner ? set_foreground(job, job->group) : 0;
}

void job_give_back(const struct job *job, int proven) {
  pid now = foreground(job);
  if (now <= 1 || now == job->owner) return;
  if (now == job->group || reachable(now, proven) || send_signal(-now, 0) == -ESRCH) set_foreground(job, job->owner);
}

int job_has_terminal(const struct job *job, int proven) {
  if (job->terminal == NO_FD) return 1;
  pid now = foreground(job);
  if (now == job->owner) return set_foreground(job, job->group) == 0;
  return now == job->group || (now > 1 && reachable(now, proven));
}

int job_owner_has_terminal(const struct job *job) { return foreground(job) == job->owner; }

void job_continue(const struct job *job) { send_signal(-job->group, SIGNAL_CONTINUE); }

void job_signal_foreground(const struct job *job, int proven, int signal) {
  pid now = foreground(job);
  int ours = now > 1 && now != job->owner && (now == job->group || reachable(now, proven));
  send_signal(ours ? -now : -job->group, signal);
}
