/*
 * Rows 5 and 46: every pointer, length, count and flag that whoever judges a call reads too, with the values that a hostile
 * program gives them. One line each tells what the caller saw; the lines must be the same wherever it runs.
 *
 *     46-lengths SCRATCH PROGRAM
 *
 * PROGRAM is a copy of marker. SCRATCH is an empty folder that may be written and executed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *scratch, *program;
static char *no_environment[] = {NULL};
static char *one_argument[] = {"x", NULL};
static int null;

static const char *name_of(int error) {
	static char other[16];
	const char *name = strerrorname_np(error);
	snprintf(other, sizeof other, "%d", error);
	return name != NULL ? name : other;
}

/* Runs a call in a child, because it may succeed: then the child is another program, or ended. */
#define CASE(label, call)                                                                                           \
	do {                                                                                                        \
		int status = 0;                                                                                     \
		pid_t child;                                                                                        \
		fflush(stdout);                                                                                     \
		child = fork();                                                                                     \
		if (child == 0) {                                                                                   \
			long result;                                                                                \
			dup2(null, 1);                                                                              \
			dup2(null, 100);                                                                            \
			errno = 0;                                                                                  \
			result = (long)(call);                                                                      \
			_exit(result < 0 ? errno : 254);                                                            \
		}                                                                                                   \
		while (waitpid(child, &status, 0) < 0 && errno == EINTR) {                                          \
		}                                                                                                   \
		if (WIFSIGNALED(status))                                                                            \
			printf("%s: signal %d\n", label, WTERMSIG(status));                                         \
		else                                                                                                \
			printf("%s: %s\n", label,                                                                   \
			       WEXITSTATUS(status) == 0 ? "ran" : WEXITSTATUS(status) == 254 ? "done" : name_of(WEXITSTATUS(status))); \
	} while (0)

#define EXEC(label, path, argv, envp) CASE(label, syscall(SYS_execve, path, argv, envp))
#define EXECAT(label, fd, path, argv, envp, flags) CASE(label, syscall(SYS_execveat, fd, path, argv, envp, flags))

static char *in_scratch(const char *name) {
	char *path = malloc(4096);
	snprintf(path, 4096, "%s/%s", scratch, name);
	return path;
}

static char *file(const char *name, const void *content, size_t length, mode_t mode) {
	char *path = in_scratch(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, content, length) != (ssize_t)length)
		exit(2);
	close(fd);
	return path;
}

static char *script(const char *name, const char *line) {
	return file(name, line, strlen(line), 0755);
}

static char *cliff(void) {
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || munmap(pages + 4096, 4096) != 0)
		exit(2);
	return pages + 4096;
}

static char *filled(size_t length, char with) {
	char *text = malloc(length + 1);
	memset(text, with, length);
	text[length] = '\0';
	return text;
}

static char **repeated(char *word, size_t number) {
	char **array = calloc(number + 2, sizeof *array);
	for (size_t i = 0; i < number; i++)
		array[i] = word;
	return array;
}

static void paths(void) {
	char *edge = cliff(), *text;
	EXEC("path null", NULL, one_argument, no_environment);
	EXEC("path 1", 1L, one_argument, no_environment);
	EXEC("path -1", -1L, one_argument, no_environment);
	EXEC("path kernel", 0xffffffff81000000UL, one_argument, no_environment);
	EXEC("path not canonical", 0x8000000000000000UL, one_argument, no_environment);
	EXEC("path at the end of user space", 0x7fffffffefffUL, one_argument, no_environment);
	EXEC("path empty", "", one_argument, no_environment);
	EXEC("path unmapped", edge, one_argument, no_environment);
	memset(edge - 16, '/', 16);
	EXEC("path without a NUL", edge - 16, one_argument, no_environment);
	text = filled(PATH_MAX - 1, '/');
	EXEC("path of slashes, longest", text, one_argument, no_environment);
	text = filled(PATH_MAX, '/');
	EXEC("path one too long", text, one_argument, no_environment);
	text = filled(1 << 20, 'x');
	EXEC("path of 1 MiB", text, one_argument, no_environment);
	text = filled(255, 'x');
	EXEC("name of 255", text, one_argument, no_environment);
	text = filled(256, 'x');
	EXEC("name of 256", text, one_argument, no_environment);
	EXEC("folder", scratch, one_argument, no_environment);
	EXEC("not there", in_scratch("nothing"), one_argument, no_environment);
	EXEC("below a file", "/etc/passwd/x", one_argument, no_environment);
	EXEC("trailing slash", strcat(strcpy(filled(4096, 0), program), "/"), one_argument, no_environment);
	EXEC("device", "/dev/null", one_argument, no_environment);
	symlink("loop", in_scratch("loop"));
	EXEC("loop", in_scratch("loop"), one_argument, no_environment);
	symlink(program, in_scratch("link"));
	EXEC("link", in_scratch("link"), one_argument, no_environment);
	symlink("nothing", in_scratch("dangling"));
	EXEC("dangling", in_scratch("dangling"), one_argument, no_environment);
	mkfifo(in_scratch("fifo"), 0755);
	EXEC("fifo", in_scratch("fifo"), one_argument, no_environment);
}

