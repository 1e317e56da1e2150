// Executes programs in all the ways that are hard for whoever has to judge them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static int ok, killed, failed;

static void wait_for(int child) {
  int status;
  while (waitpid(child, &status, 0) != child) {
  }
  if (WIFSIGNALED(status)) killed++;
  else if (WEXITSTATUS(status)) failed++;
  else ok++;
}

static void say(void) { printf("ok %d killed %d failed %d\n", ok, killed, failed); }

static void *execute(void *program) {
  char *argv[] = {program, NULL};
  execv(program, argv);
  _exit(3);
}

static void *execute_at_once(void *barrier) {
  pthread_barrier_wait(barrier);
  execl("/bin/true", "true", "by a thread", NULL);
  _exit(3);
}

static void search(int n) {
  for (int i = 0; i < n; i++) {
    int child = fork();
    if (child == 0) {
      setenv("PATH", "/usr/local/no:/nonexistent:/etc:/usr/local/lib:/tmp:/usr/bin:/bin", 1);
      execlp("true", "true", NULL);
      _exit(3);
    }
    wait_for(child);
  }
  say();
}

static void spawn(int n) {
  for (int i = 0; i < n; i++) {
    char *argv[] = {"true", NULL};
    pid_t child;
    if (posix_spawnp(&child, "true", NULL, NULL, argv, environ)) failed++;
    else wait_for(child);
    child = vfork();
    if (child == 0) {
      execl("/bin/true", "true", NULL);
      _exit(3);
    }
    wait_for(child);
  }
  say();
}

static void thread(int n) {
  for (int i = 0; i < n; i++) {
    int child = fork();
    if (child == 0) {
      pthread_t other;
      pthread_create(&other, NULL, execute, "/bin/true");
      for (;;) pause();
    }
    wait_for(child);
  }
  say();
}

static void threads(int n, int many) {
  for (int i = 0; i < n; i++) {
    int child = fork();
    if (child == 0) {
      pthread_barrier_t barrier;
      pthread_barrier_init(&barrier, NULL, many);
      for (int j = 1; j < many; j++) {
        pthread_t other;
        pthread_create(&other, NULL, execute_at_once, &barrier);
      }
      execute_at_once(&barrier);
    }
    wait_for(child);
  }
  say();
}

static void fails(const char *folder) {
  char path[4096];
  char *argv[] = {"x", NULL};
  const char *names[] = {"absent", "unexecutable", "noformat", "directory", "script-without", NULL};
  for (int i = 0; names[i]; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    execve(path, argv, environ);
    printf("%s %d\n", names[i], errno);
  }
  char *volatile nowhere = (char *)8;
  execve(nowhere, argv, environ);
  printf("path-fault %d\n", errno);
  execve("/bin/true", (char **)nowhere, environ);
  printf("argv-fault %d\n", errno);
  execve("", argv, environ);
  printf("empty %d\n", errno);
  char *large = malloc(140000);
  memset(large, 'a', 139999);
  large[139999] = 0;
  argv[0] = large;
  execve("/bin/true", argv, environ);
  printf("string %d\n", errno);
  large[5000] = 0;
  large[0] = '/';
  execve(large, argv, environ);
  printf("long-path %d\n", errno);
}

static volatile sig_atomic_t rang;
static void ring(int signal) { rang++; }

static void signals(int n) {
  int interrupted = 0;
  for (int i = 0; i < n; i++) {
    int child = fork();
    if (child == 0) {
      struct sigaction action = {.sa_handler = ring, .sa_flags = SA_RESTART};
      sigaction(SIGUSR1, &action, NULL);
      int storm = fork();
      if (storm == 0) {
        // An exec makes it deadly, so it ends the program at some time, or comes too late.
        for (int j = 0; j < 200; j++) kill(getppid(), SIGUSR1);
        _exit(0);
      }
      signal(SIGCHLD, SIG_IGN);
      execl("/bin/true", "true", NULL);
      _exit(errno == EINTR ? 4 : 3);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1) killed++;
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ok++;
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 4) interrupted++;
    else failed++;
  }
  printf("done %d interrupted %d failed %d\n", ok + killed, interrupted, failed);
}

// ---- changing what was judged ----

static char *changing;
static const char *good = "good", *evil = "evil";

static void write_word(const char *word) {
  memcpy(changing, word, 4);
  __asm__ volatile("" ::: "memory"); // Each one is to be seen.
  for (volatile int i = 0; i < 200; i++) {
  }
}

// Ends with its parent; a thread ends by the exec itself.
static void flip(int parent) {
  while (getppid() == parent) {
    write_word(evil);
    write_word(good);
  }
}

static void *flip_in_thread(void *x) {
  for (;;) {
    write_word(evil);
    write_word(good);
  }
  return x;
}

static int flip_in_child(void *parent) {
  flip((int)(long)parent);
  return 0;
}

static char *flipped_program;
static void *execute_flipping(void *x) {
  char *argv[] = {flipped_program, changing, NULL};
  for (;;) {
    execve(flipped_program, argv, environ);
    if (errno != EACCES) _exit(4);
  }
}

