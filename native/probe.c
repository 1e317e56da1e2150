/* What a view can have on this host: each part is made once, in a child, as it would be made for a target. */
#include "init.h"

static const char paths[] = "/\0/dev/null\0/shm\0001777\0/pts\0/proc";
enum { ROOT = 0, DEVICE = 2, MEMORY = 12, MODE = 17, TERMINALS = 22, PROC = 27 };

static const struct pk_mount mounts[] = {
    {.kind = PK_MOUNT_ROOT, .place = ROOT},
    {.kind = PK_MOUNT_BIND, .flags = PK_MOUNT_MAKE | PK_MOUNT_FILE, .source = DEVICE, .place = DEVICE},
    {.kind = PK_MOUNT_TMPFS, .flags = PK_MOUNT_MAKE, .source = MODE, .place = MEMORY},
    {.kind = PK_MOUNT_DEVPTS, .flags = PK_MOUNT_MAKE, .place = TERMINALS},
    {.kind = PK_MOUNT_PROC, .flags = PK_MOUNT_MAKE, .place = PROC}, /* last: left out where it is not asked for */
};

static const struct {
  const char *option;
  enum pk_probe part;
  u32 flags, mounts;
} probes[] = {
    {"probe-loopback", PK_PROBE_LOOPBACK, PK_OWN_LOOPBACK, 0},
    {"probe-root", PK_PROBE_ROOT, 0, sizeof mounts / sizeof *mounts - 1},
    {"probe-processes", PK_PROBE_PROCESSES, PK_OWN_PROCESSES, sizeof mounts / sizeof *mounts},
    {"probe-ipc", PK_PROBE_IPC, PK_OWN_IPC, 0},
};

__attribute__((noreturn)) static void attempt(u32 which) {
  struct pk_order head = {.flags = probes[which].flags, .mounts = {.count = probes[which].mounts}};
  struct order order = {.head = &head, .mounts = mounts, .paths = paths, .directory = paths + ROOT, .cwd = NO_FD, .ruleset = NO_FD};
  view_make(NO_FD, &order);
  if (ordered(&order, PK_OWN_PROCESSES)) {
    int status = 0;
    pid first = (pid)fork_process(0, 0);
    if (first < 0) leave(-first);
    if (first == 0) {
      view_complete(NO_FD, &order);
      leave(0);
    }
    leave(wait_for(first, &status, 0) == first && status_exited(status) ? status_exit_code(status) : EPERM);
  }
  leave(0);
}

void probe_main(const char *option) {
  if (same(option, "probe-view")) {
    u32 found = 0;
    for (u32 i = 0; i < sizeof probes / sizeof *probes; i++) {
      int status = 0;
      pid child = (pid)fork_process(0, 0);
      if (child == 0) attempt(i);
      if (child > 0 && wait_for(child, &status, 0) == child && status == 0) found |= probes[i].part;
    }
    leave((int)found);
  }
  for (u32 i = 0; i < sizeof probes / sizeof *probes; i++)
    if (same(option, probes[i].option)) attempt(i);
}
