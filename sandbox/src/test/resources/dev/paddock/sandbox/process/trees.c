/* Makes processes in every way there is, and says what became of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct {
  atomic_int alive, peak, made, again, other, go;
} *shared;

static int hold[2];
static const char *how;
static int per_thread;

static void fail(const char *what) {
  perror(what);
  _exit(99);
}

static void born(void) {
  int now = atomic_fetch_add(&shared->alive, 1) + 1;
  int peak = atomic_load(&shared->peak);
  while (now > peak && !atomic_compare_exchange_weak(&shared->peak, &peak, now)) {
  }
}

/* The counter goes down before the kernel's: it is never above the number of processes. */
static void reap(pid_t child) {
  siginfo_t info;
  while (waitid(P_PID, child, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  atomic_fetch_sub(&shared->alive, 1);
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
}

static void count(pid_t child) {
  if (child > 0) {
    atomic_fetch_add(&shared->made, 1);
  } else if (errno == EAGAIN) {
    atomic_fetch_add(&shared->again, 1);
  } else {
    atomic_fetch_add(&shared->other, 1);
  }
}

static pid_t make(const char *kind) {
  if (!strcmp(kind, "vfork")) {
    pid_t child = vfork();
    if (child == 0) {
      born();
      _exit(0);
    }
    return child;
  }
  if (!strcmp(kind, "spawn")) {
    pid_t child;
    char *argv[] = {"true", NULL};
    int error = posix_spawn(&child, "/bin/true", NULL, NULL, argv, environ);
    errno = error;
    if (error == 0) {
      born();
    }
    return error ? -1 : child;
  }
  pid_t child = fork();
  if (child == 0) {
    born();
    if (!strcmp(kind, "held")) {
      char byte;
      close(hold[1]);
      _exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
    }
    if (!strcmp(kind, "nested")) {
      pid_t inner = fork();
      if (inner == 0) {
        born();
        _exit(0);
      }
      count(inner);
      if (inner > 0) {
        reap(inner);
      }
    }
    _exit(0);
  }
  return child;
}

static void *churn(void *unused) {
  (void)unused;
  for (int i = 0; i < per_thread; i++) {
    pid_t child = make(how);
    count(child);
    if (child > 0) {
      reap(child);
    }
  }
  return NULL;
}

static pid_t *kept;
static atomic_int keeping;

static void *grab(void *unused) {
  (void)unused;
  for (int i = 0; i < per_thread; i++) {
    pid_t child = make("held");
    count(child);
    if (child > 0) {
      kept[atomic_fetch_add(&keeping, 1)] = child;
    }
  }
  return NULL;
}

static void threads(int number, void *(*what)(void *)) {
  pthread_t all[number];
  for (int i = 0; i < number; i++) {
    if (pthread_create(&all[i], NULL, what, NULL)) {
      fail("pthread_create");
    }
  }
  for (int i = 0; i < number; i++) {
    pthread_join(all[i], NULL);
  }
}

static void release(void) {
  close(hold[1]);
  for (int i = 0; i < keeping; i++) {
    reap(kept[i]);
  }
  close(hold[0]);
  keeping = 0;
}

static void said(const char *what) {
  printf("%s made %d again %d other %d peak %d alive %d\n", what, shared->made, shared->again,
         shared->other, shared->peak, shared->alive);
  shared->made = shared->again = shared->other = 0;
  shared->peak = shared->alive;
}

static void *spin(void *unused) {
  (void)unused;
  pid_t child = fork();
  if (child == 0) {
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  atomic_fetch_add(&shared->go, 1);
  while (atomic_load(&shared->go) < 1000) {
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    return 98;
  }
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int number = atoi(argv[2]);
  per_thread = atoi(argv[3]);
  kept = calloc(number * per_thread + 1000, sizeof *kept);
  shared->alive = shared->peak = 1;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (!strcmp(argv[1], "full")) { /* All hold on: exactly the limit, then all slots free again. */
    for (int round = 0; round < 3; round++) {
      if (pipe(hold)) {
        fail("pipe");
      }
      threads(number, grab);
      said("full");
      release();
    }
  } else if (!strcmp(argv[1], "spin")) { /* Threads whose child is gone and who never call again. */
    pthread_t all[number];
    for (int i = 0; i < number; i++) {
      pthread_create(&all[i], NULL, spin, NULL);
    }
    while (atomic_load(&shared->go) < number) {
      usleep(1000);
    }
    if (pipe(hold)) {
      fail("pipe");
    }
    grab(NULL);
    said("spin");
    release();
    shared->go = 1000;
    for (int i = 0; i < number; i++) {
      pthread_join(all[i], NULL);
    }
  } else if (!strcmp(argv[1], "killed")) { /* Callers who are killed while they wait for an answer. */
    for (int i = 0; i < number; i++) {
      pid_t child = fork();
      if (child == 0) {
        for (;;) {
          pid_t inner = fork();
          if (inner == 0) {
            _exit(0);
          }
          int status;
          waitpid(inner, &status, 0);
        }
      }
      if (child > 0) {
        usleep(300 + 37 * i);
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
      }
    }
    /* What they have left is init's, which reaps it in its own time. */
    for (int tries = 0; tries < 100; tries++) {
      if (pipe(hold)) {
        fail("pipe");
      }
      shared->made = shared->again = 0;
      keeping = 0;
      grab(NULL);
      int made = shared->made;
      release();
      if (made == per_thread) {
        break;
      }
      usleep(1000);
    }
    said("killed");
  } else {
    how = argv[1];
    threads(number, churn);
    said(how);
  }
  return 0;
}
