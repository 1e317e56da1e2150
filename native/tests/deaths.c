/* SIGKILL to the supervisor, the partner, init, or several of them, at random moments of a run full of processes that try to get away. */
#include "supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

enum victim { SUPERVISOR, PARTNER, INIT, SUPERVISOR_AND_PARTNER, SUPERVISOR_AND_INIT, SUPERVISORS_GROUP, PARTNER_AND_INIT, ALL, VICTIMS };
static const char *const names[] = {"the supervisor", "the partner", "init", "the supervisor and the partner", "the supervisor and init",
                                    "the supervisor's group", "the partner and init", "all three"};

/* A child that plays the supervisor until it is killed. Returns its pid; *partner is A's. */
static pid_t start_supervisor(pid_t *partner, int view) {
  int ends[2];
  EXPECT(pipe2(ends, O_CLOEXEC), 0);
  fflush(NULL);
  pid_t child = fork();
  REQUIRE(child >= 0, "fork: %s", strerror(errno));
  if (child == 0) {
    setpgid(0, 0);
    char *argv[] = {(char *)(uintptr_t) "target", (char *)(uintptr_t) "hop", (char *)(uintptr_t) "60", NULL};
    struct mount mounts[HOST_MOUNTS];
    struct wish wish = {.argv = argv};
    if (view) {
      wish.flags = PK_NEW_SESSION | PK_LANDLOCK | PK_DROP_CAPABILITIES | PK_OWN_PROCESSES;
      wish.mounts = mounts;
      wish.mount_count = host_mounts(mounts);
    }
    struct launch run = launch(&wish);
    if (write(ends[1], &run.partner, sizeof run.partner) != sizeof run.partner) _exit(1);
    char rest[64];
    struct pollfd entries[] = {{run.control, POLLIN, 0}, {run.output, POLLIN, 0}};
    for (;;) { /* reads whatever comes, also the end, and does nothing about it */
      poll(entries, 2, -1);
      for (int i = 0; i < 2; i++)
        if (entries[i].revents && read(entries[i].fd, rest, sizeof rest) <= 0) entries[i].fd = -1;
    }
  }
  close(ends[1]);
  REQUIRE(read(ends[0], partner, sizeof *partner) == sizeof *partner, "the supervisor failed");
  close(ends[0]);
  return child;
}

static pid_t only_child(pid_t parent) {
  char path[64], text[32] = "";
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", parent, parent);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  return size > 0 ? atoi(text) : 0;
}

static int has_view(void) {
  int status = -1;
  pid_t child = fork();
  if (child == 0) {
    execl(init_path, "paddock-init", "probe-processes", (char *)NULL);
    _exit(127);
  }
  EXPECT(waitpid(child, &status, 0), child);
  return status == 0;
}

static void one(enum victim victim, int view) {
  pid_t partner, supervisor = start_supervisor(&partner, view);
  /* The moment is random on purpose; it waits for nothing. Most of the launch happens in the first two milliseconds. */
  struct timespec moment = {0, (long)random_below(random_below(4) ? 2500000 : 20000000)};
  nanosleep(&moment, NULL);
  int kills_init = victim == INIT || victim == SUPERVISOR_AND_INIT || victim == PARTNER_AND_INIT || victim == ALL;
  pid_t init = kills_init ? only_child(partner) : 0;
  if (victim == SUPERVISORS_GROUP) kill(-supervisor, SIGKILL);
  if (victim == SUPERVISOR || victim == SUPERVISOR_AND_PARTNER || victim == SUPERVISOR_AND_INIT || victim == ALL) kill(supervisor, SIGKILL);
  if (victim == PARTNER || victim == SUPERVISOR_AND_PARTNER || victim == PARTNER_AND_INIT || victim == ALL) kill(partner, SIGKILL);
  if (init > 0) kill(init, SIGKILL);
  if (init > 0 || victim != INIT) require_nothing_left(); /* also while the supervisor lives on */
  kill(supervisor, SIGKILL);
  int status;
  EXPECT(waitpid(supervisor, &status, 0), supervisor);
  require_nothing_left();
}

void test_deaths(int rounds) {
  int views = has_view();
  if (!views) printf("skipped: deaths in a view, which cannot be had here\n");
  for (int view = 0; view <= views; view++) {
    for (int victim = 0; victim < VICTIMS; victim++) {
      /* Partner and init watch each other; who kills both at once leaves the rest to the kernel, and that ends it only in a pid name space. */
      if (!view && (victim == PARTNER_AND_INIT || victim == ALL)) continue;
      for (int i = 0; i < rounds; i++) one((enum victim)victim, view);
      printf("ok: nothing outlives the death of %s%s, %d times\n", names[victim], view ? ", in a view" : "", rounds);
      fflush(stdout);
    }
  }
}
