/*
 * Rows 4 and 12: keeping whoever judges busy with one call, so that a neighbour's must wait.
 *
 * Ways: uffd PROGRAMS       an exec whose path lies on a page that nobody ever fills in (userfaultfd)
 *       file PROGRAMS FILE  an exec whose path lies in FILE, a mapped file that never answers (FUSE)
 *       uffd-args, file-args: the argument instead of the path; uffd-array, file-array: the array of arguments
 *       fifo PROGRAMS SCRATCH  100 children execute and open a FIFO that nobody serves
 * While that hangs, the neighbour runs 50 programs. The attack works if they do not all come about in ten seconds. Bare
 * nobody judges, so that it shows only that eight processes do hang.
 */
#include "attack.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

static const char *programs;

static double now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static char *hung_page(void) {
	if (strncmp(attack_way, "uffd", 4) == 0) {
		struct uffdio_api api = {.api = UFFD_API};
		struct uffdio_register range;
		char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int fd = (int)need("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC));
		memset(&range, 0, sizeof range);
		range.range.start = (uintptr_t)page;
		range.range.len = 4096;
		range.mode = UFFDIO_REGISTER_MODE_MISSING;
		need("ioctl(UFFDIO_API)", ioctl(fd, UFFDIO_API, &api));
		need("ioctl(UFFDIO_REGISTER)", ioctl(fd, UFFDIO_REGISTER, &range));
		return page;
	}
	int fd = (int)need("open(file)", open(argument(1), O_RDONLY | O_CLOEXEC));
	char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		blocked("mmap(file)", errno);
	return page;
}

static NORETURN void hang(char *page) {
	char path[4200];
	char *plain[] = {"marker", NULL};
	char *one[] = {"marker", page, NULL};
	char *empty[] = {NULL};
	snprintf(path, sizeof path, "%s/marker-a", programs);
	if (strstr(attack_way, "-args") != NULL)
		execve(path, one, empty);
	else if (strstr(attack_way, "-array") != NULL)
		execve(path, (char **)(void *)page, empty);
	else
		execve(page, plain, empty);
	_exit(5);
}

int main(int argc, char **argv) {
	char path[4200], summary[96];
	pid_t hung[8];
	int done = 0, hanging = 0, fifos[100];
	double start, slowest = 0;
	begin(argc, argv);
	programs = argument(0);
	memset(fifos, 0, sizeof fifos);
	if (way("fifo")) {
		char name[4200];
		snprintf(name, sizeof name, "%s/fifo", argument(1));
		need("mkfifo", mkfifo(name, 0600));
		for (int i = 0; i < 100; i++)
			if ((fifos[i] = fork()) == 0) {
				open(name, O_RDONLY);
				_exit(0);
			}
	} else {
		for (int i = 0; i < 8; i++) {
			char *page = hung_page();
			hung[i] = fork();
			if (hung[i] == 0)
				/* A userfaultfd is not inherited: the child has one of its own. */
				hang(strncmp(attack_way, "uffd", 4) == 0 ? hung_page() : page);
		}
	}
	snprintf(path, sizeof path, "%s/marker-a", programs);
	start = now();
	for (; done < 50 && now() - start < 10; done++) {
		double before = now();
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			char *arguments[] = {"marker", NULL}, *environment[] = {"MARKER_SHOW=1", NULL};
			dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 1);
			execve(path, arguments, environment);
			_exit(errno);
		}
		/* One that does not come about within the time is the attack's success: no wait without an end. */
		while (waitpid(pid, &status, WNOHANG) == 0 && now() - start < 10)
			usleep(200);
		if (now() - start >= 10)
			break;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			broken("neighbour", strerror(WEXITSTATUS(status)));
		if (now() - before > slowest)
			slowest = now() - before;
	}
	for (int i = 0; i < (way("fifo") ? 100 : 8); i++) {
		pid_t pid = way("fifo") ? fifos[i] : hung[i];
		hanging += waitpid(pid, NULL, WNOHANG) == 0;
		kill(pid, SIGKILL);
	}
	for (start = now(); now() - start < 3 && waitpid(-1, NULL, WNOHANG) >= 0;)
		usleep(1000);
	snprintf(summary, sizeof summary, "neighbour(%d of 50, slowest %.0f ms; %d hang)", done, slowest * 1000, hanging);
	if (done < 50)
		worked(summary);
	blocked_as(summary, "no-delay");
}
