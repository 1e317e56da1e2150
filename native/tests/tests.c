/* Tests of init: one process plays the supervisor. Usage: tests [as=UID] INIT [no-scopes] [fuzz=N] [deaths=N] [TEST] */
#include "supervisor.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define ARGV(...) ((char *const[]){(char *)(uintptr_t) "target", __VA_ARGS__, NULL})
#define TEXT(literal) ((char *)(uintptr_t)(literal))

static void test_exit(void) {
  const int codes[] = {0, 7, 255};
  for (int i = 0; i < 3; i++) {
    char code[8];
    snprintf(code, sizeof code, "%d", codes[i]);
    struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("exit"), code)});
    expect_running(&run);
    EXPECT(run.ready.scopes, !no_scopes);
    struct pk_result result = expect_result(&run);
    EXPECT(result.reason, PK_ENDED);
    EXPECT(result.killed, 0);
    REQUIRE(WIFEXITED(result.status) && (int)WEXITSTATUS(result.status) == codes[i], "status %x", result.status);
    REQUIRE(result.wall_ns > 0 && result.maxrss_kib > 0 && result.minor_faults > 0, "usage is empty");
    finish(&run, PK_EXIT_DONE);
  }
}

static void test_signal(void) {
  const int signals[] = {SIGTERM, SIGKILL, SIGSEGV, SIGPIPE};
  for (int i = 0; i < 4; i++) {
    char number[8];
    snprintf(number, sizeof number, "%d", signals[i]);
    struct pk_rlimit no_core = {.resource = RLIMIT_CORE};
    struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("signal"), number), .rlimits = &no_core, .rlimit_count = 1});
    expect_running(&run);
    struct pk_result result = expect_result(&run);
    REQUIRE(WIFSIGNALED(result.status) && (int)WTERMSIG(result.status) == signals[i], "status %x", result.status);
    finish(&run, PK_EXIT_DONE);
  }
}

static void fail_to_exec(const char *path, int error) {
  struct launch run = launch(&(struct wish){.path = path, .argv = ARGV(TEXT("exit"), TEXT("0"))});
  expect_failed(&run, PK_STEP_EXEC, 0, error);
  finish(&run, PK_EXIT_DONE);
}

static void test_exec_failures(void) {
  fail_to_exec("/nonexistent/program", ENOENT);
  fail_to_exec("/etc/passwd/x", ENOTDIR);
  fail_to_exec("/etc/passwd", EACCES);
  fail_to_exec("/", EACCES);
  char path[] = "/tmp/paddock-init-test-XXXXXX";
  int fd = mkstemp(path);
  REQUIRE(fd >= 0, "mkstemp: %s", strerror(errno));
  EXPECT(write(fd, "no magic\n", 9), 9);
  EXPECT(fchmod(fd, 0755), 0);
  close(fd);
  fail_to_exec(path, ENOEXEC);
  unlink(path);
}

/* Descriptors: random numbers, random sources, in random order; the target has exactly those. */
static void test_descriptors(void) {
  for (int round = 0; round < 40; round++) {
    uint32_t count = 1 + random_below(12), bound = count + random_below(60);
    int sources[16];
    uint32_t numbers[16];
    char expected[16][64];
    int pipe_ends[2];
    EXPECT(pipe2(pipe_ends, O_CLOEXEC), 0);
    for (uint32_t i = 0; i < count; i++) {
      sources[i] = i == 0 ? pipe_ends[1] : sealed_memfd("x", 1, 0);
      int again;
      do {
        numbers[i] = random_below(bound);
        again = 0;
        for (uint32_t j = 0; j < i; j++) again |= numbers[j] == numbers[i];
      } while (again);
      struct stat file;
      EXPECT(fstat(sources[i], &file), 0);
      snprintf(expected[i], sizeof expected[i], "%u:%llu ", numbers[i], (unsigned long long)file.st_ino);
    }
    char to[16];
    snprintf(to, sizeof to, "%u", numbers[0]);
    struct launch run = launch(&(struct wish){
        .argv = ARGV(TEXT("descriptors"), to), .sources = sources, .numbers = numbers, .descriptor_count = count});
    for (uint32_t i = 0; i < count; i++) close(sources[i]);
    expect_running(&run);
    char *text = read_all(pipe_ends[0]);
    uint32_t found = 0;
    for (char *at = text; (at = strchr(at, ':')); at++) found++;
    REQUIRE(found == count, "%u descriptors, not %u: %s", found, count, text);
    for (uint32_t i = 0; i < count; i++) REQUIRE(strstr(text, expected[i]), "%s is not in %s", expected[i], text);
    REQUIRE(strstr(text, "kept"), "%s", text);
    free(text);
    close(pipe_ends[0]);
    EXPECT(expect_result(&run).status, 0);
    finish(&run, PK_EXIT_DONE);
  }
}

static void test_no_descriptors(void) {
  int none[1] = {-1};
  struct launch run =
      launch(&(struct wish){.argv = ARGV(TEXT("exit"), TEXT("4")), .sources = none, .numbers = (uint32_t[]){0}, .descriptor_count = 0});
  expect_running(&run);
  EXPECT(WEXITSTATUS(expect_result(&run).status), 4);
  finish(&run, PK_EXIT_DONE);
}

static void test_descriptor_too_high(void) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  struct rlimit limit;
  EXPECT(getrlimit(RLIMIT_NOFILE, &limit), 0);
  struct rlimit low = {256, limit.rlim_max};
  EXPECT(setrlimit(RLIMIT_NOFILE, &low), 0);
  struct launch run = launch(&(struct wish){
      .argv = ARGV(TEXT("exit"), TEXT("0")), .sources = &null, .numbers = (uint32_t[]){300}, .descriptor_count = 1});
  expect_failed(&run, PK_STEP_DESCRIPTORS, -1, EINVAL);
  finish(&run, PK_EXIT_DONE);
  EXPECT(setrlimit(RLIMIT_NOFILE, &limit), 0);
  close(null);
}

/* A reader sees the end of the output when the target has closed it, while the target and init live on. */
static void test_end_of_output(void) {
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("detach"))});
  expect_running(&run);
  char *text = read_all(run.output);
  EXPECT(strlen(text), 0);
  free(text);
  send_bare(run.control, PK_KILL);
  EXPECT(expect_result(&run).reason, PK_KILLED);
  finish(&run, PK_EXIT_DONE);
}

