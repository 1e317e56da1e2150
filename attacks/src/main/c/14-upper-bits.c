/*
 * Row 14: arguments that the kernel cuts to 32 bits, with something in the upper half, so that a filter which
 * compares 64 bits takes them for other values.
 * Ways: socket-domain socket-type socketpair-type clone-flags dumpable (unshare looks at all 64 bits),
 *       prlimit-pid PID, setpriority-pid PID, affinity-pid PID
 */
#include "attack.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

static const unsigned long UPPER = 1UL << 32;

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("socket-domain"))
		judge("socket(2^32+AF_NETLINK)", syscall(SYS_socket, UPPER | AF_NETLINK, SOCK_RAW, 16 /* NETLINK_GENERIC */));
	if (way("socket-type"))
		judge("socket(AF_INET,2^32+SOCK_RAW)", syscall(SYS_socket, AF_INET, UPPER | SOCK_RAW, 1));
	if (way("socketpair-type")) {
		int pair[2];
		judge("socketpair(2^32+SOCK_RAW)",
		      syscall(SYS_socketpair, AF_UNIX, UPPER | SOCK_RAW, 0, pair));
	}
	if (way("clone-flags")) {
#if defined(__x86_64__) || defined(__aarch64__)
		long child = syscall(SYS_clone, UPPER | CLONE_NEWUSER | SIGCHLD, 0UL, 0UL, 0UL, 0UL);
		if (child == 0)
			_exit(0);
		if (child > 0)
			waitpid((pid_t)child, NULL, 0);
		judge("clone(2^32+CLONE_NEWUSER)", child);
#endif
	}
	if (way("dumpable")) {
		/* Not being dumpable takes a process away from a supervisor that is not root. */
		need("prctl(2^32+PR_SET_DUMPABLE)", syscall(SYS_prctl, UPPER | PR_SET_DUMPABLE, 0, 0, 0, 0));
		if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
			blocked_as("prctl(2^32+PR_SET_DUMPABLE)", "unchanged");
		worked("prctl(2^32+PR_SET_DUMPABLE)");
	}
	if (way("prlimit-pid")) {
		struct rlimit limit = {64, 64};
		judge("prlimit64(2^32+pid)",
		      syscall(SYS_prlimit64, UPPER | (unsigned long)number(0), RLIMIT_NOFILE, &limit, NULL));
	}
	if (way("setpriority-pid"))
		judge("setpriority(2^32+pid)",
		      syscall(SYS_setpriority, UPPER | PRIO_PROCESS, UPPER | (unsigned long)number(0), 7));
	if (way("affinity-pid")) {
		unsigned long mask[16] = {1};
		judge("sched_setaffinity(2^32+pid)",
		      syscall(SYS_sched_setaffinity, UPPER | (unsigned long)number(0), sizeof mask, mask));
	}
	broken("arguments", "unknown way");
}
