/*
 * Programs that do a lot of what a supervisor of execs and births has to do with, and nothing else: their one line is the
 * same wherever they run, or somebody got in their way.
 *
 *     stress KIND COUNT PROGRAMS
 *
 *     stress=KIND done=N failed=N [ERROR=N...] zombies=N fds=N digest=HEX
 *
 * Kinds: bursts (COUNT times fork and exec, from 50 threads), spawn (posix_spawn, 16 threads), vfork (16 threads),
 *        search (execvp along a PATH of 60 folders, of which the last has it), pipes (sh -c 'a|b|c'), together (programs
 *        that exec from 4 threads at the same moment), alarms (fork and exec under an interval timer of 200 µs with a handler
 *        without SA_RESTART), deep (every program starts the next), wide (COUNT children alive at the same time),
 *        failing (execs of what is not there, not executable, not a program), scripts (#! scripts), leaderless (execs by
 *        threads that are not the leader), orphans (double forks whose children are left to whoever takes them)
 * With a KIND that begins with "-" it is one of its own children.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <dirent.h>
#include <unistd.h>

enum { ERRORS = 200 };

static const char *kind, *programs;
static char self[4096];
static char *empty[] = {NULL};
static struct counts {
	volatile long next, done, failed, sum;
	volatile long errors[ERRORS];
} *counts;
static long count;

static int is(const char *name) {
	return strcmp(kind, name) == 0;
}

static void failure(int error) {
	__atomic_add_fetch(&counts->failed, 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&counts->errors[error < ERRORS ? error : 0], 1, __ATOMIC_SEQ_CST);
}

/* A child's status is a function of its number: a lost or exchanged one shows in the sum. */
static int expected(long number) {
	return (int)(number * 7 % 61);
}

static void success(long number, int status) {
	if (!WIFEXITED(status)) {
		failure(1);
		return;
	}
	if (WEXITSTATUS(status) > 100) {
		failure(WEXITSTATUS(status) - 100);
		return;
	}
	__atomic_add_fetch(&counts->done, 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&counts->sum, (number + 1) * (WEXITSTATUS(status) + 1) % 1000003, __ATOMIC_SEQ_CST);
}

static int error_status(void) {
	return 100 + (errno < 100 ? errno : 99);
}

static int reap(pid_t pid) {
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			failure(errno);
			break;
		}
	return status;
}

static char *word(char *buffer, size_t size, long number) {
	snprintf(buffer, size, "%ld", number);
	return buffer;
}

static __attribute__((noinline)) pid_t start_by_vfork(char **arguments) {
	pid_t pid = vfork();
	if (pid == 0) {
		execve(self, arguments, empty);
		_exit(error_status());
	}
	return pid;
}

static void one(long number) {
	char text[32], file[4200], pipeline[512];
	char *arguments[] = {self, "-exit", word(text, sizeof text, expected(number)), NULL};
	pid_t pid;
	int status;
	if (is("spawn")) {
		int error = posix_spawn(&pid, self, NULL, NULL, arguments, empty);
		if (error != 0) {
			failure(error);
			return;
		}
		success(number, reap(pid));
		return;
	}
	if (is("vfork")) {
		pid = start_by_vfork(arguments);
		if (pid < 0)
			failure(errno);
		else
			success(number, reap(pid));
		return;
	}
	pid = fork();
	if (pid < 0) {
		failure(errno);
		return;
	}
	if (pid > 0) {
		status = reap(pid);
		success(number, status);
		return;
	}
	if (is("search")) {
		arguments[0] = "stress";
		execvp("stress", arguments);
	} else if (is("pipes")) {
		snprintf(pipeline, sizeof pipeline, "echo a%ld b c | cat | tr ' ' '\\n' | grep -c . >/dev/null && exit %d", number,
			 expected(number));
		execl("/bin/sh", "sh", "-c", pipeline, (char *)NULL);
	} else if (is("together") || is("leaderless")) {
		arguments[1] = is("together") ? "-together" : "-leaderless";
		execve(self, arguments, empty);
	} else if (is("scripts")) {
		snprintf(file, sizeof file, "%s/script", programs);
		arguments[1] = arguments[2];
		arguments[2] = NULL;
		execve(file, arguments, empty);
	} else if (is("failing")) {
		static const char *const names[] = {"not-there", "not-executable", "not-a-program", "not-there/below", "script-of-nothing"};
		int seen = 0;
		for (int i = 0; i < 5; i++) {
			snprintf(file, sizeof file, "%s/%s", programs, names[i]);
			execve(file, arguments, empty);
			seen = seen * 7 + errno;
		}
		_exit(seen % 97);
	} else if (is("orphans")) {
		if (fork() == 0) {
			execve(self, arguments, empty);
			_exit(error_status());
		}
		_exit(expected(number));
	} else {
		execve(self, arguments, empty);
	}
	_exit(error_status());
}

static void *worker(void *unused) {
	long number;
	while ((number = __atomic_fetch_add(&counts->next, 1, __ATOMIC_SEQ_CST)) < count)
		one(number);
	return unused;
}

static void *exec_self(void *status) {
	char *arguments[] = {self, "-exit", status, NULL};
	for (;;) {
		execve(self, arguments, empty);
		if (errno != EAGAIN)
			_exit(error_status());
	}
}