static void test_long_arguments(void) {
  enum { STRINGS = 16, LENGTH = 65535 };
  char *argv[STRINGS + 3] = {TEXT("target"), TEXT("count")};
  for (int i = 0; i < STRINGS; i++) {
    argv[i + 2] = malloc(LENGTH + 1);
    memset(argv[i + 2], 0x80 + i, LENGTH);
    argv[i + 2][LENGTH] = 0;
  }
  argv[STRINGS + 2] = NULL;
  struct launch run = launch(&(struct wish){.argv = argv});
  expect_running(&run);
  char *text = read_all(run.output), expected[64];
  snprintf(expected, sizeof expected, "%d %d\n", STRINGS + 2, STRINGS * (LENGTH + 1) + 7 + 6);
  REQUIRE(strcmp(text, expected) == 0, "%s, not %s", text, expected);
  free(text);
  EXPECT(expect_result(&run).status, 0);
  finish(&run, PK_EXIT_DONE);
  for (int i = 0; i < STRINGS; i++) free(argv[i + 2]);

  char *many[30003] = {TEXT("target"), TEXT("count")};
  for (int i = 2; i < 30002; i++) many[i] = TEXT("");
  run = launch(&(struct wish){.argv = many});
  expect_running(&run);
  text = read_all(run.output);
  REQUIRE(strcmp(text, "30002 30013\n") == 0, "%s", text);
  free(text);
  EXPECT(expect_result(&run).status, 0);
  finish(&run, PK_EXIT_DONE);
}

/* Bytes that are no text arrive as they are; so does an environment of the caller's. */
static void test_bytes(void) {
  const char bytes[] = "\xff\xfe\x80 \n\x01\xc3(";
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("print"), TEXT(bytes))});
  expect_running(&run);
  char *text = read_all(run.output);
  REQUIRE(strcmp(text, bytes) == 0, "%s", text);
  free(text);
  expect_result(&run);
  finish(&run, PK_EXIT_DONE);
}

static void test_place(void) {
  struct pk_rlimit files = {.resource = RLIMIT_NOFILE, .soft = 40, .hard = 50};
  struct launch run =
      launch(&(struct wish){.argv = ARGV(TEXT("place")), .cwd = "/usr", .rlimits = &files, .rlimit_count = 1, .umask = 027});
  expect_running(&run);
  char *text = read_all(run.output);
  const char *expected = no_scopes ? "cwd /usr session 1 group 1 files 40/50 parent-signal" : "cwd /usr session 1 group 1 files 40/50 parent-signal Operation not permitted\n";
  REQUIRE(strncmp(text, expected, strlen(expected)) == 0, "%s", text);
  free(text);
  expect_result(&run);
  finish(&run, PK_EXIT_DONE);

  struct pk_rlimit bad = {.resource = RLIMIT_NICE, .soft = 9, .hard = 8};
  run = launch(&(struct wish){.argv = ARGV(TEXT("place")), .rlimits = &bad, .rlimit_count = 1});
  expect_failed(&run, PK_STEP_RLIMIT, RLIMIT_NICE, EINVAL);
  finish(&run, PK_EXIT_DONE);
}

/* Even without a ruleset of the plan the target cannot signal init. */
static void test_without_ruleset(void) {
  if (no_scopes) return;
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("place")), .flags = PK_NEW_SESSION});
  expect_running(&run);
  char *text = read_all(run.output);
  REQUIRE(strstr(text, "parent-signal Operation not permitted"), "%s", text);
  free(text);
  expect_result(&run);
  finish(&run, PK_EXIT_DONE);
}

static void test_cwd_gone(void) {
  char path[] = "/tmp/paddock-init-test-XXXXXX";
  REQUIRE(mkdtemp(path), "mkdtemp: %s", strerror(errno));
  if (getuid() != 0) { /* a directory that may be held but not entered; for root there is none */
    EXPECT(chmod(path, 0), 0);
    struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("place")), .cwd = path});
    expect_failed(&run, PK_STEP_CHDIR, 0, EACCES);
    finish(&run, PK_EXIT_DONE);
  }
  rmdir(path);
}

static char *line_of(const char *text, const char *name) {
  static char line[128];
  const char *at = strstr(text, name);
  REQUIRE(at, "no %s in %s", name, text);
  snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
  return line;
}

static void expect_line(const char *text, const char *name, const char *value) {
  char wanted[128];
  snprintf(wanted, sizeof wanted, "%s:\t%s", name, value);
  char *line = line_of(text, name);
  REQUIRE(strcmp(line, wanted) == 0, "%s, not %s", line, wanted);
}

static void test_capabilities(void) {
  const char *none = "0000000000000000";
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("status")), .flags = PK_NEW_SESSION | PK_LANDLOCK | PK_DROP_CAPABILITIES, .umask = 0123});
  expect_running(&run);
  char *text = read_all(run.output);
  const char *sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
  for (int i = 0; i < 4; i++) expect_line(text, sets[i], none);
  if (getuid() == 0) expect_line(text, "CapBnd", none);
  expect_line(text, "NoNewPrivs", "1");
  expect_line(text, "Umask", "0123");
  expect_line(text, "SigBlk", none);
  expect_line(text, "SigIgn", none);
  expect_line(text, "SigPnd", none);
  free(text);
  expect_result(&run);
  finish(&run, PK_EXIT_DONE);
  if (getuid() != 0) return;
  run = launch(&(struct wish){
      .argv = ARGV(TEXT("status")), .flags = PK_NEW_SESSION | PK_LANDLOCK | PK_DROP_CAPABILITIES, .keep_capabilities = 1u << 10 | 1u << 2});
  expect_running(&run);
  text = read_all(run.output);
  for (int i = 0; i < 4; i++) expect_line(text, sets[i], "0000000000000404");
  expect_line(text, "CapBnd", "0000000000000404");
  free(text);
  expect_result(&run);
  finish(&run, PK_EXIT_DONE);
}

/* What the supervisor ignores and blocks is not inherited. */
static void test_signal_state(void) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("status"))});
  signal(SIGHUP, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_SETMASK, &before, NULL);
  expect_running(&run);
  char *text = read_all(run.output);
  expect_line(text, "SigBlk", "0000000000000000");
  expect_line(text, "SigIgn", "0000000000000000");
  free(text);
  expect_result(&run);
  finish(&run, PK_EXIT_DONE);
}