static void contents(void) {
	char *text = filled(300, 'x');
	EXEC("empty file", file("empty", "", 0, 0755), one_argument, no_environment);
	EXEC("one byte", file("byte", "#", 1, 0755), one_argument, no_environment);
	EXEC("text", file("text", "hello\n", 6, 0755), one_argument, no_environment);
	EXEC("not executable", file("plain", "#!/bin/true\n", 12, 0644), one_argument, no_environment);
	EXEC("elf header only", file("elf", "\177ELF\2\1\1", 7, 0755), one_argument, no_environment);
	EXEC("script of nothing", script("s0", "#!\n"), one_argument, no_environment);
	EXEC("script of spaces", script("s1", "#!   \t \n"), one_argument, no_environment);
	EXEC("script without a line feed", script("s2", "#!/bin/true"), one_argument, no_environment);
	EXEC("script of a folder", script("s3", "#!/tmp\n"), one_argument, no_environment);
	EXEC("script of what is not there", script("s4", "#!/nonexistent\n"), one_argument, no_environment);
	EXEC("script of itself", script("s5", strcat(strcat(strcpy(filled(4200, 0), "#!"), in_scratch("s5")), "\n")), one_argument,
	     no_environment);
	EXEC("script with carriage return", script("s6", "#!/bin/true\r\n"), one_argument, no_environment);
	EXEC("script with a NUL", file("s7", "#!/bin/true\0/x\n", 15, 0755), one_argument, no_environment);
	memcpy(text, "#!/bin/true ", 12);
	EXEC("script cut in its argument", script("s8", text), one_argument, no_environment);
	memset(text, 'x', 300);
	memcpy(text, "#!/", 3);
	EXEC("script cut in its interpreter", script("s9", text), one_argument, no_environment);
	for (int depth = 0; depth < 8; depth++) {
		char name[16], before[16], line[4200], label[32];
		snprintf(name, sizeof name, "d%d", depth);
		snprintf(before, sizeof before, "d%d", depth - 1);
		snprintf(line, sizeof line, "#!%s\n", depth == 0 ? "/bin/true" : in_scratch(before));
		snprintf(label, sizeof label, "script %d deep", depth);
		EXEC(label, script(name, line), one_argument, no_environment);
	}
	int writer = open(file("busy", "#!/bin/true\n", 12, 0755), O_WRONLY | O_CLOEXEC);
	EXEC("open for writing", in_scratch("busy"), one_argument, no_environment);
	close(writer);
}

static void vectors(void) {
	char *edge = cliff();
	char **at_edge;
	char *p = (char *)(uintptr_t)program;
	char *bad[] = {"x", (char *)-1L, NULL}, *low[] = {"x", (char *)1L, NULL}, *kernel[] = {(char *)0xffffffff81000000UL, NULL};
	EXEC("argv null", p, NULL, no_environment);
	EXEC("argv empty", p, no_environment, no_environment);
	EXEC("argv 1", p, 1L, no_environment);
	EXEC("argv -1", p, -1L, no_environment);
	EXEC("argv -8", p, -8L, no_environment);
	EXEC("argv kernel", p, 0xffffffff81000000UL, no_environment);
	EXEC("argv unmapped", p, edge, no_environment);
	at_edge = (char **)(void *)(edge - 2 * sizeof(char *));
	at_edge[0] = at_edge[1] = "x";
	EXEC("argv without an end", p, at_edge, no_environment);
	EXEC("argv element -1", p, bad, no_environment);
	EXEC("argv element 1", p, low, no_environment);
	EXEC("argv element kernel", p, kernel, no_environment);
	memcpy(edge - 32, at_edge, 16);
	{
		char unaligned[64];
		char *aligned[] = {"x", "y", NULL};
		memcpy(unaligned + 3, aligned, sizeof aligned);
		EXEC("argv unaligned", p, unaligned + 3, no_environment);
	}
	memset(edge - 64, 'x', 64);
	char *open_end[] = {"x", edge - 64, NULL};
	EXEC("argument without a NUL", p, open_end, no_environment);
	char *longest[] = {"x", filled(131071, 'y'), NULL};
	EXEC("argument of 128 KiB - 1", p, longest, no_environment);
	char *too_long[] = {"x", filled(131072, 'y'), NULL};
	EXEC("argument of 128 KiB", p, too_long, no_environment);
	char *huge[] = {"x", filled(64 << 20, 'y'), NULL};
	EXEC("argument of 64 MiB", p, huge, no_environment);
	EXEC("100 000 arguments", p, repeated("x", 100000), no_environment);
	EXEC("10 000 000 arguments", p, repeated("x", 10000000), no_environment);
	EXEC("100 long arguments", p, repeated(filled(100000, 'z'), 100), no_environment);
	EXEC("15 long arguments", p, repeated(filled(100000, 'z'), 15), no_environment);
	EXEC("envp null", p, one_argument, NULL);
	EXEC("envp 1", p, one_argument, 1L);
	EXEC("envp -1", p, one_argument, -1L);
	EXEC("envp element -1", p, one_argument, bad);
	EXEC("envp without an end", p, one_argument, at_edge);
	EXEC("envp without equals", p, one_argument, repeated("novalue", 3));
	EXEC("envp of 100 000", p, one_argument, repeated("A=b", 100000));
	EXEC("envp too long", p, one_argument, too_long);
}

