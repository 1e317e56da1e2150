/*
 * Row 17: reaching into a process that is none of ours: one outside, the supervisor, init (our parent inside).
 * Ways, each with PID (0 = the parent): seize attach readv writev memory-read memory-write maps environ getfd
 * fd-open madvise kcmp
 */
#include "attack.h"
#include <linux/kcmp.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static int open_in_proc(long pid, const char *name, int flags) {
	char path[64];
	snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
	return open(path, flags | O_CLOEXEC);
}

int main(int argc, char **argv) {
	long pid;
	begin(argc, argv);
	pid = number(0);
	if (pid == 0)
		pid = getppid();
	if (way("seize"))
		/* Seizing does not stop it; our end lets it go. */
		judge("ptrace(SEIZE)", syscall(SYS_ptrace, PTRACE_SEIZE, pid, 0, 0));
	if (way("attach")) {
		int status;
		need("ptrace(ATTACH)", syscall(SYS_ptrace, PTRACE_ATTACH, pid, 0, 0));
		waitpid((pid_t)pid, &status, __WALL);
		syscall(SYS_ptrace, PTRACE_DETACH, pid, 0, 0);
		worked("ptrace(ATTACH)");
	}
	if (way("readv") || way("writev")) {
		/* Our own stack address: what is mapped there in the other process is as good as any. */
		char here[1] = {0};
		struct iovec local = {here, 1};
		struct iovec remote = {here, 1};
		if (way("readv"))
			judge_reached("process_vm_readv", syscall(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0));
		/* An address that is mapped nowhere: only the permission is asked for. */
		remote.iov_base = (void *)4096;
		judge_reached("process_vm_writev", syscall(SYS_process_vm_writev, pid, &local, 1, &remote, 1, 0));
	}
	if (way("memory-read"))
		judge("open(/proc/PID/mem)", open_in_proc(pid, "mem", O_RDONLY));
	if (way("memory-write"))
		judge("open(/proc/PID/mem,O_RDWR)", open_in_proc(pid, "mem", O_RDWR));
	if (way("maps")) {
		char byte;
		judge("read(/proc/PID/maps)", read((int)need("open(/proc/PID/maps)", open_in_proc(pid, "maps", O_RDONLY)), &byte, 1));
	}
	if (way("environ")) {
		char byte;
		judge("read(/proc/PID/environ)",
		      read((int)need("open(/proc/PID/environ)", open_in_proc(pid, "environ", O_RDONLY)), &byte, 1));
	}
	if (way("getfd")) {
		int handle = (int)need("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
		judge("pidfd_getfd", syscall(SYS_pidfd_getfd, handle, 1, 0));
	}
	if (way("fd-open"))
		judge("open(/proc/PID/fd/N)", open_in_proc(pid, argument(1), O_RDONLY));
	if (way("madvise")) {
		struct iovec remote = {(void *)4096, 4096};
		int handle = (int)need("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
		judge_reached("process_madvise", syscall(SYS_process_madvise, handle, &remote, 1, MADV_COLD, 0));
	}
	if (way("kcmp"))
		judge("kcmp", syscall(SYS_kcmp, getpid(), pid, KCMP_FILES, 0, 0));
	broken("arguments", "unknown way");
}
