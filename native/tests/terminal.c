/* Job control on a pty: an outer bash, in it this program as supervisor ("interactive"), in it a target or an inner bash. */
#include "supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

extern char **environ;

/* tests interactive INIT scopes|no-scopes PROGRAM [ARGUMENT ...]: PROGRAM is a path, or a mode of targets.c. */
int play_interactive(int argc, char **argv) {
  init_path = argv[2];
  no_scopes = strcmp(argv[3], "no-scopes") == 0;
  int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0 || argc < 5) return 125;
  int ours = argv[4][0] != '/';
  char *arguments[16] = {ours ? (char *)(uintptr_t) "target" : argv[4]};
  for (int i = ours ? 4 : 5, at = 1; i < argc && at < 15; i++) arguments[at++] = argv[i];
  int sources[] = {0, 1, 2};
  uint32_t numbers[] = {0, 1, 2};
  printf("supervisor %d\n", (int)getpid());
  struct launch run = launch(&(struct wish){.flags = PK_JOB_CONTROL | PK_TERMINAL | PK_LANDLOCK,
                                            .path = ours ? NULL : argv[4],
                                            .argv = arguments,
                                            .env = environ,
                                            .sources = sources,
                                            .numbers = numbers,
                                            .descriptor_count = 3,
                                            .terminal = terminal});
  close(terminal);
  for (;;) {
    struct message message = receive(&run);
    switch (message.size == 0 ? 0 : message.is.header.kind) {
      case PK_STOPPED:
        kill(0, SIGSTOP);
        send_bare(run.control, PK_RESUME);
        break;
      case PK_RESULT: {
        int status = (int)message.is.result.status;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      }
      case PK_FAILED:
        printf("failed at step %u: %s\n", message.is.failed.step, strerror(message.is.failed.error));
        return 125;
      case 0:
        return 124;
      default:
        break;
    }
  }
}

static int master;
static char heard[1 << 16];
static size_t heard_size, heard_from;

static void type(const char *text) { REQUIRE(write(master, text, strlen(text)) == (ssize_t)strlen(text), "write: %s", strerror(errno)); }

/* Waits until the terminal has shown this text, after what was looked for last; returns where the text ends. */
static const char *expect(const char *text) {
  for (;;) {
    heard[heard_size] = 0;
    char *at = strstr(heard + heard_from, text);
    if (at) {
      heard_from = (size_t)(at - heard) + strlen(text);
      return heard + heard_from;
    }
    struct pollfd entry = {master, POLLIN, 0};
    int polled = poll(&entry, 1, PATIENCE_MS);
    ssize_t size = polled == 1 ? read(master, heard + heard_size, sizeof heard - 1 - heard_size) : 0;
    REQUIRE(size > 0, "wanted \"%s\" on the terminal, which showed:\n%s", text, heard);
    heard_size += (size_t)size;
  }
}

/* The number that the terminal shows next, ended by a new line. */
static int expect_number(void) {
  const char *at = heard + heard_from;
  expect("\n");
  return atoi(at);
}

static pid_t foreground(void) {
  pid_t group = 0;
  EXPECT(ioctl(master, TIOCGPGRP, &group), 0);
  return group;
}

/* Polls: the kernel tells nobody when the foreground changes. */
static void await_foreground(pid_t group) {
  for (int i = 0; foreground() != group; i++) {
    REQUIRE(i < PATIENCE_MS, "group %d does not come to the foreground; %d has it", group, foreground());
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
}

/* Types a command for the outer shell that runs PROGRAM inside; returns the supervisor's pid. */
static int run_inside(const char *program) {
  char line[10000];
  snprintf(line, sizeof line, "'%s' interactive '%s' %s %s\n", self_path, init_path, no_scopes ? "no-scopes" : "scopes", program);
  type(line);
  expect("supervisor ");
  return expect_number();
}

static void expect_status(int status) {
  char text[32];
  type("echo STATUS-$((1000+$?))\n");
  snprintf(text, sizeof text, "STATUS-%d", 1000 + status);
  expect(text);
  expect("OUTER$ ");
}

static pid_t start_shell(void) {
  master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0, "pty: %s", strerror(errno));
  char name[64];
  EXPECT(ptsname_r(master, name, sizeof name), 0);
  fflush(NULL);
  pid_t shell = fork();
  REQUIRE(shell >= 0, "fork: %s", strerror(errno));
  if (shell == 0) {
    setsid();
    int slave = open(name, O_RDWR);
    if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) != 0) _exit(126);
    for (int fd = 0; fd < 3; fd++) dup2(slave, fd);
    char *argv[] = {(char *)(uintptr_t) "bash", (char *)(uintptr_t) "--norc", (char *)(uintptr_t) "--noprofile", (char *)(uintptr_t) "-i", NULL};
    char *env[] = {(char *)(uintptr_t) "PS1=OUTER$ ", (char *)(uintptr_t) "PATH=/usr/bin:/bin", (char *)(uintptr_t) "TERM=dumb",
                   (char *)(uintptr_t) "HISTFILE=", (char *)(uintptr_t)marker, NULL};
    execve("/bin/bash", argv, env);
    _exit(127);
  }
  heard_size = heard_from = 0;
  expect("OUTER$ ");
  return shell;
}