static void test_timeout(void) {
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("wait")), .timeout_ms = 100, .grace_ms = 5000});
  expect_running(&run);
  struct pk_result result = expect_result(&run);
  EXPECT(result.reason, PK_TIMED_OUT);
  REQUIRE(WIFSIGNALED(result.status) && WTERMSIG(result.status) == SIGTERM, "status %x", result.status);
  REQUIRE(result.wall_ns >= 100000000 && result.wall_ns < 5000000000, "after %llu ns", result.wall_ns);
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.argv = ARGV(TEXT("deaf")), .timeout_ms = 200, .grace_ms = 100});
  expect_running(&run);
  result = expect_result(&run);
  EXPECT(result.reason, PK_TIMED_OUT);
  REQUIRE(WIFSIGNALED(result.status) && WTERMSIG(result.status) == SIGKILL, "status %x", result.status);
  REQUIRE(result.wall_ns >= 300000000, "after %llu ns", result.wall_ns);
  finish(&run, PK_EXIT_DONE);
}

static void test_terminate(void) {
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("deaf"))});
  expect_running(&run);
  expect_text(run.output, "up\n");
  send_terminate(run.control, 600000);
  send_terminate(run.control, 100); /* a shorter time counts */
  struct pk_result result = expect_result(&run);
  EXPECT(result.reason, PK_TERMINATED);
  EXPECT(result.status, SIGKILL);
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.argv = ARGV(TEXT("polite"))});
  expect_running(&run);
  expect_text(run.output, "up\n");
  send_terminate(run.control, 10000);
  result = expect_result(&run);
  EXPECT(result.reason, PK_TERMINATED);
  EXPECT(WEXITSTATUS(result.status), 3);
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.argv = ARGV(TEXT("wait"))});
  expect_running(&run);
  send_terminate(run.control, 0);
  result = expect_result(&run);
  EXPECT(result.reason, PK_TERMINATED);
  EXPECT(result.status, SIGKILL);
  finish(&run, PK_EXIT_DONE);
}

static void test_signals_sent(void) {
  const uint32_t scopes[] = {PK_TO_TARGET, PK_TO_TREE};
  for (int i = 0; i < 2; i++) {
    struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("wait"))});
    expect_running(&run);
    expect_text(run.output, "up\n");
    send_signal_message(run.control, SIGUSR1, scopes[i]);
    struct pk_result result = expect_result(&run);
    EXPECT(result.reason, PK_ENDED);
    EXPECT(result.status, SIGUSR1);
    finish(&run, PK_EXIT_DONE);
  }
}

/* Job control without a terminal: stops are told, whoever causes and ends them. */
static void test_stops(void) {
  int input[2], output[2];
  EXPECT(pipe2(input, O_CLOEXEC), 0);
  EXPECT(pipe2(output, O_CLOEXEC), 0);
  struct launch run = launch(&(struct wish){.path = "/bin/cat",
                                            .argv = ARGV(NULL),
                                            .flags = PK_JOB_CONTROL | PK_LANDLOCK,
                                            .sources = (int[]){input[0], output[1]},
                                            .numbers = (uint32_t[]){0, 1},
                                            .descriptor_count = 2});
  close(input[0]);
  close(output[1]);
  expect_running(&run);
  EXPECT(getpgid(run.ready.target_pid), run.ready.target_pid);
  EXPECT(getsid(run.ready.target_pid), getsid(0));
  EXPECT(getpgid(run.ready.init_pid), run.ready.init_pid);
  for (int i = 0; i < 3; i++) {
    EXPECT(kill(run.ready.target_pid, SIGSTOP), 0);
    EXPECT(receive_kind(&run, PK_STOPPED).is.stopped.signal, SIGSTOP);
    if (i == 1) {
      EXPECT(kill(run.ready.target_pid, SIGCONT), 0);
      receive_kind(&run, PK_CONTINUED);
    } else {
      send_bare(run.control, PK_RESUME);
    }
    EXPECT(write(input[1], "runs\n", 5), 5);
    expect_text(output[0], "runs\n");
  }
  send_signal_message(run.control, SIGUSR2, PK_TO_FOREGROUND);
  EXPECT(expect_result(&run).status, SIGUSR2);
  finish(&run, PK_EXIT_DONE);
  close(input[1]);
  close(output[0]);

  /* TERM ends a target that is stopped. */
  run = launch(&(struct wish){.argv = ARGV(TEXT("wait"))});
  expect_running(&run);
  expect_text(run.output, "up\n");
  EXPECT(kill(run.ready.target_pid, SIGSTOP), 0);
  send_terminate(run.control, 60000);
  EXPECT(expect_result(&run).status, SIGTERM);
  finish(&run, PK_EXIT_DONE);
}

/* A network of the target's own, with its caller's ids and no capabilities. */
static void test_own_loopback(void) {
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("wait")), .flags = PK_NEW_SESSION | PK_LANDLOCK | PK_OWN_LOOPBACK});
  expect_failed(&run, PK_STEP_ORDER, PK_FAULT_FLAGS, EINVAL);
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.path = "/bin/sh",
                              .argv = ARGV(TEXT("-c"), TEXT("PATH=/usr/bin:/bin; tail -n +3 /proc/net/dev | tr -d ' ' | cut -d: -f1; id -u; grep CapEff /proc/self/status")),
                              .flags = PK_NEW_SESSION | PK_LANDLOCK | PK_OWN_LOOPBACK | PK_DROP_CAPABILITIES});
  struct message first = receive(&run);
  if (first.is.header.kind == PK_FAILED) {
    EXPECT(first.is.failed.step, PK_STEP_VIEW);
    printf("skipped: own-loopback, part %d: %s\n", first.is.failed.index, strerror(first.is.failed.error));
    finish(&run, PK_EXIT_DONE);
    return;
  }
  EXPECT(first.is.header.kind, PK_READY);
  close(first.descriptors[0]);
  receive_kind(&run, PK_EXECED);
  char expected[64];
  snprintf(expected, sizeof expected, "lo\n%u\nCapEff:\t0000000000000000\n", (unsigned)geteuid());
  expect_text(run.output, expected);
  EXPECT(expect_result(&run).status, 0);
  finish(&run, PK_EXIT_DONE);
}