static void descriptors(void) {
	int path_fd = open(program, O_PATH), read_fd = open(program, O_RDONLY), closing = open(program, O_RDONLY | O_CLOEXEC);
	int folder = open(scratch, O_RDONLY | O_DIRECTORY);
	int close_script = open(script("c", "#!/bin/true\n"), O_RDONLY | O_CLOEXEC);
	int open_script = open(in_scratch("c"), O_RDONLY);
	int pipes[2];
	char text[64];
	if (pipe(pipes) != 0)
		exit(2);
	EXECAT("at empty, path descriptor", path_fd, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, descriptor", read_fd, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, closing descriptor", closing, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, high half", read_fd | 1L << 32, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, flags high half", read_fd, "", one_argument, no_environment, AT_EMPTY_PATH | 1L << 32);
	EXECAT("at empty, no flag", read_fd, "", one_argument, no_environment, 0);
	EXECAT("at empty, null path", read_fd, NULL, one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, closed", 9999, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, -1", -1L, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, working folder", AT_FDCWD, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, working folder as 32 bits", 0xffffff9cL, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, folder", folder, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, pipe", pipes[0], "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, script", open_script, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at empty, closing script", close_script, "", one_argument, no_environment, AT_EMPTY_PATH);
	EXECAT("at all flags", AT_FDCWD, program, one_argument, no_environment, 0xffffffffL);
	EXECAT("at bad flag", AT_FDCWD, program, one_argument, no_environment, 1L);
	EXECAT("at absolute, bad descriptor", 9999, program, one_argument, no_environment, 0);
	EXECAT("at relative", folder, "link", one_argument, no_environment, 0);
	EXECAT("at relative, not followed", folder, "link", one_argument, no_environment, AT_SYMLINK_NOFOLLOW);
	EXECAT("at relative to a file", read_fd, "x", one_argument, no_environment, 0);
	EXECAT("at with EACCESS", folder, "link", one_argument, no_environment, AT_EACCESS);
	snprintf(text, sizeof text, "/proc/self/fd/%d", read_fd);
	EXEC("proc fd", text, one_argument, no_environment);
	snprintf(text, sizeof text, "/proc/thread-self/fd/%d", closing);
	EXEC("proc fd of a thread, closing", text, one_argument, no_environment);
	snprintf(text, sizeof text, "/dev/fd/%d", open_script);
	EXEC("dev fd, script", text, one_argument, no_environment);
	snprintf(text, sizeof text, "/dev/fd/%d", close_script);
	EXEC("dev fd, closing script", text, one_argument, no_environment);
	EXEC("proc exe", "/proc/self/exe", no_environment, no_environment);
	EXEC("proc of 0", "/proc/0/exe", one_argument, no_environment);
	EXEC("proc fd of a pipe", (snprintf(text, sizeof text, "/proc/self/fd/%d", pipes[0]), text), one_argument, no_environment);
}

static void signals(void) {
	siginfo_t info;
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	long edge = (long)(intptr_t)cliff();
	memset(&info, 0, sizeof info);
	info.si_signo = SIGUSR1;
	info.si_code = SI_QUEUE;
	signal(SIGUSR1, SIG_IGN);
	CASE("kill 65", kill(getpid(), 65));
	CASE("kill -1st signal", kill(getpid(), -1));
	CASE("kill smallest", syscall(SYS_kill, INT_MIN, 0));
	CASE("kill largest", syscall(SYS_kill, INT_MAX, 0));
	CASE("kill 0", syscall(SYS_kill, 0L, 0));
	CASE("kill self, high half", syscall(SYS_kill, getpid() | 1L << 32, SIGUSR1));
	CASE("kill self, signal high half", syscall(SYS_kill, getpid(), SIGUSR1 | 1L << 32));
	CASE("kill own group", syscall(SYS_kill, 0L, SIGUSR1));
	CASE("kill parent", kill(getppid(), SIGUSR1));
	CASE("kill parent, asking", kill(getppid(), 0));
	CASE("tkill 0", syscall(SYS_tkill, 0, 0));
	CASE("tkill -1", syscall(SYS_tkill, -1, 0));
	CASE("tkill self", syscall(SYS_tkill, (pid_t)syscall(SYS_gettid), SIGUSR1));
	CASE("tgkill -1", syscall(SYS_tgkill, -1, (pid_t)syscall(SYS_gettid), 0));
	CASE("tgkill other group", syscall(SYS_tgkill, getppid(), (pid_t)syscall(SYS_gettid), 0));
	CASE("tgkill self", syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), SIGUSR1));
	CASE("sigqueue null", syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, NULL));
	CASE("sigqueue -1", syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, -1L));
	CASE("sigqueue unmapped", syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, edge - 8));
	CASE("sigqueue self", syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info));
	CASE("sigqueue parent", syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info));
	CASE("tgsigqueue self", syscall(SYS_rt_tgsigqueueinfo, getpid(), (pid_t)syscall(SYS_gettid), SIGUSR1, &info));
	info.si_code = SI_KERNEL;
	CASE("sigqueue as the kernel, parent", syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info));
	CASE("pidfd self", syscall(SYS_pidfd_send_signal, self, SIGUSR1, NULL, 0));
	CASE("pidfd flags", syscall(SYS_pidfd_send_signal, self, SIGUSR1, NULL, 0x80000000L));
	CASE("pidfd -1", syscall(SYS_pidfd_send_signal, -1, SIGUSR1, NULL, 0));
	CASE("pidfd null", syscall(SYS_pidfd_send_signal, null, SIGUSR1, NULL, 0));
	CASE("pidfd info -1", syscall(SYS_pidfd_send_signal, self, SIGUSR1, -1L, 0));
}

