/*
 * Rows 9 and 10: getting hold of the descriptor that answers held calls, making another one, and filters of one's own.
 * Ways: scan (asks every descriptor of ours whether it is a listener), install (a listener of our own), install-child
 *       (in a child), install-thread (for all threads, TSYNC), install-esrch (TSYNC with the other error), install-again (after a
 *       harmless filter of our own), strict (mode strict is a filter too: must work inside), tighten (our own filter
 *       that refuses getpriority: must work inside), with PROGRAMS: loosen-allow, loosen-log, loosen-trace, loosen-errno0
 *       (the denied program after a filter of ours that says otherwise);
 *       with PID: proc-fd (a descriptor of another process that /proc shows to be one), getfd (by pidfd_getfd, all
 *       numbers), proc-thread (the same in /proc/PID/task)
 *       receive (a message with descriptors, from whatever socket we have), reopen (every descriptor of ours by /proc),
 *       children (descriptors of our own children, by pidfd_getfd and ptrace)
 */
#include "attack.h"
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4)
#endif

static struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};

static long install(struct sock_filter *code, unsigned short length, unsigned long flags) {
	struct sock_fprog program = {length, code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* A filter that says something else of one call and allows the rest. */
static long install_for(long call, uint32_t answer) {
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	return install(code, 4, 0);
}

/* Whether a descriptor answers as only a listener does: no such notification, instead of not such an ioctl. */
static int is_listener(int fd) {
	uint64_t none = 0;
	return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &none) == 0 || errno == ENOENT;
}

static int in_child(void) {
	return install(allow, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0 ? errno : 0;
}

static void *waiting(void *unused) {
	for (;;)
		pause();
	return unused;
}

static int strict(void) {
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
		return errno;
	syscall(SYS_exit, 0);
	return 1;
}

static int denied_program(void) {
	char path[4200];
	char *arguments[] = {"marker", NULL}, *environment[] = {"MARKER_SHOW=1", NULL};
	long result = 0;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (way("loosen-allow"))
		result = install(allow, 1, 0);
	if (way("loosen-log"))
		result = install_for(SYS_execve, SECCOMP_RET_LOG);
	if (way("loosen-trace"))
		result = install_for(SYS_getpriority, SECCOMP_RET_TRACE);
	if (way("loosen-notify"))
		result = install_for(SYS_execve, SECCOMP_RET_USER_NOTIF);
	if (result < 0)
		return errno;
	snprintf(path, sizeof path, "%s/marker-d", argument(0));
	dup2(null, 1);
	execve(path, arguments, environment);
	return errno;
}

static NORETURN void in_proc(long pid, const char *where) {
	char path[64], name[400], target[256];
	struct dirent *entry;
	DIR *folder;
	int found = 0, denied = 0;
	snprintf(path, sizeof path, where, pid, pid);
	folder = opendir(path);
	if (folder == NULL)
		blocked("opendir(/proc/PID/fd)", errno);
	while ((entry = readdir(folder)) != NULL) {
		ssize_t length;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		length = readlink(name, target, sizeof target - 1);
		if (length < 0) {
			if (errno != ENOENT) /* closed since it was listed */
				denied = errno;
			continue;
		}
		target[length] = '\0';
		found++;
		if (strstr(target, "seccomp") != NULL) {
			int fd = open(name, O_RDWR | O_CLOEXEC);
			if (fd >= 0)
				worked("open(/proc/PID/fd/N)");
		}
	}
	if (found > 0)
		reached("readlink(/proc/PID/fd/N)");
	blocked("readlink(/proc/PID/fd/N)", denied);
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("scan")) {
		struct rlimit limit;
		int found = 0;
		if (attack_argc > 0)
			/* Bare there is one to be found only if somebody made it. */
			need("seccomp(NEW_LISTENER)", install(allow, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER));
		getrlimit(RLIMIT_NOFILE, &limit);
		for (int fd = 0; fd < (int)limit.rlim_cur && fd < 70000; fd++)
			if (is_listener(fd))
				found++;
		if (found > 0)
			worked("ioctl(ID_VALID)");
		blocked_as("ioctl(ID_VALID)", "none");
	}
	if (way("receive")) {
		/* The one that brought the listener to the supervisor could bring it to us, were it left open. */
		int found = 0, pair[2];
		struct rlimit limit;
		need("socketpair", socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
		getrlimit(RLIMIT_NOFILE, &limit);
		for (int fd = 0; fd < (int)limit.rlim_cur && fd < 70000; fd++) {
			char bytes[256], control[CMSG_SPACE(16 * sizeof(int))];
			struct iovec vector = {bytes, sizeof bytes};
			struct msghdr message = {NULL, 0, &vector, 1, control, sizeof control, 0};
			if (fd == pair[0] || fd == pair[1])
				continue;
			if (recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) >= 0 || errno == EAGAIN)
				found++;
		}
		if (found > 0)
			worked("recvmsg");
		blocked_as("recvmsg", "none");
	}
	if (way("reopen")) {
		int found = 0;
		for (int fd = 3; fd < 1024; fd++) {
			char path[64];
			int again;
			snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
			again = open(path, O_RDWR | O_CLOEXEC);
			if (again >= 0 || (errno != ENOENT && errno != EACCES))
				found++;
		}
		if (found > 0)
			worked("open(/proc/self/fd/N)");
		blocked_as("open(/proc/self/fd/N)", "none");
	}
	if (way("children")) {
		pid_t child = fork();
		long handle, got;
		int error;
		if (child == 0)
			for (;;)
				pause();
		handle = syscall(SYS_pidfd_open, child, 0);
		got = syscall(SYS_pidfd_getfd, handle, 1, 0);
		error = errno;
		kill(child, SIGKILL);
		errno = error;
		judge("pidfd_getfd", got);
	}
	if (way("install"))
		judge("seccomp(NEW_LISTENER)", install(allow, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER));
	if (way("install-child"))
		apart("seccomp(NEW_LISTENER)", in_child);
	if (way("install-thread") || way("install-esrch")) {
		pthread_t thread;
		pthread_create(&thread, NULL, waiting, NULL);
		judge("seccomp(TSYNC|NEW_LISTENER)",
		      install(allow, 1,
			      SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH));
	}
	if (way("install-high"))
		/* The upper half of the flags: the kernel takes them as one long. */
		judge("seccomp(NEW_LISTENER|high)", install(allow, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER | 32));
	if (way("install-again")) {
		need("seccomp", install(allow, 1, 0));
		judge("seccomp(NEW_LISTENER)", install(allow, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER));
	}
	if (way("strict"))
		apart("prctl(SECCOMP_MODE_STRICT)", strict);
	if (way("tighten")) {
		need("seccomp", install_for(SYS_getpriority, SECCOMP_RET_ERRNO | ENOTTY));
		errno = 0;
		if (getpriority(PRIO_PROCESS, 0) == -1 && errno == ENOTTY)
			worked("seccomp");
		blocked("getpriority", errno);
	}
	if (strncmp(attack_way, "loosen-", 7) == 0)
		apart("execve", denied_program);
	if (way("proc-fd"))
		in_proc(number(0), "/proc/%ld/fd");
	if (way("proc-thread"))
		in_proc(number(0), "/proc/%ld/task/%ld/fd");
	if (way("proc-parent"))
		in_proc(getppid(), "/proc/%ld/fd");
	if (way("getfd") || way("getfd-parent")) {
		int handle = (int)need("pidfd_open", syscall(SYS_pidfd_open, way("getfd") ? number(0) : getppid(), 0));
		for (int fd = 0; fd < 1000; fd++) {
			long got = syscall(SYS_pidfd_getfd, handle, fd, 0);
			if (got < 0 && errno == EBADF)
				continue;
			judge("pidfd_getfd", got);
		}
		blocked_as("pidfd_getfd", "none");
	}
	broken("arguments", "unknown way");
}
