/*
 * Makes system calls and prints what one took, in nanoseconds:
 *   calls loop N            getppid, the mean
 *   calls fork N            fork, _exit and wait of a child, the mean
 *   calls exec N PROGRAM    vfork, execve and wait of a program, the mean
 *   calls latency T N       getppid by each of T threads N times: "p50 p99 max" of all
 *   calls beside M N PROGRAM   as exec, with M idle processes around
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000l + t.tv_nsec;
}

static long of_loop(long count) {
  long from = now();
  for (long i = 0; i < count; i++) syscall(SYS_getppid);
  return (now() - from) / count;
}

static long of_fork(long count) {
  long from = now();
  for (long i = 0; i < count; i++) {
    long child = syscall(SYS_fork);
    if (child == 0) _exit(0);
    int status;
    if (child < 0 || waitpid((pid_t)child, &status, 0) != child) exit(3);
  }
  return (now() - from) / count;
}

static long of_exec(long count, char *program) {
  char *argv[] = {program, NULL}, *envp[] = {NULL};
  long from = now();
  for (long i = 0; i < count; i++) {
    pid_t child = vfork();
    if (child == 0) {
      execve(program, argv, envp);
      _exit(127);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) exit(3);
  }
  return (now() - from) / count;
}

static long each;
static void *measure(void *place) {
  long *times = place;
  for (long i = 0; i < each; i++) {
    long from = now();
    syscall(SYS_getppid);
    times[i] = now() - from;
  }
  return NULL;
}

static int compare(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return x < y ? -1 : x > y;
}

static void of_threads(long threads, long count) {
  each = count;
  long total = threads * count;
  long *times = malloc((size_t)total * sizeof *times);
  pthread_t ids[threads];
  for (long i = 0; i < threads; i++)
    if (pthread_create(&ids[i], NULL, measure, times + i * count) != 0) exit(3);
  for (long i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  qsort(times, (size_t)total, sizeof *times, compare);
  printf("%ld %ld %ld\n", times[total / 2], times[total * 99 / 100], times[total - 1]);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  long count = atol(argv[2]);
  if (strcmp(argv[1], "loop") == 0) printf("%ld\n", of_loop(count));
  else if (strcmp(argv[1], "fork") == 0) printf("%ld\n", of_fork(count));
  else if (strcmp(argv[1], "exec") == 0 && argc == 4) printf("%ld\n", of_exec(count, argv[3]));
  else if (strcmp(argv[1], "latency") == 0 && argc == 4) of_threads(count, atol(argv[3]));
  else if (strcmp(argv[1], "beside") == 0 && argc == 5) {
    for (long i = 0; i < count; i++)
      if (fork() == 0) {
        pause();
        _exit(0);
      }
    printf("%ld\n", of_exec(atol(argv[3]), argv[4]));
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
  } else return 2;
  return 0;
}