static void births(void) {
	CASE("clone thread without handlers", syscall(SYS_clone, CLONE_THREAD, 0L, 0L, 0L, 0L));
	CASE("clone handlers without memory", syscall(SYS_clone, CLONE_SIGHAND, 0L, 0L, 0L, 0L));
	CASE("clone parent and thread", syscall(SYS_clone, CLONE_PARENT | CLONE_THREAD, 0L, 0L, 0L, 0L));
	CASE("clone, bad exit signal", syscall(SYS_clone, 0xffL, 0L, 0L, 0L, 0L) == 0 ? (_exit(254), 0) : 0);
	CASE("clone, bad pidfd pointer", syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0L, -1L, 0L, 0L));
	CASE("clone, bad tid pointer",
	     syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0L, -1L, -1L, 0L) == 0 ? (_exit(254), 0) : 0);
	CASE("clone, stack -1", syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, -1L, 0L, 0L, 0L));
	CASE("clone, pidfd and detached", syscall(SYS_clone, CLONE_PIDFD | 0x00400000L | SIGCHLD, 0L, 0L, 0L, 0L));
}

static void limits(void) {
	struct rlimit both;
	unsigned long mask[128] = {0};
	CASE("prlimit self", syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &both));
	CASE("prlimit bad resource", syscall(SYS_prlimit64, 0, 99, NULL, &both));
	CASE("prlimit -1", syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, -1L, NULL));
	CASE("affinity, length 0", syscall(SYS_sched_setaffinity, 0, 0L, mask));
	CASE("affinity, longest", syscall(SYS_sched_setaffinity, 0, -1L, mask));
	CASE("affinity, pointer -1", syscall(SYS_sched_setaffinity, 0, 8L, -1L));
	CASE("affinity, empty", syscall(SYS_sched_setaffinity, 0, 8L, mask));
}

int main(int argc, char **argv) {
	if (argc != 3)
		return 2;
	scratch = argv[1];
	program = argv[2];
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* kill(0) must reach nobody else. */
	setsid();
	setpgid(0, 0);
	umask(022);
	paths();
	contents();
	vectors();
	descriptors();
	signals();
	births();
	limits();
	return 0;
}