// The program says its argument; how often it ran with which one is what counts.
static void flipping(int n, const char *writer, const char *caller, char *program) {
  static char private[16] = "good";
  static char stack[65536];
  flipped_program = program;
  int seen[2] = {0, 0};
  int others = 0;
  for (int i = 0; i < n; i++) {
    int out[2];
    pipe2(out, O_CLOEXEC);
    changing = strcmp(writer, "shared") ? private
                                        : mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strcpy(changing, "good");
    int helper = 0, parent = getpid();
    if (!strcmp(writer, "shared") && !(helper = fork())) {
      close(out[0]);
      close(out[1]);
      flip(parent);
      _exit(0);
    }
    int child = fork();
    if (child == 0) {
      dup2(out[1], 1);
      if (!strcmp(writer, "thread")) {
        pthread_t other;
        pthread_create(&other, NULL, flip_in_thread, NULL);
      }
      if (!strcmp(writer, "vm"))
        clone(flip_in_child, stack + sizeof stack, CLONE_VM | SIGCHLD,
              (void *)(long)getpid());
      struct timespec moment = {0, 500000};
      nanosleep(&moment, NULL);
      if (!strcmp(caller, "leader")) execute_flipping(NULL);
      pthread_t other;
      pthread_create(&other, NULL, execute_flipping, NULL);
      for (;;) pause();
    }
    close(out[1]);
    char text[64];
    int length = 0, count;
    while ((count = read(out[0], text + length, sizeof text - 1 - length)) > 0) length += count;
    text[length] = 0;
    close(out[0]);
    wait_for(child);
    if (helper) {
      kill(helper, SIGKILL);
      waitpid(helper, NULL, 0);
      munmap(changing, 4096);
    }
    // Any mixture of the two is neither.
    if (strstr(text, "good")) seen[0]++;
    else if (strstr(text, "evil")) seen[1]++;
    else others++;
    // The child that shared its memory goes when nobody is left to write for.
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }
  printf("good %d evil %d other %d\n", seen[0], seen[1], others);
}

// ---- measuring ----

static int by_time(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return x < y ? -1 : x > y;
}

static void timed(int n) {
  double *times = malloc(n * sizeof *times);
  for (int i = 0; i < n; i++) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    int child = vfork();
    if (child == 0) {
      execl("/bin/true", "true", NULL);
      _exit(3);
    }
    wait_for(child);
    clock_gettime(CLOCK_MONOTONIC, &b);
    times[i] = (b.tv_sec - a.tv_sec) * 1e6 + (b.tv_nsec - a.tv_nsec) / 1e3;
  }
  qsort(times, n, sizeof *times, by_time);
  printf("%.0f %.0f %.0f\n", times[n / 4], times[n / 2], times[3 * n / 4]);
}

static void among(int idle, int n) {
  int *others = malloc(idle * sizeof *others);
  for (int i = 0; i < idle; i++)
    if ((others[i] = fork()) == 0)
      for (;;) pause();
  timed(n);
  for (int i = 0; i < idle; i++) {
    kill(others[i], SIGKILL);
    waitpid(others[i], NULL, 0);
  }
}

// ---- other ways to name a program; the words come behind a sign, since they are judged ----

static void descriptor(const char *way, char *word) {
  char *argv[] = {"echo", word, NULL};
  char path[64];
  int fd = open("/bin/echo", O_RDONLY);
  if (!strcmp(way, "empty-path")) syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
  if (!strcmp(way, "proc-self")) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    execv(path, argv);
  }
  if (!strcmp(way, "dev-fd")) {
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    execv(path, argv);
  }
  if (!strcmp(way, "memfd")) {
    int copy = memfd_create("paddock", MFD_CLOEXEC);
    char block[4096];
    for (int n; (n = read(fd, block, sizeof block)) > 0;)
      if (write(copy, block, n) != n) return;
    fexecve(copy, argv, environ);
  }
  if (!strcmp(way, "relative")) {
    int folder = open("/bin", O_PATH);
    syscall(SYS_execveat, folder, "./echo", argv, environ, 0);
  }
  if (!strcmp(way, "cwd") && !chdir("/bin")) execv("/proc/self/cwd/echo", argv);
  printf("%d\n", errno);
}

static void alarmed(char *word) {
  struct sigaction action = {.sa_handler = ring};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval soon = {.it_value = {0, 50000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  execl("/bin/echo", "echo", word, NULL);
  printf("%d\n", errno);
}

static void large(void) {
  for (int length = 60; length <= 120; length += 60) {
    char *word = malloc(length);
    memset(word, 'a', length);
    word[length - 1] = 0;
    char **argv = calloc(20002, sizeof *argv);
    for (int i = 0; i < 20001; i++) argv[i] = word;
    int child = fork();
    if (child == 0) {
      execv("/bin/true", argv);
      _exit(errno);
    }
    int status;
    waitpid(child, &status, 0);
    printf("%d\n", WEXITSTATUS(status));
  }
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  const char *what = argv[1];
  int n = argc > 2 ? atoi(argv[2]) : 0;
  if (!strcmp(what, "search")) search(n);
  if (!strcmp(what, "spawn")) spawn(n);
  if (!strcmp(what, "thread")) thread(n);
  if (!strcmp(what, "threads")) threads(n, atoi(argv[3]));
  if (!strcmp(what, "fails")) fails(argv[2]);
  if (!strcmp(what, "signals")) signals(n);
  if (!strcmp(what, "flip")) flipping(n, argv[3], argv[4], argv[5]);
  if (!strcmp(what, "timed")) timed(n);
  if (!strcmp(what, "descriptor")) descriptor(argv[3], argv[4] + 1);
  if (!strcmp(what, "alarm")) alarmed(argv[3] + 1);
  if (!strcmp(what, "large")) large();
  if (!strcmp(what, "among")) among(n, atoi(argv[3]));
  fflush(stdout);
  return 0;
}
