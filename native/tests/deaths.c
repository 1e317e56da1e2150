/* SIGKILL to the supervisor, the partner, init, or several of them, at random moments of a run full of processes that try to get away. */
#include "supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

enum victim { SUPERVISOR, PARTNER, INIT, SUPERVISOR_AND_PARTNER, SUPERVISOR_AND_INIT, SUPERVISORS_GROUP, VICTIMS };
static const char *const names[] = {"the supervisor", "the partner", "init", "the supervisor and the partner", "the supervisor and init",
                                    "the supervisor's group"};

/* A child that plays the supervisor until it is killed. Returns its pid; *partner is A's. */
static pid_t start_supervisor(pid_t *partner) {
  int ends[2];
  EXPECT(pipe2(ends, O_CLOEXEC), 0);
  fflush(NULL);
  pid_t child = fork();
  REQUIRE(child >= 0, "fork: %s", strerror(errno));
  if (child == 0) {
    setpgid(0, 0);
    char *argv[] = {(char *)(uintptr_t) "target", (char *)(uintptr_t) "hop", (char *)(uintptr_t) "60", NULL};
    struct launch run = launch(&(struct wish){.argv = argv});
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

static void one(enum victim victim) {
  pid_t partner, supervisor = start_supervisor(&partner);
  /* The moment is random on purpose; it waits for nothing. Most of the launch happens in the first two milliseconds. */
  struct timespec moment = {0, (long)random_below(random_below(4) ? 2500000 : 20000000)};
  nanosleep(&moment, NULL);
  pid_t init = victim == INIT || victim == SUPERVISOR_AND_INIT ? only_child(partner) : 0;
  if (victim == SUPERVISORS_GROUP) kill(-supervisor, SIGKILL);
  if (victim == SUPERVISOR || victim == SUPERVISOR_AND_PARTNER || victim == SUPERVISOR_AND_INIT) kill(supervisor, SIGKILL);
  if (victim == PARTNER || victim == SUPERVISOR_AND_PARTNER) kill(partner, SIGKILL);
  if (init > 0) kill(init, SIGKILL);
  if (init > 0 || victim != INIT) require_nothing_left(); /* also while the supervisor lives on */
  kill(supervisor, SIGKILL);
  int status;
  EXPECT(waitpid(supervisor, &status, 0), supervisor);
  require_nothing_left();
}

void test_deaths(int rounds) {
  for (int victim = 0; victim < VICTIMS; victim++) {
    for (int i = 0; i < rounds; i++) one((enum victim)victim);
    printf("ok: nothing outlives the death of %s, %d times\n", names[victim], rounds);
    fflush(stdout);
  }
}
