/*
 * What is taken over while it runs. It goes on until told otherwise by files that appear in SCRATCH:
 *
 *     attached MODE SCRATCH PROGRAMS
 *
 * at first it runs marker-a over and over in its own manner (a line "ready PID" says that it has begun); from "go" on marker-d (a line
 * "denied" says that it was tried ten times or more); from "free" on marker-d five times (a line "free"); then it ends with a line of counts:
 *
 *     ok=N failed=N killed=N ran=N freed=N eintr=N
 *
 * Modes: forks (one after the other), vfork (in which it spends nearly all its time), exec (it executes itself over and over), threads (eight of
 * them, each with children of its own), server (threads in epoll_wait, which serve a child), clone (threads that are made and end as fast as they
 * can, beside children).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT = 100, TRIES = 10, THREADS = 8 };

static const char *scratch, *mode;
static char good[4200], evil[4200];
static char *empty[] = {NULL};
static struct {
	volatile long ok, failed, killed, ran, freed, eintr, stop;
} *counts;

static int is(const char *name) {
	return strcmp(mode, name) == 0;
}

static void add(volatile long *count) {
	__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
}

static int told(const char *word) {
	char path[4200];
	snprintf(path, sizeof path, "%s/%s", scratch, word);
	return access(path, F_OK) == 0;
}

/* Runs a program; its status. */
static int once(char *program) {
	char *arguments[] = {program, NULL};
	int status;
	pid_t pid = is("vfork") ? vfork() : fork();
	if (pid == 0) {
		if (is("vfork"))
			usleep(500);
		execve(program, arguments, empty);
		_exit(127);
	}
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			return -1;
	return status;
}

static void allowed(void) {
	add(once(good) == 0 ? &counts->ok : &counts->failed);
}

static void denied(void) {
	int status = once(evil);
	if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		add(&counts->killed);
	else
		add(status == 0 ? &counts->ran : &counts->failed);
}

static void *worker(void *unused) {
	while (!told("go"))
		allowed();
	for (int i = 0; i < TRIES; i++)
		denied();
	add(&counts->stop);
	return unused;
}

static void *nothing(void *unused) {
	return unused;
}

static void *maker(void *unused) {
	while (!told("free")) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, nothing, NULL) == 0)
			pthread_join(thread, NULL);
	}
	return unused;
}

/* Answers what comes; waits as servers do. */
static void *server(void *argument) {
	int fd = *(int *)argument, epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN};
	unsigned char byte;
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	for (;;) {
		int ready = epoll_wait(epoll, &event, 1, -1);
		if (ready < 0 && errno == EINTR)
			add(&counts->eintr);
		if (ready < 1)
			continue;
		if (read(fd, &byte, 1) != 1)
			return NULL;
		byte++;
		if (write(fd, &byte, 1) != 1)
			return NULL;
	}
}

static void client(int *fds) {
	for (unsigned char i = 0; !told("free"); i++) {
		for (int j = 0; j < THREADS; j++) {
			unsigned char byte = i;
			if (write(fds[j], &byte, 1) != 1 || read(fds[j], &byte, 1) != 1 || byte != (unsigned char)(i + 1))
				add(&counts->failed);
		}
		if (i % 16 == 0 && !told("go"))
			allowed();
	}
	_exit(0);
}

int main(int argc, char **argv) {
	pthread_t threads[THREADS + 2];
	int running = 0, memory, null;
	if (argc < 4)
		return 2;
	mode = argv[1];
	scratch = argv[2];
	snprintf(good, sizeof good, "%s/marker-a", argv[3]);
	snprintf(evil, sizeof evil, "%s/marker-d", argv[3]);
	null = open("/dev/null", O_WRONLY);
	dup2(null, REPORT);
	close(null);
	/* Over its own execs the counts stay in a file without a name. */
	memory = argc > 4 ? atoi(argv[4]) : memfd_create("counts", 0);
	if (argc == 4 && ftruncate(memory, 4096) != 0)
		return 3;
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (counts == MAP_FAILED)
		return 3;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 4)
		printf("ready %d\n", (int)getpid());
	if (is("exec") && !told("go")) {
		char number[16];
		char *again[] = {argv[0], argv[1], argv[2], argv[3], number, NULL};
		snprintf(number, sizeof number, "%d", memory);
		add(&counts->ok);
		execv("/proc/self/exe", again);
		return 4;
	}
	if (is("server")) {
		static int pairs[THREADS][2], far[THREADS];
		for (int i = 0; i < THREADS; i++) {
			if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]) != 0)
				return 3;
			far[i] = pairs[i][1];
			pthread_create(&threads[i], NULL, server, &pairs[i][0]);
		}
		if (fork() == 0)
			client(far);
	}
	if (is("clone"))
		for (; running < 4; running++)
			pthread_create(&threads[running], NULL, maker, NULL);
	if (is("threads")) {
		for (; running < THREADS; running++)
			pthread_create(&threads[running], NULL, worker, NULL);
		while (counts->stop < THREADS)
			usleep(1000);
	} else {
		while (!told("go"))
			if (is("server"))
				usleep(1000);
			else
				allowed();
		for (int i = 0; i < TRIES; i++)
			denied();
	}
	printf("denied\n");
	while (!told("free"))
		usleep(1000);
	while (running > 0)
		pthread_join(threads[--running], NULL);
	if (is("server"))
		wait(NULL);
	for (int i = 0; i < 5; i++)
		if (once(evil) == 0)
			add(&counts->freed);
	printf("free\n");
	printf("ok=%ld failed=%ld killed=%ld ran=%ld freed=%ld eintr=%ld\n", counts->ok, counts->failed, counts->killed, counts->ran,
	       counts->freed, counts->eintr);
	return 0;
}