static void handled(int signal) {
	(void)signal;
}

static int descriptors(void) {
	int number = 0;
	DIR *folder = opendir("/proc/self/fd");
	while (folder != NULL && readdir(folder) != NULL)
		number++;
	if (folder != NULL)
		closedir(folder);
	return number;
}

/* Whoever calls himself by a name beginning with "-" is a child. */
static int child(int argc, char **argv) {
	if (strcmp(argv[1], "-exit") == 0)
		/* A script's name stands between. */
		return atoi(argv[argc - 1]);
	if (strcmp(argv[1], "-together") == 0 || strcmp(argv[1], "-leaderless") == 0) {
		pthread_t thread;
		int threads = strcmp(argv[1], "-together") == 0 ? 4 : 1;
		for (int i = 0; i < threads; i++)
			/* No thread comes about in a process that another thread is just about to make something else. */
			if (pthread_create(&thread, NULL, exec_self, argv[2]) != 0)
				exec_self(argv[2]);
		if (threads > 1)
			exec_self(argv[2]);
		for (;;)
			pause();
	}
	if (strcmp(argv[1], "-deep") == 0) {
		char left[32];
		char *arguments[] = {self, "-deep", word(left, sizeof left, atol(argv[2]) - 1), NULL};
		pid_t pid;
		int status;
		if (atol(argv[2]) == 0)
			return 0;
		pid = fork();
		if (pid == 0) {
			execve(self, arguments, empty);
			_exit(error_status());
		}
		if (pid < 0)
			return error_status();
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
		}
		return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
	}
	if (strcmp(argv[1], "-wait") == 0) {
		char byte;
		while (read(0, &byte, 1) < 0 && errno == EINTR) {
		}
		return atoi(argv[2]);
	}
	return 2;
}

static void wide(void) {
	int gate[2];
	pid_t *pids = calloc((size_t)count, sizeof *pids);
	if (pids == NULL || pipe2(gate, O_CLOEXEC) != 0)
		exit(2);
	for (long number = 0; number < count; number++) {
		pids[number] = fork();
		if (pids[number] == 0) {
			char text[32];
			char *arguments[] = {self, "-wait", word(text, sizeof text, expected(number)), NULL};
			dup2(gate[0], 0);
			execve(self, arguments, empty);
			_exit(error_status());
		}
		if (pids[number] < 0)
			failure(errno);
	}
	close(gate[1]);
	close(gate[0]);
	for (long number = 0; number < count; number++)
		if (pids[number] > 0)
			success(number, reap(pids[number]));
	free(pids);
}

int main(int argc, char **argv) {
	pthread_t threads[50];
	int number_of_threads = 4, zombies = 0, before;
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	if (length < 0 || argc < 3)
		return 2;
	self[length] = '\0';
	if (argv[1][0] == '-')
		return child(argc, argv);
	if (argc < 4)
		return 2;
	kind = argv[1];
	count = atol(argv[2]);
	programs = argv[3];
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		return 2;
	if (is("search")) {
		size_t size = 60 * (strlen(programs) + 16) + 4200;
		char *path = calloc(1, size);
		if (path == NULL)
			return 2;
		for (int i = 0; i < 59; i++)
			sprintf(path + strlen(path), "%s/no%d:", programs, i);
		strcat(path, programs);
		setenv("PATH", path, 1);
		free(path);
	}
	before = descriptors();
	if (is("alarms")) {
		struct sigaction action;
		struct itimerval every = {{0, 200}, {0, 200}};
		memset(&action, 0, sizeof action);
		action.sa_handler = handled;
		sigaction(SIGALRM, &action, NULL);
		setitimer(ITIMER_REAL, &every, NULL);
	}
	if (is("wide")) {
		wide();
	} else if (is("deep")) {
		char left[32];
		char *arguments[] = {self, "-deep", word(left, sizeof left, count), NULL};
		pid_t pid = fork();
		if (pid == 0) {
			execve(self, arguments, empty);
			_exit(error_status());
		}
		success(count, reap(pid));
	} else {
		if (is("bursts"))
			number_of_threads = 50;
		else if (is("spawn") || is("vfork"))
			number_of_threads = 16;
		else if (is("alarms"))
			number_of_threads = 1;
		for (int i = 0; i < number_of_threads; i++)
			if (pthread_create(&threads[i], NULL, worker, NULL) != 0)
				return 2;
		for (int i = 0; i < number_of_threads; i++)
			pthread_join(threads[i], NULL);
	}
	/* What counts is not to be met by a signal itself. */
	if (is("alarms")) {
		struct itimerval never = {{0, 0}, {0, 0}};
		setitimer(ITIMER_REAL, &never, NULL);
	}
	/* Orphans are ours to wait for; whoever else is left is one too many. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		zombies++;
	if (is("orphans"))
		zombies -= (int)count;
	printf("stress=%s done=%ld failed=%ld", kind, counts->done, counts->failed);
	for (int error = 0; error < ERRORS; error++)
		if (counts->errors[error] > 0)
			printf(" %s=%ld", error == 0 ? "other" : strerrorname_np(error), counts->errors[error]);
	printf(" zombies=%d fds=%d digest=%lx\n", zombies, descriptors() - before, counts->sum);
	return counts->failed == 0 ? 0 : 1;
}
