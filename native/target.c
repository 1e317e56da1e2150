/* The child between its clone and its execve: it confines itself, step by step, and reports the first step that fails. */
#include "init.h"

#define CAPABILITIES 64
#define ALL_CAPABILITIES (~0ull)

static struct target_pipes ends;

static void report(u32 step, int index, long error) {
  struct report text = {.step = step, .index = index, .error = (int)-error};
  while (write_fd(ends.report, &text, sizeof text) == -EINTR) {
  }
}

__attribute__((noreturn)) static void stop_here(u32 step, int index, long error) {
  report(step, index, error);
  leave(127);
}

static void check(u32 step, long result) {
  if (result < 0) stop_here(step, 0, result);
}

static void enter_group(const struct order *order, pid group_owner) {
  if (ordered(order, PK_NEW_SESSION)) {
    check(PK_STEP_SESSION, sys1(__NR_setsid, 0));
    return;
  }
  if (ordered(order, PK_SHARED_GROUP)) {
    if (ordered(order, PK_OWN_PROCESSES)) return; /* inherited */
    check(PK_STEP_GROUP, sys2(__NR_setpgid, 0, group_owner)); /* EPERM: nobody is in that group any more, so the supervisor has ended */
    return;
  }
  check(PK_STEP_GROUP, sys2(__NR_setpgid, 0, 0)); /* init does the same: whoever comes first, it is done before either goes on */
  struct job job = {.terminal = order->terminal, .owner = group_owner, .group = own_pid()};
  check(PK_STEP_TERMINAL, job_hand_over(&job));
}

static void ignore_signals(u64 signals) {
  struct {
    void *handler;
    unsigned long flags;
    void *restorer;
    u64 mask;
  } ignored = {.handler = (void *)1 /* SIG_IGN */};
  for (int signal = 1; signal <= SIGNAL_MAX; signal++)
    if ((signals >> (signal - 1) & 1) != 0) sys4(__NR_rt_sigaction, signal, (long)&ignored, 0, sizeof(u64));
}

static void set_limits(const struct order *order) {
  for (u32 i = 0; i < order->head->rlimits.count; i++) {
    const struct pk_rlimit *limit = &order->rlimits[i];
    /* A listener needs a free number: with one, init sets this limit when the target waits at the gate. */
    if (limit->resource == LIMIT_DESCRIPTORS && ordered(order, PK_LISTENER)) continue;
    u64 pair[2] = {limit->soft, limit->hard};
    long result = sys4(__NR_prlimit64, 0, (long)limit->resource, (long)pair, 0);
    if (result < 0) stop_here(PK_STEP_RLIMIT, (int)limit->resource, result);
  }
}

/*
 * Bounding set first, while CAP_SETPCAP is still there; without it, no_new_privs alone keeps an execve from gaining anything. Then all other sets become
 * what is kept of the permitted set; for an ordinary user a kept capability outlives the execve only as an ambient one.
 */
static void drop_capabilities(u64 keep) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  check(PK_STEP_CAPABILITIES, sys2(__NR_capget, (long)&header, (long)data));
  if ((data[0].effective & (1u << CAP_SETPCAP)) != 0) {
    for (int capability = 0; capability < CAPABILITIES; capability++) {
      if ((keep >> capability & 1) != 0) continue;
      long result = control_process(PR_CAPBSET_DROP, capability);
      if (result == -EINVAL) break; /* beyond this kernel's last */
      if (result < 0) stop_here(PK_STEP_BOUNDING, capability, result);
    }
  }
  u64 kept = keep & (data[0].permitted | (u64)data[1].permitted << 32);
  for (int half = 0; half < _LINUX_CAPABILITY_U32S_3; half++) {
    u32 bits = (u32)(kept >> (32 * half));
    data[half].effective = data[half].permitted = data[half].inheritable = bits;
  }
  check(PK_STEP_CAPABILITIES, sys2(__NR_capset, (long)&header, (long)data));
  long result = control_process(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  if (result < 0) stop_here(PK_STEP_AMBIENT, -1, result);
  for (int capability = 0; capability < CAPABILITIES; capability++) {
    if ((kept >> capability & 1) == 0) continue;
    result = sys5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
    if (result < 0) stop_here(PK_STEP_AMBIENT, capability, result);
  }
}

/* Returns the listener's number, in the descriptor table that init shares. */
static int load_filter_with_listener(struct sock_fprog program) {
  const long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  long listener = sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, (long)&program);
  if (listener == -EINVAL) {
    /* A flag that the kernel does not know, or a program that it refuses? A program at address 0 tells: EFAULT means that the flags are known. */
    long probe = sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, 0);
    stop_here(probe == -EFAULT ? PK_STEP_FILTER : PK_STEP_LISTENER_FLAG, 0, listener);
  }
  check(PK_STEP_LISTENER, listener);
  return (int)listener;
}

/* Tells init that all is in place, and waits for its byte. No byte: init is gone. */
static void wait_at_gate(int listener) {
  report(0, listener, 0);
  char byte;
  long result;
  do result = read_fd(ends.gate, &byte, 1);
  while (result == -EINTR);
  if (result != 1) leave(127);
}

void target_main(const struct order *order, const struct tree *tree, struct target_pipes pipes, pid init, pid group_owner) {
  ends = pipes;
  const struct pk_order *head = order->head;
  check(PK_STEP_PARENT, control_process(PR_SET_PDEATHSIG, SIGNAL_KILL));
  if (parent_pid() != init) stop_here(PK_STEP_PARENT, 0, -ESRCH);
  enter_group(order, group_owner);
  sys1(__NR_umask, (long)head->umask);
  check(PK_STEP_CHDIR, sys1(__NR_fchdir, order->cwd));
  set_limits(order);
  ignore_signals(head->ignored_signals);
  /* no_new_privs is inherited from the partner. Without a ruleset of the plan the scopes alone still keep the target off init. */
  int ruleset = order->ruleset != NO_FD ? order->ruleset : tree->proven ? tree->scopes : NO_FD;
  if (ruleset != NO_FD) check(PK_STEP_LANDLOCK, sys2(__NR_landlock_restrict_self, ruleset, 0));
  if (ordered(order, PK_DROP_CAPABILITIES)) drop_capabilities(head->keep_capabilities);

  int listener = NO_FD;
  if (order->filter) {
    struct sock_fprog program = {.len = (unsigned short)head->filter.count, .filter = (struct sock_filter *)(unsigned long)order->filter};
    if (ordered(order, PK_LISTENER))
      listener = load_filter_with_listener(program);
    else
      check(PK_STEP_FILTER, sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program));
  }
  /* From here on the plan's filter judges what this process calls: write, read, rt_sigprocmask, execve, exit_group, nothing else. */
  if (ordered(order, PK_WAIT_FOR_GO)) wait_at_gate(listener);
  u64 none = 0;
  sys4(__NR_rt_sigprocmask, SIGNALS_SETMASK, (long)&none, 0, sizeof none);
  long result = sys3(__NR_execve, (long)order->path, (long)order->argv, (long)order->env);
  if (result == -ENOEXEC && ordered(order, PK_SHELL)) {
    static const char shell[] = "/bin/sh";
    order->argv[0] = order->path;
    order->argv[-1] = shell;
    result = sys3(__NR_execve, (long)shell, (long)(order->argv - 1), (long)order->env);
  }
  stop_here(PK_STEP_EXEC, 0, result);
}
