/*
 * Row 19: gaining privileges by execve, and using those that root brought along.
 * Ways: capabilities (any in force?), regain (give them up, get them back by execve as root), bounding,
 *       setuid-copy PATH (a copy of this program, setuid to another user), setgid-copy PATH,
 *       file-capabilities PATH (a copy with capabilities), setuid-system PROGRAM (a setuid-root program of the
 *       system that waits for input), become UID, override PATH (opens a file of mode 0 by capability alone)
 * Asked of the new image: report-identity report-capabilities
 * Asked by the harness beforehand: make-capable PATH (gives the file a capability)
 */
#include "attack.h"
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/xattr.h>

enum { IDENTITY_CHANGED = 41, IDENTITY_SAME = 42 };

static unsigned long long effective(void) {
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	memset(data, 0, sizeof data);
	if (syscall(SYS_capget, &header, data) != 0)
		broken("capget", strerror(errno));
	return (unsigned long long)data[1].effective << 32 | data[0].effective;
}

static void drop_all(void) {
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	memset(data, 0, sizeof data);
	if (syscall(SYS_capset, &header, data) != 0)
		broken("capset", strerror(errno));
}

/* Executes an image that reports about itself by its status. */
static NORETURN void ask(const char *step, const char *image, const char *question, void (*before)(void)) {
	int status;
	pid_t child = fork();
	if (child < 0)
		broken("fork", strerror(errno));
	if (child == 0) {
		if (before != NULL)
			before();
		execl(image, image, attack_id, question, (char *)NULL);
		_exit(errno);
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status))
		broken(step, "the image was killed");
	if (WEXITSTATUS(status) == IDENTITY_CHANGED)
		worked(step);
	if (WEXITSTATUS(status) == IDENTITY_SAME)
		blocked_as(step, "unchanged");
	blocked(step, WEXITSTATUS(status));
}

static void become_nobody(void) {
	/* Bare root steps down first, so that the gain can be seen; inside, it may not even do that. */
	if (setresgid(65533, 65533, 65533) != 0 || setresuid(65533, 65533, 65533) != 0)
		drop_all();
}

static NORETURN void watch_system_program(const char *program) {
	int input[2];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t child;
	if (access(program, X_OK) != 0)
		unavailable(program, "not on this machine");
	if (pipe2(input, O_CLOEXEC) != 0)
		broken("pipe2", strerror(errno));
	child = fork();
	if (child == 0) {
		dup2(input[0], 0), dup2(null, 1), dup2(null, 2);
		execl(program, program, (char *)NULL);
		_exit(errno);
	}
	close(input[0]);
	/* It waits for a password or ends; its effective user is in its status as long as it lives. */
	for (int look = 0; look < 20000; look++) {
		char path[64], text[2048];
		ssize_t length;
		int status, fd;
		unsigned int real, now;
		char *line;
		if (waitpid(child, &status, WNOHANG) == child)
			blocked_as("execve(setuid)", "unchanged");
		snprintf(path, sizeof path, "/proc/%d/status", child);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
		close(fd);
		if (length <= 0)
			continue;
		text[length] = '\0';
		line = strstr(text, "\nUid:");
		if (line != NULL && sscanf(line, "\nUid: %u %u", &real, &now) == 2 && now == 0 && real != 0) {
			close(input[1]);
			waitpid(child, &status, 0);
			worked("execve(setuid)");
		}
		usleep(200);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	blocked_as("execve(setuid)", "unchanged");
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("report-identity"))
		_exit(geteuid() != getuid() || getegid() != getgid() ? IDENTITY_CHANGED : IDENTITY_SAME);
	if (way("report-capabilities"))
		_exit(effective() != 0 ? IDENTITY_CHANGED : IDENTITY_SAME);
	if (way("make-capable")) {
		struct vfs_cap_data one;
		memset(&one, 0, sizeof one);
		one.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE;
		one.data[0].permitted = 1U << CAP_NET_BIND_SERVICE;
		judge("setxattr(security.capability)",
		      setxattr(argument(0), "security.capability", &one, XATTR_CAPS_SZ_2, 0));
	}
	if (way("capabilities")) {
		if (effective() == 0)
			blocked_as("capget", "none");
		worked("capget");
	}
	if (way("bounding")) {
		for (int capability = 0; capability < 64; capability++)
			if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
				worked("prctl(PR_CAPBSET_READ)");
		blocked_as("prctl(PR_CAPBSET_READ)", "none");
	}
	if (way("regain"))
		ask("execve(root)", argv[0], "report-capabilities", drop_all);
	if (way("setuid-copy"))
		ask("execve(setuid)", argument(0), "report-identity", NULL);
	if (way("setgid-copy"))
		ask("execve(setgid)", argument(0), "report-identity", NULL);
	if (way("file-capabilities"))
		ask("execve(capabilities)", argument(0), "report-capabilities", become_nobody);
	if (way("setuid-system"))
		watch_system_program(argument(0));
	if (way("become"))
		judge("setresuid", setresuid((uid_t)number(0), (uid_t)number(0), (uid_t)number(0)));
	if (way("override"))
		judge("open(mode 0)", open(argument(0), O_RDONLY | O_CLOEXEC));
	broken("arguments", "unknown way");
}
