/*
 * The tree: everything that descends from the target.
 *
 * Where Landlock has scopes (ABI 6), init lives in a domain with nothing but the two scopes, and so does everything below it. A signal to -1 then
 * reaches exactly the processes of that domain but the sender; it is atomic against fork. That the domain really holds is not believed but seen:
 * a process outside, of the same user, could be signalled before and cannot be afterwards.
 * Elsewhere the children are killed again and again until there are none: orphans come to their subreaper, so nobody can hide for long.
 */
#include "init.h"

/*
 * A layer that does not handle REFER denies it, whatever the layers around it grant: no file could be renamed or linked from one directory to another,
 * anywhere. So this layer handles it, and grants it below the root: what it leaves open is the other layers' to say.
 */
static long allow_refer(int ruleset) {
  long root = sys4(__NR_openat, AT_FDCWD, (long)"/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (root < 0) return root;
  struct {
    u64 allowed;
    int parent;
  } __attribute__((packed)) rule = {RIGHT_REFER, (int)root};
  long result = sys4(__NR_landlock_add_rule, ruleset, RULE_PATH_BENEATH, (long)&rule, 0);
  close_fd((int)root);
  return result;
}

void scopes_open(struct tree *tree) {
  struct {
    u64 files, network, scoped;
  } attributes = {RIGHT_REFER, 0, SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS};
  tree->scopes = NO_FD;
  tree->proven = 0;
  long fd = sys3(__NR_landlock_create_ruleset, (long)&attributes, sizeof attributes, 0);
  if (fd < 0) return; /* below ABI 6 the kernel refuses the third field */
  if (allow_refer((int)fd) < 0)
    close_fd((int)fd);
  else
    tree->scopes = (int)fd;
}

void scopes_enter(struct tree *tree, pid witness) {
  tree->proven = 0;
  if (tree->scopes == NO_FD || witness < 1 || send_signal(witness, 0) != 0) return;
  if (sys2(__NR_landlock_restrict_self, tree->scopes, 0) != 0) return;
  tree->proven = send_signal(witness, 0) == -EPERM;
}

static long children_open(void) {
  /* Single-threaded, so the thread's children are all there are; CONFIG_PROC_CHILDREN. */
  return sys4(__NR_openat, AT_FDCWD, (long)"/proc/thread-self/children", O_RDONLY | O_CLOEXEC, 0);
}

long tree_fallback_usable(void) {
  long fd = children_open();
  if (fd >= 0) close_fd((int)fd);
  return fd < 0 ? fd : 0;
}

/*
 * Signals every child, and the process group that a child leads. Both are safe to name by number: a child is ours to reap, so while it is not
 * reaped neither its pid nor a group of that number can be anybody else's.
 */
static void signal_both(pid child, int signal) {
  send_signal(child, signal);
  send_signal(-child, signal);
}

/* Does something to every child; the first of them, or 0. */
static pid children_each(void (*act)(pid child, int signal), int signal) {
  long fd = children_open();
  pid first = 0;
  if (fd < 0) return 0;
  char buffer[1024];
  pid child = 0;
  for (;;) {
    long size = read_fd((int)fd, buffer, sizeof buffer);
    if (size == -EINTR) continue;
    if (size <= 0) break;
    for (long i = 0; i < size; i++) {
      if (buffer[i] >= '0' && buffer[i] <= '9') {
        child = child * 10 + (buffer[i] - '0');
      } else if (child > 1) {
        if (first == 0) first = child;
        if (act) act(child, signal);
        child = 0;
      }
    }
  }
  close_fd((int)fd);
  return first;
}

void tree_signal(const struct tree *tree, int signal) {
  if (tree->proven)
    send_signal(-1, signal);
  else
    children_each(signal_both, signal);
}

/* Waits for a child's end. All signals are blocked, so SIGCHLD is there to be taken; it came in time if this returns 1. */
static int child_ends_before(u64 deadline) {
  u64 now = now_ns();
  u64 left = deadline > now ? deadline - now : 0;
  struct moment longest = {.seconds = (long)(left / 1000000000u), .nanoseconds = (long)(left % 1000000000u)};
  return take_signal(1ull << (SIGNAL_CHILD - 1), &longest) != -EAGAIN;
}

u64 tree_end(const struct tree *tree, void (*reaped)(pid child, int status), void (*stuck)(pid child)) {
  u64 killed = 0;
  u64 deadline = 0; /* until something is killed, and after "stuck" was told */
  int sent = 0;
  for (;;) {
    int status = 0;
    long child = wait_for(-1, &status, WNOHANG | __WALL);
    if (child == 0) {
      /* In the domain one signal is enough: a fork that it overtakes fails. Without, who was not a child yet must be looked for again. */
      if (!sent || !tree->proven) tree_signal(tree, SIGNAL_KILL);
      if (!sent && stuck) deadline = after_ms(now_ns(), PK_STUCK_MS);
      sent = 1;
      if (deadline != 0) {
        if (!child_ends_before(deadline)) {
          deadline = 0;
          stuck(children_each(0, 0));
        }
        continue;
      }
      child = wait_for(-1, &status, __WALL);
    }
    if (child == -EINTR) continue;
    if (child < 0) return killed; /* ECHILD: nobody is left, for orphans become our children before their parent can be reaped */
    if (sent) killed++;
    if (reaped) reaped((pid)child, status);
  }
}