static void write_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  REQUIRE(fd >= 0, "%s: %s", path, strerror(errno));
  EXPECT(write(fd, text, strlen(text)), (long long)strlen(text));
  close(fd);
}

static char *listing(const char *directory) {
  char command[300];
  snprintf(command, sizeof command, "cd %s && find . | LC_ALL=C sort", directory);
  FILE *found = popen(command, "r");
  REQUIRE(found, "popen: %s", strerror(errno));
  char *text = read_all(fileno(found));
  pclose(found);
  return text;
}

/* A root of the target's own: nothing in it but what was ordered, of that what was ordered, and nothing new on the host. */
static void test_own_root(void) {
  char work[] = "/tmp/paddock-view.XXXXXX";
  REQUIRE(mkdtemp(work), "mkdtemp: %s", strerror(errno));
  const char *files[] = {"open", "secret", "hooks/pre", "locked/key"};
  char path[1200], hooks[200], before[200];
  snprintf(hooks, sizeof hooks, "%s/hooks", work);
  snprintf(before, sizeof before, "%s/locked", work);
  EXPECT(mkdir(hooks, 0755), 0);
  EXPECT(mkdir(before, 0755), 0);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    snprintf(path, sizeof path, "%s/%s", work, files[i]);
    write_text(path, "text\n");
  }
  char layer[200], lower[200], bare[200], other[200], part[300];
  snprintf(layer, sizeof layer, "%s.layer", work);
  snprintf(lower, sizeof lower, "%s.lower", work);
  snprintf(bare, sizeof bare, "%s.bare", work); /* what can be no layer, as it has no "work" */
  snprintf(other, sizeof other, "%s.other", work);
  const char *made[] = {"%s.layer", "%s.layer/upper", "%s.layer/work", "%s.lower", "%s.bare", "%s.bare/upper", "%s.other"};
  for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
    snprintf(part, sizeof part, made[i], work);
    EXPECT(mkdir(part, 0755), 0);
  }
  snprintf(part, sizeof part, "%s/kept", lower);
  write_text(part, "kept\n");
  snprintf(part, sizeof part, "%s/there", other);
  write_text(part, "there\n");
  struct mount mounts[24];
  uint32_t count = host_mounts(mounts);
  const struct mount rest[] = {
      {PK_MOUNT_TMPFS, PK_MOUNT_MAKE, "1777", "/dev/shm"},
      {PK_MOUNT_DEVPTS, PK_MOUNT_MAKE, NULL, "/dev/pts"},
      {PK_MOUNT_LINK, 0, "pts/ptmx", "/dev/ptmx"},
      {PK_MOUNT_BIND, PK_MOUNT_MAKE, work, "/a/work"},
      {PK_MOUNT_COVER, 0, NULL, "/a/work/secret"},
      {PK_MOUNT_COVER, 0, NULL, "/a/work/locked"},
      {PK_MOUNT_BIND, PK_MOUNT_READ_ONLY, hooks, "/a/work/hooks"},
      {PK_MOUNT_COVER, PK_MOUNT_OPTIONAL, NULL, "/a/work/absent"},
      {PK_MOUNT_DIRECTORY, 0, NULL, "/home/own"},
      {PK_MOUNT_LAYER, PK_MOUNT_MAKE, layer, lower},
      {PK_MOUNT_LAYER, PK_MOUNT_MAKE | PK_MOUNT_OPTIONAL, bare, other},
  };
  for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) mounts[count++] = rest[i];
  static const char script[] =
      "PATH=/usr/bin:/bin\n"
      "pwd; ls / /home; echo $$ `ls /proc | grep -c '^[0-9]'`\n"
      "cat secret; ls locked; cat locked/key; true > hooks/pre; true > hooks/new; true > /new; mkdir /home/own/new; true > open; true > new; true > /dev/shm/a && ls /dev/shm\n"
      "mv secret other; rm -f secret; ln secret other; mv hooks other; rm -rf locked; umount secret; kill -9 1; chmod 600 hooks/pre\n"
      "test -c /dev/ptmx && test -w /dev/ptmx && echo terminals; cut -d' ' -f4,5 /proc/self/mountinfo; ls; cd $1 && cat kept && echo changed > kept && mv kept moved && cat moved\n"
      "cd $2 && cat there && echo memory > in && rm there && ls; ! ls -A / | grep layer";
  /* The files of a tmpfs count as the user's own: without capabilities mode 0 holds for all. */
  struct launch run = launch(&(struct wish){.path = "/bin/sh",
                                            .argv = ARGV(TEXT("-c"), TEXT(script), TEXT("target"), TEXT(lower), TEXT(other)),
                                            .flags = PK_NEW_SESSION | PK_LANDLOCK | PK_OWN_PROCESSES | PK_OWN_IPC | PK_DROP_CAPABILITIES,
                                            .mounts = mounts,
                                            .mount_count = count,
                                            .directory = "/a/work"});
  struct message first = receive(&run);
  if (first.is.header.kind == PK_FAILED) {
    EXPECT(first.is.failed.step, PK_STEP_VIEW);
    printf("skipped: own-root, part %d: %s\n", first.is.failed.index, strerror(first.is.failed.error));
  } else {
    EXPECT(first.is.header.kind, PK_READY);
    EXPECT(first.is.ready.init_pid, 1);
    close(first.descriptors[0]);
    receive_kind(&run, PK_EXECED);
    char *text = read_all(run.output);
    const char *wanted[] = {"/a/work\n",          "terminals\n",     "secret: Permission denied", "'locked': Permission denied", "locked/key: Permission denied",
                            "hooks/pre: Read-only file system", "hooks/new: Read-only file system", "/new: Read-only file system",
                            "/home/own/new", "\na\n", "\nkept\nchanged\nthere\nin\n", "Device or resource busy", "changing permissions of 'hooks/pre': Read-only file system"};
    REQUIRE(!strstr(text, " /sys"), "the old root is still there:\n%s", text);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) REQUIRE(strstr(text, wanted[i]), "no \"%s\" in:\n%s", wanted[i], text);
    free(text);
    EXPECT(expect_result(&run).status, 0);
    char *left = listing(work);
    REQUIRE(strcmp(left, ".\n./hooks\n./hooks/pre\n./locked\n./locked/key\n./new\n./open\n./secret\n") == 0, "left on the host:\n%s", left);
    free(left);
  }
  finish(&run, PK_EXIT_DONE);
  char *kept = listing(lower);
  REQUIRE(strcmp(kept, ".\n./kept\n") == 0, "changed on the host:\n%s", kept);
  free(kept);
  kept = listing(other);
  REQUIRE(strcmp(kept, ".\n./there\n") == 0, "changed on the host:\n%s", kept);
  free(kept);
  kept = listing(bare);
  REQUIRE(strcmp(kept, ".\n./upper\n") == 0, "changed on the host:\n%s", kept);
  free(kept);
  char moved[300];
  snprintf(moved, sizeof moved, "%s/upper/moved", layer);
  if (first.is.header.kind == PK_READY) EXPECT(access(moved, F_OK), 0);
  snprintf(path, sizeof path, "chmod -R u+rwx %s; rm -rf %s %s %s %s", layer, layer, lower, bare, other);
  EXPECT(system(path), 0);
  snprintf(path, sizeof path, "rm -rf %s", work);
  EXPECT(system(path), 0);
}

