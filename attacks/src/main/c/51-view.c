/*
 * Row 51: what a view holds inside a write grant, by every route; metadata of what is only read; process 1.
 * Ways on a PATH that is hidden or read-only: read, write, append, open-truncate, truncate, creat, openat2, unlink, execute,
 *       chmod, chown, utimes, setxattr, rmdir, make (a file in it), symlink PATH OWN, self-root, link PATH OWN, rename PATH OWN,
 *       replace OWN PATH, exchange OWN PATH, tmpfile DIRECTORY PATH, by-directory DIRECTORY NAME, descriptor-* PATH
 * Ways on the DIRECTORY that it is in, after which it would be at another path: parent-rename DIRECTORY OWN NAME,
 *       parent-exchange DIRECTORY OWN NAME
 * Ways on process 1: init-signals, init-seize, init-memory, init-vm, init-limit, init-getfd, init-root
 * Others' processes: status PID
 */
#include "attack.h"

#include <linux/openat2.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

/* Something of it can be read: a byte of a file, or an entry of a directory beside "." and "..". */
static NORETURN void peek(const char *step, int fd) {
	struct stat status;
	char bytes[4096];
	need(step, fd);
	need("fstat", fstat(fd, &status));
	if (S_ISDIR(status.st_mode))
		judge(step, syscall(SYS_getdents64, fd, bytes, sizeof bytes));
	if (need("read", read(fd, bytes, 1)) == 1)
		worked("read");
	blocked_as("read", "empty");
}

/* What was hidden or held is found by another path, and can be read and changed there. */
static NORETURN void elsewhere(const char *directory, const char *name) {
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	deface("open(moved)", open(path, O_WRONLY | O_CLOEXEC));
}

static int change(const char *path) {
	return open(path, O_WRONLY | O_CLOEXEC);
}

