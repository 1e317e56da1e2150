/*
 * Row 20: a world of one's own: namespaces by unshare, clone, clone3, setns; another root by chroot and pivot_root;
 * mounting.
 * Ways: unshare KIND, clone KIND, clone3 KIND, setns KIND, user-then-mount, chroot, pivot_root, mount, umount.
 * KIND: user mnt net pid ipc uts cgroup time
 */
#include "attack.h"
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static unsigned long kind(const char *name) {
	static const struct {
		const char *name;
		unsigned long flag;
	} kinds[] = {{"user", CLONE_NEWUSER}, {"mnt", CLONE_NEWNS},   {"net", CLONE_NEWNET},
		     {"pid", CLONE_NEWPID},   {"ipc", CLONE_NEWIPC},  {"uts", CLONE_NEWUTS},
		     {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME}};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].flag;
	broken("arguments", "unknown namespace");
}

static NORETURN void judge_child(const char *step, long child) {
	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid((pid_t)child, NULL, 0);
	judge(step, child);
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("unshare"))
		judge("unshare", syscall(SYS_unshare, kind(argument(0))));
	if (way("clone"))
		judge_child("clone", syscall(SYS_clone, kind(argument(0)) | SIGCHLD, 0UL, 0UL, 0UL, 0UL));
	if (way("clone3")) {
		struct clone_args arguments;
		memset(&arguments, 0, sizeof arguments);
		arguments.flags = attack_argc > 0 ? kind(argument(0)) : 0;
		arguments.exit_signal = SIGCHLD;
		judge_child("clone3", syscall(SYS_clone3, &arguments, sizeof arguments));
	}
	if (way("setns")) {
		char path[64];
		snprintf(path, sizeof path, "/proc/self/ns/%s", argument(0));
		judge("setns", syscall(SYS_setns, need("open(/proc/self/ns)", open(path, O_RDONLY)), 0));
	}
	if (way("setns-pidfd")) {
		int handle = (int)need("pidfd_open", syscall(SYS_pidfd_open, number(0), 0));
		judge_reached("setns(pidfd)", syscall(SYS_setns, handle, CLONE_NEWNET));
	}
	if (way("user-then-mount")) {
		need("unshare", syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS));
		judge("mount", mount("tmpfs", "/", "tmpfs", 0, NULL));
	}
	if (way("chroot"))
		judge_reached("chroot", chroot("/paddock-no-such-place"));
	if (way("pivot_root"))
		judge_reached("pivot_root", syscall(SYS_pivot_root, "/paddock-no-such-place", "/paddock-no-such-place"));
	if (way("mount"))
		judge_reached("mount", mount("none", "/paddock-no-such-place", "tmpfs", 0, NULL));
	if (way("umount"))
		judge_reached("umount2", umount2("/paddock-no-such-place", MNT_DETACH));
	broken("arguments", "unknown way");
}