/* In the supervisor's group and in a pid name space: what the target signals stays inside, and it stops and goes on. */
static void test_shared_group_view(void) {
  if (no_scopes) return;
  struct mount mounts[HOST_MOUNTS];
  uint32_t count = host_mounts(mounts);
  struct launch run = launch(&(struct wish){.path = "/bin/sh",
                                            .argv = ARGV(TEXT("-c"), TEXT("PATH=/usr/bin:/bin; cut -d' ' -f5 /proc/self/stat; (kill -STOP $$); echo on; kill -TERM 0")),
                                            .flags = PK_SHARED_GROUP | PK_LANDLOCK | PK_REQUIRE_SCOPES | PK_DROP_CAPABILITIES | PK_OWN_PROCESSES,
                                            .mounts = mounts,
                                            .mount_count = count});
  struct message first = receive(&run);
  if (first.is.header.kind == PK_FAILED) {
    EXPECT(first.is.failed.step, PK_STEP_VIEW);
    printf("skipped: shared-group-view, part %d: %s\n", first.is.failed.index, strerror(first.is.failed.error));
    finish(&run, PK_EXIT_DONE);
    return;
  }
  EXPECT(first.is.header.kind, PK_READY);
  close(first.descriptors[0]);
  receive_kind(&run, PK_EXECED);
  receive_kind(&run, PK_STOPPED);
  send_bare(run.control, PK_RESUME);
  expect_text(run.output, "0\non\n"); /* the group is not one of the name space */
  EXPECT(expect_result(&run).status, SIGTERM);
  finish(&run, PK_EXIT_DONE);
}

/* A root without a pid name space, and orders that do not fit together. */
static void test_bad_roots(void) {
  const struct mount good[] = {{PK_MOUNT_ROOT, 0, NULL, "/"}, {PK_MOUNT_BIND, PK_MOUNT_MAKE, "/", "/host"}, {PK_MOUNT_DIRECTORY, 0, NULL, "/w"}};
  const struct mount second_root[] = {{PK_MOUNT_ROOT, 0, NULL, "/"}, {PK_MOUNT_ROOT, 0, NULL, "/"}};
  const struct mount no_root[] = {{PK_MOUNT_DIRECTORY, 0, NULL, "/"}};
  const struct mount unknown[] = {{PK_MOUNT_ROOT, 0, NULL, "/"}, {99, 0, NULL, "/x"}};
  const struct mount relative[] = {{PK_MOUNT_ROOT, 0, NULL, "/"}, {PK_MOUNT_DIRECTORY, 0, NULL, "x"}};
  const struct mount processes[] = {{PK_MOUNT_ROOT, 0, NULL, "/"}, {PK_MOUNT_PROC, 0, NULL, "/proc"}};
  const struct {
    const struct mount *mounts;
    uint32_t count, flags;
    int fault;
  } bad[] = {
      {good, 3, PK_NEW_SESSION, PK_FAULT_FLAGS}, /* with capabilities */
      {good, 3, PK_NEW_SESSION | PK_DROP_CAPABILITIES | PK_OWN_PROCESSES, PK_FAULT_FLAGS},
      {second_root, 2, PK_NEW_SESSION | PK_DROP_CAPABILITIES, PK_FAULT_MOUNTS},
      {no_root, 1, PK_NEW_SESSION | PK_DROP_CAPABILITIES, PK_FAULT_MOUNTS},
      {unknown, 2, PK_NEW_SESSION | PK_DROP_CAPABILITIES, PK_FAULT_MOUNTS},
      {relative, 2, PK_NEW_SESSION | PK_DROP_CAPABILITIES, PK_FAULT_MOUNTS},
      {processes, 2, PK_NEW_SESSION | PK_DROP_CAPABILITIES, PK_FAULT_FLAGS},
      {processes, 2, PK_JOB_CONTROL | PK_DROP_CAPABILITIES | PK_OWN_PROCESSES, PK_FAULT_FLAGS},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("wait")), .flags = bad[i].flags, .mounts = bad[i].mounts, .mount_count = bad[i].count});
    expect_failed(&run, PK_STEP_ORDER, bad[i].fault, EINVAL);
    finish(&run, PK_EXIT_DONE);
  }
  const struct mount gone[] = {{PK_MOUNT_ROOT, 0, NULL, "/"}, {PK_MOUNT_BIND, PK_MOUNT_MAKE, "/nonexistent", "/x"}};
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("wait")), .flags = PK_NEW_SESSION | PK_DROP_CAPABILITIES, .mounts = gone, .mount_count = 2});
  struct message first = receive(&run);
  EXPECT(first.is.header.kind, PK_FAILED);
  EXPECT(first.is.failed.step, PK_STEP_VIEW);
  if (first.is.failed.error == EPERM || first.is.failed.error == ENOSPC) {
    printf("skipped: roots, part %d: %s\n", first.is.failed.index, strerror(first.is.failed.error));
    finish(&run, PK_EXIT_DONE);
    return;
  }
  EXPECT(first.is.failed.index, PK_VIEW_MOUNT + 256);
  EXPECT(first.is.failed.error, ENOENT);
  finish(&run, PK_EXIT_DONE);
  run = launch(&(struct wish){.argv = ARGV(TEXT("wait")), .flags = PK_NEW_SESSION | PK_DROP_CAPABILITIES, .mounts = good, .mount_count = 3, .directory = "/elsewhere"});
  expect_failed(&run, PK_STEP_CHDIR, 0, ENOENT);
  finish(&run, PK_EXIT_DONE);
  /* What is to be hidden and has become a link is not left out: it would be seen. */
  char linked[] = "/tmp/paddock-link.XXXXXX";
  REQUIRE(mkdtemp(linked), "mkdtemp: %s", strerror(errno));
  char link_path[100];
  snprintf(link_path, sizeof link_path, "%s/secret", linked);
  EXPECT(symlink("/etc/passwd", link_path), 0);
  const struct mount covered[] = {{PK_MOUNT_ROOT, 0, NULL, "/"}, {PK_MOUNT_BIND, PK_MOUNT_MAKE, linked, "/w"}, {PK_MOUNT_COVER, PK_MOUNT_OPTIONAL, NULL, "/w/secret"}};
  run = launch(&(struct wish){.argv = ARGV(TEXT("wait")), .flags = PK_NEW_SESSION | PK_DROP_CAPABILITIES, .mounts = covered, .mount_count = 3});
  expect_failed(&run, PK_STEP_VIEW, PK_VIEW_MOUNT + 2 * 256, ELOOP);
  finish(&run, PK_EXIT_DONE);
  EXPECT(unlink(link_path), 0);
  EXPECT(rmdir(linked), 0);
  if (no_scopes) return; /* init then looks for children in /proc */
  run = launch(&(struct wish){.path = "/host/bin/sh", .argv = ARGV(TEXT("-c"), TEXT("exit 3")), .flags = PK_NEW_SESSION | PK_DROP_CAPABILITIES, .mounts = good, .mount_count = 3, .directory = "/w"});
  expect_failed(&run, PK_STEP_EXEC, 0, ENOENT); /* its loader is not there */
  finish(&run, PK_EXIT_DONE);
}

