/*
 * Rows 1 and 2: what an execve names is changed after it was judged. One byte flips between what the rules allow (a
 * name that ends in "-a") and what they deny ("-d"), again and again, while the call is made; the program that then
 * runs says which of the two it became (marker.c). Denied ones that ran are counted over COUNT runs.
 *
 *     01-exec-race ID FORM-WHAT-WHO[-STORM] COUNT PROGRAMS SCRATCH
 *
 * FORM   direct, script (#!), leader (by a thread that is not the leader), execveat (relative to a folder), empty
 *        (AT_EMPTY_PATH), memfd, procfd (/proc/self/fd/N), vfork (the flipping thread is the parent's)
 * WHAT   args (a byte of an argument), pointer (of an argument), path (a byte of the path), link (a symbolic link on the
 *        way), fd (what the descriptor is), content (the first line of a script), rival (nothing: another thread makes
 *        the denied call at the same time)
 * WHO    thread, vm (a child with the same memory), shared (a process with the same page)
 * STORM  cont, stop, urg, kill: signals that somebody sends to the process all the time
 *
 * PROGRAMS holds marker-a, marker-d (copies of marker) and script-a, script-d (scripts of marker-a).
 */
#include "attack.h"
#include <linux/memfd.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

enum { REPORT = 100, FLIPPED_FD = 101, TRIES = 40 };

static char form[16], what[16], who[16], storm[16];
static const char *programs, *scratch;

/* All that changes while the call is made, and what is counted, lies in one page that everybody shares. */
static struct page {
	volatile unsigned long flips;
	volatile int stop;
	volatile int ready;
	volatile long refused, failed, last_error;
	char *volatile array[3];
	char path[1024];
	char argument[16];
	char good[16], evil[16];
} *page;

static int is(const char *field, const char *value) {
	return strcmp(field, value) == 0;
}

static void spin(unsigned turns) {
	for (volatile unsigned turn = 0; turn < turns; turn++) {
	}
}

/* One change to the denied and one back. */
static void flip(unsigned *seed) {
	char *last = is(what, "path") ? page->path + strlen(page->path) - 1 : page->argument + 4;
	unsigned denied, allowed;
	*seed = *seed * 1103515245u + 12345u;
	denied = *seed >> 20 & 511;
	*seed = *seed * 1103515245u + 12345u;
	allowed = *seed >> 20 & 511;
	if (is(what, "args") || is(what, "path")) {
		*(volatile char *)last = 'd';
		spin(denied);
		*(volatile char *)last = 'a';
		spin(allowed);
	} else if (is(what, "pointer")) {
		page->array[1] = page->evil;
		spin(denied);
		page->array[1] = page->good;
		spin(allowed);
	} else if (is(what, "link")) {
		char from[1100], to[1100], name[1100];
		snprintf(name, sizeof name, "%s/link", scratch);
		snprintf(from, sizeof from, "%s/marker-d", programs);
		snprintf(to, sizeof to, "%s/link.%d", scratch, (int)syscall(SYS_gettid));
		if (symlink(from, to) == 0 && rename(to, name) != 0)
			unlink(to);
		spin(denied);
		snprintf(from, sizeof from, "%s/marker-a", programs);
		if (symlink(from, to) == 0 && rename(to, name) != 0)
			unlink(to);
		spin(allowed);
	} else if (is(what, "fd")) {
		dup2(FLIPPED_FD + 2, FLIPPED_FD);
		spin(denied);
		dup2(FLIPPED_FD + 1, FLIPPED_FD);
		spin(allowed);
	} else if (is(what, "content")) {
		char line[1100];
		int fd;
		size_t length;
		/* Open only while writing: ETXTBSY is for binaries and writers. */
		snprintf(line, sizeof line, "%s/content", scratch);
		fd = open(line, O_WRONLY | O_CLOEXEC);
		length = (size_t)snprintf(line, sizeof line, "#!%s/marker-d\n", programs);
		if (pwrite(fd, line, length, 0) < 0)
			page->failed++;
		close(fd);
		spin(denied * 64);
		snprintf(line, sizeof line, "%s/content", scratch);
		fd = open(line, O_WRONLY | O_CLOEXEC);
		length = (size_t)snprintf(line, sizeof line, "#!%s/marker-a\n", programs);
		if (pwrite(fd, line, length, 0) < 0)
			page->failed++;
		close(fd);
		spin(allowed * 64);
	}
	page->flips++;
}

static void *flipping_thread(void *unused) {
	unsigned seed = (unsigned)getpid();
	while (!page->stop)
		flip(&seed);
	return unused;
}

