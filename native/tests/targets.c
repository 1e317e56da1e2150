/* What runs inside: "self MODE ...". Each does one thing and prints what it saw. */
#include "supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int is(const char *mode, const char *name) { return strcmp(mode, name) == 0; }

/* Every open descriptor below 256 with the inode behind it; opens nothing itself. Printed to the first that is writable. */
static int print_descriptors(int to) {
  char text[8192];
  int length = 0;
  for (int fd = 0; fd < 256; fd++) {
    struct stat file;
    if (fstat(fd, &file) == 0) length += snprintf(text + length, sizeof text - (size_t)length, "%d:%llu ", fd, (unsigned long long)file.st_ino);
  }
  length += snprintf(text + length, sizeof text - (size_t)length, "%s\n", fcntl(to, F_GETFD) == 0 ? "kept" : "cloexec");
  return write(to, text, (size_t)length) == length ? 0 : 1;
}

/* "count" processes that leave their session and fork for ever, each generation ending when the next has begun. */
static void hop(int count) {
  for (int i = 0; i < count; i++) {
    if (fork() != 0) continue;
    setsid();
    for (;;) {
      pid_t next = fork();
      if (next > 0) _exit(0);
      for (volatile int work = 0; work < 20000; work++) {
      }
    }
  }
}

static void print_status(void) {
  char text[8192];
  int fd = open("/proc/self/status", O_RDONLY);
  ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return;
  text[size] = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
    if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "Sig", 3) == 0 || strncmp(line, "NoNew", 5) == 0 || strncmp(line, "Umask", 5) == 0)
      puts(line);
}

int target_mode(int argc, char **argv) {
  const char *mode = argv[1];
  if (is(mode, "exit")) return atoi(argv[2]);
  if (is(mode, "signal")) return raise(atoi(argv[2]));
  if (is(mode, "descriptors")) return print_descriptors(atoi(argv[2]));
  if (is(mode, "wait")) { /* says that it runs, then waits to be killed */
    if (write(1, "up\n", 3) != 3) return 1;
    for (;;) pause();
  }
  if (is(mode, "deaf")) { /* the same, and does not hear TERM */
    signal(SIGTERM, SIG_IGN);
    if (write(1, "up\n", 3) != 3) return 1;
    for (;;) pause();
  }
  if (is(mode, "window")) { /* waits for a new window size and prints it */
    sigset_t change;
    sigemptyset(&change);
    sigaddset(&change, SIGWINCH);
    sigprocmask(SIG_BLOCK, &change, NULL);
    if (write(1, "up\n", 3) != 3) return 1;
    int signal;
    sigwait(&change, &signal);
    struct winsize size;
    if (ioctl(0, TIOCGWINSZ, &size) != 0) return 1;
    printf("%d by %d\n", size.ws_row, size.ws_col);
    return 0;
  }
  if (is(mode, "detach")) { /* closes its output and goes on */
    close(1);
    close(2);
    for (;;) pause();
  }
  if (is(mode, "polite")) { /* answers TERM with exit 3 */
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    if (write(1, "up\n", 3) != 3) return 1;
    int signal;
    sigwait(&term, &signal);
    return 3;
  }
  if (is(mode, "hop")) {
    hop(atoi(argv[2]));
    if (write(1, "up\n", 3) != 3) return 1;
    if (argc > 3) return 0; /* the target ends, the hoppers go on */
    for (;;) pause();
  }
  if (is(mode, "leave")) { /* leaves children that wait */
    for (int i = 0; i < atoi(argv[2]); i++)
      if (fork() == 0) {
        setsid();
        for (;;) pause();
      }
    return 0;
  }
  if (is(mode, "count")) { /* how many arguments, and their bytes */
    size_t sum = 0;
    for (int i = 0; i < argc; i++) sum += strlen(argv[i]) + 1;
    printf("%d %zu\n", argc, sum);
    return 0;
  }
  if (is(mode, "print")) { /* the last argument, bytes as they are */
    fputs(argv[argc - 1], stdout);
    return 0;
  }
  if (is(mode, "status")) {
    print_status();
    return 0;
  }
  if (is(mode, "place")) {
    char cwd[4096];
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    printf("cwd %s session %d group %d files %llu/%llu parent-signal %s\n", getcwd(cwd, sizeof cwd) ? cwd : "?", getsid(0) == getpid(),
           getpgrp() == getpid(), (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max,
           kill(getppid(), 0) == 0 ? "allowed" : strerror(errno));
    return 0;
  }
  if (is(mode, "ppid")) { /* a system call that a listener answers */
    printf("%ld\n", (long)syscall(SYS_getppid));
    return 0;
  }
  return 99;
}
