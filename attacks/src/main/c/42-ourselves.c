/*
 * Row 42: the doors that a JVM leaves open to its own user. PID is that of a JVM.
 * Ways: attach PID (the attach protocol: a file, a signal, a socket, and a command that lists its properties),
 *       perfdata PID (the file below /tmp/hsperfdata_*), ports PID (any TCP port that it listens on, and a hand-shake
 *       with a debugger's agent)
 */
#include "attack.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <glob.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static NORETURN void attach(long pid) {
	char name[128], answer[4096];
	struct sockaddr_un address;
	ssize_t length = 0, got;
	int fd;
	memset(&address, 0, sizeof address);
	address.sun_family = AF_UNIX;
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/%ld/root/tmp/.java_pid%ld", pid, pid);
	snprintf(name, sizeof name, "/proc/%ld/root/tmp/.attach_pid%ld", pid, pid);
	need("open(.attach_pid)", open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	if (kill((pid_t)pid, SIGQUIT) != 0) {
		int error = errno;
		unlink(name);
		blocked("kill(SIGQUIT)", error);
	}
	for (int try = 0; try < 200 && access(address.sun_path, F_OK) != 0; try++)
		usleep(10000);
	unlink(name);
	if (access(address.sun_path, F_OK) != 0)
		blocked_as("access(.java_pid)", "none");
	fd = (int)need("socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	need("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
	/* Version 1, a command, three arguments, each with its NUL. */
	need("write", write(fd, "1\0properties\0\0\0\0", 16));
	while ((got = read(fd, answer + length, sizeof answer - 1 - (size_t)length)) > 0)
		length += got;
	answer[length] = '\0';
	if (answer[0] == '0')
		worked("read");
	blocked_as("read", "refused");
}

static NORETURN void perfdata(long pid) {
	char pattern[64], header[4];
	glob_t found;
	int fd;
	snprintf(pattern, sizeof pattern, "/tmp/hsperfdata_*/%ld", pid);
	if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc == 0)
		blocked_as("glob(hsperfdata)", "none");
	fd = (int)need("open(hsperfdata)", open(found.gl_pathv[0], O_RDWR | O_CLOEXEC));
	judge("read(hsperfdata)", read(fd, header, sizeof header));
}

/* The inodes of its sockets, as /proc names them. */
static int has_socket(long pid, unsigned long inode) {
	char path[64], name[400], target[64], wanted[64];
	struct dirent *entry;
	int found = 0;
	DIR *folder;
	snprintf(path, sizeof path, "/proc/%ld/fd", pid);
	snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
	folder = opendir(path);
	if (folder == NULL)
		blocked("opendir(/proc/PID/fd)", errno);
	while ((entry = readdir(folder)) != NULL) {
		ssize_t length;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		length = readlink(name, target, sizeof target - 1);
		if (length > 0) {
			target[length] = '\0';
			found |= strcmp(target, wanted) == 0;
		}
	}
	closedir(folder);
	return found;
}

static NORETURN void ports(long pid) {
	static const char hello[] = "JDWP-Handshake";
	static const char *const tables[] = {"tcp", "tcp6"};
	for (int table = 0; table < 2; table++) {
		char path[64], line[512];
		FILE *file;
		snprintf(path, sizeof path, "/proc/%ld/net/%s", pid, tables[table]);
		file = fopen(path, "re");
		if (file == NULL)
			blocked("open(/proc/PID/net/tcp)", errno);
		while (fgets(line, sizeof line, file) != NULL) {
			char local[64], other[64], answer[sizeof hello];
			struct sockaddr_in address;
			struct timeval patience = {5, 0};
			unsigned port, state;
			unsigned long inode;
			int fd;
			if (sscanf(line, "%*s %63[^:]:%x %63s %x %*s %*s %*s %*s %*s %lu", local, &port, other, &state, &inode) != 5)
				continue;
			if (state != 10 || !has_socket(pid, inode))
				continue;
			memset(&address, 0, sizeof address);
			address.sin_family = AF_INET;
			address.sin_port = htons((uint16_t)port);
			address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
			fd = (int)need("socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
			need("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
			need("write", write(fd, hello, sizeof hello - 1));
			if (recv(fd, answer, sizeof hello - 1, MSG_WAITALL) == sizeof hello - 1 &&
			    memcmp(answer, hello, sizeof hello - 1) == 0)
				worked("JDWP-Handshake");
			reached("connect");
		}
		fclose(file);
	}
	blocked_as("/proc/PID/net/tcp", "none");
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("attach"))
		attach(number(0));
	if (way("perfdata"))
		perfdata(number(0));
	if (way("ports"))
		ports(number(0));
	broken("arguments", "unknown way");
}
