/*
 * Row 27: O_PATH descriptors, which nobody is refused, and what they can be made into; descriptors that were handed
 * over for reading only.
 * Ways: reopen PATH, reopen-dev-fd PATH, read PATH, directory DIRECTORY NAME, chdir DIRECTORY NAME, execute PATH,
 *       execute-path PATH, execute-link PATH, link PATH TO, inherited FD (reopens it for writing), truncate FD
 */
#include "attack.h"

static int handle(const char *path) {
	return (int)need("open(O_PATH)", open(path, O_PATH | O_CLOEXEC));
}

static const char *link_of(const char *folder, int fd) {
	static char path[64];
	snprintf(path, sizeof path, "%s/%d", folder, fd);
	return path;
}

/* Whether the image came to run is told by the pipe that a successful execve closes. */
static NORETURN void judge_execution(const char *step, void (*run)(const char *), const char *path) {
	int answer[2], error = 0;
	pid_t child;
	if (pipe2(answer, O_CLOEXEC) != 0)
		broken("pipe2", strerror(errno));
	child = fork();
	if (child == 0) {
		run(path);
		error = errno;
		if (write(answer[1], &error, sizeof error) < 0)
			_exit(3);
		_exit(1);
	}
	close(answer[1]);
	if (read(answer[0], &error, sizeof error) != sizeof error)
		error = 0;
	waitpid(child, NULL, 0);
	if (error != 0)
		blocked(step, error);
	worked(step);
}

static char *arguments[] = {"outside", "x", "none", NULL};
static char *no_environment[] = {NULL};

static void execute_empty(const char *path) {
	int null = open("/dev/null", O_RDWR);
	dup2(null, 1);
	syscall(SYS_execveat, handle(path), "", arguments, no_environment, AT_EMPTY_PATH);
}

static void execute_path(const char *path) {
	int null = open("/dev/null", O_RDWR);
	dup2(null, 1);
	execve(path, arguments, no_environment);
}

static void execute_link(const char *path) {
	int null = open("/dev/null", O_RDWR);
	dup2(null, 1);
	execve(link_of("/proc/self/fd", handle(path)), arguments, no_environment);
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("reopen"))
		deface("open(/proc/self/fd)", open(link_of("/proc/self/fd", handle(argument(0))), O_WRONLY | O_CLOEXEC));
	if (way("reopen-dev-fd"))
		deface("open(/dev/fd)", open(link_of("/dev/fd", handle(argument(0))), O_WRONLY | O_CLOEXEC));
	if (way("read"))
		judge("open(/proc/self/fd)", open(link_of("/proc/self/fd", handle(argument(0))), O_RDONLY | O_CLOEXEC));
	if (way("directory"))
		deface("openat", openat(handle(argument(0)), argument(1), O_WRONLY | O_CLOEXEC));
	if (way("chdir")) {
		need("fchdir", fchdir(handle(argument(0))));
		deface("open(relative)", open(argument(1), O_WRONLY | O_CLOEXEC));
	}
	if (way("execute"))
		judge_execution("execveat(AT_EMPTY_PATH)", execute_empty, argument(0));
	if (way("execute-path"))
		judge_execution("execve", execute_path, argument(0));
	if (way("execute-link"))
		judge_execution("execve(/proc/self/fd)", execute_link, argument(0));
	if (way("link"))
		judge("linkat(/proc/self/fd)", linkat(AT_FDCWD, link_of("/proc/self/fd", handle(argument(0))), AT_FDCWD,
						     argument(1), AT_SYMLINK_FOLLOW));
	if (way("inherited"))
		deface("open(inherited)", open(link_of("/proc/self/fd", (int)number(0)), O_WRONLY | O_CLOEXEC));
	if (way("truncate"))
		judge("open(inherited,O_TRUNC)",
		      open(link_of("/proc/self/fd", (int)number(0)), O_RDONLY | O_TRUNC | O_CLOEXEC));
	broken("arguments", "unknown way");
}
