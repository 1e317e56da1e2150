/*
 * Row 48: calls that act on another process of the same user and ask for nothing but that.
 * Ways, each with PID: prlimit-cpu prlimit-nofile prlimit-core prlimit-read affinity scheduler attributes parameters
 *       priority priority-group ioprio ioprio-group migrate move oom-score autogroup slack clear-refs core-filter
 *       robust-list release;
 *       with a user's number: priority-user ioprio-user
 */
#include "attack.h"
#include <sched.h>
#include <sys/resource.h>

enum { IOPRIO_PROCESS = 1, IOPRIO_GROUP = 2, IOPRIO_USER = 3, IOPRIO_IDLE = 3 << 13 };

struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static long limit(long pid, int resource, rlim_t value) {
	struct rlimit both = {value, value};
	return syscall(SYS_prlimit64, pid, resource, &both, NULL);
}

int main(int argc, char **argv) {
	long pid;
	begin(argc, argv);
	pid = number(0);
	if (way("prlimit-cpu"))
		judge("prlimit64(RLIMIT_CPU)", limit(pid, RLIMIT_CPU, 100000));
	if (way("prlimit-nofile"))
		judge("prlimit64(RLIMIT_NOFILE)", limit(pid, RLIMIT_NOFILE, 64));
	if (way("prlimit-core"))
		judge("prlimit64(RLIMIT_CORE)", limit(pid, RLIMIT_CORE, 4096));
	if (way("prlimit-read")) {
		struct rlimit both;
		judge("prlimit64", syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, NULL, &both));
	}
	if (way("affinity")) {
		unsigned long mask[16] = {1};
		judge("sched_setaffinity", syscall(SYS_sched_setaffinity, pid, sizeof mask, mask));
	}
	if (way("scheduler")) {
		struct sched_param parameters = {0};
		judge("sched_setscheduler", syscall(SYS_sched_setscheduler, pid, SCHED_BATCH, &parameters));
	}
	if (way("attributes")) {
		struct attributes attributes;
		memset(&attributes, 0, sizeof attributes);
		attributes.size = 48;
		attributes.nice = 11;
		judge("sched_setattr", syscall(SYS_sched_setattr, pid, &attributes, 0));
	}
	if (way("parameters")) {
		struct sched_param parameters = {0};
		judge("sched_setparam", syscall(SYS_sched_setparam, pid, &parameters));
	}
	if (way("priority"))
		judge("setpriority(PRIO_PROCESS)", syscall(SYS_setpriority, PRIO_PROCESS, pid, 13));
	if (way("priority-group"))
		judge("setpriority(PRIO_PGRP)", syscall(SYS_setpriority, PRIO_PGRP, pid, 13));
	if (way("priority-user"))
		/* 0 is what everybody has: harmless even where it is let through. */
		judge("setpriority(PRIO_USER)", syscall(SYS_setpriority, PRIO_USER, pid, 0));
	if (way("ioprio"))
		judge("ioprio_set(PROCESS)", syscall(SYS_ioprio_set, IOPRIO_PROCESS, pid, IOPRIO_IDLE));
	if (way("ioprio-group"))
		judge("ioprio_set(PGRP)", syscall(SYS_ioprio_set, IOPRIO_GROUP, pid, IOPRIO_IDLE));
	if (way("ioprio-user"))
		judge("ioprio_set(USER)", syscall(SYS_ioprio_set, IOPRIO_USER, pid, 0));
	if (way("migrate")) {
		unsigned long nodes[16] = {1};
		judge("migrate_pages", syscall(SYS_migrate_pages, pid, 2UL, nodes, nodes));
	}
	if (way("move"))
		judge("move_pages", syscall(SYS_move_pages, pid, 0UL, NULL, NULL, NULL, 0));
	if (way("robust-list")) {
		void *head;
		size_t length;
		judge("get_robust_list", syscall(SYS_get_robust_list, pid, &head, &length));
	}
	if (way("release")) {
		int handle = (int)need("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
		/* Only of who is dying is anything released: EINVAL says that nothing else was in the way. */
		judge_reached("process_mrelease", syscall(SYS_process_mrelease, handle, 0));
	}
	if (way("slack") || way("clear-refs") || way("core-filter")) {
		const char *file = way("slack") ? "timerslack_ns" : way("clear-refs") ? "clear_refs" : "coredump_filter";
		char path[64];
		int fd;
		snprintf(path, sizeof path, "/proc/%ld/%s", pid, file);
		fd = (int)need("open(/proc/PID)", open(path, O_WRONLY | O_CLOEXEC));
		judge("write", write(fd, way("slack") ? "60000" : "1", way("slack") ? 5 : 1));
	}
	if (way("oom-score") || way("autogroup")) {
		char path[64];
		int fd;
		snprintf(path, sizeof path, "/proc/%ld/%s", pid, way("autogroup") ? "autogroup" : "oom_score_adj");
		fd = (int)need(way("autogroup") ? "open(autogroup)" : "open(oom_score_adj)",
			       open(path, O_WRONLY | O_CLOEXEC));
		judge("write", write(fd, way("autogroup") ? "3" : "500", way("autogroup") ? 1 : 3));
	}
	broken("arguments", "unknown way");
}
