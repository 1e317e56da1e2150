/*
 * Row 21: signals to processes outside. The victim counts SIGUSR1 and SIGURG and survives both.
 * Ways, each with PID (0 = the parent): kill group all tkill tgkill sigqueue tgsigqueue pidfd pidfd-group owner
 * owner-group owner-ex owner-ioctl exit-signal timer lease directory. For init and the supervisor: probe (signal 0), hurt (SIGKILL: only ever used inside).
 */
#include "attack.h"
#include <sched.h>
#include <sys/ioctl.h>
#include <time.h>
#include <sys/socket.h>

/* A pipe's readiness sends the chosen signal to whoever is named as the owner of its end. */
static NORETURN void by_ownership(int command, const void *argument_or_pid, long pid) {
	int pair[2];
	need("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	need("fcntl(F_SETSIG)", fcntl(pair[0], F_SETSIG, SIGUSR1));
	if (argument_or_pid != NULL)
		need("fcntl(F_SETOWN_EX)", fcntl(pair[0], command, argument_or_pid));
	else
		need("fcntl(F_SETOWN)", fcntl(pair[0], command, pid));
	need("fcntl(O_ASYNC)", fcntl(pair[0], F_SETFL, O_ASYNC | O_NONBLOCK));
	need("write", write(pair[1], "x", 1));
	tried("SIGIO");
}

int main(int argc, char **argv) {
	long pid;
	siginfo_t info;
	begin(argc, argv);
	pid = number(0);
	if (pid == 0)
		pid = getppid();
	memset(&info, 0, sizeof info);
	info.si_signo = SIGUSR1;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();

	if (way("exit-signal")) {
		/* A sibling's end is told to whose child we are, and a child chooses the signal that tells it. */
		long child = need("clone(CLONE_PARENT)", syscall(SYS_clone, CLONE_PARENT | SIGKILL, 0UL, 0UL, 0UL, 0UL));
		if (child == 0)
			_exit(0);
		/* An orphan is handed to init with the signal that its first parent was to get. */
		if (fork() == 0) {
			if (syscall(SYS_clone, SIGKILL, 0UL, 0UL, 0UL, 0UL) == 0) {
				while (getppid() != 1 && kill(getppid(), 0) == 0)
					sched_yield();
				_exit(0);
			}
			_exit(0);
		}
		wait(NULL);
		tried("clone(SIGKILL)");
	}
	if (way("timer")) {
		/* SIGEV_THREAD_ID: a timer may signal a thread; which must be ours. */
		struct sigevent event;
		int timer;
		memset(&event, 0, sizeof event);
		event.sigev_notify = SIGEV_THREAD_ID;
		event.sigev_signo = SIGUSR1;
		event._sigev_un._tid = (pid_t)pid;
		need("timer_create", syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer));
		struct itimerspec soon = {{0, 0}, {0, 1}};
		judge("timer_settime", syscall(SYS_timer_settime, timer, 0, &soon, NULL));
	}
	if (way("lease")) {
		/* A lease's breaking signals its owner; which is who took it, unless F_SETOWN says otherwise. */
		int fd = (int)need("open", open("lease", O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
		need("fcntl(F_SETLEASE)", fcntl(fd, F_SETLEASE, F_WRLCK));
		need("fcntl(F_SETSIG)", fcntl(fd, F_SETSIG, SIGUSR1));
		need("fcntl(F_SETOWN)", fcntl(fd, F_SETOWN, pid));
		open("lease", O_RDONLY | O_NONBLOCK);
		unlink("lease");
		tried("SIGIO");
	}
	if (way("directory")) {
		/* So does a change in a folder (dnotify). */
		int fd = (int)need("open", open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		need("fcntl(F_SETSIG)", fcntl(fd, F_SETSIG, SIGUSR1));
		need("fcntl(F_NOTIFY)", fcntl(fd, F_NOTIFY, 0x80000000L | 4));
		need("fcntl(F_SETOWN)", fcntl(fd, F_SETOWN, pid));
		need("open(O_CREAT)", open("new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		unlink("new");
		tried("SIGIO");
	}
	if (way("probe"))
		judge("kill(0)", kill((pid_t)pid, 0));
	if (way("hurt"))
		judge("kill(SIGKILL)", kill((pid_t)pid, SIGKILL));
	if (way("kill"))
		judge("kill", kill((pid_t)pid, SIGUSR1));
	if (way("group"))
		judge("kill(-pgid)", kill((pid_t)-pid, SIGUSR1));
	if (way("all")) {
		/* SIGURG is ignored by whoever does not wait for it. */
		need("kill(-1)", kill(-1, SIGURG));
		tried("kill(-1)");
	}
	if (way("tkill"))
		judge("tkill", syscall(SYS_tkill, pid, SIGUSR1));
	if (way("tgkill"))
		judge("tgkill", syscall(SYS_tgkill, pid, pid, SIGUSR1));
	if (way("sigqueue"))
		judge("rt_sigqueueinfo", syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info));
	if (way("tgsigqueue"))
		judge("rt_tgsigqueueinfo", syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGUSR1, &info));
	if (way("pidfd") || way("pidfd-group")) {
		int handle = (int)need("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
		judge("pidfd_send_signal",
		      syscall(SYS_pidfd_send_signal, handle, SIGUSR1, NULL, way("pidfd-group") ? 4 : 0));
	}
	if (way("owner"))
		by_ownership(F_SETOWN, NULL, pid);
	if (way("owner-group"))
		by_ownership(F_SETOWN, NULL, -pid);
	if (way("owner-ex")) {
		struct f_owner_ex owner = {F_OWNER_TID, (pid_t)pid};
		by_ownership(F_SETOWN_EX, &owner, pid);
	}
	if (way("owner-ioctl")) {
		int pair[2];
		int owner = (int)pid;
		int on = 1;
		need("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
		need("fcntl(F_SETSIG)", fcntl(pair[0], F_SETSIG, SIGUSR1));
		need("ioctl(FIOSETOWN)", ioctl(pair[0], FIOSETOWN, &owner));
		need("ioctl(FIOASYNC)", ioctl(pair[0], FIOASYNC, &on));
		need("write", write(pair[1], "x", 1));
		tried("SIGIO");
	}
	broken("arguments", "unknown way");
}