/* In the supervisor's group: what the target signals stays inside, and it stops and goes on with the group. */
static void test_shared_group(void) {
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("wait")), .flags = PK_SHARED_GROUP | PK_LANDLOCK});
  expect_failed(&run, PK_STEP_ORDER, PK_FAULT_FLAGS, EINVAL);
  finish(&run, PK_EXIT_DONE);
  run = launch(&(struct wish){.argv = ARGV(TEXT("wait")), .flags = PK_SHARED_GROUP | PK_JOB_CONTROL | PK_LANDLOCK | PK_REQUIRE_SCOPES});
  expect_failed(&run, PK_STEP_ORDER, PK_FAULT_FLAGS, EINVAL);
  finish(&run, PK_EXIT_DONE);
  if (no_scopes) return;

  int input[2], output[2];
  EXPECT(pipe2(input, O_CLOEXEC), 0);
  EXPECT(pipe2(output, O_CLOEXEC), 0);
  run = launch(&(struct wish){.path = "/bin/sh",
                              .argv = ARGV(TEXT("-c"), TEXT("echo up; read line; kill -KILL 0")),
                              .flags = PK_SHARED_GROUP | PK_LANDLOCK | PK_REQUIRE_SCOPES,
                              .sources = (int[]){input[0], output[1]},
                              .numbers = (uint32_t[]){0, 1},
                              .descriptor_count = 2});
  close(input[0]);
  close(output[1]);
  expect_running(&run);
  expect_text(output[0], "up\n");
  EXPECT(getpgid(run.ready.target_pid), getpgid(0));
  EXPECT(getsid(run.ready.target_pid), getsid(0));
  EXPECT(getpgid(run.ready.init_pid), run.ready.init_pid);
  /* TSTP is sent to a group, so the supervisor knows by itself; SIGSTOP may be the target's alone. */
  EXPECT(kill(run.ready.target_pid, SIGTSTP), 0);
  EXPECT(kill(run.ready.target_pid, SIGCONT), 0);
  EXPECT(kill(run.ready.target_pid, SIGSTOP), 0);
  EXPECT(receive_kind(&run, PK_STOPPED).is.stopped.signal, SIGSTOP);
  send_bare(run.control, PK_RESUME);
  EXPECT(write(input[1], "\n", 1), 1);
  EXPECT(expect_result(&run).status, SIGKILL);
  finish(&run, PK_EXIT_DONE);
  close(input[1]);
  close(output[0]);
}

/* What is said when the partner or init is killed by somebody. */
static void test_killed_from_outside(void) {
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("hop"), TEXT("10"))});
  expect_running(&run);
  EXPECT(kill(run.partner, SIGKILL), 0);
  expect_failed(&run, PK_STEP_PARTNER, 0, 0);
  int status;
  EXPECT(waitpid(run.partner, &status, 0), run.partner);
  EXPECT(status, SIGKILL);
  require_nothing_left();
  close(run.control);
  close(run.output);
  close(run.pidfd);

  run = launch(&(struct wish){.argv = ARGV(TEXT("hop"), TEXT("10"))});
  expect_running(&run);
  EXPECT(kill(run.ready.init_pid, SIGKILL), 0);
  EXPECT(receive(&run).size, 0);
  finish(&run, PK_EXIT_INIT_KILLED);
}

static void test_leftovers(void) {
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("leave"), TEXT("20"))});
  expect_running(&run);
  struct pk_result result = expect_result(&run);
  EXPECT(result.status, 0);
  EXPECT(result.killed, 20);
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.argv = ARGV(TEXT("hop"), TEXT("60"), TEXT("and-end"))});
  expect_running(&run);
  result = expect_result(&run);
  EXPECT(result.status, 0);
  REQUIRE(result.killed > 0, "no hopper was killed");
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.argv = ARGV(TEXT("hop"), TEXT("60"))});
  expect_running(&run);
  expect_text(run.output, "up\n");
  send_bare(run.control, PK_KILL);
  EXPECT(expect_result(&run).reason, PK_KILLED);
  finish(&run, PK_EXIT_DONE);
}

static void test_supervisor_gone(void) {
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("hop"), TEXT("20"))});
  expect_running(&run);
  finish(&run, PK_EXIT_UNHEARD);
  run = launch(&(struct wish){.argv = ARGV(TEXT("wait"))});
  finish(&run, PK_EXIT_UNHEARD);
}

