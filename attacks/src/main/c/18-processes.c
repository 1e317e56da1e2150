/*
 * Row 18: as many processes as one likes, by every way of making one. Each of a crowd makes children that stay until
 * nobody can make another; bare that is MOST, which no limit of a run allows.
 *
 *     18-processes ID WAY MOST
 *
 * Ways: fork, vfork, clone, clone-vm, clone-parent, setsid (a daemon's double fork), spawn, threads-fork (from 8 threads at
 *       once), bomb (every child forks too), slots (20 000 children, one after the other, of which each must come
 *       about), slots-threads (the same from 8 threads), failing (execs that fail between), threads (threads are no
 *       processes: MOST of them must come about)
 */
#include "attack.h"
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static long most;
static struct shared {
	volatile int alive, peak, refused, error, stop;
} *shared;
static int gate[2];

static void born(void) {
	int now = __atomic_add_fetch(&shared->alive, 1, __ATOMIC_SEQ_CST);
	int peak = shared->peak;
	while (now > peak && !__atomic_compare_exchange_n(&shared->peak, &peak, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
	}
}

static void refused(int error) {
	shared->error = error;
	__atomic_add_fetch(&shared->refused, 1, __ATOMIC_SEQ_CST);
}

/* Until the gate's other end is closed. */
static NORETURN void remain(void) {
	char byte;
	close(gate[1]);
	while (read(gate[0], &byte, 1) < 0 && errno == EINTR) {
	}
	__atomic_sub_fetch(&shared->alive, 1, __ATOMIC_SEQ_CST);
	_exit(0);
}

static NORETURN void stay(void) {
	born();
	remain();
}

static long clone_raw(unsigned long flags) {
	return syscall(SYS_clone, flags, 0UL, 0UL, 0UL, 0UL);
}

static int stay_on_a_stack(void *unused) {
	char byte;
	(void)unused;
	/* The descriptors are its own, the memory is not: no stdio, no errno. */
	__atomic_add_fetch(&shared->alive, 1, __ATOMIC_SEQ_CST);
	close(gate[1]);
	syscall(SYS_read, gate[0], &byte, 1);
	syscall(SYS_exit, 0);
	return 0;
}

static __attribute__((noinline)) long staying_by_vfork(char *self) {
	char reading[16], writing[16];
	char *arguments[] = {self, "x", "stay", "0", reading, writing, NULL};
	pid_t pid;
	snprintf(reading, sizeof reading, "%d", gate[0]);
	snprintf(writing, sizeof writing, "%d", gate[1]);
	pid = vfork();
	if (pid == 0) {
		execv(self, arguments);
		_exit(127);
	}
	if (pid > 0)
		born();
	return pid;
}

static long staying_by_spawn(char *self) {
	char reading[16], writing[16];
	char *arguments[] = {self, "x", "stay", "0", reading, writing, NULL};
	char *empty[] = {NULL};
	pid_t pid;
	int error;
	snprintf(reading, sizeof reading, "%d", gate[0]);
	snprintf(writing, sizeof writing, "%d", gate[1]);
	error = posix_spawn(&pid, self, NULL, NULL, arguments, empty);
	if (error == 0) {
		born();
		return pid;
	}
	errno = error;
	return -1;
}

static long one(char *self) {
	long pid = -1;
	if (way("vfork"))
		return staying_by_vfork(self);
	if (way("spawn"))
		return staying_by_spawn(self);
	if (way("clone-vm")) {
		char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		return clone(stay_on_a_stack, stack + 65536, CLONE_VM | SIGCHLD, NULL);
	}
	if (way("setsid")) {
		int status;
		pid = fork();
		if (pid == 0) {
			long inner;
			setsid();
			inner = fork();
			if (inner == 0)
				stay();
			_exit(inner < 0 ? errno : 0);
		}
		if (pid > 0) {
			waitpid((pid_t)pid, &status, 0);
			if (WEXITSTATUS(status) != 0) {
				errno = WEXITSTATUS(status);
				return -1;
			}
		}
		return pid;
	}
	pid = way("clone-parent") ? clone_raw(CLONE_PARENT | SIGCHLD) : way("clone") ? clone_raw(SIGCHLD) : fork();
	if (pid == 0)
		stay();
	return pid;
}

static void *forking(void *self) {
	for (int i = 0; i < most / 8 + 1; i++)
		if (one(self) < 0) {
			refused(errno);
			break;
		}
	return NULL;
}

static NORETURN void bomb(void) {
	born();
	close(gate[1]);
	while (!shared->stop && shared->peak < most) {
		pid_t pid = fork();
		if (pid == 0)
			born();
		if (pid < 0) {
			refused(errno);
			if (shared->refused > 500)
				shared->stop = 1;
			sched_yield();
		}
	}
	remain();
}

static void *one_after_the_other(void *self) {
	(void)self;
	for (long i = 0; i < most; i++) {
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			if (way("failing"))
				execl("/nonexistent", "x", (char *)NULL);
			_exit(0);
		}
		if (pid < 0)
			refused(errno);
		else
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
			}
	}
	return NULL;
}

static void *waiting_thread(void *unused) {
	char byte;
	while (read(gate[0], &byte, 1) < 0 && errno == EINTR) {
	}
	return unused;
}

int main(int argc, char **argv) {
	char summary[128];
	begin(argc, argv);
	if (way("stay")) {
		char byte;
		close((int)number(2));
		while (read((int)number(1), &byte, 1) < 0 && errno == EINTR) {
		}
		_exit(0);
	}
	most = number(0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe(gate) != 0)
		broken("mmap", strerror(errno));
	shared->alive = shared->peak = 1;

	if (way("slots") || way("slots-threads") || way("failing")) {
		pthread_t threads[8];
		int number_of_threads = way("slots-threads") ? 8 : 1;
		for (int i = 0; i < number_of_threads; i++)
			if (pthread_create(&threads[i], NULL, one_after_the_other, NULL) != 0)
				broken("pthread_create", "no thread");
		for (int i = 0; i < number_of_threads; i++)
			pthread_join(threads[i], NULL);
		if (shared->refused > 0)
			blocked("fork", shared->error);
		worked("fork");
	}
	if (way("threads")) {
		pthread_t thread;
		for (long i = 0; i < most; i++) {
			int error = pthread_create(&thread, NULL, waiting_thread, NULL);
			if (error != 0)
				blocked("pthread_create", error);
		}
		worked("pthread_create");
	}
	if (way("bomb")) {
		if (fork() == 0)
			bomb();
		while (!shared->stop && shared->peak < most)
			sched_yield();
		shared->stop = 1;
	} else if (way("threads-fork")) {
		pthread_t threads[8];
		for (int i = 0; i < 8; i++)
			if (pthread_create(&threads[i], NULL, forking, argv[0]) != 0)
				broken("pthread_create", "no thread");
		for (int i = 0; i < 8; i++)
			pthread_join(threads[i], NULL);
	} else {
		long made = 0;
		for (; made < most; made++)
			if (one(argv[0]) < 0) {
				refused(errno);
				break;
			}
		/* What it is counted by is what came about: we and they. */
		shared->peak = (int)made + 1;
	}
	close(gate[1]);
	close(gate[0]);
	if (way("clone-parent"))
		/* They are not ours to wait for. */
		while (shared->alive > 1)
			sched_yield();
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR) {
	}
	if (way("threads-fork"))
		while (shared->alive > 1)
			sched_yield();
	snprintf(summary, sizeof summary, "peak=%d", shared->peak);
	if (shared->refused > 0)
		blocked(summary, shared->error);
	worked(summary);
}