/* A child that shares the memory: it ends when its parent has become something else and ended. */
static int flipping_child(void *parent) {
	unsigned seed = 7;
	struct timespec now, start;
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		for (int turn = 0; turn < 100; turn++)
			flip(&seed);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!page->stop && syscall(SYS_getppid) == (long)(intptr_t)parent && now.tv_sec - start.tv_sec < 5);
	syscall(SYS_exit, 0);
	return 0;
}

static int open_program(const char *name) {
	char path[1100];
	int fd;
	snprintf(path, sizeof path, "%s/%s", programs, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		broken("open(program)", strerror(errno));
	return fd;
}

static int memory_file(const char *name) {
	char buffer[65536];
	ssize_t length;
	int source = open_program(name);
	int fd = (int)syscall(SYS_memfd_create, name, 0);
	if (fd < 0)
		broken("memfd_create", strerror(errno));
	while ((length = read(source, buffer, sizeof buffer)) > 0)
		if (write(fd, buffer, (size_t)length) != length)
			broken("write(memfd)", strerror(errno));
	close(source);
	/* Whoever has it open for writing cannot execute it. */
	snprintf(buffer, sizeof buffer, "/proc/self/fd/%d", fd);
	source = open(buffer, O_RDONLY);
	close(fd);
	if (source < 0)
		broken("open(memfd)", strerror(errno));
	return source;
}

/* The one call that all this is about. Returns only if it was refused or failed. */
static void exec_once(char *argument) {
	char *empty[] = {NULL};
	char *plain[3] = {"marker", argument, NULL};
	char **arguments = is(what, "pointer") ? (char **)(uintptr_t)page->array : plain;
	char name[64];
	if (is(form, "execveat")) {
		int folder = open(programs, O_PATH | O_DIRECTORY | O_CLOEXEC);
		const char *last = strrchr(page->path, '/') + 1;
		syscall(SYS_execveat, folder, last, arguments, empty, 0);
		close(folder);
	} else if (is(form, "empty") || is(form, "memfd")) {
		syscall(SYS_execveat, FLIPPED_FD, "", arguments, empty, AT_EMPTY_PATH);
	} else if (is(form, "procfd")) {
		snprintf(name, sizeof name, "/proc/self/fd/%d", FLIPPED_FD);
		execve(name, arguments, empty);
	} else {
		execve(page->path, arguments, empty);
	}
}

static void *exec_again_and_again(void *argument) {
	for (int try = 0; try < TRIES; try++) {
		/* What the judge sees first should be harmless. */
		for (int wait = 0; wait < 10000 && is(what, "args") && page->argument[4] != 'a'; wait++) {
		}
		exec_once(argument);
		if (errno == EACCES) {
			page->refused++;
		} else {
			page->failed++;
			page->last_error = errno;
		}
		if (errno != EACCES && errno != EAGAIN && errno != EINTR && errno != ETXTBSY && errno != ENOENT &&
		    errno != ENOEXEC)
			break;
	}
	_exit(4);
}

static void handled(int signal) {
	(void)signal;
}

static NORETURN void child(void) {
	static char stack[65536] __attribute__((aligned(16)));
	pthread_t flipper, second;
	unsigned long before;
	signal(SIGURG, handled);
	before = page->flips;
	if (is(who, "thread")) {
		if (pthread_create(&flipper, NULL, flipping_thread, NULL) != 0)
			broken("pthread_create", "no thread");
	} else if (is(who, "vm")) {
		if (clone(flipping_child, stack + sizeof stack, CLONE_VM | SIGCHLD, (void *)(intptr_t)getpid()) < 0)
			broken("clone(CLONE_VM)", strerror(errno));
	}
	while (!is(what, "rival") && page->flips < before + 2)
		sched_yield();
	page->ready = 1;
	if (is(form, "leader")) {
		if (pthread_create(&second, NULL, exec_again_and_again, page->argument) != 0)
			broken("pthread_create", "no thread");
		for (;;)
			pause();
	}
	if (is(what, "rival")) {
		if (pthread_create(&second, NULL, exec_again_and_again, page->evil) != 0)
			broken("pthread_create", "no thread");
		spin((unsigned)(getpid() * 37) & 16383);
		exec_again_and_again(page->good);
	}
	exec_again_and_again(page->argument);
	_exit(4);
}

static __attribute__((noinline)) pid_t by_vfork(void) {
	pid_t pid = vfork();
	if (pid == 0)
		exec_again_and_again(page->argument);
	return pid;
}

static void split(const char *text) {
	if (sscanf(text, "%15[^-]-%15[^-]-%15[^-]-%15s", form, what, who, storm) < 3)
		broken("arguments", "a way is FORM-WHAT-WHO[-STORM]");
}

int main(int argc, char **argv) {
	long count, killed = 0, other = 0, allowed = 0, denied = 0;
	int report[2];
	char summary[256], byte[4096];
	ssize_t got;
	pid_t peer = 0;
	pthread_t flipper;
	begin(argc, argv);
	split(attack_way);
	count = number(0);
	programs = argument(1);
	scratch = argument(2);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		broken("mmap", strerror(errno));
	strcpy(page->argument, "arg-a");
	strcpy(page->good, "arg-a");
	strcpy(page->evil, "arg-d");
	page->array[0] = "marker";
	page->array[1] = page->good;
	snprintf(page->path, sizeof page->path, "%s/%s", programs, is(form, "script") ? "script-a" : "marker-a");
	if (is(what, "link")) {
		char target[1100];
		snprintf(page->path, sizeof page->path, "%s/link", scratch);
		snprintf(target, sizeof target, "%s/marker-a", programs);
		need("symlink", symlink(target, page->path));
	}
	if (is(what, "content")) {
		int fd;
		snprintf(page->path, sizeof page->path, "%s/content", scratch);
		fd = open(page->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
		dprintf(fd, "#!%s/marker-a\n", programs);
		close(fd);
	}
	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) != 0 || fcntl(report[1], F_SETPIPE_SZ, 1 << 16) < 0 ||
	    dup2(report[1], REPORT) < 0)
		broken("pipe", strerror(errno));
	if (is(form, "memfd") || is(form, "empty") || is(form, "procfd")) {
		int good = is(form, "memfd") ? memory_file("marker-a") : open_program("marker-a");
		int evil = is(form, "memfd") ? memory_file("marker-d") : open_program("marker-d");
		dup2(good, FLIPPED_FD + 1);
		dup2(evil, FLIPPED_FD + 2);
		dup2(FLIPPED_FD + 1, FLIPPED_FD);
	}
	if (is(who, "shared")) {
		peer = fork();
		if (peer == 0) {
			unsigned seed = 3;
			pid_t parent = getppid();
			while (!page->stop && getppid() == parent)
				for (int turn = 0; turn < 1000; turn++)
					flip(&seed);
			_exit(0);
		}
	}
	if (is(form, "vfork")) {
		if (pthread_create(&flipper, NULL, flipping_thread, NULL) != 0)
			broken("pthread_create", "no thread");
		while (page->flips < 2)
			sched_yield();
	}
	for (long run = 0; run < count; run++) {
		int status;
		pid_t pid;
		page->ready = 0;
		if (is(form, "vfork")) {
			pid = by_vfork();
		} else {
			pid = fork();
			if (pid == 0)
				child();
		}
		if (pid < 0)
			broken("fork", strerror(errno));
		for (unsigned turn = 0;; turn += page->ready) {
			/* Whoever else ends is a flipper that outlived its parent. */
			pid_t gone = waitpid(-1, &status, storm[0] ? WNOHANG : 0);
			if (gone == pid)
				break;
			if (gone < 0 && errno != EINTR)
				broken("waitpid", strerror(errno));
			if (gone == 0 && page->ready) {
				if (is(storm, "cont"))
					kill(pid, SIGCONT);
				if (is(storm, "urg"))
					/* Interrupts the old program, which handles it; the new one ignores it. */
					kill(pid, SIGURG);
				if (is(storm, "stop")) {
					kill(pid, SIGSTOP);
					spin(200);
					kill(pid, SIGCONT);
				}
				if (is(storm, "kill") && turn > ((unsigned)run * 7919u & 4095))
					kill(pid, SIGKILL);
				spin(500);
			}
		}
		if (WIFSIGNALED(status))
			killed++;
		else if (WEXITSTATUS(status) != 0)
			other++;
		while ((got = read(report[0], byte, sizeof byte)) > 0)
			for (ssize_t i = 0; i < got; i++)
				byte[i] == 'D' ? denied++ : allowed++;
	}
	page->stop = 1;
	if (peer > 0)
		waitpid(peer, NULL, 0);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
	}
	while ((got = read(report[0], byte, sizeof byte)) > 0)
		for (ssize_t i = 0; i < got; i++)
			byte[i] == 'D' ? denied++ : allowed++;
	snprintf(summary, sizeof summary, "execve(allowed=%ld denied=%ld killed=%ld refused=%ld failed=%ld exits=%ld errno=%s)",
		 allowed, denied, killed, page->refused, page->failed, other,
		 page->last_error ? strerrorname_np((int)page->last_error) : "0");
	if (denied > 0)
		worked(summary);
	if (allowed == 0)
		blocked_as(summary, "none-ran");
	blocked_as(summary, "never");
}