static void test_bad_messages(void) {
  struct {
    struct pk_header header;
    uint32_t more[6];
  } message;
  for (int i = 0; i < 8; i++) {
    struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("hop"), TEXT("4"))});
    expect_running(&run);
    memset(&message, 0, sizeof message);
    message.header = (struct pk_header){PK_MAGIC, PK_VERSION, PK_KILL};
    size_t size = sizeof message.header;
    int index = PK_KILL;
    if (i == 0) message.header.magic++, index = -1;
    if (i == 1) message.header.version++, index = -1;
    if (i == 2) message.header.kind = 77, index = 77;
    if (i == 3) size = 3, index = -1;
    if (i == 4) size = sizeof message;
    if (i == 5) message.header.kind = PK_GO, index = PK_GO; /* nothing waits */
    if (i == 6) message.header.kind = PK_RESUME, index = PK_RESUME;
    if (i == 7) message.header.kind = PK_SIGNAL, message.more[0] = 65, message.more[1] = PK_TO_TARGET, size = 16, index = PK_SIGNAL;
    send_bytes(run.control, &message, size, NULL, 0);
    expect_failed(&run, PK_STEP_MESSAGE, index, EPROTO);
    finish(&run, PK_EXIT_DONE);
  }
}

static void test_bad_starts(void) {
  const char *const unknown[] = {"what", NULL};
  struct launch run = {.output = -1, .pidfd = -1, .listener = -1};
  run.partner = start_init(&run.control, unknown);
  expect_failed(&run, PK_STEP_START, 2, EINVAL);
  finish(&run, PK_EXIT_START);

  const char *const hurried[] = {"order-ms=50", NULL};
  run.partner = start_init(&run.control, hurried);
  expect_failed(&run, PK_STEP_ORDER_DEADLINE, 0, ETIMEDOUT);
  finish(&run, PK_EXIT_DONE);

  run.partner = start_init(&run.control, NULL);
  finish(&run, PK_EXIT_UNHEARD); /* the socket closes without an order */

  if (!no_scopes) return;
  run = launch(&(struct wish){.argv = ARGV(TEXT("exit"), TEXT("0")), .flags = PK_NEW_SESSION | PK_LANDLOCK | PK_REQUIRE_SCOPES});
  expect_failed(&run, PK_STEP_SCOPES, 0, EOPNOTSUPP);
  finish(&run, PK_EXIT_DONE);
}

#define LOAD_NUMBER BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define IF_CALL(number, action) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, action)

static void test_filter(void) {
  struct sock_filter program[] = {LOAD_NUMBER, IF_CALL(SYS_getppid, SECCOMP_RET_ERRNO | ENOTNAM), ALLOW};
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("ppid")), .filter = program, .filter_count = sizeof program / 8});
  expect_running(&run);
  expect_text(run.output, "-1\n");
  expect_result(&run);
  finish(&run, PK_EXIT_DONE);

  struct sock_filter refused[] = {LOAD_NUMBER};
  run = launch(&(struct wish){.argv = ARGV(TEXT("ppid")), .filter = refused, .filter_count = 1});
  expect_failed(&run, PK_STEP_FILTER, 0, EINVAL);
  finish(&run, PK_EXIT_DONE);
  run = launch(&(struct wish){.argv = ARGV(TEXT("ppid")),
                              .flags = PK_NEW_SESSION | PK_LISTENER | PK_WAIT_FOR_GO,
                              .filter = refused,
                              .filter_count = 1});
  expect_failed(&run, PK_STEP_FILTER, 0, EINVAL);
  finish(&run, PK_EXIT_DONE);

  struct sock_filter denied[] = {LOAD_NUMBER, IF_CALL(SYS_execve, SECCOMP_RET_ERRNO | EPERM), ALLOW};
  run = launch(&(struct wish){.argv = ARGV(TEXT("ppid")), .filter = denied, .filter_count = sizeof denied / 8});
  expect_failed(&run, PK_STEP_EXEC, 0, EPERM);
  finish(&run, PK_EXIT_DONE);

  struct sock_filter deadly[] = {LOAD_NUMBER, IF_CALL(SYS_execve, SECCOMP_RET_KILL_PROCESS), ALLOW};
  struct pk_rlimit no_core = {.resource = RLIMIT_CORE};
  run = launch(&(struct wish){
      .argv = ARGV(TEXT("ppid")), .filter = deadly, .filter_count = sizeof deadly / 8, .rlimits = &no_core, .rlimit_count = 1});
  expect_failed(&run, PK_STEP_DIED, SIGSYS, 0);
  finish(&run, PK_EXIT_DONE);
}

static void test_gate(void) {
  struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("exit"), TEXT("5")), .flags = PK_NEW_SESSION | PK_WAIT_FOR_GO, .handshake_ms = 60000});
  expect_ready(&run);
  EXPECT(run.listener, -1);
  send_bare(run.control, PK_GO);
  receive_kind(&run, PK_EXECED);
  EXPECT(WEXITSTATUS(expect_result(&run).status), 5);
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.argv = ARGV(TEXT("exit"), TEXT("5")), .flags = PK_NEW_SESSION | PK_WAIT_FOR_GO, .handshake_ms = 50});
  expect_ready(&run);
  expect_failed(&run, PK_STEP_HANDSHAKE, 1, ETIMEDOUT);
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.argv = ARGV(TEXT("exit"), TEXT("5")), .flags = PK_NEW_SESSION | PK_WAIT_FOR_GO});
  expect_ready(&run);
  EXPECT(kill(run.ready.target_pid, SIGKILL), 0);
  expect_failed(&run, PK_STEP_DIED, SIGKILL, 0);
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.argv = ARGV(TEXT("exit"), TEXT("5")), .flags = PK_NEW_SESSION | PK_WAIT_FOR_GO});
  expect_ready(&run);
  send_bare(run.control, PK_KILL); /* instead of GO */
  EXPECT(expect_result(&run).reason, PK_KILLED);
  finish(&run, PK_EXIT_DONE);

  run = launch(&(struct wish){.argv = ARGV(TEXT("exit"), TEXT("5")), .flags = PK_NEW_SESSION | PK_WAIT_FOR_GO});
  expect_ready(&run);
  send_terminate(run.control, 10000);
  struct pk_result result = expect_result(&run); /* at once: at the gate there is no program that could use the grace */
  EXPECT(result.reason, PK_TERMINATED);
  EXPECT(result.status, SIGKILL);
  finish(&run, PK_EXIT_DONE);
}

