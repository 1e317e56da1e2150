/*
 * Row 18: staying alive after the run. Each way leaves processes behind and ends; the harness counts who is still
 * there. Nobody lives longer than SECONDS, so that a bare run ends by itself.
 * Ways, each with SECONDS: daemon, hoppers [FILE] (grows by a byte a hop: they are too quick to be seen), vfork
 *       clone-parent clone-untraced orphan-stopped;
 *       tree (a daemon, hoppers and children that stay, and itself stays too)
 */
#include "attack.h"
#include <sched.h>
#include <time.h>

static double now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static NORETURN void live(long seconds) {
	struct timespec rest = {seconds, 0};
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	while (nanosleep(&rest, &rest) != 0) {
	}
	_exit(0);
}

static long clone_raw(unsigned long flags) {
	return syscall(SYS_clone, flags, 0UL, 0UL, 0UL, 0UL);
}

int main(int argc, char **argv) {
	long seconds;
	double end;
	int null;
	begin(argc, argv);
	seconds = number(0);
	end = now() + (double)seconds;
	/* Who stays behind must not hold the harness's pipes open. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (way("daemon")) {
		if (fork() == 0) {
			setsid();
			dup2(null, 0), dup2(null, 1), dup2(null, 2);
			if (fork() == 0)
				live(seconds);
			_exit(0);
		}
		wait(NULL);
		tried("daemon");
	}
	if (way("hoppers")) {
		int pulse = attack_argc > 1 ? open(argument(1), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : null;
		need("open(pulse)", pulse);
		for (int hopper = 0; hopper < 20; hopper++) {
			if (fork() != 0)
				continue;
			setsid();
			dup2(null, 0), dup2(null, 1), dup2(null, 2);
			while (now() < end) {
				pid_t next = fork();
				if (next > 0)
					_exit(0);
				setsid();
				if (next < 0)
					usleep(1000);
				if (write(pulse, ".", 1) < 0)
					_exit(1);
				for (volatile int pause = 0; pause < 100000; pause++) {
				}
			}
			_exit(0);
		}
		/* Only hoppers that hop show anything: wait for the first hop. */
		while (attack_argc > 1 && now() < end && lseek(pulse, 0, SEEK_END) == 0)
			sched_yield();
		tried("hoppers");
	}
	if (way("tree")) {
		for (int child = 0; child < 6; child++)
			if (fork() == 0) {
				dup2(null, 0), dup2(null, 1), dup2(null, 2);
				if (child % 2 == 0)
					setsid();
				while (child == 0 && now() < end) {
					pid_t next = fork();
					if (next > 0)
						_exit(0);
					setsid();
					usleep(20000);
				}
				live(seconds);
			}
		live(seconds);
	}
	if (way("storm")) {
		for (int child = 0; child < 200; child++)
			if (fork() == 0) {
				dup2(null, 0), dup2(null, 1), dup2(null, 2);
				setsid();
				live(seconds);
			}
		tried("fork");
	}
	if (way("vfork")) {
		char rest[32];
		snprintf(rest, sizeof rest, "%ld", seconds);
		for (int child = 0; child < 50; child++)
			if (vfork() == 0) {
				dup2(null, 0), dup2(null, 1), dup2(null, 2);
				execl(argv[0], argv[0], attack_id, "live", rest, (char *)NULL);
				_exit(1);
			}
		tried("vfork");
	}
	if (way("live"))
		live(seconds);
	if (way("clone-parent")) {
		/* A sibling instead of a child: it belongs to whoever started us. */
		if (need("clone(CLONE_PARENT)", clone_raw(CLONE_PARENT | SIGCHLD)) == 0) {
			dup2(null, 0), dup2(null, 1), dup2(null, 2);
			setsid();
			live(seconds);
		}
		tried("clone(CLONE_PARENT)");
	}
	if (way("clone-untraced")) {
		if (need("clone(CLONE_UNTRACED)", clone_raw(CLONE_UNTRACED | SIGCHLD)) == 0) {
			dup2(null, 0), dup2(null, 1), dup2(null, 2);
			live(seconds);
		}
		tried("clone(CLONE_UNTRACED)");
	}
	if (way("orphan-stopped")) {
		pid_t child = fork();
		if (child == 0) {
			dup2(null, 0), dup2(null, 1), dup2(null, 2);
			raise(SIGSTOP);
			live(seconds);
		}
		waitpid(child, NULL, WUNTRACED);
		tried("stop");
	}
	broken("arguments", "unknown way");
}
