/*
 * A terminal for tests, see pty(7).
 *
 *   pty run COMMAND [ARGUMENT ...]  runs the command as the leader of a session with a terminal of its own. Standard output gets what
 *                                   the terminal shows; standard input says what to do: 't' LENGTH BYTES types, 'w' ROWS COLUMNS
 *                                   makes the window that large (numbers are 2 bytes, big endian). When it ends, the terminal
 *                                   hangs up. Exits with the command's status, 128+n after a signal.
 *   pty read                        says what lines it reads, and when it is continued.
 *   pty job                         says which signals of job control it gets, and the window's size; ends by SIGINT.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
  fprintf(stderr, "pty: %s: %s\n", what, strerror(errno));
  _exit(125);
}

/* Reads all of it; 0 at the end of input. */
static int take(void *into, size_t size) {
  for (size_t at = 0; at < size;) {
    ssize_t count = read(0, (char *)into + at, size - at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return 0;
    at += (size_t)count;
  }
  return 1;
}

static void give(int to, const char *bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    ssize_t count = write(to, bytes + at, size - at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("write");
    at += (size_t)count;
  }
}

static int order(int master) {
  unsigned char kind, head[4];
  if (!take(&kind, 1)) return 0;
  if (kind == 't') {
    char text[1 << 16];
    if (!take(head, 2)) return 0;
    size_t size = (size_t)(head[0] << 8 | head[1]);
    if (!take(text, size)) return 0;
    give(master, text, size);
    return 1;
  }
  if (kind != 'w' || !take(head, 4)) return 0;
  struct winsize window = {.ws_row = (unsigned short)(head[0] << 8 | head[1]), .ws_col = (unsigned short)(head[2] << 8 | head[3])};
  if (ioctl(master, TIOCSWINSZ, &window) != 0) fail("TIOCSWINSZ");
  return 1;
}

static int run(char **command) {
  char name[64];
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, name, sizeof name) != 0) fail("pty");
  if (ioctl(master, TIOCSWINSZ, &(struct winsize){.ws_row = 24, .ws_col = 80}) != 0) fail("TIOCSWINSZ");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    setsid();
    int terminal = open(name, O_RDWR);
    if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0) fail(name);
    for (int fd = 0; fd < 3; fd++) dup2(terminal, fd);
    if (terminal > 2) close(terminal);
    execvp(command[0], command);
    fail(command[0]);
  }
  for (struct pollfd entries[] = {{0, POLLIN, 0}, {master, POLLIN, 0}};;) {
    if (poll(entries, 2, -1) < 0 && errno != EINTR) fail("poll");
    if (entries[1].revents != 0) {
      char shown[4096];
      ssize_t size = read(master, shown, sizeof shown);
      if (size <= 0) break; /* EIO: nobody has the terminal any more */
      give(1, shown, (size_t)size);
    }
    if (entries[0].revents != 0 && !order(master)) break;
  }
  close(master);
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("waitpid");
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void continued(int signal) {
  (void)signal;
  give(1, "read: continued\n", 16);
}

static int read_lines(void) {
  /* No SA_RESTART: the read ends. */
  if (sigaction(SIGCONT, &(struct sigaction){.sa_handler = continued}, NULL) != 0) fail("sigaction");
  for (;;) {
    char line[256];
    ssize_t size = read(0, line, sizeof line);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) fail("read");
    if (size == 0) return 0;
    give(1, "read: ", 6);
    give(1, line, (size_t)size);
  }
}

static int job(void) {
  sigset_t heard;
  sigemptyset(&heard);
  int signals[] = {SIGINT, SIGCONT, SIGWINCH};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&heard, signals[i]);
  sigprocmask(SIG_BLOCK, &heard, NULL);
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("job: up");
  for (;;) {
    int signal;
    if (sigwait(&heard, &signal) != 0) fail("sigwait");
    struct winsize window;
    switch (signal) {
      case SIGCONT:
        puts("job: continued");
        break;
      case SIGWINCH:
        if (ioctl(0, TIOCGWINSZ, &window) != 0) fail("TIOCGWINSZ");
        printf("job: %d by %d\n", window.ws_row, window.ws_col);
        break;
      default:
        puts("job: interrupted");
        sigprocmask(SIG_UNBLOCK, &heard, NULL);
        raise(SIGINT);
        return 1;
    }
  }
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "job") == 0) return job();
  if (argc == 2 && strcmp(argv[1], "read") == 0) return read_lines();
  if (argc > 2 && strcmp(argv[1], "run") == 0) return run(argv + 2);
  fputs("usage: pty run COMMAND [ARGUMENT ...] | read | job\n", stderr);
  return 2;
}
