// Only to be run under a filter: some of these calls would do what they say.
// Makes one system call after the other and prints its name and error number, 0 if it succeeded.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGH 0x100000000UL

// Always six whole registers, so that the upper halves are what the probe says.
static void probe(const char *name, long number, unsigned long a, unsigned long b, unsigned long c,
		  unsigned long d, unsigned long e)
{
	errno = 0;
	long result = syscall(number, a, b, c, d, e, 0UL);
	printf("%s %d\n", name, result < 0 ? errno : 0);
	fflush(stdout);
}

#define P5(name, number, a, b, c, d, e)                                                            \
	probe(name, number, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c),            \
	      (unsigned long)(d), (unsigned long)(e))
#define P3(name, number, a, b, c) P5(name, number, a, b, c, 0, 0)
#define P1(name, number, a) P5(name, number, a, 0, 0, 0, 0)

int main(int argc, char **argv)
{
	const char *scratch = argv[1]; // a directory to write in
	if (argc != 2 || chdir(scratch) != 0)
		return 99;
	alarm(30); // what a filter lets through by mistake may wait for ever
	int parent = getppid();
	char cpus[128];
	memset(cpus, 0xff, sizeof cpus);
	struct rlimit limit;
	int file = open("file", O_CREAT | O_RDWR, 0600);
	int pair[2];
	char byte = 0;
	int one = 1;
	struct sched_param parameters = {0};
	struct iovec vector = {&byte, 1};
	struct mmsghdr messages = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};

	// Unknown and dangerous
	P1("beyond", 5000, 0);
	P1("minus-one", -1, 0);
	P1("minus-two", -2, 0);
	void *robust;
	size_t robust_size;
	P3("robust-list-self", SYS_get_robust_list, 0, &robust, &robust_size);
	P3("robust-list-other", SYS_get_robust_list, getppid(), &robust, &robust_size);
	P3("fchmodat2", 452, AT_FDCWD, "file", 0600);
	P1("io_uring_setup", 425, 1);
	P1("io_uring_enter", 426, 0);
	P1("shmget", SYS_shmget, 0);
	P1("msgget", SYS_msgget, 0);
	P1("semget", SYS_semget, 0);
	P1("mq_open", SYS_mq_open, "/x");
	P1("clone3", SYS_clone3, 0);
	P3("mount", SYS_mount, 0, 0, 0);
	P1("ptrace", SYS_ptrace, 0);
	P1("bpf", SYS_bpf, 0);
	P1("keyctl", SYS_keyctl, 0);
	P1("userfaultfd", SYS_userfaultfd, 0);
	P1("perf_event_open", SYS_perf_event_open, 0);
	P1("setns", SYS_setns, -1);
	P1("open_by_handle_at", SYS_open_by_handle_at, -1);
	P1("pidfd_getfd", SYS_pidfd_getfd, -1);
	P1("process_vm_readv", SYS_process_vm_readv, parent);

	// Namespaces
	P1("unshare-user", SYS_unshare, CLONE_NEWUSER);
	P1("unshare-high", SYS_unshare, HIGH);
	P1("unshare-files", SYS_unshare, CLONE_FILES);
	P1("clone-user", SYS_clone, CLONE_NEWUSER | SIGCHLD);
	P1("clone-user-high", SYS_clone, HIGH | CLONE_NEWUSER | SIGCHLD);
	P1("clone-untraced", SYS_clone, CLONE_UNTRACED | SIGCHLD);

	// Other processes of the same user
	P5("prlimit-other", SYS_prlimit64, parent, RLIMIT_CORE, 0, &limit, 0);
	P5("prlimit-other-high", SYS_prlimit64, HIGH | parent, RLIMIT_CORE, 0, &limit, 0);
	P5("prlimit-self", SYS_prlimit64, 0, RLIMIT_CORE, 0, &limit, 0);
	P5("prlimit-self-high", SYS_prlimit64, HIGH, RLIMIT_CORE, 0, &limit, 0);
	P3("affinity-other", SYS_sched_setaffinity, parent, sizeof cpus, cpus);
	P3("affinity-self", SYS_sched_setaffinity, 0, sizeof cpus, cpus);
	P3("scheduler-other", SYS_sched_setscheduler, parent, SCHED_OTHER, &parameters);
	P3("scheduler-self", SYS_sched_setscheduler, 0, SCHED_OTHER, &parameters);
	P3("parameters-other", SYS_sched_setparam, parent, &parameters, 0);
	P3("attributes-other", SYS_sched_setattr, parent, 0, 0);
	P3("priority-other", SYS_setpriority, PRIO_PROCESS, parent, 5);
	P3("priority-group", SYS_setpriority, PRIO_PGRP, 0, 5);
	P3("priority-user", SYS_setpriority, PRIO_USER, 0, 5);
	P3("priority-self", SYS_setpriority, PRIO_PROCESS, 0, 5);
	P3("ioprio-other", SYS_ioprio_set, 1, parent, 0);
	P3("ioprio-user", SYS_ioprio_set, 3, 0, 0);
	P3("ioprio-self", SYS_ioprio_set, 1, 0, 0);
	P1("migrate-other", SYS_migrate_pages, parent);
	P1("move-other", SYS_move_pages, parent);

	// prctl
	P3("dumpable-set", SYS_prctl, PR_SET_DUMPABLE, 0, 0);
	P3("dumpable-set-high", SYS_prctl, HIGH | PR_SET_DUMPABLE, 0, 0);
	printf("dumpable-is %d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	P3("prctl-mm", SYS_prctl, PR_SET_MM, 1, 0);
	P3("prctl-name", SYS_prctl, PR_SET_NAME, "probe", 0);
	P3("prctl-core", SYS_prctl, 62, 1, parent);
	P3("prctl-unknown", SYS_prctl, 9999, 0, 0);

	// Itself
	P3("seccomp-listener", SYS_seccomp, 1, 8, 0);
	P3("seccomp-listener-high", SYS_seccomp, HIGH | 1, HIGH | 8, 0);
	P3("seccomp-filter", SYS_seccomp, 1, 0, 0);
	P3("seccomp-unknown", SYS_seccomp, 77, 0, 0);
	P1("personality-query", SYS_personality, 0xffffffffUL);
	P1("personality-exec", SYS_personality, 0x0400000);

	// Files
	P3("mknod-fifo", SYS_mknodat, AT_FDCWD, "fifo", S_IFIFO | 0600);
	P5("mknod-character", SYS_mknodat, AT_FDCWD, "null", S_IFCHR | 0600, 0x103, 0);
	P5("mknod-whiteout", SYS_mknodat, AT_FDCWD, "white", S_IFCHR, 0, 0);
	P5("mknod-high", SYS_mknodat, AT_FDCWD, "high", HIGH | S_IFCHR, 0, 0);
	P5("setxattr", SYS_setxattr, "file", "user.a", "x", 1, 0);
	P5("removexattr", SYS_removexattr, "file", "user.a", 0, 0, 0);
	P3("own-other", SYS_fcntl, file, F_SETOWN, parent);
	P3("own-other-high", SYS_fcntl, file, HIGH | F_SETOWN, HIGH | (unsigned)parent);
	P3("own-none", SYS_fcntl, file, F_SETOWN, 0);
	P3("lease", SYS_fcntl, file, 1024, F_WRLCK);
	P3("get-flags", SYS_fcntl, file, F_GETFL, 0);

	// ioctl
	P3("tiocsti", SYS_ioctl, 0, 0x5412, "x");
	P3("tiocsti-high", SYS_ioctl, 0, HIGH | 0x5412, "x");
	P3("tioclinux", SYS_ioctl, 0, 0x541c, &byte);
	P3("tiocsetd", SYS_ioctl, 0, HIGH | 0x5423, &one);
	P3("tiocsctty-steal", SYS_ioctl, 0, 0x540e, 1);
	P3("tiocsctty", SYS_ioctl, file, 0x540e, 0);
	P3("tcgets", SYS_ioctl, file, 0x5401, cpus);
	P3("setflags", SYS_ioctl, file, 0x40086602, &one);
	P3("verity", SYS_ioctl, file, 0x40806685, 0);
	P3("subvolume", SYS_ioctl, file, 0x5000940e, 0);
	P3("keymap", SYS_ioctl, file, 0x4b49, 0);
	P3("clone-file", SYS_ioctl, file, 0x40049409, -1);

	// Sockets
	P3("tcp", SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	P3("tcp6", SYS_socket, AF_INET6, SOCK_STREAM, 6);
	P3("tcp-high", SYS_socket, HIGH | AF_INET, SOCK_STREAM, 0);
	P3("mptcp", SYS_socket, AF_INET, SOCK_STREAM, 262);
	P3("smc", SYS_socket, AF_INET, SOCK_STREAM, 256);
	P3("udp", SYS_socket, AF_INET, SOCK_DGRAM, 0);
	P3("raw", SYS_socket, AF_INET, SOCK_RAW, 1);
	P3("unix", SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	P3("unix-high", SYS_socket, HIGH | AF_UNIX, SOCK_STREAM, 0);
	P3("netlink", SYS_socket, AF_NETLINK, SOCK_RAW, 0);
	P3("netlink-audit", SYS_socket, AF_NETLINK, SOCK_RAW, 9);
	P3("packet", SYS_socket, 17, SOCK_RAW, 0);
	P3("vsock", SYS_socket, 40, SOCK_STREAM, 0);
	P3("alg", SYS_socket, 38, SOCK_SEQPACKET, 0);
	P5("pair-datagram", SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, pair, 0);
	P5("pair-raw", SYS_socketpair, AF_UNIX, SOCK_RAW, 0, pair, 0);
	P5("pair-datagram-high", SYS_socketpair, HIGH | AF_UNIX, HIGH | SOCK_DGRAM, 0, pair, 0);
	P5("pair-seqpacket", SYS_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, pair, 0);
	P5("pair-stream", SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair, 0);
	P5("send", SYS_sendto, pair[0], &byte, 1, MSG_NOSIGNAL, 0);
	P5("send-fastopen", SYS_sendto, pair[0], &byte, 1, MSG_FASTOPEN, 0);
	P5("send-fastopen-high", SYS_sendto, pair[0], &byte, 1, HIGH | MSG_FASTOPEN, 0);
	P3("sendmsg", SYS_sendmsg, pair[0], &messages.msg_hdr, MSG_NOSIGNAL);
	P3("sendmsg-fastopen", SYS_sendmsg, pair[0], &messages.msg_hdr, MSG_FASTOPEN);
	P5("sendmmsg", SYS_sendmmsg, pair[0], &messages, 1, MSG_NOSIGNAL, 0);
	P5("sendmmsg-fastopen", SYS_sendmmsg, pair[0], &messages, 1, MSG_FASTOPEN, 0);
	P5("option-fastopen", SYS_setsockopt, pair[0], 6, 30, &one, sizeof one);
	P5("option-fastopen-high", SYS_setsockopt, pair[0], HIGH | 6, HIGH | 30, &one, sizeof one);
	P5("option-ulp", SYS_setsockopt, pair[0], 6, 31, "smc", 3);
	P5("option-passcred", SYS_setsockopt, pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one);
	P3("listen", SYS_listen, pair[0], 1, 0);
	P3("bind", SYS_bind, pair[0], cpus, 0);
	P3("connect", SYS_connect, pair[0], cpus, 0);

#ifdef __x86_64__
	P1("x32", 0x40000000 | 39, 0);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		long result;
		struct rlimit none = {0, 0};
		setrlimit(RLIMIT_CORE, &none);
		__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
		_exit(0);
	}
	int status;
	waitpid(child, &status, 0);
	printf("int80 %d\n", WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : 0);
#endif
	return 0;
}