void test_terminal(void) {
  if (access("/bin/bash", X_OK) != 0) {
    printf("skipped: terminal, there is no /bin/bash\n");
    return;
  }
  pid_t shell = start_shell();

  /* Ctrl-C reaches the target only. */
  run_inside("wait");
  expect("up");
  REQUIRE(foreground() != shell, "the shell has the terminal");
  type("\x03");
  expect("OUTER$ ");
  expect_status(128 + SIGINT);

  /* Ctrl-Z stops it as a job of the outer shell; fg, bg and Ctrl-C do what they do bare. */
  run_inside("wait");
  expect("up");
  pid_t target = foreground();
  type("\x1a");
  expect("Stopped");
  expect("OUTER$ ");
  EXPECT(foreground(), shell);
  type("bg\n");
  expect("OUTER$ ");
  type("jobs\n");
  expect("Running");
  expect("OUTER$ ");
  type("fg\n");
  expect("interactive"); /* fg prints the command */
  await_foreground(target); /* it ran in the background all the time: nothing but the foreground changed */
  type("\x03");
  expect("OUTER$ ");
  expect_status(128 + SIGINT);

  /* A new window size is told to the target. */
  run_inside("window");
  expect("up");
  EXPECT(ioctl(master, TIOCSWINSZ, &(struct winsize){.ws_row = 31, .ws_col = 97}), 0);
  expect("31 by 97");
  expect("OUTER$ ");

  /* An inner shell with jobs of its own; suspend and fg. */
  run_inside("/bin/bash --norc --noprofile -i");
  expect("OUTER$ ");
  pid_t inner = foreground();
  type("PS1='INNER''$ '\n");
  expect("INNER$ ");
  type("/bin/sh -c 'echo asl\"\"eep; exec sleep 1000'\n");
  expect("asleep"); /* not what was typed: the program itself, so it hears signals */
  pid_t sleeper = foreground();
  REQUIRE(sleeper != inner, "the inner shell has the terminal");
  type("\x1a");
  expect("Stopped");
  expect("INNER$ ");
  type("fg\n");
  expect("exec sleep 1000");
  await_foreground(sleeper);
  type("\x03");
  expect("INNER$ ");
  type("suspend\n");
  expect("Stopped");
  expect("OUTER$ ");
  EXPECT(foreground(), shell);
  type("fg\n");
  expect("interactive");
  await_foreground(inner);
  type("echo again-$((40+2))\n");
  expect("again-42");
  expect("INNER$ ");
  type("exit 7\n");
  expect("OUTER$ ");
  expect_status(7);

  /* Started in the background it may not read the terminal: it stops, and reads after fg. */
  run_inside("/bin/cat &");
  for (int i = 0;; i++) { /* the outer shell hears of the stop when it hears of it */
    REQUIRE(i < 1000, "the background job never stopped");
    type("jobs; echo JOBS-$((1+1))\n");
    const char *from = heard + heard_from;
    const char *to = expect("JOBS-2");
    if (memmem(from, (size_t)(to - from), "Stopped", 7)) break;
    nanosleep(&(struct timespec){0, 5000000}, NULL);
  }
  expect("OUTER$ ");
  type("fg\n");
  expect("interactive");
  type("he\\lo\n");
  expect("he\\lo\r\nhe\\lo");
  type("\x04");
  expect("OUTER$ ");
  expect_status(0);

  /* The supervisor is killed while the target has the terminal: the outer shell gets it back. */
  int supervisor = run_inside("hop 10");
  expect("up");
  EXPECT(kill(supervisor, SIGKILL), 0);
  expect("Killed");
  expect("OUTER$ ");

  type("exit\n");
  int status;
  EXPECT(waitpid(shell, &status, 0), shell);
  close(master);
  require_nothing_left();
}
