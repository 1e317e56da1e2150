/*
 * The child of a thread that waits for tracees: it ends when the other end of its descriptor 3 is closed, and does nothing else. A thread that waits
 * in wait4(2) for its tracees can be called by nobody, except by a child of its own that ends.
 */
#include "init.h"

void wakeup_main(void) {
  /* Nothing of the supervisor's stays open because of it, and no signal from a terminal ends it early. */
  sys3(__NR_dup3, 3, 0, 0);
  close_range(1, ~0u, 0);
  u64 all = ~0ull;
  sys4(__NR_rt_sigprocmask, SIGNALS_SETMASK, (long)&all, 0, sizeof all);
  char byte;
  while (read_fd(0, &byte, 1) == -EINTR) continue;
  leave(0);
}