/* The listener is handed over before GO, works after it, and a limit of open files does not stand in its way. */
static void test_listener(void) {
  struct sock_filter program[] = {LOAD_NUMBER, IF_CALL(SYS_getppid, SECCOMP_RET_USER_NOTIF), ALLOW};
  struct pk_rlimit files = {.resource = RLIMIT_NOFILE, .soft = 3, .hard = 3};
  int null = open("/dev/null", O_RDWR | O_CLOEXEC), pipe_ends[2];
  EXPECT(pipe2(pipe_ends, O_CLOEXEC), 0);
  for (int round = 0; round < 3; round++) {
    /* The second time with gaps below the highest number, where the kernel will put the listener. */
    int sources[] = {null, pipe_ends[1], pipe_ends[1], null};
    uint32_t numbers[] = {0, 1, 2, 9};
    struct launch run = launch(&(struct wish){.argv = ARGV(TEXT("ppid")),
                                              .flags = PK_NEW_SESSION | PK_LANDLOCK | PK_LISTENER | PK_WAIT_FOR_GO,
                                              .filter = program,
                                              .filter_count = sizeof program / 8,
                                              .rlimits = &files,
                                              .rlimit_count = round == 2 ? 1 : 0,
                                              .sources = sources,
                                              .numbers = numbers,
                                              .descriptor_count = round == 1 ? 4 : 3});
    expect_ready(&run);
    REQUIRE(run.listener >= 0, "no listener");
    send_bare(run.control, PK_GO);
    struct seccomp_notif notification = {0};
    if (round == 2) { /* three descriptors are too few to load a dynamic program: what counts is that the limit was set after the listener */
      struct message message = receive(&run);
      if (message.is.header.kind == PK_EXECED) message = receive(&run);
      EXPECT(message.is.header.kind, PK_RESULT);
      REQUIRE(WIFEXITED(message.is.result.status) && WEXITSTATUS(message.is.result.status) == 127, "status %x", message.is.result.status);
      finish(&run, PK_EXIT_DONE);
      continue;
    }
    receive_kind(&run, PK_EXECED);
    EXPECT(ioctl(run.listener, SECCOMP_IOCTL_NOTIF_RECV, &notification), 0);
    EXPECT(notification.data.nr, SYS_getppid);
    struct seccomp_notif_resp answer = {.id = notification.id, .val = 4242};
    EXPECT(ioctl(run.listener, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
    expect_text(pipe_ends[0], "4242\n");
    EXPECT(expect_result(&run).status, 0);
    finish(&run, PK_EXIT_DONE);
  }
  close(null);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

/* ---------------------------------------------------------------- running them */

static const struct {
  const char *name;
  void (*run)(void);
} tests[] = {
    {"exit", test_exit},
    {"signal", test_signal},
    {"exec failures", test_exec_failures},
    {"descriptors", test_descriptors},
    {"no descriptors", test_no_descriptors},
    {"descriptor too high", test_descriptor_too_high},
    {"end of output", test_end_of_output},
    {"long arguments", test_long_arguments},
    {"bytes", test_bytes},
    {"place", test_place},
    {"without ruleset", test_without_ruleset},
    {"cwd", test_cwd_gone},
    {"capabilities", test_capabilities},
    {"signal state", test_signal_state},
    {"timeout", test_timeout},
    {"terminate", test_terminate},
    {"signals sent", test_signals_sent},
    {"stops", test_stops},
    {"shared-group", test_shared_group},
    {"own-loopback", test_own_loopback},
    {"own-root", test_own_root},
    {"bad-roots", test_bad_roots},
    {"shared-group-view", test_shared_group_view},
    {"killed from outside", test_killed_from_outside},
    {"leftovers", test_leftovers},
    {"supervisor gone", test_supervisor_gone},
    {"bad messages", test_bad_messages},
    {"bad starts", test_bad_starts},
    {"filter", test_filter},
    {"gate", test_gate},
    {"listener", test_listener},
    {"terminal", test_terminal},
};

static void run_one(const char *name, void (*test)(void)) {
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  test();
  clock_gettime(CLOCK_MONOTONIC, &after);
  printf("ok: %s, %.0f ms\n", name, (double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6);
  fflush(stdout);
}

int main(int argc, char **argv) {
  static char self[4096], init[4096], mark[64];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0) return 2;
  self_path = self;
  snprintf(mark, sizeof mark, "PADDOCK_INIT_TEST=%d", (int)getpid());
  marker = mark;
  const char *chosen = getenv("PADDOCK_TEST_SEED");
  seed = chosen ? strtoull(chosen, NULL, 0) : (uint64_t)time(NULL) * 1000003u + (uint64_t)getpid();
  if (argc > 1 && strcmp(argv[0], "target") == 0) return target_mode(argc, argv);
  if (argc > 3 && strcmp(argv[1], "interactive") == 0) return play_interactive(argc, argv);
  if (argc > 1 && strncmp(argv[1], "as=", 3) == 0) { /* become that user, afresh: /proc/self is ours only after an execve */
    uid_t user = (uid_t)atoi(argv[1] + 3);
    if (setgroups(0, NULL) != 0 || setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0) {
      perror("tests: change the user");
      return 2;
    }
    argv[1] = argv[0];
    execv(self, argv + 1);
    perror("tests: exec");
    return 2;
  }
  if (argc < 2 || !realpath(argv[1], init)) {
    fprintf(stderr, "usage: tests [as=UID] INIT [no-scopes] [fuzz=N] [deaths=N] [TEST]\n");
    return 2;
  }
  init_path = init;
  int fuzz = 0, deaths = 0;
  const char *only = NULL;
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], "no-scopes") == 0)
      no_scopes = 1;
    else if (strncmp(argv[i], "fuzz=", 5) == 0)
      fuzz = atoi(argv[i] + 5);
    else if (strncmp(argv[i], "deaths=", 7) == 0)
      deaths = atoi(argv[i] + 7);
    else
      only = argv[i];
  }
  printf("%s, %s, uid %d, seed %llu\n", init_path, no_scopes ? "no-scopes" : "scopes", (int)getuid(), (unsigned long long)seed);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
    if (!only || strcmp(only, tests[i].name) == 0) run_one(tests[i].name, tests[i].run);
  if (fuzz > 0) test_fuzz(fuzz);
  if (deaths > 0) test_deaths(deaths);
  return 0;
}
