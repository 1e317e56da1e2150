/*
 * Process A, the partner: it takes the order, makes the view, forks init (B), and from then on has one duty: when B dies by another's hand, to end the tree.
 * It holds no descriptor of the target and does not hear the control socket. B watches it through a pipe, and ends the tree when A dies.
 */
#include "init.h"

static int starts_with(const char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return 0;
  return 1;
}

/* A decimal number that fills the text, at most "bound"; or -1. */
static long number(const char *text, long bound) {
  long value = 0;
  if (!*text) return -1;
  for (; *text; text++) {
    if (*text < '0' || *text > '9') return -1;
    value = value * 10 + (*text - '0');
    if (value > bound) return -1;
  }
  return value;
}

/* Options of the command line. */
struct options {
  int no_scopes;     /* behave as without Landlock scopes */
  u64 order_wait_ms; /* 0 = for ever */
};

static int parse(int argc, char **argv, struct options *options) {
  for (int i = 1; i < argc; i++) {
    const char *text = argv[i];
    if (same(text, "no-scopes")) {
      options->no_scopes = 1;
    } else if (starts_with(text, "order-ms=")) {
      long value = number(text + sizeof "order-ms=" - 1, (long)PK_MAX_MS);
      if (value < 0) return -1;
      options->order_wait_ms = (u64)value;
    } else {
      return -1;
    }
  }
  return 0;
}

/* Default dispositions for the target, which keeps what is ignored over its execve; everything blocked for A and B, which poll instead. */
static void reset_signals(void) {
  struct {
    unsigned long handler, flags, restorer;
    u64 mask;
  } standard = {0, 0, 0, 0};
  for (int signal = 1; signal <= SIGNAL_MAX; signal++) sys4(__NR_rt_sigaction, signal, (long)&standard, 0, sizeof(u64));
  u64 all = ~0ull;
  sys4(__NR_rt_sigprocmask, SIGNALS_SETMASK, (long)&all, 0, sizeof all);
}

static void await_order(int control, u64 wait_ms) {
  u64 deadline = wait_ms == 0 ? 0 : after_ms(now_ns(), wait_ms);
  for (;;) {
    struct poll_entry entry = {.fd = control, .events = POLLIN};
    struct moment left = {0, 0};
    u64 now = now_ns();
    if (deadline > now) {
      left.seconds = (long)((deadline - now) / 1000000000u);
      left.nanoseconds = (long)((deadline - now) % 1000000000u);
    }
    long result = sys5(__NR_ppoll, (long)&entry, 1, deadline != 0 ? (long)&left : 0, 0, sizeof(u64));
    if (result < 0 && result != -EINTR) give_up(control, PK_STEP_POLL, 0, result, PK_EXIT_DONE);
    if ((entry.happened & (POLLHUP | POLLERR)) != 0) leave(PK_EXIT_UNHEARD); /* also when an order still lies there: nobody waits for it */
    if (entry.happened != 0) return;
    if (deadline != 0 && now_ns() >= deadline) give_up(control, PK_STEP_ORDER_DEADLINE, 0, ETIMEDOUT, PK_EXIT_DONE);
  }
}

void partner_main(int argc, char **argv) {
  if (argc == 2 && same(argv[1], "wakeup")) wakeup_main();
  if (argc == 2) probe_main(argv[1]);
  int control = 3;
  int type = 0, type_size = sizeof type;
  if (sys5(__NR_getsockopt, control, SOCKET_LEVEL, SOCKET_TYPE, (long)&type, (long)&type_size) != 0 || type != SOCKET_SEQPACKET) leave(PK_EXIT_START);
  close_range(4, ~0u, 0);
  /* Whatever the supervisor's own 0, 1 and 2 were goes away; something harmless keeps their numbers, which the target will get. */
  for (int fd = 0; fd < 3; fd++) sys3(__NR_dup3, control, fd, O_CLOEXEC);
  sys3(__NR_fcntl, control, F_SETFD, FD_CLOEXEC);
  reset_signals();

  struct options options = {.no_scopes = 0, .order_wait_ms = 10000};
  if (parse(argc, argv, &options) != 0) give_up(control, PK_STEP_START, 2, EINVAL, PK_EXIT_START);
  long result = control_process(PR_SET_NO_NEW_PRIVS, 1);
  if (result != 0) give_up(control, PK_STEP_NO_NEW_PRIVS, 0, result, PK_EXIT_DONE);
  await_order(control, options.order_wait_ms);
  static struct order order;
  order_receive(control, &order);
  view_make(control, &order);

  struct tree tree = {.scopes = NO_FD, .proven = 0};
  if (!options.no_scopes) scopes_open(&tree);
  /* A domain forbids mounts, and process 1 of a pid name space has still to mount its /proc; the kernel ends such a tree when init ends. */
  if (!ordered(&order, PK_OWN_PROCESSES)) scopes_enter(&tree, parent_pid());
  result = control_process(PR_SET_CHILD_SUBREAPER, 1);
  if (result != 0) give_up(control, PK_STEP_SUBREAPER, 0, result, PK_EXIT_DONE);

  pid owner_group = (pid)sys1(__NR_getpgid, 0);
  pid self = own_pid();
  int life[2];
  result = make_pipe(life, O_CLOEXEC);
  if (result != 0) give_up(control, PK_STEP_PIPE, 0, result, PK_EXIT_DONE);
  pid init = (pid)fork_process(0, 0);
  if (init < 0) give_up(control, PK_STEP_FORK_INIT, 0, init, PK_EXIT_DONE);
  if (init == 0) {
    close_fd(life[1]);
    init_main(&order, &tree, control, life[0], self, owner_group);
  }

  /* Only the write end stays open, as long as A lives. The placeholders have 0 to 2. */
  close_range(0, (u32)life[1] - 1, 0);
  close_range((u32)life[1] + 1, ~0u, 0);
  sys1(__NR_setsid, 0); /* a kill of the supervisor's group must not take A along; EPERM: A leads a group of its own already */

  for (;;) {
    int status = 0;
    long child = wait_for(-1, &status, __WALL);
    if (child == -EINTR || (child > 0 && child != init)) continue;
    if (child == init && status_exited(status)) {
      tree_end(&tree, 0, 0); /* B left nobody: this only asks */
      leave(status_exit_code(status));
    }
    tree_end(&tree, 0, 0);
    leave(PK_EXIT_INIT_KILLED);
  }
}
