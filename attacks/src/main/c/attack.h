/*
 * What every attack has in common: how it is called and what it says.
 *
 *     PROGRAM ID WAY [ARGUMENT...]
 *
 * One line on standard output tells the outcome, the exit status repeats it for the harness:
 *
 *     attack=ID step=CALL result=worked              0   the attack did what it wanted
 *     attack=ID step=CALL result=worked (reached)    0   no permission check stopped it; harmless arguments did
 *     attack=ID step=CALL result=blocked errno=NAME 10   CALL was refused with this error
 *     attack=ID step=CALL result=blocked as=WORD    11   it failed in another way: a signal, or no effect
 *     attack=ID step=CALL result=tried              20   every call was let through: the canary knows the rest
 *     attack=ID step=CALL result=unavailable ...    77   this machine cannot run it at all
 *     attack=ID step=CALL result=broken ...          2   the program itself went wrong: never a verdict
 */
#ifndef PADDOCK_ATTACK_H
#define PADDOCK_ATTACK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKED = 0, BROKEN = 2, BLOCKED = 10, BLOCKED_AS = 11, TRIED = 20, UNAVAILABLE = 77 };

static const char *attack_id = "?";
static const char *attack_way = "?";
static int attack_argc;
static char **attack_argv;

#define NORETURN __attribute__((noreturn, unused))
#define MAYBE __attribute__((unused))

/* Takes the identity and the way from the command line; call it first in main. */
static MAYBE void begin(int argc, char **argv) {
	if (argc < 3) {
		fprintf(stderr, "usage: %s ID WAY [ARGUMENT...]\n", argc > 0 ? argv[0] : "attack");
		exit(BROKEN);
	}
	attack_id = argv[1];
	attack_way = argv[2];
	attack_argc = argc - 3;
	attack_argv = argv + 3;
}

static NORETURN void finish(int status) {
	fflush(stdout);
	_exit(status);
}

static NORETURN void worked(const char *step) {
	printf("attack=%s step=%s result=worked\n", attack_id, step);
	finish(WORKED);
}

static NORETURN void reached(const char *step) {
	printf("attack=%s step=%s result=worked (reached)\n", attack_id, step);
	finish(WORKED);
}

static NORETURN void blocked(const char *step, int error) {
	const char *name = strerrorname_np(error);
	if (name != NULL)
		printf("attack=%s step=%s result=blocked errno=%s\n", attack_id, step, name);
	else
		printf("attack=%s step=%s result=blocked errno=%d\n", attack_id, step, error);
	finish(BLOCKED);
}

static NORETURN void blocked_as(const char *step, const char *word) {
	printf("attack=%s step=%s result=blocked as=%s\n", attack_id, step, word);
	finish(BLOCKED_AS);
}

static NORETURN void tried(const char *step) {
	printf("attack=%s step=%s result=tried\n", attack_id, step);
	finish(TRIED);
}

static NORETURN void unavailable(const char *step, const char *reason) {
	printf("attack=%s step=%s result=unavailable reason=%s\n", attack_id, step, reason);
	finish(UNAVAILABLE);
}

static NORETURN void broken(const char *step, const char *reason) {
	printf("attack=%s step=%s result=broken reason=%s\n", attack_id, step, reason);
	finish(BROKEN);
}

/* A step on the way to the attack: the attack is blocked here if it is refused. */
static MAYBE long need(const char *step, long result) {
	if (result < 0)
		blocked(step, errno);
	return result;
}

/* The deciding step: worked if the kernel did it. */
static NORETURN void judge(const char *step, long result) {
	if (result < 0)
		blocked(step, errno);
	worked(step);
}

/*
 * The deciding step with arguments that must not succeed on a real machine: worked if it came past every
 * permission check, that is, if it failed for another reason than a refusal.
 */
static NORETURN void judge_reached(const char *step, long result) {
	if (result >= 0)
		worked(step);
	/* ESRCH: in a pid name space nobody has that number. */
	if (errno == EPERM || errno == EACCES || errno == ENOSYS || errno == ESRCH)
		blocked(step, errno);
	reached(step);
}

static MAYBE int way(const char *name) {
	return strcmp(attack_way, name) == 0;
}

/* The argument at this position, which must be there. */
static MAYBE const char *argument(int position) {
	if (position >= attack_argc)
		broken("arguments", "an argument is missing");
	return attack_argv[position];
}

static MAYBE long number(int position) {
	char *end;
	const char *text = argument(position);
	long value;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		broken("arguments", "an argument is not a number");
	return value;
}

/* Writes one line into a descriptor that should have been out of reach. */
static NORETURN void deface(const char *step, int fd) {
	static const char text[] = "defaced\n";
	need(step, fd);
	judge("write", write(fd, text, sizeof text - 1));
}

/*
 * Runs a step in a child, because its refusal may be death. The step returns 0 or an errno; a signal is
 * reported by its name.
 */
static NORETURN void apart(const char *step, int (*action)(void)) {
	int status;
	pid_t child = fork();
	if (child < 0)
		broken("fork", strerror(errno));
	if (child == 0)
		_exit(action());
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			broken("waitpid", strerror(errno));
	if (WIFSIGNALED(status)) {
		char name[32];
		const char *short_name = sigabbrev_np(WTERMSIG(status));
		snprintf(name, sizeof name, "SIG%s", short_name != NULL ? short_name : "?");
		blocked_as(step, name);
	}
	if (WEXITSTATUS(status) != 0)
		blocked(step, WEXITSTATUS(status));
	worked(step);
}

#endif