static void on_path(void) {
	const char *path = argument(0);
	struct timeval times[2] = {{1, 0}, {1, 0}};
	char other[4096];
	if (way("read"))
		peek("open", open(path, O_RDONLY | O_CLOEXEC));
	if (way("write"))
		deface("open", change(path));
	if (way("append"))
		deface("open(O_APPEND)", open(path, O_WRONLY | O_APPEND | O_CLOEXEC));
	if (way("open-truncate"))
		judge("open(O_TRUNC)", open(path, O_WRONLY | O_TRUNC | O_CLOEXEC));
	if (way("truncate"))
		judge("truncate", truncate(path, 0));
	if (way("creat"))
		judge("creat", creat(path, 0600));
	if (way("openat2")) {
		struct open_how how = {.flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
		deface("openat2", (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how));
	}
	if (way("unlink"))
		judge("unlink", unlink(path));
	if (way("rmdir"))
		judge("rmdir", rmdir(path));
	if (way("make")) {
		snprintf(other, sizeof other, "%s/new", path);
		judge("open(O_CREAT)", open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	if (way("chmod"))
		judge("chmod", chmod(path, 0777));
	if (way("chown"))
		judge("chown", chown(path, getuid(), getgid()));
	if (way("utimes"))
		judge("utimes", utimes(path, times));
	if (way("setxattr"))
		judge("setxattr", setxattr(path, "user.a", "b", 1, 0));
	if (way("self-root")) {
		snprintf(other, sizeof other, "/proc/self/root%s", path);
		deface("open", change(other));
	}
	if (way("descriptor-chmod") || way("descriptor-chown") || way("descriptor-utimes") || way("descriptor-setxattr") ||
	    way("descriptor-reopen")) {
		int fd = (int)need("open(O_PATH)", open(path, O_PATH | O_CLOEXEC));
		snprintf(other, sizeof other, "/proc/self/fd/%d", fd);
		if (way("descriptor-reopen"))
			deface("open", change(other));
		if (way("descriptor-chmod"))
			judge("chmod", chmod(other, 0777));
		if (way("descriptor-chown"))
			judge("fchownat", fchownat(fd, "", getuid(), getgid(), AT_EMPTY_PATH));
		if (way("descriptor-utimes"))
			judge("utimes", utimes(other, times));
		judge("setxattr", setxattr(other, "user.a", "b", 1, 0));
	}
	if (way("device-chmod")) {
		struct stat status;
		need("stat", stat(path, &status));
		judge("chmod", chmod(path, status.st_mode & 07777)); /* bare, it is the machine's own */
	}
	if (way("file-chmod"))
		judge("fchmod", fchmod((int)need("open", open(path, O_RDONLY | O_CLOEXEC)), 0777));
	if (way("file-chown"))
		judge("fchown", fchown((int)need("open", open(path, O_RDONLY | O_CLOEXEC)), getuid(), getgid()));
	if (way("file-utimes"))
		judge("futimes", futimes((int)need("open", open(path, O_RDONLY | O_CLOEXEC)), times));
	if (way("file-setxattr"))
		judge("fsetxattr", fsetxattr((int)need("open", open(path, O_RDONLY | O_CLOEXEC)), "user.a", "b", 1, 0));
}

static void on_two_paths(void) {
	const char *one = argument(0), *other = argument(1);
	if (way("symlink")) {
		need("symlink", symlink(one, other));
		deface("open", change(other));
	}
	if (way("link")) {
		need("link", link(one, other));
		deface("open(link)", change(other));
	}
	if (way("rename"))
		judge("rename", rename(one, other));
	if (way("replace") || way("exchange"))
		close((int)need("open(O_CREAT)", open(one, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
	if (way("replace"))
		judge("rename", rename(one, other));
	if (way("exchange"))
		judge("renameat2(EXCHANGE)", syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE));
	if (way("tmpfile")) {
		char path[64];
		int fd = (int)need("open(O_TMPFILE)", open(one, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		need("unlink", unlink(other));
		judge("linkat(O_TMPFILE)", linkat(AT_FDCWD, path, AT_FDCWD, other, AT_SYMLINK_FOLLOW));
	}
	if (way("by-directory")) {
		int directory = (int)need("open(directory)", open(one, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		deface("openat", openat(directory, other, O_WRONLY | O_CLOEXEC));
	}
	if (way("parent-rename")) {
		need("rename", rename(one, other));
		elsewhere(other, argument(2));
	}
	if (way("parent-exchange")) {
		need("mkdir", mkdir(other, 0700));
		need("renameat2(EXCHANGE)", syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE));
		elsewhere(other, argument(2));
	}
}

/* Every signal: not one of them may be let through. */
static NORETURN void signal_init(void) {
	for (int number = 1; number <= SIGRTMAX; number++)
		if (kill(1, number) == 0)
			worked("kill");
	blocked("kill", errno);
}

static void on_init(void) {
	char bytes[8] = {0};
	struct iovec own = {bytes, sizeof bytes}, its = {(void *)0x400000, sizeof bytes};
	struct rlimit none = {0, 0};
	if (way("init-signals"))
		signal_init();
	if (way("init-seize"))
		judge("ptrace(SEIZE)", ptrace(PTRACE_SEIZE, 1, NULL, NULL));
	if (way("init-memory"))
		judge("open(/proc/1/mem)", open("/proc/1/mem", O_RDWR | O_CLOEXEC));
	if (way("init-vm"))
		judge("process_vm_readv", process_vm_readv(1, &own, 1, &its, 1, 0));
	if (way("init-limit"))
		judge("prlimit", prlimit(1, RLIMIT_CPU, &none, NULL));
	if (way("init-getfd")) {
		int pidfd = (int)need("pidfd_open", syscall(SYS_pidfd_open, 1, 0));
		judge("pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, 0, 0));
	}
	if (way("init-root"))
		judge("open(/proc/1/root)", open("/proc/1/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (strncmp(attack_way, "init-", 5) == 0) {
		on_init();
		broken("arguments", "unknown way");
	}
	if (way("status")) {
		char path[64];
		snprintf(path, sizeof path, "/proc/%s/status", argument(0));
		peek("open", open(path, O_RDONLY | O_CLOEXEC));
	}
	if (attack_argc > 1)
		on_two_paths();
	else
		on_path();
	broken("arguments", "unknown way");
}
